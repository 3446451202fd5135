//! The builder of the client.

mod build;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::security::{Credentials, SecurityScheme};
use crate::{CallBudget, Client, ConfigError, Headers, RetryPolicy, SuspendClock, Token, header};

impl Client {
    /// Returns a builder. Its only required setting is the token.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// A builder of a [`Client`], or of a type `C` that wraps one. [`Client::builder`] creates it.
///
/// Setters do not fail: [`build`](Self::build) reports the first invalid setting.
///
/// ```
/// # fn f() -> Result<(), slack_rtm_apis::ConfigError> {
/// use std::time::Duration;
/// use slack_rtm_apis::{Client, RetryPolicy};
///
/// let client: Client = Client::builder()
///     .token("xoxb-1")
///     .timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::default())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct ClientBuilder<C = Client> {
    token: Option<Result<Token, ConfigError>>,
    credentials: Result<Credentials, ConfigError>,
    base_url: Option<String>,
    allow_plain_http: bool,
    user_agent: Option<String>,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    proxy: Option<String>,
    max_body: Option<usize>,
    retry: Option<RetryPolicy>,
    headers: Result<Headers, ConfigError>,
    upgrade_headers: Result<Headers, ConfigError>,
    http_client: Option<reqwest::Client>,
    call_budget: Option<Arc<CallBudget>>,
    suspend_clock: Option<Arc<SuspendClock>>,
    #[cfg(feature = "socket-mode")]
    app_token: Option<Result<Token, ConfigError>>,
    #[cfg(feature = "rustls")]
    tls: Option<Arc<rustls::ClientConfig>>,
    #[cfg(feature = "native-tls")]
    native_tls: Option<native_tls::TlsConnector>,
    client: PhantomData<fn() -> C>,
}

// Only whether a URL is set, since it can contain a password.
impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("token", &self.token.is_some())
            .field("base_url", &self.base_url.is_some())
            .field("proxy", &self.proxy.is_some())
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl<C> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self {
            token: None,
            credentials: Ok(Credentials::default()),
            base_url: None,
            allow_plain_http: false,
            user_agent: None,
            timeout: None,
            connect_timeout: None,
            proxy: None,
            max_body: None,
            retry: None,
            headers: Ok(Headers::default()),
            upgrade_headers: Ok(Headers::default()),
            http_client: None,
            call_budget: None,
            suspend_clock: None,
            #[cfg(feature = "socket-mode")]
            app_token: None,
            #[cfg(feature = "rustls")]
            tls: None,
            #[cfg(feature = "native-tls")]
            native_tls: None,
            client: PhantomData,
        }
    }
}

