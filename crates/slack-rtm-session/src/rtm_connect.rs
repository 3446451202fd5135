//! The connector of RTM: rtm.connect.

use std::time::UNIX_EPOCH;

use slack_rtm_apis::{Client, RetryPolicy};
use slack_rtm_models::Ts;

use crate::connector::ConnectFuture;
use crate::{Connector, Endpoint, Error};

/// Calls rtm.connect for the address of each connection.
pub(crate) struct RtmConnect {
    pub(crate) client: Client,
    pub(crate) arguments: Arguments,
}

impl Connector for RtmConnect {
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(connect(&self.client, self.arguments))
    }
}

/// The arguments of rtm.connect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) presence_sub: Option<bool>,
    pub(crate) batch_presence_aware: Option<bool>,
}

/// Calls rtm.connect without the client's retries, because the session counts the calls.
pub(crate) async fn connect(client: &Client, arguments: Arguments) -> Result<Endpoint, Error> {
    let mut call = client.rtm_connect().with_retry(RetryPolicy::with_max_attempts(1));
    if let Some(value) = arguments.presence_sub {
        call = call.presence_sub(value);
    }
    if let Some(value) = arguments.batch_presence_aware {
        call = call.batch_presence_aware(value);
    }
    let answer = call.send_with_info().await?;
    let server_time = answer.headers.text("date").and_then(server_time);
    Ok(Endpoint { server_time, ..answer.into_value().into() })
}

/// Parses a `Date` header.
fn server_time(date: &str) -> Option<Ts> {
    let since_epoch = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Ts::new(format!("{}.000000", since_epoch.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_is_read_off_its_answer() {
        assert_eq!(server_time("Tue, 14 Nov 2023 22:13:20 GMT").unwrap(), "1700000000.000000");
        for date in ["", "soon", "Tue, 14 Nov 1923 22:13:20 GMT"] {
            assert!(server_time(date).is_none(), "{date}");
        }
    }
}
