//! TLS over a byte stream, with the configuration of the HTTP client.

use std::io;

use slack_rtm_apis::Client;

use crate::stream::ByteStream;

/// A TLS connector with the client's configuration.
#[derive(Clone)]
pub(crate) struct Tls {
    #[cfg(feature = "rustls")]
    connector: tokio_rustls::TlsConnector,
    /// Created on first use, because creating it may read the system's certificates.
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
        // The HTTP client may offer h2, over which this crate does not speak WebSocket.
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
            io::Error::new(io::ErrorKind::InvalidInput, "the host name is not valid in a certificate")
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
