//! A conversation and its history.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{BEGINNING, Message, Moment, ROBOT, TEAM};

/// The kind of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Private,
    Direct,
    Group,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Public, Self::Private, Self::Direct, Self::Group];

    /// Returns the kind that the first letter of an id stands for.
    pub(crate) fn of(id: &str) -> Self {
        match id.as_bytes().first() {
            Some(b'D') => Self::Direct,
            Some(b'G') => Self::Private,
            _ => Self::Public,
        }
    }

    /// Returns its name in the argument `types`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public_channel",
            Self::Private => "private_channel",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }

    /// Returns the letter for it in events.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Public => "C",
            Self::Private | Self::Group => "G",
            Self::Direct => "D",
        }
    }

    /// Returns whether it is a channel, public or private.
    pub(crate) fn is_channel(self) -> bool {
        matches!(self, Self::Public | Self::Private)
    }
}

/// A topic or a purpose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heading {
    value: String,
    creator: String,
    last_set: u64,
}

impl Heading {
    pub(crate) fn set(&mut self, value: &str, creator: &str, at: Moment) {
        *self = Self { value: value.to_owned(), creator: creator.to_owned(), last_set: at.seconds() };
    }

    fn shown(&self) -> Value {
        json!({ "value": self.value, "creator": self.creator, "last_set": self.last_set })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) creator: String,
    pub(crate) members: BTreeSet<String>,
    pub(crate) is_archived: bool,
    /// The time of the last change, in seconds since 1970.
    pub(crate) updated: u64,
    pub(crate) topic: Heading,
    pub(crate) purpose: Heading,
    pub(crate) last_read: Option<Moment>,
    pub(crate) messages: BTreeMap<Moment, Message>,
    /// The pinned messages, each with the user and the time.
    pub(crate) pins: BTreeMap<Moment, (String, Moment)>,
    /// The replies of each thread.
    threads: BTreeMap<Moment, BTreeSet<Moment>>,
}

impl Conversation {
    pub(crate) fn new(id: &str, name: &str, kind: Kind, creator: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            creator: creator.to_owned(),
            members: BTreeSet::new(),
            is_archived: false,
            updated: BEGINNING,
            topic: Heading::default(),
            purpose: Heading::default(),
            last_read: None,
            messages: BTreeMap::new(),
            pins: BTreeMap::new(),
            threads: BTreeMap::new(),
        }
    }

    pub(crate) fn join(&mut self, user: &str) {
        self.members.insert(user.to_owned());
    }

    pub(crate) fn leave(&mut self, user: &str) {
        self.members.remove(user);
    }

    pub(crate) fn has(&self, user: &str) -> bool {
        self.members.contains(user)
    }

    /// Adds a message to the history.
    pub(crate) fn keep(&mut self, ts: Moment, message: Message) {
        if let Some(parent) = message.parent {
            self.threads.entry(parent).or_default().insert(ts);
        }
        self.messages.insert(ts, message);
    }

    /// Removes a message from the history, and returns it.
    pub(crate) fn remove(&mut self, ts: Moment) -> Option<Value> {
        let before = self.shown(ts)?;
        let message = self.messages.remove(&ts)?;
        self.pins.remove(&ts);
        if let Some(replies) = message.parent.and_then(|parent| self.threads.get_mut(&parent)) {
            replies.remove(&ts);
        }
        Some(before)
    }

    /// Returns a message as the Web API does: with its reactions, its pin, and the state of its thread.
    pub(crate) fn shown(&self, ts: Moment) -> Option<Value> {
        let message = self.messages.get(&ts)?;
        let mut body = message.shown();
        if self.pins.contains_key(&ts) {
            body.insert("pinned_to".to_owned(), json!([self.id]));
        }
        if let Some(parent) = message.parent {
            let author = self.messages.get(&parent).and_then(|parent| parent.body.get("user"));
            body.insert("parent_user_id".to_owned(), author.cloned().unwrap_or_default());
            if author.is_none() {
                body.remove("parent_user_id");
            }
        } else if let Some(replies) = self.threads.get(&ts).filter(|replies| !replies.is_empty()) {
            self.show_thread(&mut body, ts, replies);
        }
        Some(Value::Object(body))
    }

    fn show_thread(&self, body: &mut Map<String, Value>, ts: Moment, replies: &BTreeSet<Moment>) {
        let author = |reply| self.messages.get(reply).and_then(|reply| reply.body.get("user")?.as_str());
        let mut users: Vec<&str> = Vec::new();
        for user in replies.iter().filter_map(author) {
            if !users.contains(&user) {
                users.push(user);
            }
        }
        body.insert("thread_ts".to_owned(), ts.to_string().into());
        body.insert("reply_count".to_owned(), replies.len().into());
        body.insert("reply_users_count".to_owned(), users.len().into());
        body.insert("reply_users".to_owned(), json!(users));
        body.insert("latest_reply".to_owned(), replies.last().map(Moment::to_string).into());
        body.insert("is_locked".to_owned(), false.into());
        body.insert("subscribed".to_owned(), false.into());
    }

    /// Returns the replies of a thread, oldest first.
    pub(crate) fn replies(&self, parent: Moment) -> impl Iterator<Item = Moment> {
        self.threads.get(&parent).into_iter().flatten().copied()
    }

    /// Returns the conversation as the Web API does.
    pub(crate) fn info(&self) -> Value {
        let is_private = self.kind != Kind::Public;
        let mut info = json!({
            "id": self.id, "created": BEGINNING, "updated": self.updated * 1000, "context_team_id": TEAM,
            "is_im": self.kind == Kind::Direct, "is_mpim": self.kind == Kind::Group,
            "is_channel": self.kind == Kind::Public, "is_group": self.kind == Kind::Private,
            "is_private": is_private, "is_archived": self.is_archived, "is_org_shared": false,
        });
        let more = if self.kind == Kind::Direct {
            let user = self.members.iter().find(|member| *member != ROBOT);
            json!({ "user": user, "is_user_deleted": false, "priority": 0 })
        } else {
            json!({
                "name": self.name, "name_normalized": self.name, "is_general": self.id == super::GENERAL,
                "creator": self.creator, "unlinked": 0, "is_shared": false, "is_ext_shared": false,
                "is_pending_ext_shared": false, "pending_shared": [], "pending_connected_team_ids": [],
                "parent_conversation": null, "shared_team_ids": [TEAM], "is_member": self.has(ROBOT),
                "topic": self.topic.shown(), "purpose": self.purpose.shown(), "previous_names": [],
                "num_members": self.members.len(),
            })
        };
        if let (Value::Object(info), Value::Object(more)) = (&mut info, more) {
            info.extend(more);
            if let Some(last_read) = self.last_read {
                info.insert("last_read".to_owned(), last_read.to_string().into());
            }
        }
        info
    }
}
