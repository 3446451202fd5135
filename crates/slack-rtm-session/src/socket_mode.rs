//! Socket Mode outside of the state machine: envelopes and their acknowledgement, the state that a session's connections share, and messages by chat.postMessage.

mod connector;
mod control;
mod decode;
mod dedup;
mod envelope;
mod interaction;
mod mailbox;
mod pool;
mod pool_member;
mod pool_state;
mod poster;
mod respond_error;

pub(crate) use self::connector::AppConnections;
pub(crate) use self::control::{Hello, Reason};
pub(crate) use self::dedup::Admission;
pub(crate) use self::envelope::WeakEnvelope;
pub use self::envelope::{AckPolicy, Envelope};
pub use self::interaction::{Interaction, SlashCommand};
pub(crate) use self::mailbox::{Answer, Key, Mailbox};
pub(crate) use self::pool::Pool;
pub(crate) use self::pool_member::PoolMember;
pub(crate) use self::pool_state::PoolState;
pub(crate) use self::poster::Poster;
pub use self::respond_error::RespondError;
