#![doc = include_str!("../README.md")]

mod beat;
mod budget;
pub mod config;
mod error;
mod holding;
mod identity;
mod leases;
mod name;
mod nats;
mod peers;
pub mod policy;
mod progress;
pub mod publisher;
pub mod record;
mod relay;
pub mod routing;
mod sending;
mod status;
mod subjects;
mod subscriber;
mod tokens;

pub use beat::Beat;
pub use config::Config;
pub use error::Error;
pub use identity::{Identify, canonical_id, canonical_id_of_shared};
pub use name::{Name, NameError};
pub use record::{GapRecord, GapState};
pub use relay::{Relay, RelayBuilder, RelayWatch};
pub use sending::{Caller, SendAnswer, SendOutcome, SendRequest};
pub use status::Status;
pub use subjects::Subjects;
pub use subscriber::{Delivery, Subscriber, SubscriberBuilder};
