//! The methods of the family `conversations` about conversations themselves.

use serde_json::{Map, Value, json};

use super::{Call, Outcome, Refusal};
use crate::world::{Conversation, GENERAL, Kind, Moment, ROBOT};

/// The maximum length of a channel's name, in characters.
const MAX_NAME: usize = 80;
/// The maximum length of a topic or a purpose, in characters.
const MAX_HEADING: usize = 250;

impl Call<'_> {
    pub(super) fn conversations(&mut self, method: &str) -> Outcome {
        match method {
            "conversations.list" => self.conversations_of(None),
            "conversations.info" => {
                let conversation = self.conversation("channel")?;
                let mut info = conversation.info();
                if let (Value::Object(info), false) =
                    (&mut info, self.arguments.is_set("include_num_members"))
                {
                    info.remove("num_members");
                }
                Ok(json!({ "channel": info }))
            }
            "conversations.history" => self.history(),
            "conversations.replies" => self.replies(),
            "conversations.members" => {
                let members = self.conversation("channel")?.members.iter().map(|member| (member, member));
                let (members, metadata) = self.page(members, |id| json!(id), "invalid_limit")?;
                Ok(json!({ "members": members, "response_metadata": metadata }))
            }
            "conversations.open" => self.open(),
            "conversations.create" => self.create(),
            "conversations.archive" => self.archive(),
            "conversations.mark" => self.mark(),
            "conversations.setTopic" => self.set_heading("topic"),
            "conversations.setPurpose" => self.set_heading("purpose"),
            _ => self.membership(method),
        }
    }

    /// Returns the direct messages of the bot user with a user, and creates them if there are none.
    pub(super) fn direct_messages(&mut self, user: &str) -> String {
        let known =
            self.world.conversations.values().find(|known| known.kind == Kind::Direct && known.has(user));
        if let Some(known) = known {
            return known.id.clone();
        }
        let id = self.world.new_id('D');
        self.begin(Conversation::new(&id, "", Kind::Direct, ROBOT), &[user.to_owned()]);
        self.events.push(json!({ "type": "im_created", "user": user, "channel": { "id": id, "is_im": true, "user": user, "created": crate::world::BEGINNING } }));
        id
    }

    fn begin(&mut self, mut conversation: Conversation, users: &[String]) {
        conversation.join(ROBOT);
        users.iter().for_each(|user| conversation.join(user));
        self.world.conversations.insert(conversation.id.clone(), conversation);
    }

    fn open(&mut self) -> Outcome {
        let users = self.arguments.list("users");
        let is_shown = self.arguments.is_set("return_im");
        let known = if self.arguments.text("channel").is_some() {
            let conversation = self.conversation("channel")?;
            if conversation.kind.is_channel() {
                return Err("method_not_supported_for_channel_type".into());
            }
            Some(conversation.id.clone())
        } else {
            for user in &users {
                self.person(user)?;
            }
            self.with_exactly(&users)
        };
        let is_known = known.is_some();
        let id = match (known, users.as_slice()) {
            (Some(id), _) => id,
            (None, []) => return Err("users_list_not_supplied".into()),
            (None, _) if self.arguments.is_set("prevent_creation") => return Err("channel_not_found".into()),
            (None, [user]) => self.direct_messages(user),
            (None, users) if users.len() > 8 => return Err("too_many_users".into()),
            (None, users) => {
                let id = self.world.new_id('G');
                let name = format!("mpdm-{}-1", id.to_lowercase());
                self.begin(Conversation::new(&id, &name, Kind::Group, ROBOT), users);
                id
            }
        };
        let info = self.world.conversations.get(&id).map(Conversation::info).unwrap_or_default();
        let channel = if is_shown { info } else { json!({ "id": id }) };
        Ok(json!({ "channel": channel, "no_op": is_known, "already_open": is_known }))
    }

    /// Returns the direct messages of the bot user with exactly these users, if there are any.
    fn with_exactly(&self, users: &[String]) -> Option<String> {
        let is_exact = |known: &&Conversation| {
            !known.kind.is_channel()
                && known.members.len() == users.len() + 1
                && known.has(ROBOT)
                && users.iter().all(|user| known.has(user))
        };
        self.world.conversations.values().find(is_exact).map(|known| known.id.clone())
    }

    fn create(&mut self) -> Outcome {
        let name = self.arguments.text("name").ok_or("invalid_name_required")?;
        if name.chars().count() > MAX_NAME {
            return Err("invalid_name_maxlength".into());
        }
        let is_allowed = |letter: char| {
            letter == '-' || letter == '_' || (letter.is_alphanumeric() && !letter.is_uppercase())
        };
        if !name.chars().all(is_allowed) {
            return Err("invalid_name_specials".into());
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err("invalid_name_punctuation".into());
        }
        if self.world.conversations.values().any(|known| known.kind.is_channel() && known.name == name) {
            return Err("name_taken".into());
        }
        let kind = if self.arguments.is_set("is_private") { Kind::Private } else { Kind::Public };
        let id = self.world.new_id('C');
        self.begin(Conversation::new(&id, &name, kind, ROBOT), &[]);
        let info = self.conversation_mut(&id)?.info();
        let event_ts = self.world.ts().to_string();
        if kind == Kind::Public {
            let created = json!({ "id": id, "name": name, "created": info["created"], "creator": ROBOT });
            self.events.push(json!({ "type": "channel_created", "channel": created, "event_ts": event_ts }));
        }
        let joined = if kind == Kind::Public { "channel_joined" } else { "group_joined" };
        self.events.push(json!({ "type": joined, "channel": info }));
        Ok(json!({ "channel": info }))
    }

    fn archive(&mut self) -> Outcome {
        let conversation = self.joined("channel")?;
        let (id, kind) = (conversation.id.clone(), conversation.kind);
        match () {
            () if id == GENERAL => return Err("cant_archive_general".into()),
            () if !kind.is_channel() => return Err("method_not_supported_for_channel_type".into()),
            () if conversation.is_archived => return Err("already_archived".into()),
            () => {
                let now = self.world.now().seconds();
                let conversation = self.conversation_mut(&id)?;
                (conversation.is_archived, conversation.updated) = (true, now);
            }
        }
        let event = if kind == Kind::Public { "channel_archive" } else { "group_archive" };
        let event_ts = self.world.ts().to_string();
        self.events.push(json!({ "type": event, "channel": id, "user": ROBOT, "event_ts": event_ts }));
        Ok(json!({}))
    }

    fn mark(&mut self) -> Outcome {
        let conversation = self.joined("channel")?;
        let (id, kind) = (conversation.id.clone(), conversation.kind);
        let ts = self.moment("ts", "invalid_timestamp")?.ok_or_else(|| Refusal::missing("ts"))?;
        self.conversation_mut(&id)?.last_read = Some(ts);
        let event = match kind {
            Kind::Public => "channel_marked",
            Kind::Private => "group_marked",
            Kind::Direct => "im_marked",
            Kind::Group => "mpim_marked",
        };
        let event_ts = self.world.ts().to_string();
        self.events.push(json!({ "type": event, "channel": id, "ts": ts.to_string(), "event_ts": event_ts }));
        Ok(json!({}))
    }

    /// Sets the topic or the purpose, which also posts a message.
    fn set_heading(&mut self, which: &str) -> Outcome {
        let conversation = self.open_conversation("channel")?;
        let (id, kind) = (conversation.id.clone(), conversation.kind);
        let value = self.arguments.text(which).unwrap_or_default();
        if value.chars().count() > MAX_HEADING {
            return Err("too_long".into());
        }
        let now: Moment = self.world.ts();
        let conversation = self.conversation_mut(&id)?;
        let heading = if which == "topic" { &mut conversation.topic } else { &mut conversation.purpose };
        heading.set(&value, ROBOT, now);
        let info = conversation.info();
        let family = if kind == Kind::Private { "group" } else { "channel" };
        let more = Map::from_iter([
            ("subtype".to_owned(), format!("{family}_{which}").into()),
            (which.to_owned(), value.clone().into()),
        ]);
        let text = format!("<@{ROBOT}> set the channel's {which}: {value}");
        self.say(&id, &text, more)?;
        Ok(json!({ "channel": info, which: value }))
    }
}
