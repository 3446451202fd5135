//! The address of the fake Slack.

use std::net::SocketAddr;

/// An address, with or without TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) is_tls: bool,
}

impl Place {
    /// Returns a URL of this address; `scheme` is the one without TLS.
    pub(crate) fn url(self, scheme: &str, path: &str) -> String {
        if self.is_tls {
            // The certificate names the host.
            format!("{scheme}s://localhost:{}{path}", self.address.port())
        } else {
            format!("{scheme}://{}{path}", self.address)
        }
    }
}
