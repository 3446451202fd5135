//! A fake Slack on loopback: a real HTTP server that answers rtm.connect and the other methods that a bot needs, and a real message server. Both say what you want
//! them to say, fail as you want them to fail, and remember what they were sent.
//!
//! A test of a bot, from the message that a user posts to the bot's answer:
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
//! What HTTP answers is an [`Answer`], how a connection goes is a [`Script`]. Both can be set for the next time and for always:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::Duration;
//! # use slack_rtm::{Client, Item};
//! use slack_rtm_test::{Answer, FakeSlack, Script};
//!
//! let slack = FakeSlack::start().await?;
//! // The first call meets a refusal that passes, the first connection dies after 20 milliseconds, and the next one is healthy.
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
//! While a connection stands, [`FakeSlack::goodbye`], [`FakeSlack::close`], [`FakeSlack::drop_connections`] and [`FakeSlack::send_raw`] do to it what a server
//! or a network may do.
//!
//! # The workspace
//!
//! The methods of Slack's Web API that a bot on RTM needs are answered from a small workspace: users, conversations and their members, messages with threads,
//! reactions and pins, files. What users and clients say, over sockets or HTTP, is its history, also while nobody is connected; what a method changes, such as
//! chat.postMessage, goes to all connections as the event that it is. Errors are Slack's (`not_in_channel`, `message_not_found`, `invalid_cursor`), and so is paging.
//! A test adds to it with [`FakeSlack::add_user`] and [`FakeSlack::add_channel`], lets a [`User`] act, and limits it with [`FakeSlack::set_scopes`],
//! [`FakeSlack::limit_rate`] and [`FakeSlack::limit_page`].
//!
//! It is a stand-in: scheduled messages are noted and never posted, ephemeral ones are seen by nobody, conversations.replies gives the beginning of a thread on the
//! first page whatever time is asked for, and every caller is the robot.
//!
//! # Socket Mode
//!
//! A client that calls apps.connections.open with a token such as `xapp-1` gets a connection that speaks Socket Mode. What happens in the workspace goes to one of
//! these connections, in an envelope; what is not acknowledged is delivered again after 3 seconds, a minute and five minutes, to whatever connection there is.
//! [`FakeSlack::event`], [`FakeSlack::interaction`] and [`FakeSlack::slash_command`] deliver what the workspace does not bring about by itself, and
//! [`FakeSlack::disconnect`] sends the connections away.
//!
//! # What it saw
//!
//! [`FakeSlack::requests`], [`FakeSlack::dials`] and [`FakeSlack::frames`] give everything so far, with times. The methods that begin with `wait_for` wait for
//! something, a minute at the most.
//!
//! # Time
//!
//! All times are those of tokio's clock, so a test that pauses it (`tokio::time::pause`) decides how fast tickets expire and scripts go on.
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
pub use deliveries::{Delivered, EnvelopeAck};
pub use log::{Dial, Frame, Request};
pub use script::Script;
pub use server::FakeSlack;
pub use user::User;
pub use workspace::Channel;
