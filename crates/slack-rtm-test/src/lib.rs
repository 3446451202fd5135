//! A fake Slack on loopback: a real HTTP server that answers rtm.connect and rtm.start, says what you want it to say, and remembers what it was asked.
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
mod server;

pub use answer::Answer;
pub use request::Request;
pub use server::FakeSlack;
