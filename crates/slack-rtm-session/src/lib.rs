//! A session of Slack's Real Time Messaging API: it keeps itself alive, loses nothing that it could keep, and says honestly what it could not.
//!
//! [`SessionBuilder::open`] gives a [`Session`]: a stream of [`Item`]s and a [`Sender`]. It runs in a task of its own, so whatever your code does, it goes on to
//!
//! - fetch an address, dial it and wait for hello, with limits on time and on the number of calls, whatever the server does;
//! - ping the server, and leave a connection over which nothing comes;
//! - take up a new connection before it leaves one that the server says goodbye on, without a gap and without doing anything twice;
//! - connect again after a loss, and at once after a sleep of the machine, and say what may be missing ([`Gap`]);
//! - send commands at Slack's rate, each once at most, and say what became of them ([`Outcome`]).
//!
//! The policy is a state machine without I/O; its numbers are in [`Config`].
//!
//! # Logs
//!
//! Each session is a [`tracing`] span `rtm_session`, with the fields `team` and `user`, which are ids, once rtm.connect has told them, and `name` if
//! [`SessionBuilder::name`] gives one. The span is of the level `error`, so that a filter for warnings keeps it.
//!
//! An end that nobody asked for, such as a final refusal, is told at `error`; losses, failed attempts and dropped events at `warn`, the latter at most every
//! 10 seconds; connections at `info`, calls at `debug`, and what becomes of commands at `trace`. Neither what is sent and received nor a token, an address or a
//! password is logged.
//!
//! # Metrics
//!
//! With the feature `metrics`, for all sessions of a process together. Each session describes them to the recorder when it starts, so install that first.
//!
//! | name | kind | labels | what |
//! | --- | --- | --- | --- |
//! | `slack_rtm_sessions` | gauge | | sessions that have not ended |
//! | `slack_rtm_connected_sessions` | gauge | | those of them that are connected |
//! | `slack_rtm_calls_total` | counter | | calls of rtm.connect |
//! | `slack_rtm_connections_total` | counter | | connections that have said hello |
//! | `slack_rtm_disconnects_total` | counter | `reason`: [`DisconnectReason::as_str`] | connections that were lost |
//! | `slack_rtm_failures_total` | counter | `reason`: [`Error::as_str`] | attempts to connect that failed |
//! | `slack_rtm_events_total` | counter | | events |
//! | `slack_rtm_malformed_frames_total` | counter | | frames that are no JSON objects |
//! | `slack_rtm_dropped_events_total` | counter | | events that were dropped because a queue was full |
//! | `slack_rtm_commands_total` | counter | `outcome`: [`Outcome::as_str`] | commands that have ended |
//! | `slack_rtm_round_trip_seconds` | histogram | | from a ping to its pong |
//! | `slack_rtm_reply_seconds` | histogram | | from the writing of a command to its acknowledgement or refusal |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address_policy;
mod authority;
mod backfill;
mod call_error;
mod calls;
mod catch_up;
mod command;
mod command_id;
mod connect_limit;
mod connection_id;
mod connector;
mod dial;
mod dial_error;
mod disconnect_reason;
mod drain;
mod driver;
mod error;
mod event_frame;
mod events;
mod health;
mod item;
mod machine;
mod outcome;
mod probe;
mod proxy;
mod queue;
mod response_head;
mod rtm_connect;
mod send_error;
mod sender;
mod server_error;
mod session;
mod session_builder;
mod shared_state;
#[cfg(feature = "socket-mode")]
mod socket_mode;
mod stream;
mod suspend_clock;
mod telemetry;
mod tls;
mod transport;
mod upgrade;
mod validation;
mod websocket;

pub use backfill::{
    Backfill, BackfillReport, Checkpoint, Incomplete, MissedMessage, Shortfall, ShortfallReason,
};
pub use call_error::CallError;
pub use connect_limit::ConnectLimit;
pub use connector::{ConnectFuture, Connector, Endpoint};
pub use dial::DialedStream;
pub use dial_error::DialError;
pub use disconnect_reason::DisconnectReason;
pub use drain::DrainTimeout;
pub use error::Error;
pub use event_frame::EventFrame;
pub use events::Events;
pub use health::{Health, State};
#[cfg(feature = "socket-mode")]
pub use item::OtherConnections;
pub use item::{Connected, ConnectedKind, Gap, Identity, Item, MalformedFrame, Retry};
pub use machine::Config;
pub use outcome::{NotSent, Outcome};
pub use probe::{Hop, Probe, ProbeConnection, ProbeStream};
pub use proxy::ProxyRefusal;
pub use queue::OverflowPolicy;

pub use send_error::SendError;
pub use sender::{Delivery, Sender};
pub use session::Session;
pub use session_builder::SessionBuilder;
#[cfg(feature = "socket-mode")]
pub use socket_mode::{AckPolicy, Envelope, Interaction, RespondError, SlashCommand};
