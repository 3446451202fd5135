//! The subjects, and the names of the buckets.

use crate::Name;
use crate::name::subject_token;

/// The subjects under a prefix, which is `slack` by default, and the names of the buckets.
///
/// | subject | content |
/// | --- | --- |
/// | `slack.<team>.event.<type>.<channel>` | events with an id, in the stream; `-` for an event without a channel |
/// | `slack.<team>.interaction.<type>` | buttons, modals, shortcuts and menus over Socket Mode, in the stream |
/// | `slack.<team>.command.<name>` | slash commands over Socket Mode, in the stream; the name is without the slash |
/// | `slack.<team>.gap.<token>` | records of gaps, in the stream |
/// | `slack.<team>.transient.<type>.<channel>` | typing, presence and other events without an id, on core NATS: at most once |
/// | `slack.<team>.send` | requests to send a message with any token of the workspace |
/// | `slack.<team>.send.<token>` | requests to send a message with this token |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    prefix: Name,
}

impl Subjects {
    /// Creates the subjects under a prefix.
    #[must_use]
    pub fn new(prefix: Name) -> Self {
        Self { prefix }
    }

    fn of(&self, team: &str, kind: &str) -> String {
        format!("{}.{}.{kind}", self.prefix, subject_token(team))
    }

    /// Returns the subject of an event.
    #[must_use]
    pub fn event(&self, team: &str, event_type: &str, channel: Option<&str>) -> String {
        self.in_channel("event", team, event_type, channel)
    }

    /// Returns the subject of an event without an id.
    #[must_use]
    pub fn transient(&self, team: &str, event_type: &str, channel: Option<&str>) -> String {
        self.in_channel("transient", team, event_type, channel)
    }

    fn in_channel(&self, kind: &str, team: &str, event_type: &str, channel: Option<&str>) -> String {
        let channel = channel.map_or_else(|| "-".to_owned(), subject_token);
        format!("{}.{}.{channel}", self.of(team, kind), subject_token(event_type))
    }

    /// Returns the subject of an interaction of a type such as `block_actions`.
    #[must_use]
    pub fn interaction(&self, team: &str, interaction_type: &str) -> String {
        format!("{}.{}", self.of(team, "interaction"), subject_token(interaction_type))
    }

    /// Returns the subject of a slash command such as `/deploy`.
    #[must_use]
    pub fn command(&self, team: &str, command: &str) -> String {
        let name = command.strip_prefix('/').unwrap_or(command);
        format!("{}.{}", self.of(team, "command"), subject_token(name))
    }

    /// Returns the subject of the gap records of a token.
    #[must_use]
    pub fn gap(&self, team: &str, token: &Name) -> String {
        format!("{}.{token}", self.of(team, "gap"))
    }

    /// Returns the subject of requests to send a message with a token, or with any token of the workspace.
    #[must_use]
    pub fn send(&self, team: &str, token: Option<&Name>) -> String {
        match token {
            Some(token) => format!("{}.{token}", self.of(team, "send")),
            None => self.of(team, "send"),
        }
    }

    /// Returns the subjects that the stream stores.
    #[must_use]
    pub fn stream_subjects(&self) -> Vec<String> {
        ["event", "interaction", "command", "gap"].map(|kind| self.all(None, kind)).into()
    }

    /// Returns the filter of the events of a workspace, or of all workspaces.
    #[must_use]
    pub fn events_of(&self, team: Option<&str>) -> String {
        self.all(team, "event")
    }

    /// Returns the filter of the interactions of a workspace, or of all workspaces.
    #[must_use]
    pub fn interactions_of(&self, team: Option<&str>) -> String {
        self.all(team, "interaction")
    }

    /// Returns the filter of the slash commands of a workspace, or of all workspaces.
    #[must_use]
    pub fn commands_of(&self, team: Option<&str>) -> String {
        self.all(team, "command")
    }

    /// Returns the filter of the gap records of a workspace, or of all workspaces.
    #[must_use]
    pub fn gaps_of(&self, team: Option<&str>) -> String {
        self.all(team, "gap")
    }

    fn all(&self, team: Option<&str>, kind: &str) -> String {
        let team = team.map_or_else(|| "*".to_owned(), subject_token);
        format!("{}.{team}.{kind}.>", self.prefix)
    }

    /// Returns the subject on which a host answers coverage queries.
    pub(crate) fn coverage(&self, host: &str) -> String {
        format!("_{}_relay.{host}.coverage", self.prefix)
    }

    pub(crate) fn bucket(&self, name: &str) -> String {
        format!("{}_relay_{name}", self.prefix)
    }
}

/// Returns whether a filter matches every subject that another filter matches.
pub(crate) fn includes(filter: &str, other: &str) -> bool {
    let (mut filter, mut other) = (filter.split('.'), other.split('.'));
    loop {
        match (filter.next(), other.next()) {
            (None, None) | (Some(">"), Some(_)) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(left), Some(right)) if left == right => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_slack_do_not_change_the_structure_of_a_subject() {
        let subjects = Subjects::new(Name::new("slack").unwrap());
        let event = subjects.event("T1", "message", Some("C1"));
        assert_eq!(event, "slack.T1.event.message.C1");
        assert_eq!(subjects.event("T>", "a.b", None), "slack.T_.event.a_b.-");
        assert_eq!(
            subjects.transient("T1", "user_typing", Some("C 1")),
            "slack.T1.transient.user_typing.C_1"
        );
        assert_eq!(subjects.interaction("T1", "block_actions"), "slack.T1.interaction.block_actions");
        assert_eq!(subjects.command("T1", "/deploy.now"), "slack.T1.command.deploy_now");
        assert_eq!(
            subjects.stream_subjects(),
            ["slack.*.event.>", "slack.*.interaction.>", "slack.*.command.>", "slack.*.gap.>"]
        );
        let token = Name::new("acme").unwrap();
        assert_eq!(subjects.send("T1", Some(&token)), "slack.T1.send.acme");
        assert_eq!(subjects.gap("T1", &token), "slack.T1.gap.acme");
    }

    #[test]
    fn a_filter_includes_what_is_narrower() {
        for filter in ["slack.>", "slack.*.event.>", "*.*.event.>", ">"] {
            assert!(includes(filter, "slack.*.event.>"), "{filter}");
        }
        for filter in ["slack.*.gap.>", "slack.*.event.*", "slack.T1.event.>", "slack.*.event", "slack"] {
            assert!(!includes(filter, "slack.*.event.>"), "{filter}");
        }
    }
}
