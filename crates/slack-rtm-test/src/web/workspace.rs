//! The methods about the workspace itself.

use serde_json::{Map, Value, json};

use super::{Call, Outcome};
use crate::world::{APP, BEGINNING, BOT, ROBOT, TEAM};

/// The only user group.
const GROUP: &str = "S01BUILDERS";

impl Call<'_> {
    pub(super) fn workspace(&mut self, method: &str) -> Outcome {
        match method {
            "api.test" => match self.arguments.text("error") {
                // The arguments choose the error code.
                Some(error) => Ok(json!({ "ok": false, "error": error, "args": self.arguments.all() })),
                None => Ok(json!({ "args": self.arguments.all() })),
            },
            "auth.test" => Ok(json!({
                "url": format!("{}/", self.base), "team": "Acme", "team_id": TEAM, "user": self.robot_name(),
                "user_id": ROBOT, "bot_id": BOT, "is_enterprise_install": false,
            })),
            "team.info" => self.team(),
            "bots.info" => match self.required("bot")?.as_str() {
                BOT => Ok(json!({ "bot": {
                    "id": BOT, "deleted": false, "name": self.robot_name(), "updated": BEGINNING, "app_id": APP,
                    "user_id": ROBOT, "icons": {
                        "image_36": "https://avatars.example.com/robot_36.png",
                        "image_48": "https://avatars.example.com/robot_48.png",
                        "image_72": "https://avatars.example.com/robot_72.png",
                    },
                } })),
                _ => Err("bot_not_found".into()),
            },
            "emoji.list" => Ok(json!({
                "emoji": { "acme": "https://emoji.example.com/acme.png", "rocket_acme": "alias:acme" },
                "cache_ts": format!("{BEGINNING}.000000"),
            })),
            "dnd.info" => {
                let user = self.arguments.text("user").unwrap_or_else(|| ROBOT.to_owned());
                self.person(&user)?;
                let mut info = quiet_hours();
                info["snooze_enabled"] = false.into();
                Ok(info)
            }
            "dnd.teamInfo" => {
                let users = self.arguments.list("users");
                if users.is_empty() {
                    return Err("no_users_provided".into());
                }
                let known = users.into_iter().filter(|user| self.world.people.contains_key(user));
                let users: Map<String, Value> = known.map(|user| (user, quiet_hours())).collect();
                Ok(json!({ "users": users }))
            }
            "usergroups.list" => self.groups(),
            "usergroups.users.list" => match self.required("usergroup")?.as_str() {
                GROUP => Ok(json!({ "users": self.people_of_group() })),
                _ => Err("no_such_subteam".into()),
            },
            _ => Err("unknown_method".into()),
        }
    }

    fn robot_name(&self) -> &str {
        self.world.people.get(ROBOT).map_or("", |robot| &robot.name)
    }

    fn team(&self) -> Outcome {
        let asked = (self.arguments.text("team"), self.arguments.text("domain"));
        if asked.0.is_some_and(|team| team != TEAM) || asked.1.is_some_and(|domain| domain != "acme") {
            return Err("team_not_found".into());
        }
        let mut icon = json!({ "image_default": true });
        for size in [34, 44, 68, 88, 102, 132, 230] {
            icon[format!("image_{size}")] = format!("https://avatars.example.com/team_{size}.png").into();
        }
        Ok(json!({ "team": {
            "id": TEAM, "name": "Acme", "url": format!("{}/", self.base), "domain": "acme",
            "email_domain": "acme.example.com", "icon": icon, "is_verified": false,
        } }))
    }

    /// Returns all users except the bot user.
    fn people_of_group(&self) -> Vec<&String> {
        self.world.people.keys().filter(|id| *id != ROBOT).collect()
    }

    fn groups(&self) -> Outcome {
        let people = self.people_of_group();
        let mut group = json!({
            "id": GROUP, "team_id": TEAM, "is_usergroup": true, "is_subteam": true, "name": "Builders",
            "description": "Everybody who builds", "handle": "builders", "is_external": false,
            "date_create": BEGINNING, "date_update": BEGINNING, "date_delete": 0, "auto_type": null,
            "auto_provision": false, "enterprise_subteam_id": "", "created_by": ROBOT, "updated_by": ROBOT,
            "deleted_by": null, "prefs": { "channels": [], "groups": [] },
        });
        if self.arguments.is_set("include_users") {
            group["users"] = json!(people);
        }
        if self.arguments.is_set("include_count") {
            group["user_count"] = people.len().into();
        }
        Ok(json!({ "usergroups": [group] }))
    }
}

fn quiet_hours() -> Value {
    json!({ "dnd_enabled": false, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1 })
}
