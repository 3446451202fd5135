//! One call: its arguments, its options, and the three ways to send it.

use std::fmt;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

use crate::generated::SERVICE;
use crate::transport::{self, Exchange};
use crate::{
    Answer, BaseUrl, Client, ConfigError, Error, Parameters, RawResponse, Response, RetryPolicy, Scheme,
    body, code_class, header,
};

/// A method of Slack's: what the generated code says of one, or what you write for one that this crate does not have.
///
/// A refusal, `"ok": false` in the body, is decoded as [`Refusal`](Self::Refusal); `slack_rtm_models::ErrorResponse` fits every method. Whether it is fatal or
/// transient follows from its code, so that a [`RetryPolicy`] works for any operation.
pub trait Operation: Send + Sync {
    /// The typed answer.
    type Answer: Answer;
    /// The typed body of a refusal.
    type Refusal: Answer;

    /// The method's name at Slack, such as `rtm.connect`.
    const NAME: &'static str;
    /// Its path below the base URL.
    const PATH: &'static str;
    /// How it is called unless the caller chooses another way.
    const METHOD: Method;

    /// The ways in which a call may say who makes it: each is a list of what is sent together. The first whose credentials are all set is taken; with an empty
    /// list in place of all of them, nothing is sent. By default that is the client's token.
    const SECURITY: &'static [&'static [Scheme]] = &[&[Scheme::Token]];

    /// Adds the arguments that are set.
    fn encode(&self, parameters: &mut Parameters);

    /// Whether sending the same call twice does no more than sending it once. A call for which this is false is sent again by a [`RetryPolicy`] only after a
    /// failure that shows that Slack did not carry it out. By default this follows from [`METHOD`](Self::METHOD): everything but POST and PATCH.
    ///
    /// A call for which this is true may be refused when it is repeated, by a code such as `already_pinned`, which says that what was wanted is so.
    const IS_IDEMPOTENT: bool = Self::METHOD.is_idempotent();

    /// Returns whether a refusal with this code, as the wire has it, stays until somebody changes the token, the app, the workspace or the call.
    ///
    /// The default knows the codes that all of Slack's methods share.
    fn is_fatal(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        code_class::is_fatal_code(code)
    }

    /// Returns whether a refusal with this code, as the wire has it, is known to pass by itself.
    ///
    /// The default knows the codes that all of Slack's methods share.
    fn is_transient(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        code_class::is_transient_code(code)
    }
}

/// How a call is sent. Nearly all of Slack's methods take GET and POST alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// GET, with the arguments in the query.
    Get,
    /// POST, with the arguments in a form.
    Post,
    /// PUT, with the arguments in a form.
    Put,
    /// PATCH, with the arguments in a form.
    Patch,
    /// DELETE, with the arguments in the query.
    Delete,
    /// HEAD, with the arguments in the query.
    Head,
    /// OPTIONS, with the arguments in the query.
    Options,
}

impl Method {
    /// Returns whether HTTP promises that repeating a request by this method does no harm: all but POST and PATCH.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }

    /// Whether arguments go into a form.
    pub(crate) fn has_form(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
            Method::Head => Self::HEAD,
            Method::Options => Self::OPTIONS,
        }
    }
}

/// A call that has not been sent yet.
///
/// It takes the operation's optional arguments under their own names, and its own options under names that begin with `with_`. Nothing happens until it is sent.
///
/// Sending is cancel safe in that nothing leaks when the future is dropped; Slack may have carried out the call all the same.
#[must_use = "a call does nothing until it is sent"]
pub struct Call<O> {
    pub(crate) client: Client,
    pub(crate) request: O,
    pub(crate) options: Result<Options, ConfigError>,
}

#[derive(Default)]
pub(crate) struct Options {
    method: Option<Method>,
    timeout: Option<Duration>,
    headers: HeaderMap,
    base_url: Option<BaseUrl>,
    pub(crate) retry: Option<RetryPolicy>,
}

impl<O: Operation> Call<O> {
    pub(crate) fn new(client: Client, request: O) -> Self {
        Self { client, request, options: Ok(Options::default()) }
    }

    /// Chooses GET with a query, or POST with a form. An operation that takes something else than arguments, or is called in another way, is left no choice:
    /// sending it fails.
    pub fn with_method(self, method: Method) -> Self {
        self.option(|options| {
            options.method = Some(method);
            Ok(())
        })
    }

