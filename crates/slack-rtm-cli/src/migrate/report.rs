//! The report about each event and about the steps to the new app.

use std::fmt::Write as _;

use super::events::{Entry, Subscriptions};
use super::plan::Plan;

const GUIDE: &str = "https://github.com/slack-rtm/slack-rtm/blob/main/docs/src/socket-mode.md";

pub(super) fn report(plan: &Plan<'_>) -> String {
    let mut text = String::new();
    for (name, entry) in &plan.types {
        let _ = writeln!(text, "{name}");
        for line in lines(name, entry) {
            let _ = writeln!(text, "  {line}");
        }
    }
    let _ = write!(
        text,
        "
The new app:
  1. Create it from the manifest at https://api.slack.com/apps?new_app=1.
  2. Under Basic Information, generate an app-level token with the scope
     connections:write: that is SLACK_TOKEN.
  3. Install the app: the bot token is SLACK_BOT_TOKEN.
  4. Invite the bot to its channels, since it is a new user.
  5. Run `slack-rtm doctor`.

Messages are posted with chat.postMessage, which needs the scope chat:write.
The same session runs over both protocols: {GUIDE}
"
    );
    text
}

fn lines(name: &str, entry: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(subscription(name, &entry.bot_events, ""));
    lines.extend(subscription(name, &entry.user_events, " for a user"));
    lines.extend(entry.note.clone());
    lines.extend(entry.lost.as_ref().map(|why| format!("lost: {why}")));
    lines.extend(entry.instead.as_ref().map(|instead| format!("instead: {instead}")));
    lines
}

fn subscription(name: &str, subscriptions: &Subscriptions, suffix: &str) -> Option<String> {
    if subscriptions.is_empty() {
        return None;
    }
    let names: Vec<&str> = subscriptions.keys().map(String::as_str).collect();
    let mut scopes: Vec<&str> = subscriptions.values().flatten().map(String::as_str).collect();
    scopes.dedup();
    let events = if names == [name] { "the same event".to_owned() } else { names.join(", ") };
    let scopes =
        if scopes.is_empty() { "no scope".to_owned() } else { format!("scopes {}", scopes.join(", ")) };
    Some(format!("survives as {events}{suffix}, with {scopes}"))
}
