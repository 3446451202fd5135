//! The manifest of the new app, in the form of <https://docs.slack.dev/reference/app-manifest>.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::plan::Plan;

/// The longest name of an app, in characters.
const MAX_NAME: usize = 35;

/// Parses the name of an app.
pub(super) fn app_name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    if (1..=MAX_NAME).contains(&length) && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("a name has 1 to {MAX_NAME} characters"))
    }
}

/// A part of the manifest. Members keep their order.
#[derive(Debug)]
enum Node {
    Map(Vec<(&'static str, Node)>),
    List(Vec<String>),
    Text(String),
    Flag(bool),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Map(members) => serializer.collect_map(members.iter().map(|(key, value)| (key, value))),
            Self::List(items) => items.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Flag(flag) => flag.serialize(serializer),
        }
    }
}

#[derive(Debug)]
pub(super) struct Manifest(Node);

impl Manifest {
    pub(super) fn new(name: &str, plan: &Plan<'_>) -> Self {
        let list = |names: &BTreeSet<&str>| Node::List(names.iter().copied().map(str::to_owned).collect());
        let mut scopes = vec![("bot", list(&plan.bot_scopes))];
        if !plan.user_scopes.is_empty() {
            scopes.push(("user", list(&plan.user_scopes)));
        }
        let mut events = Vec::new();
        if !plan.bot_events.is_empty() {
            events.push(("bot_events", list(&plan.bot_events)));
        }
        if !plan.user_events.is_empty() {
            events.push(("user_events", list(&plan.user_events)));
        }
        let mut settings = Vec::new();
        if !events.is_empty() {
            settings.push(("event_subscriptions", Node::Map(events)));
        }
        settings.push(("org_deploy_enabled", Node::Flag(false)));
        settings.push(("socket_mode_enabled", Node::Flag(true)));
        settings.push(("token_rotation_enabled", Node::Flag(false)));
        let bot_user =
            vec![("display_name", Node::Text(display_name(name))), ("always_online", Node::Flag(true))];
        Self(Node::Map(vec![
            ("display_information", Node::Map(vec![("name", Node::Text(name.to_owned()))])),
            ("features", Node::Map(vec![("bot_user", Node::Map(bot_user))])),
            ("oauth_config", Node::Map(vec![("scopes", Node::Map(scopes))])),
            ("settings", Node::Map(settings)),
        ]))
    }

    pub(super) fn to_yaml(&self) -> String {
        let mut text = String::new();
        yaml(&self.0, 0, &mut text);
        text
    }

    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(&self.0)? + "\n")
    }
}

/// Returns the name of the bot user: lowercase letters, digits, hyphens, underscores and periods.
fn display_name(name: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let name: String = name.to_lowercase().chars().map(|c| if is_allowed(c) { c } else { '-' }).collect();
    name
}

/// Returns a text in double quotes, which JSON and YAML have in common.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Appends a node in block style. A nested node begins on a new line.
fn yaml(node: &Node, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match node {
        Node::Map(members) => {
            for (key, value) in members {
                let _ = write!(text, "{indent}{key}:");
                match value {
                    Node::Map(_) | Node::List(_) => text.push('\n'),
                    Node::Text(_) | Node::Flag(_) => text.push(' '),
                }
                yaml(value, depth + 1, text);
            }
        }
        Node::List(items) => {
            for item in items {
                let _ = writeln!(text, "{indent}- {item}");
            }
        }
        Node::Text(value) => {
            let _ = writeln!(text, "{}", quoted(value));
        }
        Node::Flag(value) => {
            let _ = writeln!(text, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::events::Events;
    use slack_rtm::models::EventType;

    #[test]
    fn a_manifest_keeps_to_the_limits_of_slack() {
        let events = Events::load().unwrap();
        let types: Vec<String> = EventType::KNOWN.iter().map(|name| (*name).to_owned()).collect();
        let plan = Plan::new(&events, &types).unwrap();
        let json: Value =
            serde_json::from_str(&Manifest::new("My Bot \u{e9}!", &plan).to_json().unwrap()).unwrap();
        assert_eq!(json["features"]["bot_user"]["display_name"], "my-bot---");
        assert_eq!(json["settings"]["socket_mode_enabled"], true);
        for list in [
            &json["settings"]["event_subscriptions"]["bot_events"],
            &json["settings"]["event_subscriptions"]["user_events"],
            &json["oauth_config"]["scopes"]["bot"],
            &json["oauth_config"]["scopes"]["user"],
        ] {
            let names: Vec<&str> =
                list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            assert!((1..=100).contains(&names.len()), "{names:?}");
            let is_plain = |c: char| c.is_ascii_lowercase() || "_.:".contains(c);
            assert!(names.iter().all(|name| name.len() <= 50 && name.chars().all(is_plain)), "{names:?}");
            assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
        }
    }

    #[test]
    fn a_name_has_35_characters_at_most() {
        assert!(app_name("My bot").is_ok() && app_name(&"\u{e9}".repeat(35)).is_ok());
        assert!(app_name("").is_err() && app_name(&"x".repeat(36)).is_err() && app_name("a\nb").is_err());
    }
}
