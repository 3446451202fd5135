//! The methods of the families `reactions` and `pins`.

use serde_json::{Value, json};

use super::{Call, Outcome, Refusal};
use crate::world::{Moment, ROBOT};

/// The maximum number of pinned messages of a conversation.
const MAX_PINS: usize = 100;

impl Call<'_> {
    pub(super) fn items(&mut self, method: &str) -> Outcome {
        match method {
            "reactions.get" | "reactions.remove" if self.arguments.text("file").is_some() => {
                // Files are read with their reactions, of which they have none here.
                let file = self.file("file")?.info(self.base);
                if method == "reactions.remove" {
                    return Err("no_reaction".into());
                }
                Ok(json!({ "type": "file", "file": file }))
            }
            "reactions.get" => {
                let (channel, ts) = self.item()?;
                let message = self.shown(&channel, ts)?;
                Ok(json!({ "type": "message", "channel": channel, "message": message }))
            }
            "reactions.add" => self.react(true),
            "reactions.remove" => self.react(false),
            "pins.add" => self.pin(true),
            "pins.remove" => self.pin(false),
            "pins.list" => {
                let conversation = self.conversation("channel")?;
                let mut pins: Vec<_> = conversation.pins.iter().collect();
                // The latest pin comes first.
                pins.sort_by_key(|(_, (_, at))| std::cmp::Reverse(*at));
                let item = |(ts, (by, at)): (&Moment, &(String, Moment))| {
                    let message = conversation.shown(*ts);
                    json!({
                        "type": "message", "channel": conversation.id, "message": message,
                        "created": at.seconds(), "created_by": by,
                    })
                };
                Ok(json!({ "items": pins.into_iter().map(item).collect::<Vec<_>>() }))
            }
            _ => Err("unknown_method".into()),
        }
    }

    /// Returns the position of the message that the arguments name.
    fn item(&self) -> Result<(String, Moment), Refusal> {
        if self.arguments.text("channel").is_none() {
            return Err("no_item_specified".into());
        }
        let conversation = self.conversation("channel")?;
        let ts = self.moment("timestamp", "bad_timestamp")?.ok_or("no_item_specified")?;
        if !conversation.messages.contains_key(&ts) {
            return Err("message_not_found".into());
        }
        Ok((conversation.id.clone(), ts))
    }

    pub(super) fn shown(&self, channel: &str, ts: Moment) -> Result<Value, Refusal> {
        let conversation = self.world.conversations.get(channel).ok_or("channel_not_found")?;
        conversation.shown(ts).ok_or_else(|| "message_not_found".into())
    }

    fn react(&mut self, is_added: bool) -> Outcome {
        let name = self.required("name")?;
        let is_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-+':".contains(&byte);
        let name = name.trim_matches(':');
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err("invalid_name".into());
        }
        let (channel, ts) = self.item()?;
        if self.conversation("channel")?.is_archived && is_added {
            return Err("is_archived".into());
        }
        match self.world.react(&channel, ts, ROBOT, name, is_added).ok_or("message_not_found")? {
            Some(event) => self.events.push(event),
            None if is_added => return Err("already_reacted".into()),
            None => return Err("no_reaction".into()),
        }
        Ok(json!({}))
    }

    fn pin(&mut self, is_added: bool) -> Outcome {
        let (channel, ts) = self.item()?;
        self.joined("channel")?;
        let now = self.world.ts();
        let conversation = self.conversation_mut(&channel)?;
        let pins = conversation.pins.len();
        match (is_added, conversation.pins.contains_key(&ts)) {
            (true, true) => return Err("already_pinned".into()),
            (false, false) => return Err("no_pin".into()),
            (true, false) if pins >= MAX_PINS => return Err("too_many_pins".into()),
            (true, false) => drop(conversation.pins.insert(ts, (ROBOT.to_owned(), now))),
            (false, true) => drop(conversation.pins.remove(&ts)),
        }
        let mut event = json!({
            "type": if is_added { "pin_added" } else { "pin_removed" },
            "user": ROBOT, "channel_id": channel, "event_ts": now.to_string(),
            "item": {
                "type": "message", "channel": channel, "created": now.seconds(), "created_by": ROBOT,
                "message": conversation.shown(ts),
            },
        });
        if !is_added {
            event["has_pins"] = (pins > 1).into();
        }
        self.events.push(event);
        Ok(json!({}))
    }
}
