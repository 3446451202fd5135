//! Where Slack's API is.

use crate::{Client, ClientBuilder};

/// Slack's own API.
pub const SLACK: &str = "https://slack.com/api";
/// The API of `GovSlack`, a domain with data of its own.
pub const GOV_SLACK: &str = "https://slack-gov.com/api";

impl<C: From<Client>> ClientBuilder<C> {
    /// Calls `GovSlack`, at [`GOV_SLACK`].
    pub fn gov_slack(self) -> Self {
        self.base_url(GOV_SLACK)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_names_the_same_address() {
        assert_eq!(crate::generated::SERVICE.base_url, Some(super::SLACK));
    }
}
