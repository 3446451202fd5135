//! The SDK for Slack's Real Time Messaging (RTM) API and for Socket Mode.
//!
//! A [`Client`] makes HTTP calls and opens sessions. A [`Session`] is a stream of [`Item`]s and a [`Sender`]; it keeps its connection alive, reconnects after a loss,
//! and reports the [`Outcome`] of each command.
//!
//! ```no_run
//! use slack_rtm::{Client, Event, Item};
//!
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder().token_from_env("SLACK_TOKEN").build()?;
//! let (sender, mut events) = client.session().open().await?.split();
//!
//! while let Some(item) = events.next().await {
//!     match item {
//!         Item::Event(event) => {
//!             if let Ok(Event::Message(message)) = event.decode_event()
//!                 && message.text.as_deref() == Some("ping")
//!             {
//!                 println!("{}", sender.reply(&message, "pong").await);
//!             }
//!         }
//!         Item::Retry(retry) => println!("no connection: {}; next attempt in {:?}", retry.error, retry.delay),
//!         Item::Closed(error) => return Err(error.into()),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Where to find what
//!
//! | to | start at |
//! | --- | --- |
//! | configure HTTP, proxies, TLS, retries | [`Client::builder`] |
//! | open an RTM session | [`Client::session`], [`SessionBuilder`] |
//! | open a Socket Mode session | `Client::socket_mode`, with the feature `socket-mode` |
//! | make one call | a method of [`Client`] named after Slack's, such as [`rtm_connect`](apis::Client::rtm_connect) |
//! | send messages | [`Sender`] |
//! | read events | [`Item`], [`Event`], [`models::RawEvent`] |
//! | fetch what was missed | [`Backfill`], [`Checkpoint`] |
//! | set times and limits | [`Config`] |
//! | handle errors | [`Error`], [`ConfigError`], [`session::Error`] |
//!
//! The [guide] explains outcomes, gaps, presence, tests, and operations. The crate `slack-rtm-test` has a fake Slack for the tests of your bot.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `ring` | yes | TLS by rustls with ring; trusts the system's certificates |
//! | `aws-lc-rs` | no | TLS by rustls with aws-lc-rs; ring is used if both are enabled |
//! | `rustls` | no | TLS by rustls with the `CryptoProvider` that your program installs; `ring` and `aws-lc-rs` enable it |
//! | `native-tls` | no | TLS by the system's library; used if `rustls` is not enabled |
//! | `web` | no | Web API methods and Block Kit |
//! | `socket-mode` | no | sessions over Socket Mode; enables `web` |
//! | `http2` | no | HTTP/2 |
//! | `socks` | no | SOCKS proxies |
//! | `system-proxy` | no | the operating system's proxy settings |
//! | `metrics` | no | counters, gauges, and histograms through the `metrics` facade |
//!
//! [guide]: https://github.com/slack-rtm/slack-rtm/blob/main/docs/src/SUMMARY.md

#![cfg_attr(docsrs, feature(doc_cfg))]

// Compiles the README's examples, which need the feature `web`.
#[cfg(all(doctest, feature = "web"))]
#[doc = include_str!("../README.md")]
struct Readme;

mod client;

/// The HTTP API: its client, requests, responses and errors.
pub use slack_rtm_apis as apis;
/// The wire types: events and the other frames of a session, and the responses of the HTTP API.
pub use slack_rtm_models as models;

/// Sessions: their builder, items, outcomes and errors.
pub use slack_rtm_session as session;

pub use client::{Client, ClientBuilder};
#[doc(inline)]
pub use slack_rtm_apis::{ConfigError, GOV_SLACK, Method, Response, RetryPolicy, SLACK, Token};
#[doc(inline)]
pub use slack_rtm_models::{
    Broadcast, ChannelId, ConnectedTeam, ConnectedUser, ErrorCode, ErrorResponse, Event, RtmConnectResponse,
    SocketUrl, TeamId, Ts, UserId, escape, link, unescape,
};
#[doc(inline)]
pub use slack_rtm_session::{
    Backfill, BackfillReport, Checkpoint, Config, ConnectLimit, Connected, Connector, Delivery,
    DisconnectReason, DrainTimeout, Endpoint, EventFrame, Events, Gap, Health, Item, MissedMessage, NotSent,
    Outcome, OverflowPolicy, SendError, Sender, Session, SessionBuilder,
};

#[cfg(feature = "socket-mode")]
#[doc(inline)]
pub use slack_rtm_session::{AckPolicy, Envelope, Interaction, OtherConnections, RespondError, SlashCommand};

/// The error of a call of the HTTP API.
pub type Error = slack_rtm_apis::Error<ErrorResponse>;
