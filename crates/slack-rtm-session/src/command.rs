//! Commands, encoded except for their id.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use slack_rtm_models::{
    ChannelId, MessageCommand, PresenceQueryCommand, PresenceSubCommand, TypingCommand, UserId,
};

use crate::{NotSent, validation};

/// The member whose value is replaced by the command's id.
const ID_MEMBER: &str = "\"id\":0";

/// The maximum number of users of a `presence_query`.
const MAX_USERS: usize = 500;

/// A command without an id. It is encoded in the caller's task, so that sending it costs the session's task little.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    json: String,
    /// The position of the id, which is a zero.
    id_at: usize,
    pub(crate) kind: CommandKind,
    /// The number of characters of a message's text.
    pub(crate) characters: usize,
}

/// What a session has to know about a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// Slack replies to the command.
    Replied,
    Typing(ChannelId),
    PresenceSub,
    /// Slack does not reply to the command.
    Plain,
}

/// The channel and the text of a message that a command posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Posted<'a> {
    #[serde(borrow)]
    pub(crate) channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) text: Option<Cow<'a, str>>,
}

impl Command {
    pub(crate) fn message(message: &MessageCommand) -> Result<Self, NotSent> {
        validation::check_channel(&message.channel)?;
        validation::check_thread(message)?;
        let characters = message.text.chars().count();
        Ok(Self { characters, ..Self::encode(message, CommandKind::Replied)? })
    }

    pub(crate) fn typing(channel: ChannelId) -> Result<Self, NotSent> {
        validation::check_channel(&channel)?;
        Self::encode(&TypingCommand::new(0_u64, channel.clone()), CommandKind::Typing(channel))
    }

    pub(crate) fn presence_sub(users: Vec<UserId>) -> Result<Self, NotSent> {
        Self::encode(&PresenceSubCommand::new(distinct(users)).set_id(0_u64), CommandKind::PresenceSub)
    }

    pub(crate) fn presence_query(users: Vec<UserId>) -> Result<Self, NotSent> {
        let users = distinct(users);
        if users.len() > MAX_USERS {
            return Err(NotSent::TooManyUsers { users: users.len(), max: MAX_USERS });
        }
        Self::encode(&PresenceQueryCommand::new(users).set_id(0_u64), CommandKind::Plain)
    }

    /// Encodes any object that has a `type`. An `id` is removed.
    pub(crate) fn raw(command: &impl Serialize) -> Result<Self, NotSent> {
        match serde_json::to_value(command) {
            Ok(Value::Object(mut members)) if members.get("type").is_some_and(Value::is_string) => {
                members.remove("id");
                let rest = Value::Object(members).to_string();
                let json = format!("{{{ID_MEMBER},{}", rest.trim_start_matches('{'));
                Ok(Self { json, id_at: ID_MEMBER.len(), kind: CommandKind::Replied, characters: 0 })
            }
            _ => Err(NotSent::InvalidCommand),
        }
    }

    fn encode(command: &impl Serialize, kind: CommandKind) -> Result<Self, NotSent> {
        let json = serde_json::to_string(command).map_err(|_| NotSent::InvalidCommand)?;
        // The type and the id come first, so this cannot find text of the user.
        let id_at = json.as_bytes().windows(ID_MEMBER.len()).position(|part| part == ID_MEMBER.as_bytes());
        let id_at = id_at.ok_or(NotSent::InvalidCommand)?;
        let id_at = id_at + ID_MEMBER.len() - 1;
        Ok(Self { json, id_at, kind, characters: 0 })
    }

    /// Returns the message that the command posts, if it does nothing else.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn posting(&self) -> Option<MessageCommand> {
        let message: MessageCommand = serde_json::from_str(&self.json).ok()?;
        // A raw command may have further members.
        (serde_json::to_string(&message).ok()? == self.json).then_some(message)
    }

    /// Returns its length in bytes with this id.
    pub(crate) fn len(&self, id: u64) -> usize {
        self.json.len() + id.checked_ilog10().unwrap_or_default() as usize
    }

    /// Returns the error of a command that does not fit into a frame of `max` bytes.
    pub(crate) fn too_long(&self, id: u64, max: usize) -> NotSent {
        let bytes = self.len(id);
        let users = match self.kind {
            CommandKind::PresenceSub => serde_json::from_str::<PresenceSubCommand>(&self.json).ok(),
            _ => None,
        };
        let Some(PresenceSubCommand { ids: users, .. }) = users else {
            return NotSent::FrameTooLong { bytes, max };
        };
        let mut over = bytes.saturating_sub(max);
        let dropped = users.iter().rev().take_while(|user| {
            let is_over = over > 0;
            let encoded = serde_json::to_string(user).map_or(0, |json| json.len());
            over = over.saturating_sub(encoded + ",".len());
            is_over
        });
        let max = users.len() - dropped.count();
        NotSent::TooManyUsers { users: users.len(), max }
    }

    /// Returns the frame with this id.
    pub(crate) fn with_id(&self, id: u64) -> String {
        let (before, after) = self.json.split_at(self.id_at);
        // With the exact capacity: the WebSocket crate would reallocate a string that has spare capacity.
        let mut frame = String::with_capacity(self.len(id));
        frame.push_str(before);
        // Writing to a string cannot fail.
        let _ = write!(frame, "{id}");
        frame.push_str(after.get(1..).unwrap_or_default());
        frame
    }

    /// Returns the channel and the text that the command posts.
    pub(crate) fn posted(&self) -> Posted<'_> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// Removes duplicates, and keeps the order.
