//! The client, and how it is set up.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::base_url::HAS_TLS;
use crate::generated::SERVICE;
use crate::proxy::Proxies;
use crate::security::Credentials;
use crate::transport::{self, Settings};
#[cfg(feature = "rustls")]
use crate::trust;
use crate::{
    BaseUrl, Call, CallBudget, ConfigError, Headers, Operation, Proxy, RetryPolicy, SuspendClock, Token,
    header,
};

/// How long a call may take by default, from the connection to the last byte.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long connecting may take by default.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How large a body may be by default, in bytes.
const DEFAULT_MAX_BODY: usize = 8 << 20;

/// Calls Slack's API with one token. Cloning it is cheap, and the clones share their connections and the token's [`CallBudget`].
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) base_url: BaseUrl,
    pub(crate) allow_plain_http: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_body: usize,
    pub(crate) retry: Option<RetryPolicy>,
    /// Whether the HTTP client can be expected to speak it.
    pub(crate) has_tls: bool,
    proxies: Arc<Proxies>,
    pub(crate) headers: Headers,
    upgrade_headers: Headers,
    user_agent: String,
    call_budget: Arc<CallBudget>,
    suspend_clock: Arc<SuspendClock>,
    #[cfg(feature = "socket-mode")]
    app: Option<App>,
    #[cfg(feature = "rustls")]
    tls: Arc<rustls::ClientConfig>,
    #[cfg(feature = "native-tls")]
    native_tls: Option<native_tls::TlsConnector>,
}

/// An app-level token, and how often it may ask for the address of a connection.
#[cfg(feature = "socket-mode")]
#[derive(Clone)]
struct App {
    token: Token,
    budget: Arc<CallBudget>,
}

impl Client {
    /// Begins to set up a client. It needs a token.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same client for another token, such as that of another workspace. It shares this one's connections and settings, and has a [`CallBudget`] of its own.
    #[must_use]
    pub fn with_token(&self, token: Token) -> Self {
        let call_budget = Arc::default();
        #[cfg(feature = "socket-mode")]
        let app = match token.is_app_level() {
            true => Some(App { token: token.clone(), budget: Arc::default() }),
            false => self.inner.app.clone(),
        };
        let credentials = self.inner.credentials.clone().with_token(token);
        Self {
            inner: Arc::new(Inner {
                credentials,
                call_budget,
                #[cfg(feature = "socket-mode")]
                app,
                ..Inner::clone(&self.inner)
            }),
        }
    }

    /// The same client for its app-level token, with which Socket Mode is opened: the one of [`ClientBuilder::app_token`], or the client's own if that is one. All
    /// of them share one [`CallBudget`].
    ///
    /// # Errors
    /// If there is none.
    #[cfg(feature = "socket-mode")]
    pub fn app_client(&self) -> Result<Self, ConfigError> {
        let app = self.inner.app.clone().ok_or_else(|| {
            ConfigError::new(
                "app_token",
                "there is none; set one such as `xapp-...` with `app_token` or `app_token_from_env`",
            )
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                credentials: self.inner.credentials.clone().with_token(app.token),
                call_budget: app.budget,
                ..Inner::clone(&self.inner)
            }),
        })
    }

    /// Whether the client's own token is another one than an app-level one, so that it can post messages.
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn has_bot_token(&self) -> bool {
        self.inner.credentials.token().is_some_and(|token| !token.is_app_level())
    }

    /// A call of an operation whose arguments are set already.
    pub fn call<O: Operation>(&self, request: O) -> Call<O> {
        Call::new(self.clone(), request)
    }

    /// Where the API is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base_url
    }

    /// Returns the proxy through which a connection to a URL of the API or of a message server goes: the one that was set with [`ClientBuilder::proxy`], or
    /// else what the environment and the system say.
    #[must_use]
    pub fn proxy_for(&self, url: &Url) -> Option<Proxy> {
        self.inner.proxies.for_url(url)
    }

    /// Returns the headers of [`ClientBuilder::upgrade_header`].
    #[must_use]
    pub fn upgrade_headers(&self) -> &Headers {
        &self.inner.upgrade_headers
    }

    /// What the client calls itself.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.inner.user_agent
    }

    /// How often its sessions may call rtm.connect, all together.
    #[must_use]
    pub fn call_budget(&self) -> &Arc<CallBudget> {
        &self.inner.call_budget
    }

    /// Returns the clock that measures how long the computer was suspended.
    #[must_use]
    pub fn suspend_clock(&self) -> &Arc<SuspendClock> {
        &self.inner.suspend_clock
    }

    /// The TLS configuration, for whatever else shall trust the same certificates.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn rustls_config(&self) -> &Arc<rustls::ClientConfig> {
        &self.inner.tls
    }

    /// The connector that was set with [`ClientBuilder::native_tls_connector`].
    #[cfg(feature = "native-tls")]
    #[must_use]
    pub fn native_tls_connector(&self) -> Option<&native_tls::TlsConnector> {
        self.inner.native_tls.as_ref()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("timeout", &self.inner.timeout)
            .field("proxy", &self.inner.proxies.for_url(self.inner.base_url.as_url()))
            .field("retry", &self.inner.retry)
            .finish_non_exhaustive()
    }
}

