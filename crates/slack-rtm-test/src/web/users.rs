//! The methods of the family `users`.

use serde_json::json;

use super::{Call, Outcome, Refusal};
use crate::world::{Conversation, Kind, Person, ROBOT};

impl Call<'_> {
    pub(super) fn users(&mut self, method: &str) -> Outcome {
        match method {
            "users.info" => Ok(json!({ "user": self.person(&self.required("user")?)?.info() })),
            "users.list" => {
                let people = self.world.people.iter();
                let (members, metadata) = self.page(people, Person::info, "invalid_arguments")?;
                Ok(
                    json!({ "members": members, "cache_ts": crate::world::BEGINNING, "response_metadata": metadata }),
                )
            }
            "users.conversations" => {
                let user = self.arguments.text("user").unwrap_or_else(|| ROBOT.to_owned());
                self.person(&user)?;
                self.conversations_of(Some(&user))
            }
            "users.getPresence" => self.presence(),
            "users.setPresence" => self.set_presence(),
            "users.profile.get" => {
                let user = self.arguments.text("user").unwrap_or_else(|| ROBOT.to_owned());
                Ok(json!({ "profile": self.person(&user)?.profile() }))
            }
            "users.lookupByEmail" => {
                let email = self.required("email")?;
                let found = self.world.people.values().find(|person| person.email().as_ref() == Some(&email));
                found.map(|person| json!({ "user": person.info() })).ok_or_else(|| "users_not_found".into())
            }
            _ => Err("unknown_method".into()),
        }
    }

    pub(super) fn person(&self, user: &str) -> Result<&Person, Refusal> {
        self.world.people.get(user).ok_or_else(|| "user_not_found".into())
    }

    /// Returns the conversations of a user; without a user, those that are visible to the bot user.
    pub(super) fn conversations_of(&self, user: Option<&str>) -> Outcome {
        let mut types = self.arguments.list("types");
        if types.is_empty() {
            types.push(Kind::Public.name().to_owned());
        }
        if types.iter().any(|name| Kind::ALL.iter().all(|kind| kind.name() != name)) {
            return Err("invalid_types".into());
        }
        let without_archived = self.arguments.is_set("exclude_archived");
        let found = self.world.conversations.iter().filter(|(_, conversation)| {
            types.iter().any(|name| conversation.kind.name() == name)
                && !(without_archived && conversation.is_archived)
                && user.is_none_or(|user| conversation.has(user))
                && (conversation.kind == Kind::Public || conversation.has(ROBOT))
        });
        let (channels, metadata) = self.page(found, Conversation::info, "invalid_limit")?;
        Ok(json!({ "channels": channels, "response_metadata": metadata }))
    }

    fn presence(&self) -> Outcome {
        let user = self.arguments.text("user").unwrap_or_else(|| ROBOT.to_owned());
        self.person(&user)?;
        let presence = self.world.presence(&user).unwrap_or(if user == ROBOT { "active" } else { "away" });
        if user != ROBOT {
            return Ok(json!({ "presence": presence }));
        }
        let is_away = presence == "away";
        Ok(json!({
            "presence": presence, "online": !is_away, "auto_away": false, "manual_away": is_away,
            "connection_count": 1, "last_activity": crate::world::BEGINNING,
        }))
    }

    fn set_presence(&mut self) -> Outcome {
        let presence = match &*self.required("presence")? {
            "auto" => "active",
            "away" => "away",
            _ => return Err("invalid_presence".into()),
        };
        self.world.set_presence(ROBOT, presence);
        self.events.push(json!({ "type": "manual_presence_change", "presence": presence }));
        Ok(json!({}))
    }
}
