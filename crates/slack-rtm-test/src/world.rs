//! The small workspace behind a fake Slack: its users, conversations, messages and files. It has no sockets and no HTTP.

mod conversation;
mod file;
mod message;
mod person;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(crate) use self::conversation::{Conversation, Kind};
pub(crate) use self::file::StoredFile;
pub(crate) use self::message::{Message, Moment};
pub(crate) use self::person::Person;

/// The user that clients are connected as.
pub(crate) const ROBOT: &str = "U01ROBOT000";
/// The bot of that user.
pub(crate) const BOT: &str = "B01ROBOT000";
pub(crate) const APP: &str = "A01ROBOT000";
pub(crate) const TEAM: &str = "T01ACME0000";
/// The channel of which everyone is a member.
pub(crate) const GENERAL: &str = "C01GENERAL0";

/// The creation time of the workspace, in seconds since 1970. Its timestamps start here.
pub(crate) const BEGINNING: u64 = 1_700_000_000;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) conversations: BTreeMap<String, Conversation>,
    pub(crate) files: BTreeMap<String, StoredFile>,
    /// The number of scheduled messages. They are never posted, because the workspace has no clock.
    pub(crate) scheduled: u64,
    /// The presence of users, where it was set.
    presence: BTreeMap<String, String>,
    /// The next timestamp.
    next: Moment,
    made: u64,
}

impl Default for World {
    fn default() -> Self {
        let mut world = Self {
            people: BTreeMap::new(),
            conversations: BTreeMap::new(),
            files: BTreeMap::new(),
            scheduled: 0,
            presence: BTreeMap::new(),
            next: Moment::from_seconds(BEGINNING),
            made: 0,
        };
        world
            .conversations
            .insert(GENERAL.to_owned(), Conversation::new(GENERAL, "general", Kind::Public, ROBOT));
        for (id, name) in [(ROBOT, "helpful-robot"), ("U01ALICE000", "alice"), ("U02BOB00000", "bob")] {
            world.add_person(id, name);
        }
        world
    }
}

impl World {
    /// Adds a user, who is a member of the general channel.
    pub(crate) fn add_person(&mut self, id: &str, name: &str) {
        self.people.insert(id.to_owned(), Person::new(id, name));
        if let Some(general) = self.conversations.get_mut(GENERAL) {
            general.join(id);
        }
    }

    /// Returns the user with this id, and adds it if it is unknown.
    fn ensure_user(&mut self, user: &str) {
        if !self.people.contains_key(user) {
            self.add_person(user, &user.to_lowercase());
        }
    }

    /// Returns the conversation with this id, and adds it with the bot user as a member if it is unknown.
    pub(crate) fn ensure_conversation(&mut self, channel: &str, user: &str) -> &mut Conversation {
        self.conversations.entry(channel.to_owned()).or_insert_with(|| {
            let mut conversation =
                Conversation::new(channel, &channel.to_lowercase(), Kind::of(channel), user);
            conversation.join(ROBOT);
            conversation.join(user);
            conversation
        })
    }

    /// Returns a new id that begins with this letter.
    pub(crate) fn new_id(&mut self, letter: char) -> String {
        self.made += 1;
        format!("{letter}09MADE{:04}", self.made)
    }

    /// Returns a new timestamp. Timestamps increase over all conversations.
    pub(crate) fn ts(&mut self) -> Moment {
        let ts = self.next;
        self.next = ts.next();
        ts
    }

    /// Returns the current time, which is that of the next message.
    pub(crate) fn now(&self) -> Moment {
        self.next
    }

    /// Sets whether a user is `active` or `away`.
    pub(crate) fn set_presence(&mut self, user: &str, presence: &str) {
        self.presence.insert(user.to_owned(), presence.to_owned());
    }

    /// Returns the presence of a user, if it was set.
    pub(crate) fn presence(&self, user: &str) -> Option<&str> {
        self.presence.get(user).map(String::as_str)
    }

