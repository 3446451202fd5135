//! A fake Slack for tests: an HTTP server on loopback that answers rtm.connect and the other methods that a bot needs, and a message server. Tests control what both
//! answer and how they fail, and read what they received.
//!
//! This tests a bot, from the message of a user to the bot's reply:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use slack_rtm::models::{Event, MessageCommand};
//! use slack_rtm::{Client, Item};
//! use slack_rtm_test::FakeSlack;
//!
//! let slack = FakeSlack::start().await?;
//! let client = Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
//! let (sender, mut events) = client.session().open().await?.split();
//!
//! slack.wait_for_connections(1).await?;
//! slack.user("U01ALICE000").says("C01GENERAL0", "ping").await;
//!
//! // The bot.
//! while let Some(item) = events.next().await {
//!     if let Item::Event(event) = item
//!         && let Ok(Event::Message(message)) = event.decode_event()
//!         && message.text.as_deref() == Some("ping")
//!     {
//!         assert!(sender.send_message("C01GENERAL0", "pong").await.is_acked());
//!         break;
//!     }
//! }
//!
//! let sent = slack.wait_for_frames("message", 1).await?;
//! assert_eq!(sent[0].decode::<MessageCommand>().unwrap().text, "pong");
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! An [`Answer`] is the answer to an HTTP request, and a [`Script`] is the behavior of a connection. Both can be set for the next one and for all:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::Duration;
//! # use slack_rtm::{Client, Item};
//! use slack_rtm_test::{Answer, FakeSlack, Script};
//!
//! let slack = FakeSlack::start().await?;
//! // The first call is refused, the first connection is dropped after 20 milliseconds, and the next one is healthy.
//! slack.answer_next(Answer::refusal("migration_in_progress"));
//! slack.script_next(Script::healthy().dying_after(Duration::from_millis(20)));
//! # let client = Client::builder().token("xoxb-test").base_url(slack.base_url()).build()?;
//! # let mut session = client.session().open().await?;
//! # while !matches!(session.next().await, Some(Item::Gap(_))) {}
//! # assert_eq!((slack.requests().len(), slack.dials().len()), (3, 2));
//! # Ok(())
//! # }
//! ```
//!
//! [`FakeSlack::goodbye`], [`FakeSlack::close`], [`FakeSlack::drop_connections`] and [`FakeSlack::send_raw`] affect the open connections.
//!
//! # The workspace
//!
//! The methods of Slack's Web API that a bot on RTM needs are answered from a small workspace: users, conversations and their members, messages with threads,
//! reactions and pins, files. The messages of users and clients are its history, even if no client is connected. Changes by methods such as chat.postMessage are sent to all
//! connections as events. Errors (`not_in_channel`, `message_not_found`, `invalid_cursor`) and pagination are those of Slack.
//! A test adds to the workspace with [`FakeSlack::add_user`] and [`FakeSlack::add_channel`], lets a [`User`] act, and limits calls with [`FakeSlack::set_scopes`],
//! [`FakeSlack::limit_rate`] and [`FakeSlack::limit_page`].
//!
//! Limits: scheduled messages are never posted, ephemeral messages are not sent, conversations.replies returns the first message of a thread on the first page
//! for any time range, and every caller is the bot user.
//!
//! # Socket Mode
//!
//! A client that calls apps.connections.open with a token such as `xapp-1` gets a connection of Socket Mode. Each event of the workspace is sent in an envelope over one of
//! these connections; if it is not acknowledged, it is sent again after 3 seconds, one minute and five minutes, over any open connection.
//! [`FakeSlack::event`], [`FakeSlack::interaction`] and [`FakeSlack::slash_command`] deliver what the workspace does not cause itself, and
//! [`FakeSlack::disconnect`] asks clients to replace their connections.
//!
//! # Assertions
//!
//! [`FakeSlack::requests`], [`FakeSlack::dials`] and [`FakeSlack::frames`] return everything so far, with times. The methods whose names start with `wait_for` wait at most
//! one minute and then return an error.
//!
//! # Time
//!
//! All times are those of tokio's clock, so a test that pauses it (`tokio::time::pause`) controls when tickets expire and scripts continue.
//!
//! # Features
//!
//! `tls`: `FakeSlack::start_tls` speaks https and wss.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod answers;
mod arguments;
mod builder;
mod clock;
mod deliveries;
mod http;
mod limits;
mod listener;
mod log;
mod multipart;
mod opening;
mod order;
mod place;
mod rtm;
mod script;
mod server;
mod socket;
mod socket_mode;
mod state;
#[cfg(feature = "tls")]
mod tls;
mod user;
mod web;
mod websocket;
mod workspace;
mod world;

pub use answer::Answer;
pub use builder::Builder;
pub use deliveries::{EnvelopeAck, EnvelopeDelivery};
pub use log::{Dial, Frame, Request};
pub use script::Script;
pub use server::FakeSlack;
pub use user::User;
pub use workspace::Channel;
