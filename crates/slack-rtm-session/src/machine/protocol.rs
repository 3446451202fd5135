//! What differs between RTM and Socket Mode, each in one place. The default of every method is RTM's; what Socket Mode has beside it is in `socket_mode.rs`.

use std::time::Duration;

use slack_rtm_models::RawEvent;

#[cfg(feature = "socket-mode")]
use super::socket_mode::SocketMode;
use super::transition::{Farewell, Greeting};
use super::{Action, Config};
use crate::connection_id::ConnectionId;

/// Which protocol a session speaks.
#[derive(Debug, Default)]
pub(crate) enum Protocol {
    /// Frames of its own for pings, replies to commands, and every event on every connection.
    #[default]
    Rtm,
    /// Pings of the WebSocket, envelopes that are acknowledged, and every event on one of the app's connections. Boxed, so that RTM does not pay for it.
    #[cfg(feature = "socket-mode")]
    SocketMode(Box<SocketMode>),
}

/// The names of these methods say what the machine asks; RTM's answer costs a comparison.
#[cfg_attr(not(feature = "socket-mode"), allow(clippy::unused_self, reason = "RTM has no state here"))]
impl Protocol {
    /// Asks the server whether it is there.
    pub(super) fn ping<T>(&self, connection: ConnectionId, id: u64) -> Action<T> {
        match self {
            Self::Rtm => Action::Write(connection, format!(r#"{{"type":"ping","id":{id}}}"#)),
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(_) => Action::Ping(connection, id),
        }
    }

    /// Whether any frame will do as the answer to a ping. Over Socket Mode it will not: what is lost there unseen are acknowledgements.
    pub(super) fn takes_any_frame_for_pong(&self) -> bool {
        matches!(self, Self::Rtm)
    }

    /// A connection has said hello; `has_old` tells whether it takes the place of one that stands.
    #[cfg_attr(not(feature = "socket-mode"), allow(unused_variables, reason = "RTM's hello has no news"))]
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

    /// The connection in use is gone.
    pub(super) fn disconnected(&mut self) {
        match self {
            Self::Rtm => {}
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.disconnected(),
        }
    }

    /// How the old connection of a handover is left.
    #[cfg_attr(not(feature = "socket-mode"), allow(unused_variables, reason = "RTM leaves at once"))]
    pub(super) fn farewell(&mut self, now: Duration, old: ConnectionId, config: &Config) -> Farewell {
        match self {
            Self::Rtm => Farewell::AtOnce,
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.farewell(now, old, config),
        }
    }

    /// When it has something to do of its own.
    #[cfg_attr(not(feature = "socket-mode"), allow(unused_variables, reason = "RTM has nothing to do"))]
    pub(super) fn deadline(&self, is_connected: bool, config: &Config) -> Option<Duration> {
        match self {
            Self::Rtm => None,
            #[cfg(feature = "socket-mode")]
            Self::SocketMode(mode) => mode.deadline(is_connected, config),
        }
    }
}
