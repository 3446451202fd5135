//! The differences between RTM and Socket Mode. The state and the policy of Socket Mode are in `socket_mode.rs`.

use std::time::Duration;

use slack_rtm_models::RawEvent;

#[cfg(feature = "socket-mode")]
use super::socket_mode::SocketMode;
use super::transition::{Farewell, Greeting};
use super::{Action, Config};
use crate::connection_id::ConnectionId;

/// The protocol of a session.
#[derive(Debug, Default)]
pub(crate) enum Protocol {
    /// Pings are frames, commands have replies, and every connection receives every event.
    #[default]
    Rtm,
    /// Pings are WebSocket pings, envelopes are acknowledged, and each event arrives over one of the app's connections. Boxed, so that RTM sessions stay small.
    #[cfg(feature = "socket-mode")]
    SocketMode(Box<SocketMode>),
}

#[cfg_attr(not(feature = "socket-mode"), allow(clippy::unused_self, reason = "RTM has no state here"))]
impl Protocol {
    /// Returns the action that sends a ping.
    pub(super) fn ping<T>(&self, connection: ConnectionId, id: u64) -> Action<T> {
        match self {
            Self::Rtm => Action::Write(connection, format!(r#"{{"type":"ping","id":{id}}}"#)),
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(_) => Action::Ping(connection, id),
        }
    }

    /// Returns whether any frame counts as the answer to a ping. Over Socket Mode only a pong does: if the direction to the server is dead, acknowledgements are lost
    /// while events keep arriving.
    pub(super) fn any_frame_counts_as_pong(&self) -> bool {
        matches!(self, Self::Rtm)
    }

    /// Handles a hello; `has_old` says whether the previous connection is still open.
    #[cfg_attr(
        not(feature = "socket-mode"),
        allow(unused_variables, reason = "only Socket Mode reads the hello")
    )]
    pub(super) fn connected(
        &mut self,
        now: Duration,
        hello: &RawEvent,
        has_old: bool,
        rng: &mut fastrand::Rng,
    ) -> Greeting {
        match self {
            Self::Rtm => Greeting::default(),
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.connected(now, hello, has_old, rng),
        }
    }

    /// Handles the loss of the active connection.
    pub(super) fn disconnected(&mut self) {
        match self {
            Self::Rtm => {}
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.disconnected(),
        }
    }

    /// Returns when to close the old connection of a handover.
    #[cfg_attr(not(feature = "socket-mode"), allow(unused_variables, reason = "RTM closes at once"))]
    pub(super) fn farewell(&mut self, now: Duration, old: ConnectionId, config: &Config) -> Farewell {
        match self {
            Self::Rtm => Farewell::AtOnce,
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.farewell(now, old, config),
        }
    }

    /// Returns the next deadline of the protocol.
    #[cfg_attr(
        not(feature = "socket-mode"),
        allow(unused_variables, reason = "RTM has no deadlines of its own")
    )]
    pub(super) fn deadline(&self, is_connected: bool, config: &Config) -> Option<Duration> {
        match self {
            Self::Rtm => None,
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.deadline(is_connected, config),
        }
    }

    /// Returns the state of Socket Mode, or `None` over RTM.
    #[cfg(feature = "socket-mode")]
    pub(super) fn socket_mode(&mut self) -> Option<&mut SocketMode> {
        match self {
            Self::Rtm => None,
            Self::SocketMode(mode) => Some(mode),
        }
    }
}
