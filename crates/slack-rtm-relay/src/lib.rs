#![doc = include_str!("../README.md")]

mod call_budget;
mod checkpoints;
mod commands;
pub mod config;
mod coverage_query;
mod error;
mod event_id;
mod gap_record;
pub mod headers;
mod heartbeat;
mod leases;
mod name;
mod nats;
pub mod policy;
pub mod publisher;
mod relay;
pub mod routing;
mod shared_sender;
mod status;
mod subjects;
mod subscriber;
mod throttle;
mod token_state;
mod tokens;
mod worker;

pub use commands::{CommandClient, SendOutcome, SendReply, SendRequest};
pub use config::Config;
pub use error::Error;
pub use event_id::{Identify, canonical_id, canonical_id_for_shared_channels};
pub use gap_record::{GapRecord, GapState};
pub use heartbeat::Heartbeat;
pub use name::{Name, NameError};
pub use relay::{Relay, RelayBuilder, RelayWatch};
pub use status::Status;
pub use subjects::Subjects;
pub use subscriber::{Delivery, Subscriber, SubscriberBuilder};
