//! Membership of conversations: join, leave, invite, kick.

use serde_json::json;

use super::{Call, Outcome};
use crate::world::{GENERAL, Kind, ROBOT};

impl Call<'_> {
    pub(super) fn membership(&mut self, method: &str) -> Outcome {
        match method {
            "conversations.join" => self.join(),
            "conversations.leave" => self.leave(),
            "conversations.invite" => self.invite(),
            "conversations.kick" => self.kick(),
            _ => Err("unknown_method".into()),
        }
    }

    fn join(&mut self) -> Outcome {
        let conversation = self.conversation("channel")?;
        let id = conversation.id.clone();
        if conversation.kind != Kind::Public {
            return Err("method_not_supported_for_channel_type".into());
        }
        if conversation.is_archived {
            return Err("is_archived".into());
        }
        if conversation.has(ROBOT) {
            return Ok(json!({
                "channel": conversation.info(), "warning": "already_in_channel",
                "response_metadata": { "warnings": ["already_in_channel"] },
            }));
        }
        let event = self.world.enter(&id, ROBOT, true);
        let info = self.conversation_mut(&id)?.info();
        self.events.push(json!({ "type": "channel_joined", "channel": info }));
        self.events.push(event);
        Ok(json!({ "channel": info }))
    }

    fn leave(&mut self) -> Outcome {
        let conversation = self.conversation("channel")?;
        let id = conversation.id.clone();
        match () {
            () if id == GENERAL => return Err("cant_leave_general".into()),
            () if !conversation.kind.is_channel() => {
                return Err("method_not_supported_for_channel_type".into());
            }
            () if conversation.is_archived => return Err("is_archived".into()),
            () if !conversation.has(ROBOT) => return Ok(json!({ "not_in_channel": true })),
            () if conversation.kind == Kind::Private && conversation.members.len() == 1 => {
                return Err("last_member".into());
            }
            () => {}
        }
        let kind = if conversation.kind == Kind::Public { "channel_left" } else { "group_left" };
        let event = self.world.enter(&id, ROBOT, false);
        self.events.push(json!({ "type": kind, "channel": id, "event_ts": event["event_ts"] }));
        self.events.push(event);
        Ok(json!({}))
    }

    fn invite(&mut self) -> Outcome {
        let conversation = self.open_conversation("channel")?;
        let id = conversation.id.clone();
        if !conversation.kind.is_channel() {
            return Err("method_not_supported_for_channel_type".into());
        }
        let users = self.arguments.list("users");
        if users.is_empty() {
            return Err("no_user".into());
        }
        for user in &users {
            self.person(user)?;
            if user == ROBOT {
                return Err("cant_invite_self".into());
            }
            if conversation.has(user) {
                return Err("already_in_channel".into());
            }
        }
        for user in &users {
            let mut event = self.world.enter(&id, user, true);
            event["inviter"] = ROBOT.into();
            self.events.push(event);
        }
        Ok(json!({ "channel": self.conversation_mut(&id)?.info() }))
    }

    fn kick(&mut self) -> Outcome {
        let conversation = self.joined("channel")?;
        let id = conversation.id.clone();
        let user = self.arguments.text("user").ok_or("user_not_found")?;
        self.person(&user)?;
        match () {
            () if id == GENERAL => return Err("cant_kick_from_general".into()),
            () if user == ROBOT => return Err("cant_kick_self".into()),
            () if !conversation.kind.is_channel() => {
                return Err("method_not_supported_for_channel_type".into());
            }
            () if !conversation.has(&user) => return Err("not_in_channel".into()),
            () => {}
        }
        let event = self.world.enter(&id, &user, false);
        self.events.push(event);
        Ok(json!({}))
    }
}
