//! A call: its operation, its options, and the ways to send it.

use std::fmt;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

use crate::generated::SERVICE;
use crate::transport::{self, Exchange};
use crate::{
    BaseUrl, Client, ConfigError, Error, FromResponse, Parameters, RawResponse, Response, RetryPolicy,
    SecurityScheme, error_codes, header, interpret,
};

/// An operation of the API: a request type with its arguments. The generated request types implement it; implement it for methods that this crate does not have.
///
/// A refusal, a body with `"ok": false`, is decoded as [`Refusal`](Self::Refusal); `slack_rtm_models::ErrorResponse` fits every method. Its code determines
/// whether it is fatal or transient, so that a [`RetryPolicy`] works for every operation.
///
/// ```no_run
/// use serde::Deserialize;
/// use slack_rtm_apis::{Client, Method, Operation, Parameters};
/// use slack_rtm_models::ErrorResponse;
///
/// struct RemindersDelete {
///     reminder: String,
/// }
///
/// #[derive(Deserialize)]
/// struct Deleted {}
///
/// impl Operation for RemindersDelete {
///     type Response = Deleted;
///     type Refusal = ErrorResponse;
///
///     const NAME: &'static str = "reminders.delete";
///     const PATH: &'static str = "/reminders.delete";
///     const METHOD: Method = Method::Post;
///
///     fn encode(&self, parameters: &mut Parameters) {
///         parameters.push("reminder", &self.reminder);
///     }
/// }
///
/// # async fn f(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// client.call(RemindersDelete { reminder: "Rm12345678".to_owned() }).send().await?;
/// # Ok(())
/// # }
/// ```
pub trait Operation: Send + Sync {
    /// The typed response.
    type Response: FromResponse;
    /// The typed body of a refusal.
    type Refusal: FromResponse;

    /// The name of the API method, such as `rtm.connect`.
    const NAME: &'static str;
    /// The path below the base URL, with parameters in braces.
    const PATH: &'static str;
    /// The default HTTP method.
    const METHOD: Method;

    /// The base URL of this operation, if it is served elsewhere than the others. It applies to a client with the default base URL; a base URL set with
    /// [`ClientBuilder::base_url`](crate::ClientBuilder::base_url) or [`Call::with_base_url`] applies to this operation too. The default is `None`.
    const SERVER: Option<&'static str> = None;

    /// The alternative sets of credentials. A call uses the first set whose credentials are all configured; an empty slice or an empty set stands for no
    /// credentials. The default is the token of the client.
    const SECURITY: &'static [&'static [SecurityScheme]] = &[&[SecurityScheme::Token]];

    /// Adds the parameters of the request.
    fn encode(&self, parameters: &mut Parameters);

    /// Whether the call is idempotent: sending it twice has the same effect as sending it once. A [`RetryPolicy`] repeats a call that is not idempotent only
    /// after a failure that proves that Slack did not process it. The default depends on [`METHOD`](Self::METHOD): all HTTP methods except POST and PATCH are
    /// idempotent.
    ///
    /// The repetition of an idempotent call can be refused with a code such as `already_pinned`, which confirms the effect of the first one.
    const IS_IDEMPOTENT: bool = Self::METHOD.is_idempotent();

    /// Returns whether a refusal with this code is permanent until the token, the app, the workspace or the call is changed.
    ///
    /// The default implementation covers the codes that all of Slack's methods share.
    fn is_fatal(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        error_codes::is_fatal_code(code)
    }

    /// Returns whether a refusal with this code is known to be temporary.
    ///
    /// The default implementation covers the codes that all of Slack's methods share.
    fn is_transient(code: &str, refusal: &Self::Refusal) -> bool {
        let _ = refusal;
        error_codes::is_transient_code(code)
    }
}

