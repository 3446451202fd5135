//! What a session tells its user.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use slack_rtm_models::{ChannelId, ConnectedTeam, ConnectedUser, RawEvent, Ts};

use crate::{BackfillReport, DisconnectReason, Error, EventFrame, MissedMessage};
#[cfg(feature = "socket-mode")]
use crate::{Envelope, Interaction, SlashCommand};

/// One thing that happened, in the order in which it did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// An event, as it came, over RTM or Socket Mode. Decode it with [`RawEvent::decode`] or [`RawEvent::decode_event`]. Only its `type` has been looked at: that the rest is JSON shows when
    /// it is decoded.
    Event(EventFrame),
    /// Over Socket Mode: somebody pressed a button, submitted a modal, used a shortcut. It waits for its answer.
    #[cfg(feature = "socket-mode")]
    Interaction(Interaction),
    /// Over Socket Mode: somebody typed a slash command. It waits for its answer.
    #[cfg(feature = "socket-mode")]
    Command(SlashCommand),
    /// Over Socket Mode: an envelope of a type that this release does not know, or one whose payload is of no kind that it could be.
    #[cfg(feature = "socket-mode")]
    Envelope(Envelope),
    /// Over Socket Mode: the app has connections that are not this session's. Each event goes to one of them all, so this session gets a part. It follows
    /// [`Item::Connected`].
    #[cfg(feature = "socket-mode")]
    OtherConnections(OtherConnections),
    /// A frame without a `type` that is no JSON object, or one that came as binary.
    Malformed(MalformedFrame),
    /// The server said hello: events follow.
    Connected(Box<Connected>),
    /// The connection ended; the session connects again.
    Disconnected(DisconnectReason),
    /// An attempt to connect failed; another one follows.
    Retry(Box<Retry>),
    /// Events may be missing here: the connection was lost, and now there is a new one. It follows [`Item::Connected`].
    Gap(Box<Gap>),
    /// A message that was posted while there was no connection. It comes with [`SessionBuilder::backfill`](crate::SessionBuilder::backfill) alone.
    Missed(Box<MissedMessage>),
    /// What was missed has been read. It comes with [`SessionBuilder::backfill`](crate::SessionBuilder::backfill) alone.
    Backfilled(Box<BackfillReport>),
    /// So many events are missing here, because the queue was full.
    Lagged(u64),
    /// The session has ended; nothing follows. [`Error::is_closed`] tells whether that was asked for.
    Closed(Error),
}

/// Sorts an envelope by its type. A type that is not known, or a payload that does not fit its type, stays an [`Item::Envelope`].
#[cfg(feature = "socket-mode")]
impl From<Envelope> for Item {
    fn from(envelope: Envelope) -> Self {
        match envelope.kind() {
            "events_api" if envelope.has_object() => Self::Event(EventFrame::enveloped(envelope)),
            "interactive" => Self::Interaction(Interaction(envelope)),
            "slash_commands" => Self::Command(SlashCommand(envelope)),
            _ => Self::Envelope(envelope),
        }
    }
}

#[cfg(feature = "socket-mode")]
impl Item {
    /// The queue has it: what is to be acknowledged then is.
    pub(crate) fn taken(&self) {
        match self {
            Self::Event(event) => event.taken(),
            Self::Interaction(interaction) => interaction.taken(),
            Self::Command(command) => command.taken(),
            Self::Envelope(envelope) => envelope.taken(),
            _ => {}
        }
    }
}

/// How many connections an app has over Socket Mode, when they are more than the session's own. They may be those of another process with the same app, or ones that
/// were lost and that Slack still counts.
#[cfg(feature = "socket-mode")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OtherConnections {
    /// All of them.
    pub total: u32,
    /// The session's own.
    pub ours: u32,
}

/// A connection that stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connected {
    /// As whom.
    pub identity: Arc<Identity>,
    /// What it took the place of.
    pub kind: ConnectedKind,
    /// The server's hello, as it came.
    pub hello: RawEvent,
    /// When rtm.connect was answered, by the server's clock, in whole seconds. `None` if the answer had no date.
    pub server_time: Option<Ts>,
}

/// What a connection took the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectedKind {
    /// It is the session's first.
    First,
    /// One that was lost.
    Reconnected,
    /// One that the server said goodbye on, and that stood until this one did: nothing is missing.
    HandedOver,
}

/// As whom a session is connected.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// The user, most often a bot.
    pub user: ConnectedUser,
    /// The workspace.
    pub team: ConnectedTeam,
}

impl Identity {
    /// Of these two.
    #[must_use]
    pub fn new(user: ConnectedUser, team: ConnectedTeam) -> Self {
        Self { user, team }
    }
}

/// A failed attempt to connect.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retry {
    /// How many attempts have been planned since the last stable connection.
    pub attempt: u32,
    /// Why it failed.
    pub error: Error,
    /// How long until the next one.
    pub delay: Duration,
}

/// A time without a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The last timestamp that was seen in each channel, in the order of the channels. Read what came after it with conversations.history.
    pub channels: Vec<(ChannelId, Ts)>,
    /// Whether these are all the channels that were seen: those that were quiet the longest may have been forgotten.
    pub is_complete: bool,
    /// From the last frame of the old connection to the hello of the new one. The time for which the machine was suspended counts, on Linux, Android and Apple's systems.
    pub duration: Duration,
    /// Why the old connection was lost.
    pub reason: DisconnectReason,
}

/// A frame without a `type` that is no JSON object, or one that came as binary.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedFrame {
    /// What came.
    pub bytes: Bytes,
    /// Whether it came as text.
    pub is_text: bool,
}

/// The length; what the frame holds is the user's own.
impl fmt::Debug for MalformedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MalformedFrame")
            .field("len", &self.bytes.len())
            .field("is_text", &self.is_text)
            .finish()
    }
}