fn distinct(mut users: Vec<UserId>) -> Vec<UserId> {
    let mut seen = HashSet::with_capacity(users.len());
    users.retain(|user| seen.insert(user.clone()));
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_replaces_the_placeholder() {
        let message = MessageCommand::new(0_u64, "C1", "\"id\":0 é");
        let command = Command::message(&message).unwrap();
        assert_eq!(command.with_id(120), r#"{"type":"message","id":120,"channel":"C1","text":"\"id\":0 é"}"#);
        assert_eq!(command.characters, 8);
        for id in [1, 9, 10, 120, 99_999] {
            let frame = command.with_id(id);
            assert_eq!((frame.len(), frame.capacity()), (command.len(id), command.len(id)));
        }
        let of = |command: Result<Command, NotSent>| command.unwrap().with_id(7);
        assert_eq!(of(Command::typing("C1".into())), r#"{"type":"typing","id":7,"channel":"C1"}"#);
        assert_eq!(
            of(Command::presence_sub(vec!["U1".into()])),
            r#"{"type":"presence_sub","id":7,"ids":["U1"]}"#
        );
        assert_eq!(of(Command::presence_query(vec![])), r#"{"type":"presence_query","id":7,"ids":[]}"#);
        assert_eq!(
            of(Command::raw(&serde_json::json!({ "type": "new", "id": 99, "x": 1 }))),
            r#"{"id":7,"type":"new","x":1}"#
        );
        assert_eq!(of(Command::raw(&serde_json::json!({ "type": "tickle" }))), r#"{"id":7,"type":"tickle"}"#);
    }

    #[test]
    fn the_posted_message_can_be_read_back() {
        let message = MessageCommand::new(0_u64, "C1", "a \"b\"\n");
        let command = Command::message(&message).unwrap();
        let posted = command.posted();
        assert_eq!((posted.channel.as_deref(), posted.text.as_deref()), (Some("C1"), Some("a \"b\"\n")));
        let raw = Command::raw(&serde_json::json!({ "type": "x", "text": { "a": 1 } })).unwrap();
        assert!(raw.posted().text.is_none() && raw.posted().channel.is_none());
    }

    #[test]
    fn a_query_is_limited_to_500_users() {
        let query = |count: usize| {
            Command::presence_query((0..count).map(|user| format!("U{user:010}").into()).collect())
        };
        assert!(query(500).is_ok());
        assert_eq!(query(501).unwrap_err(), NotSent::TooManyUsers { users: 501, max: 500 });
        let again = vec![UserId::from("U01ALICE000"); 501];
        let one = Command::presence_query(again).unwrap().with_id(1);
        assert_eq!(one, r#"{"type":"presence_query","id":1,"ids":["U01ALICE000"]}"#);
    }

    #[test]
    fn a_subscription_has_no_duplicates_and_reports_how_many_users_fit() {
        let users = ["U2", "U1", "U2", "U3", "U1"].map(UserId::from).to_vec();
        let command = Command::presence_sub(users).unwrap();
        assert_eq!(command.with_id(7), r#"{"type":"presence_sub","id":7,"ids":["U2","U1","U3"]}"#);

        let id = 1 << 52;
        let of = |count: usize| {
            let users = (0..count).map(|user| format!("U{user:010}").into()).collect();
            Command::presence_sub(users).unwrap()
        };
        for (count, limit) in [(2_000, 16_384), (1_200, 16_384), (3, 70), (1, 10)] {
            let NotSent::TooManyUsers { users, max } = of(count).too_long(id, limit) else { panic!() };
            assert_eq!(users, count);
            assert!(max == 0 || of(max).len(id) <= limit, "{max} do not fit");
            assert!(of(max + 1).len(id) > limit, "more than {max} fit");
        }
    }

    #[test]
    fn a_value_without_a_type_is_refused() {
        for value in [serde_json::json!({}), serde_json::json!([]), serde_json::json!({ "type": 1 })] {
            assert_eq!(Command::raw(&value).unwrap_err(), NotSent::InvalidCommand);
        }
    }
}
