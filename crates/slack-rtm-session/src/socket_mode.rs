//! Socket Mode around the machine: envelopes and who answers them, what the connections of one session share, and messages by chat.postMessage.

mod answers;
mod common;
mod connector;
mod envelope;
mod fleet;
mod interaction;
mod launch;
mod port;
mod poster;
mod read;
mod recent;
mod respond_error;

pub(crate) use self::answers::{Answer, Mailbox};
pub(crate) use self::common::Common;
pub(crate) use self::connector::AppConnections;
pub use self::envelope::{AckPolicy, Envelope};
pub(crate) use self::envelope::{Key, WeakEnvelope};
pub(crate) use self::fleet::Fleet;
pub use self::interaction::{Interaction, SlashCommand};
pub(crate) use self::launch::{Settings, launch};
pub(crate) use self::port::Port;
pub(crate) use self::poster::Poster;
pub(crate) use self::read::{Hello, Reason};
pub(crate) use self::recent::Admission;
pub use self::respond_error::RespondError;