/// Sets up a client: a [`Client`], or `C`, which is made of one. What is wrong shows in [`build`](Self::build).
#[must_use]
pub struct ClientBuilder<C = Client> {
    token: Option<Result<Token, ConfigError>>,
    pub(crate) credentials: Result<Credentials, ConfigError>,
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
    makes: PhantomData<fn() -> C>,
}

/// Which settings are made; a URL may have a password in it.
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
            makes: PhantomData,
        }
    }
}

impl<C: From<Client>> ClientBuilder<C> {
    /// Sets the token, such as `xoxb-...`.
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(Token::new(token));
        self
    }

    /// Takes the token from an environment variable, now.
    pub fn token_from_env(mut self, variable: &str) -> Self {
        self.token = Some(Token::from_env(variable));
        self
    }

    /// Sets the app-level token, such as `xapp-...`, with which Socket Mode is opened. [`token`](Self::token) is the bot's then, with which messages are posted; without
    /// one, the client can receive and not post.
    #[cfg(feature = "socket-mode")]
    pub fn app_token(mut self, token: impl AsRef<str>) -> Self {
        self.app_token = Some(Token::new(token));
        self
    }

    /// Takes the app-level token from an environment variable, now.
    #[cfg(feature = "socket-mode")]
    pub fn app_token_from_env(mut self, variable: &str) -> Self {
        self.app_token = Some(Token::from_env(variable));
        self
    }

    /// Sets where the API is. Default: the first server that the OpenAPI document names. Plain `http` is refused except for this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows plain `http` to any host. Whoever is on the way can then read the token.
    pub fn danger_allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Sets what the client calls itself. Default: this crate's name and version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets how long one attempt of a call may take, from the connection to the last byte. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long connecting may take. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sends everything through a proxy, such as `http://user:password@proxy.example.com:3128`. Default: the one that the environment names (`HTTPS_PROXY`,
    /// `NO_PROXY`), and none for an API on this machine. With the feature `system-proxy`, the settings of macOS and Windows stand in for the environment. Proxies
    /// over SOCKS need the feature `socks`, wherever they are named.
    ///
    /// `NO_PROXY` lists hosts, separated by commas: `*` for all; `example.com` or `.example.com` for a domain and those below it; `*.example.com` for those below
    /// it alone; addresses, and networks such as `10.0.0.0/8`; with a port, such as `example.com:8443`, for that port alone. What can never match is logged once.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Sets how large an answer may be, in bytes. Default: 8 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Sends failed calls again by this policy. Default: every call is sent once.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Adds a header to every call, for a gateway on the way or as a cookie. A call's own header of that name takes its place. Its value is never printed.
    ///
    /// It is not sent to message servers, which are other hosts: those get what [`upgrade_header`](Self::upgrade_header) adds.
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
            let (name, value) = header::parse(name.as_ref(), value.as_ref(), header::OF_CALLS)?;
            headers.0.append(name, value);
            Ok(headers)
        });
        self
    }

    /// Adds a header to the request with which a session's connection becomes a WebSocket. Its value is never printed.
    pub fn upgrade_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let with = |headers: Headers| headers.with_upgrade_header(name.as_ref(), value.as_ref());
        self.upgrade_headers = self.upgrade_headers.and_then(with);
        self
    }

    /// Uses this HTTP client in place of an own one. Its user agent, connect timeout, proxy, TLS and redirects are then its own too: see to it that it follows
    /// none to another host. A session's sockets go on to use the proxy and the TLS that are set here.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Shares the budget of another client with the same token ([`Client::call_budget`]). Default: one of its own, which its clones share.
    pub fn call_budget(mut self, budget: Arc<CallBudget>) -> Self {
        self.call_budget = Some(budget);
        self
    }

    /// Sets the clock that measures how long the computer was suspended, for the retries of calls and for sessions; the default is
    /// [`SuspendClock::of_process`].
    pub fn suspend_clock(mut self, clock: Arc<SuspendClock>) -> Self {
        self.suspend_clock = Some(clock);
        self
    }

    /// Uses this TLS configuration in place of the default one, which trusts the system's certificates. Those are read once per process, when the first TLS
    /// handshake wants them; without any, it fails with a [`TrustError`](crate::TrustError).
    #[cfg(feature = "rustls")]
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Uses this connector of the system's TLS library, where the feature `rustls` is off.
    #[cfg(feature = "native-tls")]
    pub fn native_tls_connector(mut self, connector: native_tls::TlsConnector) -> Self {
        self.native_tls = Some(connector);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// If there is no token, or a setting cannot be used, such as the proxy that the environment names for the API, or `https` in a program without a TLS
    /// feature.
    pub fn build(mut self) -> Result<C, ConfigError> {
        let token = self.token.take();
        #[cfg(feature = "socket-mode")]
        let token = token.or_else(|| Some(Ok(self.app_token.as_ref()?.as_ref().ok()?.clone())));
        let token = token.transpose()?;
        if token.is_none() && SERVICE.needs_token {
            return Err(ConfigError::token("there is none; set one with `token` or `token_from_env`"));
        }
        let call_budget = self.call_budget.take().unwrap_or_default();
        Ok(self.prepare()?(token, call_budget).into())
    }

    /// Makes a client for each of many tokens, such as one of each workspace, in their order. The clients share their connections and settings, and each has a
    /// [`CallBudget`] of its own. The builder needs no token; one that was set is not used.
    ///
    /// A token that is malformed does not end the others: it is an error in its place, which names its position and does not quote it. Slack is not asked, so a token
    /// that it refuses shows in the first call.
    ///
    /// ```
    /// # use slack_rtm_apis::{Client, ConfigError};
    /// # fn f() -> Result<(), ConfigError> {
    /// for client in Client::builder().build_each(["xoxb-1", "xoxb-2", "xoxb 3"])? {
    ///     match client {
    ///         Ok(client) => println!("{client:?}"),
    ///         Err(error) => println!("{error}"), // token: number 3 of the list: the token has a blank or a line end in it
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a setting cannot be used, as [`build`](Self::build) fails.
    pub fn build_each(
        self,
        tokens: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Vec<Result<C, ConfigError>>, ConfigError> {
        let make = self.prepare()?;
        let tokens = tokens.into_iter().zip(1_usize..).map(|(text, number)| {
            let token = Token::new(text).map_err(|error| error.in_list(number))?;
            Ok(make(Some(token), Arc::default()).into())
        });
        Ok(tokens.collect())
    }

    /// Checks the settings, and returns what makes clients of tokens.
    fn prepare(self) -> Result<impl Fn(Option<Token>, Arc<CallBudget>) -> Client, ConfigError> {
        let (headers, upgrade_headers) = (self.headers?, self.upgrade_headers?);
        let has_tls = HAS_TLS || self.http_client.is_some();
        let Some(base_url) = self.base_url.as_deref().or(SERVICE.base_url) else {
            return Err(ConfigError::new(
                "base_url",
                "there is none; set one with `base_url`: the document names no server",
            ));
        };
        let credentials = self.credentials?;
        let base_url = BaseUrl::new(base_url, self.allow_plain_http)?;
        let base_url = base_url.check_tls(has_tls)?;
        #[cfg(feature = "socket-mode")]
        let app_token = self.app_token.transpose().map_err(ConfigError::of_app)?;
        let proxy = self.proxy.as_deref().map(Proxy::new).transpose()?;
        let proxies = Arc::new(Proxies::new(proxy, &base_url, |name| std::env::var_os(name))?);
        let user_agent = self
            .user_agent
            .unwrap_or_else(|| concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned());
        #[cfg(feature = "rustls")]
        let tls = match self.tls {
            Some(tls) => tls,
            None => trust::default_config()?,
        };
        let http = match self.http_client {
            Some(client) => client,
            None => transport::http_client(&Settings {
                user_agent: Some(user_agent.clone()),
                connect_timeout: Some(self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT)),
                proxies: proxies.clone(),
                #[cfg(feature = "rustls")]
                tls: tls.clone(),
                #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
                tls: self.native_tls.clone(),
            })?,
        };
        let suspend_clock = self.suspend_clock.unwrap_or_else(SuspendClock::of_process);
        Ok(move |token: Option<Token>, call_budget| Client {
            inner: Arc::new(Inner {
                http: http.clone(),
                base_url: base_url.clone(),
                allow_plain_http: self.allow_plain_http,
                timeout: self.timeout.unwrap_or(DEFAULT_TIMEOUT),
                max_body: self.max_body.unwrap_or(DEFAULT_MAX_BODY),
                retry: self.retry,
                has_tls,
                proxies: proxies.clone(),
                headers: headers.clone(),
                upgrade_headers: upgrade_headers.clone(),
                user_agent: user_agent.clone(),
                #[cfg(feature = "socket-mode")]
                app: app_token
                    .clone()
                    .or_else(|| token.clone().filter(Token::is_app_level))
                    .map(|token| App { token, budget: Arc::default() }),
                credentials: match token {
                    Some(token) => credentials.clone().with_token(token),
                    None => credentials.clone(),
                },
                call_budget,
                suspend_clock: suspend_clock.clone(),
                #[cfg(feature = "rustls")]
                tls: tls.clone(),
                #[cfg(feature = "native-tls")]
                native_tls: self.native_tls.clone(),
            }),
        })
    }
}
