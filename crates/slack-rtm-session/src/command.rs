//! Commands, encoded up to their number.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use slack_rtm_models::{
    ChannelId, MessageCommand, PresenceQueryCommand, PresenceSubCommand, TypingCommand, UserId,
};

use crate::{NotSent, address};

/// The member that is replaced by the command's number.
const BLANK: &str = "\"id\":0";

/// How many users a `presence_query` may ask for.
const MOST_USERS: usize = 500;

/// A command that has no number yet. It is encoded where it is made, so that sending it costs the session little.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    json: String,
    /// Where the zero stands.
    blank: usize,
    pub(crate) kind: CommandKind,
    /// How many characters a message's text has.
    pub(crate) characters: usize,
}

/// What a session has to know of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// A reply will come.
    Replied,
    Typing(ChannelId),
    PresenceSub,
    /// No reply will come.
    Plain,
}

/// Where a command posts what, as far as it does.
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
        address::check_channel(&message.channel)?;
        address::check_thread(message)?;
        let characters = message.text.chars().count();
        Ok(Self { characters, ..Self::encode(message, CommandKind::Replied)? })
    }

    pub(crate) fn typing(channel: ChannelId) -> Result<Self, NotSent> {
        address::check_channel(&channel)?;
        Self::encode(&TypingCommand::new(0_u64, channel.clone()), CommandKind::Typing(channel))
    }

    pub(crate) fn presence_sub(users: Vec<UserId>) -> Result<Self, NotSent> {
        Self::encode(&PresenceSubCommand::new(distinct(users)).set_id(0_u64), CommandKind::PresenceSub)
    }

    pub(crate) fn presence_query(users: Vec<UserId>) -> Result<Self, NotSent> {
        let users = distinct(users);
        if users.len() > MOST_USERS {
            return Err(NotSent::TooManyUsers { users: users.len(), most: MOST_USERS });
        }
        Self::encode(&PresenceQueryCommand::new(users).set_id(0_u64), CommandKind::Plain)
    }

    /// Anything that is an object with a type; an `id` of its own is not kept.
    pub(crate) fn raw(command: &impl Serialize) -> Result<Self, NotSent> {
        match serde_json::to_value(command) {
            Ok(Value::Object(mut members)) if members.get("type").is_some_and(Value::is_string) => {
                members.remove("id");
                let rest = Value::Object(members).to_string();
                let json = format!("{{{BLANK},{}", rest.trim_start_matches('{'));
                Ok(Self { json, blank: BLANK.len(), kind: CommandKind::Replied, characters: 0 })
            }
            _ => Err(NotSent::NoCommand),
        }
    }

    fn encode(command: &impl Serialize, kind: CommandKind) -> Result<Self, NotSent> {
        let json = serde_json::to_string(command).map_err(|_| NotSent::NoCommand)?;
        // The type and the number come first, so no text of the user's can be taken for it.
        let blank = json.as_bytes().windows(BLANK.len()).position(|part| part == BLANK.as_bytes());
        let blank = blank.ok_or(NotSent::NoCommand)?;
        let blank = blank + BLANK.len() - 1;
        Ok(Self { json, blank, kind, characters: 0 })
    }

    /// The message that it posts, if that is all that it does.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn posting(&self) -> Option<MessageCommand> {
        let message: MessageCommand = serde_json::from_str(&self.json).ok()?;
        // A raw command may have more to it.
        (serde_json::to_string(&message).ok()? == self.json).then_some(message)
    }

    /// How long it is with this number.
    pub(crate) fn len(&self, id: u64) -> usize {
        self.json.len() + id.checked_ilog10().unwrap_or_default() as usize
    }

    /// Why it does not go into a frame of that many bytes.
    pub(crate) fn too_long(&self, id: u64, most: usize) -> NotSent {
        let bytes = self.len(id);
        let users = match self.kind {
            CommandKind::PresenceSub => serde_json::from_str::<PresenceSubCommand>(&self.json).ok(),
            _ => None,
        };
        let Some(PresenceSubCommand { ids: users, .. }) = users else {
            return NotSent::FrameTooLong { bytes, most };
        };
        let mut over = bytes.saturating_sub(most);
        let dropped = users.iter().rev().take_while(|user| {
            let is_over = over > 0;
            let encoded = serde_json::to_string(user).map_or(0, |json| json.len());
            over = over.saturating_sub(encoded + ",".len());
            is_over
        });
        let most = users.len() - dropped.count();
        NotSent::TooManyUsers { users: users.len(), most }
    }

    /// The frame.
    pub(crate) fn numbered(&self, id: u64) -> String {
        let (before, after) = self.json.split_at(self.blank);
        // As long as it will be: what has spare room is allocated once more on its way out.
        let mut frame = String::with_capacity(self.len(id));
        frame.push_str(before);
        // Into a string it does not fail.
        let _ = write!(frame, "{id}");
        frame.push_str(after.get(1..).unwrap_or_default());
        frame
    }

    /// Where it posts what.
    pub(crate) fn posted(&self) -> Posted<'_> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// Each user once, in the order in which they were named first.
