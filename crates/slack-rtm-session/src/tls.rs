//! TLS over a stream, with the HTTP client's configuration.

use std::io;

use slack_rtm_apis::Client;

use crate::stream::ByteStream;

/// The client's TLS.
#[derive(Clone)]
pub(crate) struct Tls {
    #[cfg(feature = "rustls")]
    connector: tokio_rustls::TlsConnector,
    /// Made on first use: the system's library may read its certificates then.
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    connector: std::sync::Arc<std::sync::OnceLock<tokio_native_tls::TlsConnector>>,
}

impl Tls {
    #[cfg(feature = "rustls")]
    pub(crate) fn new(client: &Client) -> Self {
        let config = client.rustls_config();
        if config.alpn_protocols.is_empty() {
            return Self { connector: config.clone().into() };
        }
        // A WebSocket is not among the protocols that may be offered to HTTP servers.
        let mut config = rustls::ClientConfig::clone(config);
        config.alpn_protocols.clear();
        Self { connector: std::sync::Arc::new(config).into() }
    }

    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(crate) fn new(client: &Client) -> Self {
        let set = client.native_tls_connector().cloned();
        Self {
            connector: std::sync::Arc::new(
                set.map(|set| std::sync::OnceLock::from(tokio_native_tls::TlsConnector::from(set)))
                    .unwrap_or_default(),
            ),
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    pub(crate) fn new(_client: &Client) -> Self {
        Self {}
    }

    #[cfg(feature = "rustls")]
    pub(crate) async fn encrypt(
        &self,
        stream: Box<dyn ByteStream>,
        host: &str,
    ) -> io::Result<Box<dyn ByteStream>> {
        let name = rustls::pki_types::ServerName::try_from(host.to_owned()).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "the host's name cannot be in a certificate")
        })?;
        Ok(Box::new(self.connector.connect(name, stream).await?))
    }

    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(crate) async fn encrypt(
        &self,
        stream: Box<dyn ByteStream>,
        host: &str,
    ) -> io::Result<Box<dyn ByteStream>> {
        let connector = match self.connector.get() {
            Some(connector) => connector,
            None => {
                let made = tokio_native_tls::native_tls::TlsConnector::new().map_err(io::Error::other)?;
                self.connector.get_or_init(|| made.into())
            }
        };
        Ok(Box::new(connector.connect(host, stream).await.map_err(io::Error::other)?))
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    pub(crate) async fn encrypt(
        &self,
        _stream: Box<dyn ByteStream>,
        _host: &str,
    ) -> io::Result<Box<dyn ByteStream>> {
        Err(io::Error::other("this program was built without TLS"))
    }
}
