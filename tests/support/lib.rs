//! What the end-to-end tests share.

mod clock;
mod watch;

use slack_rtm::{Client, ClientBuilder};
use slack_rtm_test::FakeSlack;

pub use clock::{fast_clock, seconds};
pub use watch::{Watch, message_ts};

/// The token of every test; no output may hold it.
pub const TOKEN: &str = "xoxb-SECRET-TOKEN";

/// A client of a fake Slack, not built yet.
pub fn builder(slack: &FakeSlack) -> ClientBuilder {
    Client::builder().token(TOKEN).base_url(slack.base_url())
}