    /// Sets how long one attempt may take, in place of the client's timeout.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.option(|options| {
            options.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Adds a header. The token belongs to the client, and how the call is framed to HTTP, so their headers cannot be set.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.option(|options| {
            let (name, value) = header::parse(name, value, header::OF_CALLS)?;
            options.headers.append(name, value);
            Ok(())
        })
    }

    /// Sets the media type to ask for, in place of `application/json`.
    pub fn with_accept(self, media_type: &str) -> Self {
        self.option(|options| {
            let value = HeaderValue::try_from(media_type).map_err(|source| {
                ConfigError::new("header", "the media type is malformed").with_source(source)
            })?;
            options.headers.insert(ACCEPT, value);
            Ok(())
        })
    }

    /// Sends this call to another place than the client's base URL, with the client's token and under the same rules.
    pub fn with_base_url(self, url: &str) -> Self {
        let inner = self.client.inner();
        let (allow_plain_http, has_tls) = (inner.allow_plain_http, inner.has_tls);
        self.option(|options| {
            options.base_url = Some(BaseUrl::new(url, allow_plain_http)?.check_tls(has_tls)?);
            Ok(())
        })
    }

    /// Sends this call again by this policy, in place of the client's.
    pub fn with_retry(self, policy: RetryPolicy) -> Self {
        self.option(|options| {
            options.retry = Some(policy);
            Ok(())
        })
    }

    /// Keeps the first thing that is wrong until the call is sent.
    fn option(mut self, set: impl FnOnce(&mut Options) -> Result<(), ConfigError>) -> Self {
        if let Ok(options) = &mut self.options
            && let Err(error) = set(options)
        {
            self.options = Err(error);
        }
        self
    }

    /// Sends the call and gives the typed answer.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send(self) -> Result<O::Answer, Error<O::Refusal>> {
        self.send_with_info().await.map(Response::into_value)
    }

    /// Sends the call and gives the typed answer with status, headers and body.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send_with_info(self) -> Result<Response<O::Answer>, Error<O::Refusal>> {
        let Self { client, request, options } = self;
        send(&client, &request, &options?).await
    }

    /// Sends the call once and gives whatever comes back, a refusal too, undecoded.
    ///
    /// # Errors
    /// If nothing comes back, or the body is too large.
    pub async fn send_raw(self) -> Result<RawResponse, Error<O::Refusal>> {
        let options = self.options?;
        let exchange = exchange(&self.client, &self.request, &options)?;
        Ok(transport::exchange(&self.client.inner().http, exchange).await?)
    }
}

/// Sends a call as often as the policy says, and gives the typed answer.
pub(crate) async fn send<O: Operation>(
    client: &Client,
    request: &O,
    options: &Options,
) -> Result<Response<O::Answer>, Error<O::Refusal>> {
    let policy = options.retry.or(client.inner().retry);
    let mut failed = 0;
    loop {
        let exchange = exchange(client, request, options)?;
        // A stream is gone once it was sent.
        let policy = policy.filter(|_| exchange.is_replayable);
        let raw = transport::exchange(&client.inner().http, exchange).await.map_err(Error::from);
        let error = match raw.and_then(body::interpret::<O>) {
            Ok(response) => {
                let warnings = if SERVICE.refuses_with_ok { response.warnings() } else { Vec::new() };
                for warning in warnings {
                    tracing::warn!(method = O::NAME, warning, "Slack warns of a call");
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        failed += 1;
        tracing::debug!(method = O::NAME, failed, %error, "a call failed");
        let wait = policy
            .and_then(|policy| policy.wait(failed, error.failure(policy.may_repeat::<O>()), fastrand::f64()));
        match wait {
            Some(wait) => client.suspend_clock().sleep(wait).await,
            None => return Err(error),
        }
    }
}

fn exchange<O: Operation>(client: &Client, request: &O, options: &Options) -> Result<Exchange, ConfigError> {
    let inner = client.inner();
    let mut parameters = Parameters::default();
    request.encode(&mut parameters);
    let is_replayable = parameters.is_replayable();
    let method = choose::<O>(options.method, &parameters)?;
    let encoded = parameters.encode(O::PATH, method)?;
    let mut url = options.base_url.as_ref().unwrap_or(&inner.base_url).join(&encoded.path);
    url.set_query(encoded.query.as_deref());
    let mut headers = encoded.headers;
    // What the user sets stands in for what the operation has, and what the call sets for what the client has.
    for set in [&*inner.headers, &options.headers] {
        for name in set.keys() {
            headers.remove(name);
        }
        headers.extend(set.clone());
    }
    inner.credentials.apply(O::SECURITY, &mut headers, &mut url)?;
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    Ok(Exchange {
        method: method.into(),
        url,
        headers,
        payload: encoded.payload,
        is_replayable,
        timeout: options.timeout.unwrap_or(inner.timeout),
        max_body: inner.max_body,
    })
}

/// GET and POST stand in for each other where there is nothing but arguments.
fn choose<O: Operation>(wanted: Option<Method>, parameters: &Parameters) -> Result<Method, ConfigError> {
    let is_either = |method| matches!(method, Method::Get | Method::Post);
    match wanted {
        Some(method) if method != O::METHOD => {
            if is_either(method) && is_either(O::METHOD) && parameters.is_arguments() {
                Ok(method)
            } else {
                let only = http::Method::from(O::METHOD);
                Err(ConfigError::new("method", format!("`{}` can only be called with {only}", O::NAME)))
            }
        }
        _ => Ok(O::METHOD),
    }
}

/// The operation's name: arguments and headers may hold anything.
impl<O: Operation> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &O::NAME).finish_non_exhaustive()
    }
}
