//! The items of a session: events, and what happened to its connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use slack_rtm_models::{ChannelId, ConnectedTeam, ConnectedUser, RawEvent, Ts};

use crate::{BackfillReport, DisconnectReason, Error, EventFrame, MissedMessage};
#[cfg(feature = "socket-mode")]
use crate::{Envelope, Interaction, SlashCommand};

/// An event, or something that happened to the session. Items arrive in the order in which things happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// An event as Slack sent it, over RTM or Socket Mode. Decode it with [`RawEvent::decode`] or [`RawEvent::decode_event`]. The session has only looked for its
    /// `type`, so JSON that is invalid further on is an error of decoding.
    Event(EventFrame),
    /// Over Socket Mode: a user pressed a button, submitted a modal or used a shortcut. Slack waits about 3 seconds for the answer.
    #[cfg(feature = "socket-mode")]
    Interaction(Interaction),
    /// Over Socket Mode: a user typed a slash command. Slack waits about 3 seconds for the answer.
    #[cfg(feature = "socket-mode")]
    SlashCommand(SlashCommand),
    /// Over Socket Mode: an envelope of a type that this release does not know, or one whose payload does not fit its type.
    #[cfg(feature = "socket-mode")]
    Envelope(Envelope),
    /// Over Socket Mode: the app has connections that are not this session's. Slack sends each event to only one of the app's connections, so this session receives
    /// some of the events. Follows [`Item::Connected`].
    #[cfg(feature = "socket-mode")]
    OtherConnections(OtherConnections),
    /// A frame that is not a JSON object, or a binary frame.
    Malformed(MalformedFrame),
    /// The session is connected: the server has said hello, and events follow.
    Connected(Box<Connected>),
    /// The connection was lost, for this reason. The session connects again.
    Disconnected(DisconnectReason),
    /// An attempt to connect failed. The session tries again after [`Retry::delay`].
    Retry(Box<Retry>),
    /// Events may be missing here, because there was no connection for a while. Follows [`Item::Connected`].
    Gap(Box<Gap>),
    /// A message that was posted while there was no connection, read from history. Only with [`SessionBuilder::backfill`](crate::SessionBuilder::backfill).
    Missed(Box<MissedMessage>),
    /// The messages of a gap have been read from history. Only with [`SessionBuilder::backfill`](crate::SessionBuilder::backfill).
    Backfilled(Box<BackfillReport>),
    /// This number of events was dropped here, because the queue was full.
    Lagged(u64),
    /// The session has ended, and this is its last item. [`Error::is_closed`] returns whether the user closed it.
    Closed(Error),
}

#[cfg(feature = "socket-mode")]
impl Item {
    /// Sorts an envelope by its type. A type that is not known, or a payload that does not fit its type, stays an [`Item::Envelope`].
    pub(crate) fn from_envelope(envelope: Envelope) -> Self {
        match envelope.kind() {
            "events_api" if envelope.has_object() => Self::Event(EventFrame::enveloped(envelope)),
            "interactive" => Self::Interaction(Interaction(envelope)),
            "slash_commands" => Self::SlashCommand(SlashCommand(envelope)),
            _ => Self::Envelope(envelope),
        }
    }

    /// Marks the item as queued, which is when envelopes are acknowledged automatically.
    pub(crate) fn queued(&self) {
        match self {
            Self::Event(event) => event.queued(),
            Self::Interaction(interaction) => interaction.queued(),
            Self::SlashCommand(command) => command.queued(),
            Self::Envelope(envelope) => envelope.queued(),
            _ => {}
        }
    }
}

/// The number of an app's Socket Mode connections, when it has more than the session's own. The others belong to another process of the same app, or were lost and
/// are still counted by Slack.
#[cfg(feature = "socket-mode")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OtherConnections {
    /// The number of all connections of the app.
    pub total: u32,
    /// The number of connections of this session.
    pub ours: u32,
}

/// A new connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connected {
    /// The user and the workspace that the session is connected as.
    pub identity: Arc<Identity>,
    /// Whether it is the first connection, or what it replaces.
    pub kind: ConnectedKind,
    /// The server's hello frame.
    pub hello: RawEvent,
    /// The time at which Slack answered rtm.connect, by Slack's clock and in whole seconds. `None` over Socket Mode, and if the response had no `Date` header.
    pub server_time: Option<Ts>,
}

/// What a new connection replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectedKind {
    /// Nothing: it is the session's first connection.
    First,
    /// A connection that was lost. Events may be missing; see [`Item::Gap`].
    Reconnected,
    /// A connection that the server said goodbye on and that stayed open until this one was ready, so no event is missing.
    HandedOver,
}

/// The user and the workspace that a session is connected as.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// The user, usually a bot.
    pub user: ConnectedUser,
    /// The workspace.
    pub team: ConnectedTeam,
}

impl Identity {
    /// Creates an identity from a user and a workspace.
    #[must_use]
    pub fn new(user: ConnectedUser, team: ConnectedTeam) -> Self {
        Self { user, team }
    }
}

/// A failed attempt to connect.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retry {
    /// The number of this retry, counted since the last stable connection ([`Config::stable_after`](crate::Config::stable_after)).
    pub attempt: u32,
    /// The reason of the failure.
    pub error: Error,
    /// The time until the next attempt.
    pub delay: Duration,
}

/// A period without a connection, in which events may have been missed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The timestamp of the last message seen in each channel, sorted by channel. conversations.history returns what was posted after it.
    pub channels: Vec<(ChannelId, Ts)>,
    /// Whether `channels` has every channel in which a message was seen. It is false when there were more than [`Config::max_channels`](crate::Config::max_channels).
    pub is_complete: bool,
    /// The time from the last frame of the old connection to the hello of the new one. On Linux, Android and Apple's systems it includes the time for which the
    /// computer was suspended.
    pub duration: Duration,
    /// The reason for which the old connection was lost.
    pub reason: DisconnectReason,
}

/// A frame that is not a JSON object, or a binary frame.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedFrame {
    /// The content of the frame.
    pub bytes: Bytes,
    /// Whether it was a text frame.
    pub is_text: bool,
}

/// Prints the length and not the content, which belongs to the user.
impl fmt::Debug for MalformedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MalformedFrame")
            .field("len", &self.bytes.len())
            .field("is_text", &self.is_text)
            .finish()
    }
}
