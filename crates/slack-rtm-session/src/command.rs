//! Commands, encoded up to their number.

use serde::Serialize;
use serde_json::Value;
use slack_rtm_models::{
    ChannelId, MessageCommand, PresenceQueryCommand, PresenceSubCommand, TypingCommand, UserId,
};

use crate::NotSent;

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

impl Command {
    pub(crate) fn message(message: &MessageCommand) -> Result<Self, NotSent> {
        let characters = message.text.chars().count();
        Ok(Self { characters, ..Self::encode(message, CommandKind::Replied)? })
    }

    pub(crate) fn typing(channel: ChannelId) -> Result<Self, NotSent> {
        Self::encode(&TypingCommand::new(0_u64, channel.clone()), CommandKind::Typing(channel))
    }

    pub(crate) fn presence_sub(users: Vec<UserId>) -> Result<Self, NotSent> {
        Self::encode(&PresenceSubCommand::new(users).set_id(0_u64), CommandKind::PresenceSub)
    }

    pub(crate) fn presence_query(users: Vec<UserId>) -> Result<Self, NotSent> {
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
        let blank = json.find(BLANK).ok_or(NotSent::NoCommand)? + BLANK.len() - 1;
        Ok(Self { json, blank, kind, characters: 0 })
    }

    /// How long it is with this number.
    pub(crate) fn len(&self, id: u64) -> usize {
        self.json.len() + id.checked_ilog10().unwrap_or_default() as usize
    }

    /// The frame.
    pub(crate) fn numbered(&self, id: u64) -> String {
        let (before, after) = self.json.split_at(self.blank);
        format!("{before}{id}{}", after.get(1..).unwrap_or_default())
    }
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
            assert_eq!(command.numbered(id).len(), command.len(id));
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
    fn a_query_has_its_limit() {
        let query = |users| Command::presence_query(vec![UserId::from("U01ALICE000"); users]);
        assert!(query(500).is_ok());
        assert_eq!(query(501).unwrap_err(), NotSent::TooManyUsers { users: 501, most: 500 });
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for value in [serde_json::json!({}), serde_json::json!([]), serde_json::json!({ "type": 1 })] {
            assert_eq!(Command::raw(&value).unwrap_err(), NotSent::NoCommand);
        }
    }
}
