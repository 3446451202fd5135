//! A session of Slack's Real Time Messaging API: it keeps itself alive, and tells what it could not keep.

mod command;
mod error;
mod health;
mod item;
mod machine;
mod outcome;
mod reason;

pub use error::{CallError, DialError, Error};
pub use health::{Health, State};
pub use item::{Connected, ConnectedKind, Gap, Identity, Item, Odd, Retry};
pub use machine::Config;
pub use outcome::{NotSent, Outcome};
pub use reason::Loss;