fn distinct(mut users: Vec<UserId>) -> Vec<UserId> {
    let mut seen = HashSet::with_capacity(users.len());
    users.retain(|user| seen.insert(user.clone()));
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_takes_its_place() {
        let message = MessageCommand::new(0_u64, "C1", "\"id\":0 é");
        let command = Command::message(&message).unwrap();
        assert_eq!(
            command.numbered(120),
            r#"{"type":"message","id":120,"channel":"C1","text":"\"id\":0 é"}"#
        );
        assert_eq!(command.characters, 8);
        for id in [1, 9, 10, 120, 99_999] {
            let frame = command.numbered(id);
            assert_eq!((frame.len(), frame.capacity()), (command.len(id), command.len(id)));
        }
        let of = |command: Result<Command, NotSent>| command.unwrap().numbered(7);
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
    fn what_it_posts_is_read_back() {
        let message = MessageCommand::new(0_u64, "C1", "a \"b\"\n");
        let command = Command::message(&message).unwrap();
        let posted = command.posted();
        assert_eq!((posted.channel.as_deref(), posted.text.as_deref()), (Some("C1"), Some("a \"b\"\n")));
        let raw = Command::raw(&serde_json::json!({ "type": "x", "text": { "a": 1 } })).unwrap();
        assert!(raw.posted().text.is_none() && raw.posted().channel.is_none());
    }

    #[test]
    fn a_query_has_its_limit() {
        let query = |count: usize| {
            Command::presence_query((0..count).map(|user| format!("U{user:010}").into()).collect())
        };
        assert!(query(500).is_ok());
        assert_eq!(query(501).unwrap_err(), NotSent::TooManyUsers { users: 501, most: 500 });
        let again = vec![UserId::from("U01ALICE000"); 501];
        let one = Command::presence_query(again).unwrap().numbered(1);
        assert_eq!(one, r#"{"type":"presence_query","id":1,"ids":["U01ALICE000"]}"#);
    }

    #[test]
    fn a_subscription_names_nobody_twice_and_says_how_many_fit() {
        let users = ["U2", "U1", "U2", "U3", "U1"].map(UserId::from).to_vec();
        let command = Command::presence_sub(users).unwrap();
        assert_eq!(command.numbered(7), r#"{"type":"presence_sub","id":7,"ids":["U2","U1","U3"]}"#);

        let id = 1 << 52;
        let of = |count: usize| {
            let users = (0..count).map(|user| format!("U{user:010}").into()).collect();
            Command::presence_sub(users).unwrap()
        };
        for (count, limit) in [(2_000, 16_384), (1_200, 16_384), (3, 70), (1, 10)] {
            let NotSent::TooManyUsers { users, most } = of(count).too_long(id, limit) else { panic!() };
            assert_eq!(users, count);
            assert!(most == 0 || of(most).len(id) <= limit, "{most} do not fit");
            assert!(of(most + 1).len(id) > limit, "more than {most} fit");
        }
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for value in [serde_json::json!({}), serde_json::json!([]), serde_json::json!({ "type": 1 })] {
            assert_eq!(Command::raw(&value).unwrap_err(), NotSent::NoCommand);
        }
    }
}
