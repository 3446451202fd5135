//! Where the fake Slack is.

use std::net::SocketAddr;

/// An address, and how to speak there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) is_tls: bool,
}

impl Place {
    /// A URL of this place; `scheme` is the one without TLS.
    pub(crate) fn url(self, scheme: &str, path: &str) -> String {
        if self.is_tls {
            // The certificate names the host.
            format!("{scheme}s://localhost:{}{path}", self.address.port())
        } else {
            format!("{scheme}://{}{path}", self.address)
        }
    }
}
