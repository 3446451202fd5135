//! The same for Socket Mode: what a session must do over it, whatever the server does. The numbers begin with `m`.
//!
//! - m01: the server asks for a new connection while events flow: nothing is lost, nothing comes twice, and there is no moment without a connection.
//! - m02: it does so without a warning, or closes without a word: what was not acknowledged comes again, once.
//! - m03: a connection is replaced shortly before the time that hello names.
//! - m04: the app has too many connections, for minutes: few calls, and then a connection.
//! - m05: Socket Mode is switched off: it is told, and looked at now and then.
//! - m06: the socket is deaf, with TCP still there: it is replaced.
//! - m07: a slow consumer, with acknowledgements by the session and by hand: what it has no room for is not acknowledged and comes again.
//! - m08: a process dies before it has acknowledged: the next one gets the event.
//! - m09: an acknowledgement is lost: the repetition is acknowledged and not handed out.
//! - m10: a response of 20 KB is an error, and nothing is written; a shorter one goes out in one frame.
//! - m11: envelopes of an unknown type, without an inner event, with an array or a text as payload; malformed JSON; binary frames.
//! - m12: 2,000 events a second are handed out and acknowledged in time.
//! - m13: other connections of the app are told of; several connections of one's own share the events.
//! - m14: a bot answers a command, a button, a modal and a menu, and posts messages with an honest outcome.
//! - m15: tokens of the wrong kind end the session with an error that says so, and no token is printed.
//! - m16: what accepts a response is acknowledged without one after 2.5 seconds; with manual acknowledgements it is not.

mod m01_to_m03_replaced;
mod m04_m05_refused;
mod m06_deaf;
mod m07_to_m09_acknowledged;
mod m10_m11_malformed;
mod m12_m13_many;
mod m14_m15_bots;
mod m16_late_response;

use slack_rtm::{Client, Item};
use slack_rtm_e2e::{TOKEN, builder};
use slack_rtm_test::FakeSlack;

const APP_TOKEN: &str = "xapp-1-SECRET-APP-TOKEN";

async fn client() -> (FakeSlack, Client) {
    let slack = FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap();
    let client = builder(&slack).app_token(APP_TOKEN).build().unwrap();
    (slack, client)
}

/// What tells that something may be missing.
fn is_break(item: &Item) -> bool {
    matches!(item, Item::Gap(_) | Item::Disconnected(_) | Item::Lagged(_))
}
