//! A fake Slack on loopback: a real HTTP server that answers rtm.connect and rtm.start, and a real message server. Both say what you want them to say, fail as
//! you want them to fail, and remember what they were sent.
//!
//! What HTTP answers is an [`Answer`], how a connection goes is a [`Script`]; both can be set for the next time and for always.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use slack_rtm_test::{Answer, FakeSlack};
//!
//! let slack = FakeSlack::start().await?;
//! slack.answer_next(Answer::refusal("invalid_auth"));
//! // A client with the base URL `slack.base_url()` now meets one refusal, and then success.
//! assert!(slack.base_url().starts_with("http://127.0.0.1:"));
//! assert!(slack.requests().is_empty());
//! # Ok(())
//! # }
//! ```

mod answer;
mod request;
mod script;
mod server;
mod socket;
mod state;

pub use answer::Answer;
pub use request::Request;
pub use script::Script;
pub use server::FakeSlack;
pub use state::{Dial, Frame};
