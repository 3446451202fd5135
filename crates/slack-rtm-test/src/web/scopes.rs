//! The scopes that each method needs.

use crate::arguments::Arguments;
use crate::world::{Kind, World};

/// Returns all scopes that a call needs. Some depend on the kind of the conversation.
pub(crate) fn needed_scopes(method: &str, arguments: &Arguments, world: &World) -> Vec<String> {
    let channel = arguments.text("channel").unwrap_or_default();
    let known = world.conversations.get(&channel).map(|known| known.kind);
    let mut kinds = vec![known.unwrap_or_else(|| Kind::of(&channel))];
    if matches!(method, "conversations.list" | "users.conversations") {
        let types = arguments.list("types");
        let asked = Kind::ALL.into_iter().filter(|kind| types.iter().any(|name| kind.name() == name));
        let asked: Vec<Kind> = asked.collect();
        if !asked.is_empty() {
            kinds = asked;
        }
    }
    kinds.into_iter().filter_map(|kind| needed(method, kind)).collect()
}

fn needed(method: &str, kind: Kind) -> Option<String> {
    let by_kind = |action: &str| {
        let family = match kind {
            Kind::Public => "channels",
            Kind::Private => "groups",
            Kind::Direct => "im",
            Kind::Group => "mpim",
        };
        Some(format!("{family}:{action}"))
    };
    let scope = match method {
        "conversations.history" | "conversations.replies" => return by_kind("history"),
        "conversations.list" | "conversations.info" | "conversations.members" | "users.conversations" => {
            return by_kind("read");
        }
        "conversations.join" => "channels:join",
        "conversations.open" => "im:write",
        _ if method.starts_with("conversations.") => {
            return by_kind(if kind == Kind::Public { "manage" } else { "write" });
        }
        "chat.getPermalink" => return None,
        "chat.unfurl" => "links:write",
        _ if method.starts_with("chat.") => "chat:write",
        "users.lookupByEmail" => "users:read.email",
        "users.profile.get" => "users.profile:read",
        "users.setPresence" => "users:write",
        "users.info" | "users.list" | "users.getPresence" | "bots.info" => "users:read",
        "reactions.get" => "reactions:read",
        "reactions.add" | "reactions.remove" => "reactions:write",
        "pins.list" => "pins:read",
        "pins.add" | "pins.remove" => "pins:write",
        "files.info" | "files.list" => "files:read",
        _ if method.starts_with("files.") => "files:write",
        "team.info" => "team:read",
        "emoji.list" => "emoji:read",
        "dnd.info" | "dnd.teamInfo" => "dnd:read",
        "usergroups.list" | "usergroups.users.list" => "usergroups:read",
        "apps.connections.open" => "connections:write",
        "rtm.connect" | "rtm.start" => "rtm:stream",
        _ => return None,
    };
    Some(scope.to_owned())
}
