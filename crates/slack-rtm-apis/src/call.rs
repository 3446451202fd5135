//! A call: its operation and its options.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use http::header::ACCEPT;

use crate::sending::{self, Options};
use crate::{
    BaseUrl, Client, ConfigError, Error, Method, Operation, RawResponse, Response, RetryPolicy, header,
    transport,
};

impl Client {
    /// Creates a call of an operation, such as one that this crate does not have.
    ///
    /// ```no_run
    /// # #[cfg(feature = "web")]
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm_apis::chat_api::ChatPostMessage;
    ///
    /// let mut request = ChatPostMessage::new("C01GENERAL0");
    /// request.text = Some("hello".to_owned());
    /// client.call(request).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<O: Operation>(&self, request: O) -> Call<O> {
        Call { client: self.clone(), request, options: Ok(Options::default()) }
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

impl<O: Operation> Call<O> {
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

    /// Sets the `Accept` header; the default is the media type of the operation's response, [`Operation::ACCEPT`](crate::Operation::ACCEPT).
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
        sending::send(&client, &request, &options?).await
    }

    /// Sends the call once, without retries, and returns the response without decoding it. A refusal is a response as well.
    ///
    /// # Errors
    /// Returns an error if no response arrives, if its body is too large, or if an option is invalid.
    pub async fn send_raw(self) -> Result<RawResponse, Error<O::Refusal>> {
        let options = self.options?;
        let exchange = sending::exchange(&self.client, &self.request, &options)?;
        Ok(transport::exchange(&self.client.inner().http, exchange).await?)
    }
}

/// Prints only the name of the operation, since arguments and headers can be secret.
impl<O: Operation> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &O::NAME).finish_non_exhaustive()
    }
}