impl<C: From<Client>> ClientBuilder<C> {
    /// Sets the token, such as `xoxb-...`. Required, unless an app-level token is set, which suffices to receive events over Socket Mode (`app_token`, with the feature
    /// `socket-mode`).
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(Token::new(token));
        self
    }

    /// Sets the token to the current value of an environment variable.
    pub fn token_from_env(mut self, variable: &str) -> Self {
        self.token = Some(Token::from_env(variable));
        self
    }

    /// Sets the app-level token, such as `xapp-...`, which opens Socket Mode connections. [`token`](Self::token) is then the bot token that posts messages;
    /// without it the client can receive events but not post.
    #[cfg(feature = "socket-mode")]
    pub fn app_token(mut self, token: impl AsRef<str>) -> Self {
        self.app_token = Some(Token::new(token));
        self
    }

    /// Sets the app-level token to the current value of an environment variable.
    #[cfg(feature = "socket-mode")]
    pub fn app_token_from_env(mut self, variable: &str) -> Self {
        self.app_token = Some(Token::from_env(variable));
        self
    }

    /// Sets the base URL of the API; the default is the first server of the OpenAPI document. Plain `http` is refused except for loopback addresses.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets whether plain `http` is allowed for every host; the default is false. Anyone on the network path can then read the token.
    pub fn danger_allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Sets the `User-Agent` header; the default is the name and version of this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the timeout of one attempt of a call, from the connection to the last byte; the default is 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the timeout for establishing a connection; the default is 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the proxy for all connections, such as `http://user:password@proxy.example.com:3128`.
    ///
    /// The default is the proxy of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), and none for an API on a loopback address. With the
    /// feature `system-proxy`, the settings of macOS and Windows apply if the environment has none. SOCKS proxies require the feature `socks`.
    ///
    /// `NO_PROXY` is a list of hosts, separated by commas: `*` for all hosts, `example.com` or `.example.com` for a domain and its subdomains, `*.example.com` for
    /// its subdomains only, IP addresses, and networks such as `10.0.0.0/8`. An entry with a port, such as `example.com:8443`, applies to that port only. Invalid
    /// entries are ignored and logged once.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Sets the maximum size of a response body, in bytes; the default is 8 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Sets the retry policy for failed calls; by default a call is sent once.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Adds a header to every call, such as for a gateway. A header of the same name set on a call replaces it. `Debug` redacts its value.
    ///
    /// The header is not sent to message servers, which are different hosts; see [`upgrade_header`](Self::upgrade_header).
    ///
    /// ```
    /// # fn f() -> Result<(), slack_rtm_apis::ConfigError> {
    /// let client: slack_rtm_apis::Client = slack_rtm_apis::Client::builder()
    ///     .token("xoxb-1")
    ///     .header("x-gateway-key", "secret")
    ///     .upgrade_header("x-gateway-key", "secret")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.headers = self.headers.and_then(|mut headers| {
            let (name, value) = header::parse(name.as_ref(), value.as_ref(), header::RESERVED_FOR_CALLS)?;
            headers.0.append(name, value);
            Ok(headers)
        });
        self
    }

    /// Adds a header to the WebSocket upgrade request of sessions. `Debug` redacts its value.
    pub fn upgrade_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let with = |headers: Headers| headers.with_upgrade_header(name.as_ref(), value.as_ref());
        self.upgrade_headers = self.upgrade_headers.and_then(with);
        self
    }

    /// Sets the HTTP client; by default the builder creates one.
    ///
    /// The user agent, connect timeout, proxy, TLS and redirect settings of the given client apply to calls; it must not follow redirects to other hosts. The
    /// WebSocket connections of sessions still use the proxy and TLS settings of this builder.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Sets the budget for the calls that open connections, such as the one of another client with the same token ([`Client::call_budget`]); by default each token of the
    /// client has its own. It applies to rtm.connect, and over Socket Mode to apps.connections.open.
    pub fn call_budget(mut self, budget: Arc<CallBudget>) -> Self {
        self.call_budget = Some(budget);
        self
    }

    /// Sets the clock that measures how long the computer was suspended, for the delays between retries and for sessions; the default is
    /// [`SuspendClock::of_process`].
    pub fn suspend_clock(mut self, clock: Arc<SuspendClock>) -> Self {
        self.suspend_clock = Some(clock);
        self
    }

    /// Sets the TLS configuration; the default trusts the root certificates of the system.
    ///
    /// Those are loaded once per process, at the first TLS handshake; a handshake fails with a [`TrustError`](crate::TrustError) if there are none.
    #[cfg(feature = "rustls")]
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Sets the connector of the system's TLS library. It applies if the feature `rustls` is disabled.
    #[cfg(feature = "native-tls")]
    pub fn native_tls_connector(mut self, connector: native_tls::TlsConnector) -> Self {
        self.native_tls = Some(connector);
        self
    }

    /// Sets a credential, for the methods that the generated code adds to the builder.
    #[allow(dead_code, reason = "Slack accepts only tokens, unlike the services of other documents")]
    pub(crate) fn credential(mut self, scheme: SecurityScheme, value: &str) -> Self {
        self.credentials = self.credentials.and_then(|credentials| credentials.with(scheme, value));
        self
    }
}
