//! The HTTP client underneath, and one exchange with it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use reqwest::redirect;
use url::Url;

use crate::error::{Error, TransportError};
use crate::{ConfigError, Headers, Proxy, RawResponse};

/// How often a redirect is followed.
const MAX_REDIRECTS: usize = 3;

/// Settings of the HTTP client.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) user_agent: Option<String>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) no_environment_proxy: bool,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Option<std::sync::Arc<rustls::ClientConfig>>,
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(crate) tls: Option<native_tls::TlsConnector>,
}

/// Builds the HTTP client. It follows no redirect to another host: the token is for one host alone.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client, ConfigError> {
    let mut builder =
        reqwest::Client::builder().redirect(redirect::Policy::custom(follow_within_origin)).referer(false);
    if let Some(user_agent) = &settings.user_agent {
        let value = http::HeaderValue::try_from(user_agent).map_err(|source| {
            ConfigError::new("user_agent", "it does not fit into a header").with_source(source)
        })?;
        builder = builder.user_agent(value);
    }
    if let Some(timeout) = settings.connect_timeout {
        builder = builder.connect_timeout(timeout);
    }
    if settings.no_environment_proxy {
        builder = builder.no_proxy();
    }
    if let Some(proxy) = &settings.proxy {
        let proxy = reqwest::Proxy::all(proxy.expose().clone()).map_err(|_| {
            ConfigError::new("proxy", "its scheme is not supported; `socks5` needs the feature `socks`")
        })?;
        builder = builder.proxy(proxy);
    }
    #[cfg(feature = "rustls")]
    {
        let tls = match &settings.tls {
            Some(tls) => tls.clone(),
            None => default_tls()?,
        };
        builder = builder.tls_backend_preconfigured(tls.as_ref().clone());
    }
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    if let Some(tls) = &settings.tls {
        builder = builder.tls_backend_preconfigured(tls.clone());
    }
    builder.build().map_err(|error| {
        ConfigError::new("http_client", "it cannot be built").with_source(error.without_url())
    })
}

/// rustls with ring and the system's certificates, made once: reading those takes some time.
///
/// The provider is named, since a program may have several and then rustls cannot choose.
#[cfg(feature = "rustls")]
pub(crate) fn default_tls() -> Result<std::sync::Arc<rustls::ClientConfig>, ConfigError> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    use std::sync::{Arc, OnceLock};

    static DEFAULT: OnceLock<Arc<rustls::ClientConfig>> = OnceLock::new();

    if let Some(config) = DEFAULT.get() {
        return Ok(config.clone());
    }
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(rustls::ConfigBuilder::with_platform_verifier)
            .map_err(|error| {
                ConfigError::new("tls", "the system's certificates cannot be used").with_source(error)
            })?
            .with_no_client_auth();
    Ok(DEFAULT.get_or_init(|| Arc::new(config)).clone())
}

fn follow_within_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let stays = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if stays && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// One request.
pub(crate) struct Exchange {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<reqwest::Body>,
    /// Whether the same could be sent again.
    pub(crate) is_replayable: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_body: usize,
}

/// Why an exchange gave no answer.
pub(crate) enum ExchangeError {
    Transport(TransportError),
    BodyTooLarge { status: StatusCode, limit: usize },
}

impl<R> From<ExchangeError> for Error<R> {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Transport(error) => Self::Transport(error),
            ExchangeError::BodyTooLarge { status, limit } => Self::BodyTooLarge { status, limit },
        }
    }
}

impl From<reqwest::Error> for ExchangeError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(TransportError::new(error))
    }
}

/// Sends a request and reads the whole answer, up to the limit.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    exchange: Exchange,
) -> Result<RawResponse, ExchangeError> {
    let Exchange { method, url, headers, body, timeout, max_body, .. } = exchange;
    let mut request = client.request(method, url).headers(headers).timeout(timeout);
    if let Some(body) = body {
        request = request.body(body);
    }
    let mut response = request.send().await?;
    let status = response.status();
    let too_large = || ExchangeError::BodyTooLarge { status, limit: max_body };
    let stated = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if stated > max_body {
        return Err(too_large());
    }
    let headers = Headers(std::mem::take(response.headers_mut()));
    let body = read(&mut response, max_body).await?.ok_or_else(too_large)?;
    Ok(RawResponse { status, headers, body })
}

/// `None` where the body is larger than the limit.
async fn read(response: &mut reqwest::Response, limit: usize) -> Result<Option<Bytes>, ExchangeError> {
    let Some(first) = response.chunk().await? else { return Ok(Some(Bytes::new())) };
    let Some(second) = response.chunk().await? else {
        return Ok((first.len() <= limit).then_some(first));
    };
    let mut body = BytesMut::with_capacity(first.len() + second.len());
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while body.len() <= limit {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => return Ok(Some(body.freeze())),
        }
    }
    Ok(None)
}
