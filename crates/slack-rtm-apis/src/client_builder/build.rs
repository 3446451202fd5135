//! Validates the settings of a builder, and creates the client.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::base_url::HAS_TLS;
#[cfg(feature = "socket-mode")]
use crate::client::App;
use crate::client::Inner;
use crate::generated::SERVICE;
use crate::proxy::Proxies;
#[cfg(feature = "rustls")]
use crate::root_certificates;
use crate::transport::{self, Settings};
use crate::{BaseUrl, CallBudget, Client, ConfigError, Proxy, SuspendClock, Token};

/// The default timeout of a call, from the connection to the last byte.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The default timeout for establishing a connection.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The default maximum size of a response body, in bytes.
const DEFAULT_MAX_BODY: usize = 8 << 20;

/// The budget of all tokens of a client; by default each has its own.
type Budget = Option<Arc<CallBudget>>;

impl<C: From<Client>> ClientBuilder<C> {
    /// Builds the client. Nothing is sent: Slack rejects an invalid token at the first call.
    ///
    /// # Errors
    /// Returns an error if the token is missing or a setting is invalid, such as the proxy of the environment or an `https` URL without a TLS feature.
    pub fn build(mut self) -> Result<C, ConfigError> {
        let token = self.token.take().transpose()?;
        let has_token = token.is_some();
        #[cfg(feature = "socket-mode")]
        let has_token = has_token || self.app_token.is_some();
        if !has_token && SERVICE.needs_token {
            return Err(ConfigError::token("missing; set it with `token` or `token_from_env`"));
        }
        let call_budget = self.call_budget.take();
        Ok(self.prepare()?(token, call_budget).into())
    }

    /// Builds a client for each token, such as one per workspace, in the order of the tokens. The clients share their connections and settings, and each has its
    /// own [`CallBudget`]. The token of the builder is not required and is ignored.
    ///
    /// A malformed token yields an error in its place, which contains its position but not its text.
    ///
    /// ```
    /// # use slack_rtm_apis::{Client, ConfigError};
    /// # fn f() -> Result<(), ConfigError> {
    /// for client in Client::builder().build_each(["xoxb-1", "xoxb-2", "xoxb 3"])? {
    ///     match client {
    ///         Ok(client) => println!("{client:?}"),
    ///         Err(error) => println!("{error}"), // token: item 3 of the list: the token contains whitespace
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if a setting is invalid, like [`build`](Self::build).
    pub fn build_each(
        self,
        tokens: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Vec<Result<C, ConfigError>>, ConfigError> {
        let make = self.prepare()?;
        let tokens = tokens.into_iter().zip(1_usize..).map(|(text, number)| {
            let token = Token::new(text).map_err(|error| error.in_list(number))?;
            Ok(make(Some(token), None).into())
        });
        Ok(tokens.collect())
    }

    /// Validates the settings, and returns a function that creates a client from a token, by default the app-level one, and its budget, by default a new one.
    fn prepare(self) -> Result<impl Fn(Option<Token>, Budget) -> Client, ConfigError> {
        let (headers, upgrade_headers) = (self.headers?, self.upgrade_headers?);
        let has_tls = HAS_TLS || self.http_client.is_some();
        let Some(base_url) = self.base_url.as_deref().or(SERVICE.base_url) else {
            return Err(ConfigError::new(
                "base_url",
                "missing; set it with `base_url`, because the OpenAPI document names no server",
            ));
        };
        let credentials = self.credentials?;
        let has_default_base_url = self.base_url.is_none();
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
            None => root_certificates::default_config()?,
        };
        let http = match self.http_client {
            Some(client) => client,
            None => transport::http_client(&Settings {
                user_agent: user_agent.clone(),
                connect_timeout: self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT),
                proxies: proxies.clone(),
                #[cfg(feature = "rustls")]
                tls: tls.clone(),
                #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
                tls: self.native_tls.clone(),
            })?,
        };
        let suspend_clock = self.suspend_clock.unwrap_or_else(SuspendClock::of_process);
        Ok(move |token: Option<Token>, call_budget: Budget| {
            #[cfg(feature = "socket-mode")]
            let token = token.or_else(|| app_token.clone());
            Client {
                inner: Arc::new(Inner {
                    http: http.clone(),
                    base_url: base_url.clone(),
                    has_default_base_url,
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
                        .map(|token| App { token, budget: call_budget.clone().unwrap_or_default() }),
                    credentials: match token {
                        Some(token) => credentials.clone().with_token(token),
                        None => credentials.clone(),
                    },
                    call_budget: call_budget.unwrap_or_default(),
                    suspend_clock: suspend_clock.clone(),
                    #[cfg(feature = "rustls")]
                    tls: tls.clone(),
                    #[cfg(feature = "native-tls")]
                    native_tls: self.native_tls.clone(),
                }),
            }
        })
    }
}

#[cfg(test)]
#[cfg(feature = "socket-mode")]
mod tests {
    use super::*;

    fn builder() -> ClientBuilder {
        Client::builder().base_url("http://127.0.0.1:1/api")
    }

    #[test]
    fn a_call_budget_is_used_for_both_tokens() {
        let budget = Arc::new(CallBudget::new());
        for builder in [
            builder().token("xoxb-1").app_token("xapp-1"),
            builder().app_token("xapp-1"),
            builder().token("xapp-1"),
        ] {
            let client = builder.call_budget(budget.clone()).build().unwrap();
            assert!(Arc::ptr_eq(client.call_budget(), &budget));
            assert!(Arc::ptr_eq(client.app_client().unwrap().call_budget(), &budget));
        }
    }

    #[test]
    fn each_token_has_its_own_call_budget_by_default() {
        let client = builder().token("xoxb-1").app_token("xapp-1").build().unwrap();
        let app = client.app_client().unwrap();
        assert!(!Arc::ptr_eq(client.call_budget(), app.call_budget()));
        assert!(Arc::ptr_eq(client.app_client().unwrap().call_budget(), app.call_budget()));
    }

    #[test]
    fn the_error_of_an_app_level_token_names_it() {
        for (builder, setting, text) in [
            (builder(), "token", "missing"),
            (builder().app_token("xapp 1"), "app_token", "whitespace"),
            (
                builder().app_token_from_env("SLACK_RTM_NO_SUCH_VARIABLE"),
                "app_token",
                "SLACK_RTM_NO_SUCH_VARIABLE",
            ),
            (builder().token("xoxb-1").app_token("xapp 1"), "app_token", "whitespace"),
            (builder().token("xoxb 1").app_token("xapp-1"), "token", "whitespace"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.setting(), setting, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert!(!builder().app_token("xapp-1").build().unwrap().has_bot_token());
    }
}