    /// Posts a message, and returns its event. `more` has further members of the message.
    pub(crate) fn say(
        &mut self,
        channel: &str,
        user: &str,
        text: &str,
        ts: Moment,
        more: Map<String, Value>,
    ) -> Value {
        self.ensure_user(user);
        let message = Message::new(user, text, ts, more);
        let body = message.body.clone();
        self.ensure_conversation(channel, user).keep(ts, message);
        event_of(body, channel)
    }

    /// Adds a frame that the test sends to the history, if it is a message with a channel and a timestamp.
    pub(crate) fn record_frame(&mut self, frame: &str) {
        if !frame.contains("\"message\"") {
            return;
        }
        let Ok(Value::Object(mut body)) = serde_json::from_str::<Value>(frame) else { return };
        let is_plain = matches!(
            body.get("subtype").and_then(Value::as_str),
            None | Some("bot_message" | "file_share" | "me_message" | "thread_broadcast")
        );
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(channel), Some(ts)) = (text("channel"), text("ts").and_then(|ts| Moment::parse(&ts)))
        else {
            return;
        };
        if !is_plain || body.get("type").and_then(Value::as_str) != Some("message") {
            return;
        }
        let user = text("user").unwrap_or_else(|| ROBOT.to_owned());
        body.remove("channel");
        self.next = self.next.max(ts.next());
        self.ensure_user(&user);
        self.ensure_conversation(&channel, &user).keep(ts, Message::from_body(body, ts));
    }

    /// Edits a message, and returns its event, or `None` if there is no such message.
    pub(crate) fn edit(
        &mut self,
        channel: &str,
        ts: Moment,
        editor: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Option<Value> {
        let now = self.ts();
        let conversation = self.conversations.get_mut(channel)?;
        let before = conversation.shown(ts)?;
        let message = conversation.messages.get_mut(&ts)?;
        change(&mut message.body);
        message.body.insert("edited".to_owned(), json!({ "user": editor, "ts": now.to_string() }));
        let after = conversation.shown(ts)?;
        Some(json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel,
            "ts": now.to_string(), "event_ts": now.to_string(), "message": after, "previous_message": before,
        }))
    }

    /// Deletes a message, and returns its event, or `None` if there is no such message.
    pub(crate) fn delete(&mut self, channel: &str, ts: Moment) -> Option<Value> {
        let conversation = self.conversations.get_mut(channel)?;
        let before = conversation.remove(ts)?;
        let now = self.ts();
        Some(json!({
            "type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel,
            "ts": now.to_string(), "event_ts": now.to_string(), "deleted_ts": ts.to_string(), "previous_message": before,
        }))
    }

    /// Adds or removes a reaction, and returns its event. `Some(None)` if nothing changes, `None` if there is no such message.
    pub(crate) fn react(
        &mut self,
        channel: &str,
        ts: Moment,
        user: &str,
        name: &str,
        is_added: bool,
    ) -> Option<Option<Value>> {
        self.ensure_user(user);
        let message = self.conversations.get_mut(channel)?.messages.get_mut(&ts)?;
        if !message.react(user, name, is_added) {
            return Some(None);
        }
        let author = message.body.get("user").cloned().unwrap_or_default();
        let kind = if is_added { "reaction_added" } else { "reaction_removed" };
        let now = self.ts().to_string();
        Some(Some(json!({
            "type": kind, "user": user, "reaction": name, "item_user": author,
            "item": { "type": "message", "channel": channel, "ts": ts.to_string() }, "event_ts": now,
        })))
    }

    /// Lets a user join or leave a conversation, and returns the event.
    pub(crate) fn enter(&mut self, channel: &str, user: &str, is_entered: bool) -> Value {
        self.ensure_user(user);
        let conversation = self.ensure_conversation(channel, user);
        let kind = if is_entered {
            conversation.join(user);
            "member_joined_channel"
        } else {
            conversation.leave(user);
            "member_left_channel"
        };
        let channel_type = conversation.kind.letter();
        let ts = self.ts().to_string();
        json!({ "type": kind, "user": user, "channel": channel, "channel_type": channel_type, "team": TEAM, "event_ts": ts })
    }
}

/// The event of a new message.
fn event_of(mut body: Map<String, Value>, channel: &str) -> Value {
    body.insert("channel".to_owned(), channel.into());
    Value::Object(body)
}
