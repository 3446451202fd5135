//! The lines that `listen` reads: JSON objects, each with one command.

use serde::Deserialize;
use serde_json::Value;
use slack_rtm::session::Delivery;
use slack_rtm::{ChannelId, Sender, UserId};

/// One command.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    Send(Send),
    Typing(Typing),
    PresenceSub(Vec<UserId>),
    PresenceQuery(Vec<UserId>),
    Close(Close),
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Send {
    /// Comes back with the reply, whatever it is.
    #[serde(default, rename = "ref")]
    reference: Value,
    channel: ChannelId,
    text: String,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Typing {
    channel: ChannelId,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Close {}

/// What a command has set going.
#[derive(Debug)]
pub(crate) enum Started {
    /// A delivery whose outcome is to be told under this reference.
    Told(Value, Delivery),
    /// Something whose outcome nobody asked for.
    Untold,
    /// The end.
    Close,
}

impl Command {
    /// Reads a line.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("no command: {error}"))
    }

    pub(crate) fn start(self, sender: &Sender) -> Started {
        match self {
            Self::Send(send) => Started::Told(send.reference, sender.send_message(send.channel, send.text)),
            Self::Typing(typing) => {
                drop(sender.typing(typing.channel));
                Started::Untold
            }
            Self::PresenceSub(users) => {
                drop(sender.presence_sub(users));
                Started::Untold
            }
            Self::PresenceQuery(users) => {
                drop(sender.presence_query(users));
                Started::Untold
            }
            Self::Close(Close {}) => Started::Close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands() {
        let send = Command::parse(r#"{"send":{"ref":{"n":1},"channel":"C1","text":"hi"}}"#).unwrap();
        assert_eq!(
            send,
            Command::Send(Send {
                reference: serde_json::json!({ "n": 1 }),
                channel: "C1".into(),
                text: "hi".to_owned()
            })
        );
        for line in [
            r#"{"typing":{"channel":"C1"}}"#,
            r#"{"presence_sub":["U1"]}"#,
            r#"{"presence_query":[]}"#,
            r#"{"close":{}}"#,
        ] {
            assert!(Command::parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for line in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"sned":{}}"#,
            r#"{"send":{"channel":"C1"}}"#,
            r#"{"close":{},"typing":{"channel":"C"}}"#,
        ] {
            assert!(Command::parse(line).is_err(), "{line}");
        }
    }
}
