//! A user of the workspace.

use serde_json::{Value, json};

use super::{APP, BEGINNING, BOT, ROBOT, TEAM};

#[derive(Clone, Debug)]
pub(crate) struct Person {
    id: String,
    pub(crate) name: String,
}

impl Person {
    pub(crate) fn new(id: &str, name: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned() }
    }

    pub(crate) fn email(&self) -> Option<String> {
        (self.id != ROBOT).then(|| format!("{}@acme.example.com", self.name))
    }

    pub(crate) fn info(&self) -> Value {
        let is_bot = self.id == ROBOT;
        json!({
            "id": self.id, "team_id": TEAM, "name": self.name, "deleted": false, "color": "4bbe2e",
            "real_name": self.real_name(), "tz": "Europe/Berlin", "tz_label": "Central European Time",
            "tz_offset": 3600, "profile": self.profile(), "is_admin": false, "is_owner": false,
            "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false, "is_bot": is_bot,
            "is_app_user": false, "updated": BEGINNING, "is_email_confirmed": !is_bot,
            "who_can_share_contact_card": "EVERYONE",
        })
    }

    pub(crate) fn profile(&self) -> Value {
        let name = self.real_name();
        let mut profile = json!({
            "title": "", "phone": "", "skype": "", "real_name": name, "real_name_normalized": name,
            "display_name": self.name, "display_name_normalized": self.name, "fields": null, "status_text": "",
            "status_emoji": "", "status_emoji_display_info": [], "status_expiration": 0, "avatar_hash": "gacme0000000",
            "first_name": name, "last_name": "", "team": TEAM,
        });
        for size in [24, 32, 48, 72, 192, 512] {
            profile[format!("image_{size}")] =
                format!("https://avatars.example.com/{}_{size}.png", self.id).into();
        }
        match self.email() {
            Some(email) => profile["email"] = email.into(),
            None => {
                profile["bot_id"] = BOT.into();
                profile["api_app_id"] = APP.into();
                profile["always_active"] = true.into();
            }
        }
        profile
    }

    /// Returns the capitalized name.
    fn real_name(&self) -> String {
        let mut letters = self.name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}
