//! The base URLs of Slack's API.

use crate::{Client, ClientBuilder};

/// The base URL of Slack's API.
pub const SLACK: &str = "https://slack.com/api";
/// The base URL of `GovSlack`, a separate domain with separate data.
pub const GOV_SLACK: &str = "https://slack-gov.com/api";

impl<C: From<Client>> ClientBuilder<C> {
    /// Sets the base URL to that of `GovSlack`, [`GOV_SLACK`].
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
