//! Socket Mode around the machine: envelopes and who answers them, what the connections of one session share, and messages by chat.postMessage.

mod connector;
mod decode;
mod dedup;
mod envelope;
mod interaction;
mod launch;
mod mailbox;
mod pool;
mod pool_member;
mod pool_state;
mod poster;
mod respond_error;

pub(crate) use self::connector::AppConnections;
pub(crate) use self::decode::{Hello, Reason};
pub(crate) use self::dedup::Admission;
pub use self::envelope::{AckPolicy, Envelope};
pub(crate) use self::envelope::{Key, WeakEnvelope};
pub use self::interaction::{Interaction, SlashCommand};
pub(crate) use self::launch::{Settings, launch};
pub(crate) use self::mailbox::{Answer, Mailbox};
pub(crate) use self::pool::Pool;
pub(crate) use self::pool_member::PoolMember;
pub(crate) use self::pool_state::PoolState;
pub(crate) use self::poster::Poster;
pub use self::respond_error::RespondError;
