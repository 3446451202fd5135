//! The subjects, and the names of the buckets.

use crate::Name;
use crate::name::subject_part;

/// The subjects under a prefix, `slack` by default, and the names of the buckets.
///
/// | subject | what |
/// | --- | --- |
/// | `slack.<team>.event.<type>.<channel>` | events with an identity, in the stream; `-` where there is no channel |
/// | `slack.<team>.gap.<token>` | what may be missing, and what became of it, in the stream |
/// | `slack.<team>.passing.<type>.<channel>` | typing, presence and their like, on core NATS: at most once |
/// | `slack.<team>.send` | commands for any token of the workspace, by request and reply |
/// | `slack.<team>.send.<token>` | commands for this token |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    prefix: Name,
}

impl Subjects {
    /// The subjects under this prefix.
    #[must_use]
    pub fn new(prefix: Name) -> Self {
        Self { prefix }
    }

    /// Returns the subject of an event.
    #[must_use]
    pub fn event(&self, team: &str, kind: &str, channel: Option<&str>) -> String {
        self.placed("event", team, kind, channel)
    }

    /// Returns the subject of an event without an identity.
    #[must_use]
    pub fn passing(&self, team: &str, kind: &str, channel: Option<&str>) -> String {
        self.placed("passing", team, kind, channel)
    }

    fn placed(&self, what: &str, team: &str, kind: &str, channel: Option<&str>) -> String {
        let channel = channel.map_or_else(|| "-".to_owned(), subject_part);
        format!("{}.{}.{what}.{}.{channel}", self.prefix, subject_part(team), subject_part(kind))
    }

    /// Returns the subject of the gaps of a token.
    #[must_use]
    pub fn gap(&self, team: &str, token: &Name) -> String {
        format!("{}.{}.gap.{token}", self.prefix, subject_part(team))
    }

    /// Returns the subject of commands for a token, or for any token of the workspace.
    #[must_use]
    pub fn send(&self, team: &str, token: Option<&Name>) -> String {
        match token {
            Some(token) => format!("{}.{}.send.{token}", self.prefix, subject_part(team)),
            None => format!("{}.{}.send", self.prefix, subject_part(team)),
        }
    }

    /// Returns what the stream stores.
    #[must_use]
    pub fn stored(&self) -> Vec<String> {
        vec![format!("{}.*.event.>", self.prefix), format!("{}.*.gap.>", self.prefix)]
    }

    /// Returns all events of a workspace, or of all.
    #[must_use]
    pub fn events_of(&self, team: Option<&str>) -> String {
        let team = team.map_or_else(|| "*".to_owned(), subject_part);
        format!("{}.{team}.event.>", self.prefix)
    }

    /// Returns the gaps of all tokens of a workspace, or of all.
    #[must_use]
    pub fn gaps_of(&self, team: Option<&str>) -> String {
        let team = team.map_or_else(|| "*".to_owned(), subject_part);
        format!("{}.{team}.gap.>", self.prefix)
    }

    /// Where a host answers what its sessions have had.
    pub(crate) fn coverage(&self, host: &str) -> String {
        format!("_{}_relay.{host}.coverage", self.prefix)
    }

    pub(crate) fn bucket(&self, what: &str) -> String {
        format!("{}_relay_{what}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_slack_says_changes_the_shape_of_a_subject() {
        let subjects = Subjects::new(Name::new("slack").unwrap());
        let event = subjects.event("T1", "message", Some("C1"));
        assert_eq!(event, "slack.T1.event.message.C1");
        assert_eq!(subjects.event("T>", "a.b", None), "slack.T_.event.a_b.-");
        assert_eq!(subjects.passing("T1", "user_typing", Some("C 1")), "slack.T1.passing.user_typing.C_1");
        assert_eq!(subjects.stored(), ["slack.*.event.>", "slack.*.gap.>"]);
        let token = Name::new("acme").unwrap();
        assert_eq!(subjects.send("T1", Some(&token)), "slack.T1.send.acme");
        assert_eq!(subjects.gap("T1", &token), "slack.T1.gap.acme");
    }
}
