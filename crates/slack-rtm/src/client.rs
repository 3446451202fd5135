//! The client of the facade.

use std::ops::Deref;

use crate::{SessionBuilder, Token, apis};

/// A client of Slack's API with one token, from which sessions are opened. Clones are cheap and share their connections.
///
/// Dereferences to [`apis::Client`], which has a method for every operation of the API.
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let client = slack_rtm::Client::builder().token_from_env("SLACK_TOKEN").build()?;
/// let answer = client.rtm_connect().presence_sub(true).send().await?;
/// println!("{}", answer.self_.name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    api: apis::Client,
}

impl Client {
    /// Returns a builder of a client. A token must be set.
    ///
    /// ```no_run
    /// # fn f() -> Result<(), slack_rtm::ConfigError> {
    /// let client = slack_rtm::Client::builder().token_from_env("SLACK_TOKEN").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default().user_agent(concat!("slack-rtm/", env!("CARGO_PKG_VERSION")))
    }

    /// Returns a client for another token, for instance that of another workspace. It shares this client's connections and settings, so many clients need little memory. To
    /// build clients for many tokens at once, use [`ClientBuilder::build_each`].
    ///
    /// ```
    /// # fn f(client: slack_rtm::Client) -> Result<(), slack_rtm::ConfigError> {
    /// let other = client.with_token(slack_rtm::Token::from_env("OTHER_SLACK_TOKEN")?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_token(&self, token: Token) -> Self {
        self.api.with_token(token).into()
    }

    /// Returns a builder of a session over RTM with this client's token.
    ///
    /// All sessions of a client and of its clones share the [budget](apis::CallBudget) of calls of rtm.connect, by default six a minute. Two clients that are built with the
    /// same token do not share it, so build one client for each token.
    ///
    /// ```no_run
    /// # async fn f(client: slack_rtm::Client) -> Result<(), slack_rtm::session::Error> {
    /// let (sender, mut events) = client.session().presence_sub(true).open().await?.split();
    /// while let Some(item) = events.next().await {
    ///     println!("{item:?}");
    /// }
    /// # sender.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self) -> SessionBuilder {
        SessionBuilder::new(self.api.clone())
    }

    /// Returns a builder of a session over Socket Mode, with the app-level token of [`ClientBuilder::app_token`](apis::ClientBuilder::app_token). The session yields the
    /// same items as one over RTM, so a bot can run over either; [`SessionBuilder::socket_mode`] lists the differences.
    ///
    /// ```no_run
    /// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm::{Client, Item};
    ///
    /// let client =
    ///     Client::builder().token_from_env("SLACK_BOT_TOKEN").app_token_from_env("SLACK_APP_TOKEN").build()?;
    /// let (sender, mut events) = client.socket_mode().open().await?.split();
    /// while let Some(item) = events.next().await {
    ///     match item {
    ///         Item::Event(event) => println!("{:?}", event.decode_event()),
    ///         Item::SlashCommand(command) => println!("{:?}", command.decode()),
    ///         other => println!("{other:?}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "socket-mode")]
    pub fn socket_mode(&self) -> SessionBuilder {
        SessionBuilder::socket_mode(self.api.clone())
    }

    /// Returns the underlying client of the HTTP API.
    #[must_use]
    pub fn api(&self) -> &apis::Client {
        &self.api
    }
}

/// Makes the generated operations methods of this client.
impl Deref for Client {
    type Target = apis::Client;

    fn deref(&self) -> &apis::Client {
        &self.api
    }
}

impl From<apis::Client> for Client {
    fn from(api: apis::Client) -> Self {
        Self { api }
    }
}

/// A builder of a [`Client`]. The default user agent is `slack-rtm/` and the version.
pub type ClientBuilder = apis::ClientBuilder<Client>;