/// An HTTP method. Nearly all of Slack's methods accept both GET and POST.
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
    /// Returns whether HTTP defines the method as idempotent: all methods except POST and PATCH.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }

    /// Returns whether arguments are sent as a form body.
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
/// The optional arguments of the operation are set with methods of the same name, the options of the call with methods that start with `with_`. It is sent with
/// [`send`](Self::send), [`send_with_info`](Self::send_with_info) or [`send_raw`](Self::send_raw).
///
/// # Cancel safety
/// Dropping the future of a call leaks nothing, but Slack may have processed the call.
///
/// ```no_run
/// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use slack_rtm_apis::RetryPolicy;
///
/// let call = client
///     .rtm_connect()
///     .presence_sub(true) // an argument
///     .with_timeout(Duration::from_secs(5)) // an option
///     .with_retry(RetryPolicy::with_max_attempts(5));
/// println!("{}", call.send().await?.team.name);
/// # Ok(())
/// # }
/// ```
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

    /// Sets the HTTP method: GET with the arguments in the query, or POST with the arguments in a form. Sending fails if the operation has a body other than
    /// its arguments, or uses a different HTTP method.
    pub fn with_method(self, method: Method) -> Self {
        self.option(|options| {
            options.method = Some(method);
            Ok(())
        })
    }

    /// Sets the timeout of one attempt; the default is the client's timeout.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.option(|options| {
            options.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Adds a header. The headers for authorization and for the framing of the request, such as `Content-Length`, cannot be set.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.option(|options| {
            let (name, value) = header::parse(name, value, header::RESERVED_FOR_CALLS)?;
            options.headers.append(name, value);
            Ok(())
        })
    }

    /// Sets the `Accept` header; the default is `application/json`.
    pub fn with_accept(self, media_type: &str) -> Self {
        self.option(|options| {
            let value = HeaderValue::try_from(media_type)
                .map_err(|source| ConfigError::new("header", "invalid media type").with_source(source))?;
            options.headers.insert(ACCEPT, value);
            Ok(())
        })
    }

    /// Sets the base URL of this call; the default is the client's base URL. The token is sent there, and the same rules apply as for the client's base URL.
    pub fn with_base_url(self, url: &str) -> Self {
        let inner = self.client.inner();
        let (allow_plain_http, has_tls) = (inner.allow_plain_http, inner.has_tls);
        self.option(|options| {
            options.base_url = Some(BaseUrl::new(url, allow_plain_http)?.check_tls(has_tls)?);
            Ok(())
        })
    }

    /// Sets the retry policy of this call; the default is the client's policy.
    pub fn with_retry(self, policy: RetryPolicy) -> Self {
        self.option(|options| {
            options.retry = Some(policy);
            Ok(())
        })
    }

    /// Applies an option. The first error is kept until the call is sent.
    fn option(mut self, set: impl FnOnce(&mut Options) -> Result<(), ConfigError>) -> Self {
        if let Ok(options) = &mut self.options
            && let Err(error) = set(options)
        {
            self.options = Err(error);
        }
        self
    }

    /// Sends the call and returns the typed response.
    ///
    /// # Errors
    /// Returns an error if Slack refuses the call, if no valid response arrives, or if an option is invalid; see [`Error`].
    pub async fn send(self) -> Result<O::Response, Error<O::Refusal>> {
        self.send_with_info().await.map(Response::into_value)
    }

    /// Sends the call and returns the typed response with its status, headers and body.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`send`](Self::send).
    pub async fn send_with_info(self) -> Result<Response<O::Response>, Error<O::Refusal>> {
        let Self { client, request, options } = self;
        send(&client, &request, &options?).await
    }

    /// Sends the call once, without retries, and returns the response without decoding it. A refusal is a response as well.
    ///
    /// # Errors
    /// Returns an error if no response arrives, if its body is too large, or if an option is invalid.
    pub async fn send_raw(self) -> Result<RawResponse, Error<O::Refusal>> {
        let options = self.options?;
        let exchange = exchange(&self.client, &self.request, &options)?;
        Ok(transport::exchange(&self.client.inner().http, exchange).await?)
    }
}

/// Sends a call, repeats it according to the retry policy, and returns the typed response.
pub(crate) async fn send<O: Operation>(
    client: &Client,
    request: &O,
    options: &Options,
) -> Result<Response<O::Response>, Error<O::Refusal>> {
    let policy = options.retry.or(client.inner().retry);
    let mut failed = 0;
    loop {
        let exchange = exchange(client, request, options)?;
        // A stream can be sent only once.
        let policy = policy.filter(|_| exchange.is_replayable);
        let raw = transport::exchange(&client.inner().http, exchange).await.map_err(Error::from);
        let error = match raw.and_then(interpret::interpret::<O>) {
            Ok(response) => {
                let warnings = if SERVICE.refuses_with_ok { response.warnings() } else { Vec::new() };
                for warning in warnings {
                    tracing::warn!(method = O::NAME, warning, "Slack returned a warning");
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        failed += 1;
        tracing::debug!(method = O::NAME, failed, %error, "the call failed");
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
    let own_server = match O::SERVER {
        Some(server) if inner.has_default_base_url => {
            Some(BaseUrl::new(server, inner.allow_plain_http)?.check_tls(inner.has_tls)?)
        }
        _ => None,
    };
    let base_url = options.base_url.as_ref().or(own_server.as_ref()).unwrap_or(&inner.base_url);
    let mut url = base_url.join(&encoded.path);
    url.set_query(encoded.query.as_deref());
    let mut headers = encoded.headers;
    // Headers of the client replace those of the operation, and headers of the call replace both.
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

/// Returns the HTTP method of a call. GET and POST are interchangeable if the request consists of arguments only.
fn choose<O: Operation>(wanted: Option<Method>, parameters: &Parameters) -> Result<Method, ConfigError> {
    let is_either = |method| matches!(method, Method::Get | Method::Post);
    match wanted {
        Some(method) if method != O::METHOD => {
            if is_either(method) && is_either(O::METHOD) && parameters.is_arguments() {
                Ok(method)
            } else {
                let only = http::Method::from(O::METHOD);
                Err(ConfigError::new("method", format!("`{}` must be called with {only}", O::NAME)))
            }
        }
        _ => Ok(O::METHOD),
    }
}

/// Prints only the name of the operation, since arguments and headers can be secret.
impl<O: Operation> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &O::NAME).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoContent;

    struct Elsewhere;

    impl Operation for Elsewhere {
        type Response = NoContent;
        type Refusal = NoContent;

        const NAME: &'static str = "elsewhere";
        const PATH: &'static str = "/elsewhere";
        const METHOD: Method = Method::Get;
        const SERVER: Option<&'static str> = Some("https://files.example.com/v2");

        fn encode(&self, _: &mut Parameters) {}
    }

    #[test]
    fn an_operation_with_a_server_of_its_own_is_called_there_unless_another_is_set() {
        let builder = || Client::builder().token("xoxb-1");
        let url = |client: &Client, call: Call<Elsewhere>| {
            exchange(client, &Elsewhere, &call.options.unwrap()).unwrap().url.to_string()
        };
        let client = builder().build().unwrap();
        assert_eq!(url(&client, client.call(Elsewhere)), "https://files.example.com/v2/elsewhere");
        let call = client.call(Elsewhere).with_base_url("https://b.example.com");
        assert_eq!(url(&client, call), "https://b.example.com/elsewhere");
        let client = builder().base_url("http://127.0.0.1:1/api").build().unwrap();
        assert_eq!(url(&client, client.call(Elsewhere)), "http://127.0.0.1:1/api/elsewhere");
    }
}
