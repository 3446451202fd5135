//! Which tokens the environment has, and which protocol they are for.

use std::env;

use clap::ValueEnum;
use slack_rtm::ClientBuilder;

/// The variable that has the token.
pub(crate) const TOKEN: &str = "SLACK_TOKEN";
/// The variable that has the bot token beside an app-level token.
pub(crate) const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";

/// The protocol of the command, which the kind of the token selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    Rtm,
    SocketMode,
}

/// The kind of a token, which its prefix shows. The prefix is not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bot,
    User,
    /// A bot or user token of an app that rotates its tokens.
    Rotated,
    /// A token of Slack's own client.
    SlackClient,
    AppLevel,
    Refresh,
    Cookie,
    Unknown,
}

impl Kind {
    fn of(token: &str) -> Self {
        match token.split_once('-').map(|(prefix, _)| prefix) {
            Some("xoxb") => Self::Bot,
            Some("xoxp") => Self::User,
            Some("xoxe.xoxb" | "xoxe.xoxp") => Self::Rotated,
            Some("xoxc" | "xoxs") => Self::SlackClient,
            Some("xapp") => Self::AppLevel,
            Some("xoxe") => Self::Refresh,
            Some("xoxd") => Self::Cookie,
            _ => Self::Unknown,
        }
    }
}

/// The kinds of the tokens in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// The kind of `SLACK_TOKEN`.
    pub(crate) main: Kind,
    /// The kind of `SLACK_BOT_TOKEN`, if it is set and not empty.
    pub(crate) bot: Option<Kind>,
}

impl Tokens {
    pub(crate) fn from_env() -> Self {
        let read = |name| env::var(name).unwrap_or_default();
        let bot = env::var_os(BOT_TOKEN).filter(|value| !value.is_empty());
        Self { main: Kind::of(&read(TOKEN)), bot: bot.map(|_| Kind::of(&read(BOT_TOKEN))) }
    }

    pub(crate) fn protocol(self) -> Protocol {
        if self.main == Kind::AppLevel { Protocol::SocketMode } else { Protocol::Rtm }
    }

    /// Whether the app-level token is in the variable of the bot token.
    pub(crate) fn are_mixed_up(self) -> bool {
        self.bot == Some(Kind::AppLevel)
    }

    /// Gives the tokens to a client.
    pub(crate) fn apply(self, builder: ClientBuilder) -> ClientBuilder {
        match (self.protocol(), self.bot) {
            (Protocol::Rtm, _) => builder.token_from_env(TOKEN),
            (Protocol::SocketMode, None) => builder.app_token_from_env(TOKEN),
            (Protocol::SocketMode, Some(_)) => builder.app_token_from_env(TOKEN).token_from_env(BOT_TOKEN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_tells_the_kind() {
        for (token, expected) in [
            ("xoxb-1", Kind::Bot),
            ("xoxp-1", Kind::User),
            ("xoxe.xoxb-1", Kind::Rotated),
            ("xoxe.xoxp-1", Kind::Rotated),
            ("xoxe-1", Kind::Refresh),
            ("xoxc-1", Kind::SlackClient),
            ("xoxd-1", Kind::Cookie),
            ("xapp-1-A1-1-1", Kind::AppLevel),
            ("xapp", Kind::Unknown),
            ("", Kind::Unknown),
        ] {
            assert_eq!(Kind::of(token), expected, "{token}");
        }
    }

    #[test]
    fn an_app_level_token_is_for_socket_mode() {
        for (main, bot, protocol, are_mixed_up) in [
            (Kind::AppLevel, None, Protocol::SocketMode, false),
            (Kind::AppLevel, Some(Kind::Bot), Protocol::SocketMode, false),
            (Kind::AppLevel, Some(Kind::AppLevel), Protocol::SocketMode, true),
            (Kind::Bot, None, Protocol::Rtm, false),
            (Kind::Bot, Some(Kind::AppLevel), Protocol::Rtm, true),
        ] {
            let tokens = Tokens { main, bot };
            assert_eq!((tokens.protocol(), tokens.are_mixed_up()), (protocol, are_mixed_up));
        }
    }
}
