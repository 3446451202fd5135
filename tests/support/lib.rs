//! Helpers of the end-to-end tests.

mod clock;
/// The code of the guide, as doctests.
#[cfg(doctest)]
mod guide {
    macro_rules! chapters {
        ($($name:ident: $file:literal,)*) => {
            $(#[doc = include_str!(concat!("../../docs/src/", $file))]
            mod $name {})*
        };
    }

    chapters! {
        first_bot: "first-bot.md",
        gaps: "gaps.md",
        index: "index.md",
        migrating: "migrating.md",
        operations: "operations.md",
        outcomes: "outcomes.md",
        presence: "presence.md",
        socket_mode: "socket-mode.md",
        spec: "spec.md",
        testing: "testing.md",
        workspaces: "workspaces.md",
    }
}
mod proxy;
mod trust;
mod watch;

use std::fmt::Write as _;

use slack_rtm::{Client, ClientBuilder};
use slack_rtm_test::FakeSlack;

pub use clock::{fast_clock, seconds};
pub use proxy::{CREDENTIALS, Proxy};
pub use trust::{acceptor, trusting};
pub use watch::{Watch, message_ts};

/// The token of every test, which must not appear in any output.
pub const TOKEN: &str = "xoxb-SECRET-TOKEN";

/// Returns a builder of a client of the fake Slack.
pub fn builder(slack: &FakeSlack) -> ClientBuilder {
    Client::builder().token(TOKEN).base_url(slack.base_url())
}

/// Returns the messages of an error and all its causes.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let _ = writeln!(text, "{error} {error:?} {error:#?}");
        next = error.source();
    }
    text
}
