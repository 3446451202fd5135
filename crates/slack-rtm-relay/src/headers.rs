//! The headers of the relay's messages.

/// The type of the event, or of the interaction, or the name of the slash command.
pub const TYPE: &str = "Slack-Type";
/// The id of the workspace.
pub const TEAM: &str = "Slack-Team";
/// The id of the channel, if the event has one.
pub const CHANNEL: &str = "Slack-Channel";
/// The relay's name of the token. It is the one of the host that published the event first.
pub const TOKEN: &str = "Slack-Token";
/// `history` if the event was read from history after a gap; otherwise absent.
pub const SOURCE: &str = "Slack-Source";
