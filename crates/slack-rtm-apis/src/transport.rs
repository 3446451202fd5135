//! The HTTP client, and single requests with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::redirect;
use url::Url;

use crate::error::{Error, TransportError};
use crate::parameters::Payload;
use crate::proxy::Proxies;
use crate::{ConfigError, Headers, RawResponse};

/// The maximum number of redirects to follow.
const MAX_REDIRECTS: usize = 3;

/// The settings of the HTTP client.
pub(crate) struct Settings {
    pub(crate) user_agent: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxies: Arc<Proxies>,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Arc<rustls::ClientConfig>,
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    pub(crate) tls: Option<native_tls::TlsConnector>,
}

/// Builds the HTTP client. It does not follow redirects to other origins, which must not receive the token.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client, ConfigError> {
    let user_agent = HeaderValue::try_from(&settings.user_agent)
        .map_err(|source| ConfigError::new("user_agent", "not a valid header value").with_source(source))?;
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::custom(follow_within_origin))
        .referer(false)
        .user_agent(user_agent)
        .connect_timeout(settings.connect_timeout)
        // The environment is evaluated by our own rules, which also apply to WebSocket connections.
        .no_proxy();
    if !matches!(*settings.proxies, Proxies::None) {
        let proxies = settings.proxies.clone();
        builder = builder.proxy(reqwest::Proxy::custom(move |url| {
            proxies.for_url(url).map(|proxy| proxy.expose().clone())
        }));
    }
    #[cfg(feature = "rustls")]
    {
        builder = builder.tls_backend_preconfigured(settings.tls.as_ref().clone());
    }
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    if let Some(tls) = &settings.tls {
        builder = builder.tls_backend_preconfigured(tls.clone());
    }
    builder
        .build()
        .map_err(|error| ConfigError::new("http_client", "cannot be built").with_source(error.without_url()))
}

fn follow_within_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let stays = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if stays && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// A request.
pub(crate) struct Exchange {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
    /// Whether the request can be sent more than once.
    pub(crate) is_replayable: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_body: usize,
}

/// The error of a request.
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

/// Sends a request and reads the whole response, up to the maximum size.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    exchange: Exchange,
) -> Result<RawResponse, ExchangeError> {
    let Exchange { method, url, headers, payload, timeout, max_body, .. } = exchange;
    let request = client.request(method, url).headers(headers).timeout(timeout);
    let request = match payload {
        Payload::None => request,
        Payload::Body(body) => request.body(body),
        Payload::Form(form) => request.multipart(form),
    };
    let mut response = request.send().await?;
    let status = response.status();
    let too_large = || ExchangeError::BodyTooLarge { status, limit: max_body };
    let content_length = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if content_length > max_body {
        return Err(too_large());
    }
    let headers = Headers(std::mem::take(response.headers_mut()));
    let body = read(&mut response, max_body).await?.ok_or_else(too_large)?;
    Ok(RawResponse { status, headers, body })
}

/// Reads a body; `None` if it exceeds the limit.
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
