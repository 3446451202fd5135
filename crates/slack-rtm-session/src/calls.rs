//! Calls for an address to connect to, within the token's budget.

use std::sync::Arc;

use slack_rtm_apis::CallBudget;

use crate::address_policy::{Plain, check};
use crate::call_error::CallError;
use crate::{Connector, Endpoint, Error, telemetry};

/// Makes the calls of a session.
pub(crate) struct Caller {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) plain: Plain,
    pub(crate) budget: Arc<CallBudget>,
    pub(crate) per_minute: usize,
}

impl Caller {
    /// Calls the connector for an address, if the budget that is shared with other processes allows it, and checks the address.
    pub(crate) fn fetch(&self) -> impl Future<Output = Result<Endpoint, Error>> + Send + use<> {
        let (connector, budget) = (self.connector.clone(), self.budget.clone());
        let (plain, per_minute) = (self.plain, self.per_minute);
        async move {
            if let Some(shared) = budget.shared() {
                shared.acquire(per_minute).await.map_err(|wait| Error::Call(CallError::deferred(wait)))?;
            }
            telemetry::called();
            let endpoint = connector.connect().await?;
            check(endpoint.url.expose(), plain)?;
            Ok(endpoint)
        }
    }
}
