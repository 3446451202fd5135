//! The client of the API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

#[cfg(feature = "socket-mode")]
use crate::ConfigError;
use crate::proxy::Proxies;
use crate::security::Credentials;
use crate::{BaseUrl, CallBudget, Headers, Proxy, RetryPolicy, SuspendClock, Token};

/// A client of Slack's API that authenticates with one token.
///
/// Cloning is cheap: clones share their connections and the [`CallBudget`] of the token.
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use slack_rtm_apis::Client;
///
/// let client = Client::builder().token_from_env("SLACK_TOKEN").build()?;
/// let response = client.rtm_connect().send().await?;
/// println!("connected as {}", response.self_.name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) credentials: Credentials,
    pub(crate) base_url: BaseUrl,
    pub(crate) has_default_base_url: bool,
    pub(crate) allow_plain_http: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_body: usize,
    pub(crate) retry: Option<RetryPolicy>,
    /// Whether the HTTP client is expected to support TLS.
    pub(crate) has_tls: bool,
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) headers: Headers,
    pub(crate) upgrade_headers: Headers,
    pub(crate) user_agent: String,
    pub(crate) call_budget: Arc<CallBudget>,
    pub(crate) suspend_clock: Arc<SuspendClock>,
    #[cfg(feature = "socket-mode")]
    pub(crate) app: Option<App>,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Arc<rustls::ClientConfig>,
    #[cfg(feature = "native-tls")]
    pub(crate) native_tls: Option<native_tls::TlsConnector>,
}

/// An app-level token with its budget for calls of apps.connections.open.
#[cfg(feature = "socket-mode")]
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) token: Token,
    pub(crate) budget: Arc<CallBudget>,
}

impl Client {
    /// Returns a client for another token, such as that of another workspace. It shares the connections and settings of this client and has its own
    /// [`CallBudget`].
    ///
    /// ```
    /// # fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_apis::ConfigError> {
    /// use slack_rtm_apis::Token;
    ///
    /// let other = client.with_token(Token::new("xoxb-2")?);
    /// assert_eq!(other.base_url(), client.base_url());
    /// # Ok(())
    /// # }
    /// ```
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

    /// Returns the same client with another budget for the calls that open connections: rtm.connect, and over Socket Mode apps.connections.open.
    ///
    /// ```
    /// # fn main() -> Result<(), slack_rtm_apis::ConfigError> {
    /// use std::sync::Arc;
    /// use slack_rtm_apis::{CallBudget, Client, Token};
    ///
    /// let client = Client::builder().token("xoxb-1").base_url("http://127.0.0.1/api").build()?;
    /// let budget = Arc::new(CallBudget::new());
    /// let other = client.with_token(Token::new("xoxb-2")?).with_call_budget(budget.clone());
    /// assert!(Arc::ptr_eq(other.call_budget(), &budget));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_call_budget(&self, call_budget: Arc<CallBudget>) -> Self {
        #[cfg(feature = "socket-mode")]
        let app = self.inner.app.clone().map(|app| App { budget: call_budget.clone(), ..app });
        Self {
            inner: Arc::new(Inner {
                call_budget,
                #[cfg(feature = "socket-mode")]
                app,
                ..Inner::clone(&self.inner)
            }),
        }
    }

    /// Returns the same client with an app-level token, which opens Socket Mode connections. Messages are still posted with the client's own token.
    ///
    /// ```
    /// # fn main() -> Result<(), slack_rtm_apis::ConfigError> {
    /// use slack_rtm_apis::{Client, Token};
    ///
    /// let client = Client::builder().token("xoxb-1").base_url("http://127.0.0.1/api").build()?;
    /// assert!(client.app_client().is_err());
    /// let client = client.with_app_token(Token::new("xapp-1")?);
    /// assert!(client.has_bot_token() && !client.app_client()?.has_bot_token());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn with_app_token(&self, token: Token) -> Self {
        let app = Some(App { token, budget: Arc::default() });
        Self { inner: Arc::new(Inner { app, ..Inner::clone(&self.inner) }) }
    }

    /// Returns a client that authenticates with the app-level token, which opens Socket Mode connections: the token of
    /// [`ClientBuilder::app_token`](crate::ClientBuilder::app_token), or the client's own token if it is an app-level one. All clients that this method returns share one
    /// [`CallBudget`].
    ///
    /// # Errors
    /// Returns an error if the client has no app-level token.
    #[cfg(feature = "socket-mode")]
    pub fn app_client(&self) -> Result<Self, ConfigError> {
        let app = self.inner.app.clone().ok_or_else(|| {
            ConfigError::new(
                "app_token",
                "missing; set a token such as `xapp-...` with `app_token` or `app_token_from_env`",
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

    /// Returns whether the client's own token is a bot or user token rather than an app-level one, so that it can post messages.
    #[cfg(feature = "socket-mode")]
    #[must_use]
    pub fn has_bot_token(&self) -> bool {
        self.inner.credentials.token().is_some_and(|token| !token.is_app_level())
    }

    /// Returns the base URL of the API.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base_url
    }

    /// Returns the proxy for a URL of the API or of a message server: the proxy of [`ClientBuilder::proxy`](crate::ClientBuilder::proxy), or else that of the environment
    /// or the system.
    /// Returns `None` for a direct connection.
    #[must_use]
    pub fn proxy_for(&self, url: &Url) -> Option<Proxy> {
        self.inner.proxies.for_url(url)
    }

    /// Returns the headers set with [`ClientBuilder::upgrade_header`](crate::ClientBuilder::upgrade_header).
    #[must_use]
    pub fn upgrade_headers(&self) -> &Headers {
        &self.inner.upgrade_headers
    }

    /// Returns the value of the `User-Agent` header.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.inner.user_agent
    }

    /// Returns the budget from which all sessions of this client take their calls of rtm.connect.
    #[must_use]
    pub fn call_budget(&self) -> &Arc<CallBudget> {
        &self.inner.call_budget
    }

    /// Returns the clock that measures how long the computer was suspended.
    #[must_use]
    pub fn suspend_clock(&self) -> &Arc<SuspendClock> {
        &self.inner.suspend_clock
    }

    /// Returns the TLS configuration, such as for other connections that trust the same certificates.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn rustls_config(&self) -> &Arc<rustls::ClientConfig> {
        &self.inner.tls
    }

    /// Returns the connector set with [`ClientBuilder::native_tls_connector`](crate::ClientBuilder::native_tls_connector).
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
