//! Sessions of Slack's Real Time Messaging API and of Socket Mode: connections that stay alive, reconnect, and report what was missed.
//!
//! [`SessionBuilder::open`] returns a [`Session`], which is a stream of [`Item`]s and a [`Sender`]. The session runs in a task of its own, so it works however long your code
//! takes to handle an event:
//!
//! - It calls for an address, connects and waits for hello, with time limits for each step and a rate limit for the calls.
//! - It pings the server, and replaces a connection over which nothing arrives.
//! - When the server announces the end of a connection, it opens the next one first, so that no event is missed or delivered twice.
//! - After a loss, or a suspend of the computer, it reconnects with backoff and reports what may be missing ([`Gap`]); [`Backfill`] reads it from history.
//! - It sends each command at most once, at Slack's rate, and reports its [`Outcome`].
//!
//! ```no_run
//! # async fn f(client: slack_rtm_apis::Client) -> Result<(), slack_rtm_session::Error> {
//! use slack_rtm_session::{Item, Session};
//!
//! let (sender, mut events) = Session::builder(client).open().await?.split();
//! while let Some(item) = events.next().await {
//!     match item {
//!         Item::Event(event) => println!("{:?}", event.decode_event()),
//!         Item::Gap(gap) => println!("events may be missing for {:?}", gap.duration),
//!         Item::Closed(error) => println!("the session has ended: {error}"),
//!         _ => {}
//!     }
//! }
//! # drop(sender);
//! # Ok(())
//! # }
//! ```
//!
//! The times and limits of a session are in [`Config`]. `SessionBuilder::socket_mode` opens a session over Socket Mode, with the feature `socket-mode`.
//!
//! # Logs
//!
//! Each session has a [`tracing`] span `rtm_session` with the fields `team` and `user`, which are ids and set after the first call, and `name`, which
//! [`SessionBuilder::name`] sets. The span has the level `error`, so that a filter for warnings keeps it.
//!
//! | level | what is logged |
//! | --- | --- |
//! | `error` | the end of a session that the user did not close |
//! | `warn` | lost connections, failed attempts, gaps, and dropped events (at most every 10 seconds) |
//! | `info` | connections |
//! | `debug` | calls |
//! | `trace` | outcomes of commands |
//!
//! The content of frames, tokens, addresses and passwords are never logged.
//!
//! # Metrics
//!
//! With the feature `metrics`, all sessions of a process count together. A session describes the metrics to the recorder when it starts, so install the recorder before.
//!
//! | name | kind | labels | description |
//! | --- | --- | --- | --- |
//! | `slack_rtm_sessions` | gauge | | sessions that have not ended |
//! | `slack_rtm_connected_sessions` | gauge | | sessions that are connected |
//! | `slack_rtm_calls_total` | counter | | calls for an address: rtm.connect or apps.connections.open |
//! | `slack_rtm_connections_total` | counter | | connections that were established |
//! | `slack_rtm_disconnects_total` | counter | `reason`: [`DisconnectReason::as_str`] | connections that were lost |
//! | `slack_rtm_failures_total` | counter | `reason`: [`Error::as_str`] | failed attempts to connect |
//! | `slack_rtm_events_total` | counter | | events that were received |
//! | `slack_rtm_malformed_frames_total` | counter | | frames that are not JSON objects |
//! | `slack_rtm_dropped_events_total` | counter | | events that were dropped because a queue was full |
//! | `slack_rtm_commands_total` | counter | `outcome`: [`Outcome::as_str`] | commands, by outcome |
//! | `slack_rtm_round_trip_seconds` | histogram | | the time from a ping to its pong |
//! | `slack_rtm_reply_seconds` | histogram | | the time from sending a command to its acknowledgement or refusal |

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
