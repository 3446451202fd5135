//! The client, as the facade offers it.

use std::ops::Deref;

use crate::{SessionBuilder, Token, apis};

/// Slack with one token: call its API. Cloning it is cheap, and the clones share their connections.
///
/// Every operation of the API is a method, by way of [`apis::Client`].
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
    /// Begins to set up a client. It needs a token.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default().user_agent(concat!("slack-rtm/", env!("CARGO_PKG_VERSION")))
    }

    /// The same client for another token, such as that of another workspace. It shares this one's connections and settings, so that many of them cost little. To begin
    /// with many tokens, use [`ClientBuilder::build_each`].
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

    /// Begins to set up a session of this client's token. A token can have several; they share the connections of the HTTP calls and the
    /// [budget](apis::CallBudget) of rtm.connect, six calls a minute by default. Clones of a client are the same client; two that are built with the same token are
    /// not, so build one for each token.
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

    /// Begins to set up a session over Socket Mode, with the app-level token of [`ClientBuilder::app_token`](apis::ClientBuilder::app_token). It gives the same items as
    /// one of [`session`](Self::session), so a bot runs over either. See [`SessionBuilder::socket_mode`] for what differs.
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
    ///         Item::Command(command) => println!("{:?}", command.decode()),
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

    /// The client of the HTTP calls alone.
    #[must_use]
    pub fn api(&self) -> &apis::Client {
        &self.api
    }
}

/// So that the operations, which are generated, are methods of this client too.
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

/// Sets up a [`Client`].
pub type ClientBuilder = apis::ClientBuilder<Client>;
