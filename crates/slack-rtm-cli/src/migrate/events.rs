//! What replaces each type of event: the data of `openapi/migration/events_api.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A link to the file in `openapi/`, so that it is part of the published crate.
const JSON: &str = include_str!("events_api.json");

/// Subscriptions of the Events API, with the scopes that each needs.
pub(super) type Subscriptions = BTreeMap<String, Vec<String>>;

/// What replaces a type of event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Entry {
    /// What the bot subscribes to.
    pub(super) bot_events: Subscriptions,
    /// What the app subscribes to for a user, because a bot cannot.
    pub(super) user_events: Subscriptions,
    /// What is different.
    pub(super) note: Option<String>,
    /// Why there is no such event.
    pub(super) lost: Option<String>,
    /// What to do instead.
    pub(super) instead: Option<String>,
}

/// All types of events that are known.
#[derive(Debug)]
pub(super) struct Events(BTreeMap<String, Entry>);

impl Events {
    /// # Errors
    /// Returns an error if the file has another form, which a test rules out.
    pub(super) fn load() -> Result<Self, serde_json::Error> {
        serde_json::from_str(JSON).map(Self)
    }

    pub(super) fn get(&self, event_type: &str) -> Option<&Entry> {
        self.0.get(event_type)
    }

    /// Returns a known type with the same letters, or one of which the text is a part.
    pub(super) fn similar(&self, text: &str) -> Option<&str> {
        let letters =
            |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "").to_ascii_lowercase();
        let wanted = letters(text);
        let mut names = self.0.keys().map(String::as_str);
        let same = names.clone().find(|name| letters(name) == wanted);
        same.or_else(|| names.find(|name| wanted.len() > 3 && letters(name).contains(&wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm::models::EventType;

    #[test]
    fn every_type_of_event_has_an_entry() {
        let events = Events::load().unwrap();
        let known: Vec<_> = EventType::KNOWN.to_vec();
        let missing: Vec<_> = known.iter().filter(|name| events.get(name).is_none()).collect();
        assert!(missing.is_empty(), "add them to openapi/migration/events_api.json: {missing:?}");
        let unknown: Vec<_> = events.0.keys().filter(|name| !known.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "not in openapi/events/event_types.yaml: {unknown:?}");
    }

    #[test]
    fn an_event_either_survives_or_is_lost() {
        for (name, entry) in &Events::load().unwrap().0 {
            let is_subscribed = !entry.bot_events.is_empty() || !entry.user_events.is_empty();
            let is_explained = entry.lost.is_some() || entry.note.is_some();
            assert!(is_subscribed != entry.lost.is_some() || entry.note.is_some(), "{name}: {entry:?}");
            assert!(is_subscribed || is_explained, "{name}: {entry:?}");
            assert!(entry.instead.is_none() || entry.lost.is_some(), "{name}: {entry:?}");
            for scope in entry.bot_events.values().chain(entry.user_events.values()).flatten() {
                assert!(scope.contains(':') && !scope.contains(' '), "{name}: {scope}");
            }
        }
    }

    #[test]
    fn a_typo_finds_the_type() {
        let events = Events::load().unwrap();
        assert_eq!(events.similar("userTyping"), Some("user_typing"));
        assert_eq!(events.similar("reaction"), Some("reaction_added"));
        assert_eq!(events.similar("xyz"), None);
    }
}
