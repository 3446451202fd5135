//! The methods of the family `chat`.

use serde_json::{Map, Value, json};

use super::{Call, Outcome, Refusal};
use crate::world::{BEGINNING, BOT, Moment, ROBOT, TEAM};

/// The maximum length of a text, in characters.
const MAX_TEXT: usize = 40_000;
/// The maximum number of blocks of a message.
const MAX_BLOCKS: usize = 50;
/// The maximum number of attachments of a message.
const MAX_ATTACHMENTS: usize = 100;

impl Call<'_> {
    pub(super) fn chat(&mut self, method: &str) -> Outcome {
        match method {
            "chat.postMessage" => self.post(),
            "chat.postEphemeral" => self.post_ephemeral(),
            "chat.update" => self.update(),
            "chat.delete" => self.delete(),
            "chat.meMessage" => self.me_message(),
            "chat.getPermalink" => self.permalink(),
            "chat.scheduleMessage" => self.schedule(),
            "chat.unfurl" => self.unfurl(),
            _ => Err("unknown_method".into()),
        }
    }

    /// Returns the text, and the other members of the message.
    fn content(&self) -> Result<(String, Map<String, Value>), Refusal> {
        let mut more = Map::new();
        let mut array = |name: &str, max: usize, format: &'static str, many: &'static str| {
            match self.arguments.json(name).map_err(|()| format)? {
                None => {}
                Some(Value::Array(items)) if items.is_empty() => {}
                Some(Value::Array(items)) if items.len() > max => return Err(Refusal::from(many)),
                Some(Value::Array(items)) if items.iter().all(Value::is_object) => {
                    more.insert(name.to_owned(), Value::Array(items));
                }
                Some(_) => return Err(format.into()),
            }
            Ok(())
        };
        array("blocks", MAX_BLOCKS, "invalid_blocks_format", "invalid_blocks")?;
        array("attachments", MAX_ATTACHMENTS, "invalid_attachments", "too_many_attachments")?;
        let typeless = |block: &Value| !block["type"].is_string();
        if more.get("blocks").and_then(Value::as_array).is_some_and(|blocks| blocks.iter().any(typeless)) {
            return Err("invalid_blocks".into());
        }
        match self.arguments.json("metadata").map_err(|()| "invalid_metadata_format")? {
            None => {}
            Some(metadata) if metadata["event_type"].is_string() && metadata["event_payload"].is_object() => {
                more.insert("metadata".to_owned(), metadata);
            }
            Some(_) => return Err("invalid_metadata_format".into()),
        }
        let (text, markdown) = (self.arguments.text("text"), self.arguments.text("markdown_text"));
        if markdown.is_some() && (text.is_some() || more.contains_key("blocks")) {
            return Err("markdown_text_conflict".into());
        }
        let text = text.or(markdown).unwrap_or_default();
        if text.is_empty() && !more.contains_key("blocks") && !more.contains_key("attachments") {
            return Err("no_text".into());
        }
        if text.chars().count() > MAX_TEXT {
            return Err("msg_too_long".into());
        }
        Ok((text, more))
    }

    /// Returns the conversation to post to. The id of a user stands for the direct messages with that user.
    fn destination(&mut self) -> Result<String, Refusal> {
        let named = self.arguments.text("channel").ok_or("channel_not_found")?;
        if self.world.people.contains_key(&named) {
            return Ok(self.direct_messages(&named));
        }
        Ok(self.open_conversation("channel")?.id.clone())
    }

    fn post(&mut self) -> Outcome {
        let channel = self.destination()?;
        let (text, mut more) = self.content()?;
        if let Some(thread) = self.moment("thread_ts", "invalid_arguments")? {
            let parent = self.world.conversations.get(&channel).and_then(|known| known.messages.get(&thread));
            // A deleted message has no thread; a reply belongs to the thread of its parent.
            let thread = parent.ok_or("cannot_reply_to_message")?.parent.unwrap_or(thread);
            more.insert("thread_ts".to_owned(), thread.to_string().into());
            if self.arguments.is_set("reply_broadcast") {
                more.insert("subtype".to_owned(), "thread_broadcast".into());
            }
        }
        for name in ["username", "icon_url", "icon_emoji"] {
            if let Some(value) = self.arguments.text(name) {
                more.entry("subtype").or_insert_with(|| "bot_message".into());
                match name {
                    "username" => more.insert("username".to_owned(), value.into()),
                    "icon_url" => more.insert("icons".to_owned(), json!({ "image_48": value })),
                    _ => more.insert("icons".to_owned(), json!({ "emoji": value })),
                };
            }
        }
        let (ts, message) = self.say(&channel, &text, more)?;
        Ok(json!({ "channel": channel, "ts": ts.to_string(), "message": message }))
    }

    /// Posts a message of the bot user in a conversation of which it is a member, and returns the message.
    pub(super) fn say(
        &mut self,
        channel: &str,
        text: &str,
        mut more: Map<String, Value>,
    ) -> Result<(Moment, Value), Refusal> {
        let ts = self.world.ts();
        more.insert("bot_id".to_owned(), BOT.into());
        more.insert("team".to_owned(), TEAM.into());
        let event = self.world.say(channel, ROBOT, text, ts, more);
        self.events.push(event);
        Ok((ts, self.shown(channel, ts)?))
    }

    fn post_ephemeral(&mut self) -> Outcome {
        let conversation = self.open_conversation("channel")?;
        let user = self.required("user")?;
        if !conversation.has(&user) {
            return Err("user_not_in_channel".into());
        }
        self.content()?;
        Ok(json!({ "message_ts": self.world.ts().to_string() }))
    }

    /// Returns the position of a message of the bot user.
    fn own_message(&self, code: &'static str) -> Result<(String, Moment), Refusal> {
        let channel = self.conversation("channel")?;
        let ts = self.moment("ts", "message_not_found")?.ok_or_else(|| Refusal::missing("ts"))?;
        let message = channel.messages.get(&ts).ok_or("message_not_found")?;
        if message.body.get("user").is_some_and(|user| user == ROBOT) {
            Ok((channel.id.clone(), ts))
        } else {
            Err(code.into())
        }
    }

    fn update(&mut self) -> Outcome {
        let (channel, ts) = self.own_message("cant_update_message")?;
        let (text, more) = self.content()?;
        let event = self.world.edit(&channel, ts, ROBOT, |body| {
            // Without new blocks and attachments the old ones stay, unless there is a new text.
            if !text.is_empty() {
                body.remove("blocks");
                body.insert("text".to_owned(), text.clone().into());
            }
            body.extend(more);
        });
        self.events.extend(event);
        let message = self.shown(&channel, ts)?;
        Ok(json!({ "channel": channel, "ts": ts.to_string(), "text": message["text"], "message": message }))
    }

    fn delete(&mut self) -> Outcome {
        let (channel, ts) = self.own_message("cant_delete_message")?;
        let event = self.world.delete(&channel, ts);
        self.events.extend(event);
        Ok(json!({ "channel": channel, "ts": ts.to_string() }))
    }

    fn me_message(&mut self) -> Outcome {
        let channel = self.open_conversation("channel")?.id.clone();
        let text = self.arguments.text("text").ok_or("no_text")?;
        let more = Map::from_iter([("subtype".to_owned(), "me_message".into())]);
        let (ts, _) = self.say(&channel, &text, more)?;
        Ok(json!({ "channel": channel, "ts": ts.to_string() }))
    }

    fn permalink(&self) -> Outcome {
        let channel = self.conversation("channel")?;
        let ts = self.required("message_ts")?;
        let ts =
            Moment::parse(&ts).filter(|ts| channel.messages.contains_key(ts)).ok_or("message_not_found")?;
        let link = format!("{}/archives/{}/p{}", self.base, channel.id, ts.to_string().replace('.', ""));
        Ok(json!({ "channel": channel.id, "permalink": link }))
    }

    /// Records a scheduled message. It is never posted, because the workspace has no clock.
    fn schedule(&mut self) -> Outcome {
        let channel = self.open_conversation("channel")?.id.clone();
        let at: u64 = self.required("post_at")?.parse().map_err(|_| "invalid_time")?;
        if at <= BEGINNING {
            return Err("time_in_past".into());
        }
        let (text, more) = self.content()?;
        self.world.scheduled += 1;
        let id = format!("Q01MADE{:04}", self.world.scheduled);
        let mut message = json!({
            "type": "delayed_message", "text": text, "user": ROBOT, "bot_id": BOT, "team": TEAM,
        });
        if let Value::Object(message) = &mut message {
            message.extend(more);
        }
        Ok(json!({ "channel": channel, "scheduled_message_id": id, "post_at": at, "message": message }))
    }

    fn unfurl(&mut self) -> Outcome {
        if self.arguments.text("channel").is_none() {
            return Err("missing_channel".into());
        }
        let channel = self.conversation("channel").map_err(|_| "cannot_find_channel")?;
        let ts = self.moment("ts", "cannot_find_message")?.ok_or("missing_ts")?;
        if !channel.messages.contains_key(&ts) {
            return Err("cannot_find_message".into());
        }
        let channel = channel.id.clone();
        let unfurls = match self.arguments.json("unfurls").map_err(|()| "invalid_unfurls_format")? {
            Some(Value::Object(unfurls)) => unfurls,
            Some(_) => return Err("invalid_unfurls_format".into()),
            None => return Err("missing_unfurls".into()),
        };
        let attachments = unfurls.into_iter().map(|(url, mut attachment)| {
            if let Value::Object(attachment) = &mut attachment {
                attachment.insert("from_url".to_owned(), url.into());
            }
            attachment
        });
        let attachments: Vec<Value> = attachments.collect();
        let event = self.world.edit(&channel, ts, ROBOT, |body| {
            body.insert("attachments".to_owned(), attachments.into());
        });
        self.events.extend(event);
        Ok(json!({}))
    }
}
