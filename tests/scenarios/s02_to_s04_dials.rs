//! Scenarios 2 to 4: addresses that lead nowhere.

use std::collections::HashSet;

use slack_rtm::session::Error;
use slack_rtm_e2e::{Watch, fast_clock, seconds};
use slack_rtm_test::{Answer, FakeSlack, Script};

use crate::client;

/// No address was dialed twice, and none that had expired.
fn assert_fresh(slack: &FakeSlack) {
    let dials = slack.dials();
    assert!(dials.iter().all(|dial| dial.valid), "{dials:?}");
    let tickets: HashSet<_> = dials.iter().map(|dial| &dial.ticket).collect();
    assert_eq!(tickets.len(), dials.len());
}

#[tokio::test]
async fn s02_without_a_hello_a_new_address_is_dialed() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::without_hello());
    slack.script_next(Script::without_hello());
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    for n in 0..2 {
        let retry = watch.until_retry().await;
        assert!(matches!(retry.error, Error::HelloTimeout), "{retry:?}");
        let waited = watch.last_time().into_std() - slack.dials()[n].at;
        assert!(waited <= seconds(10.0), "{waited:?}");
    }
    watch.until_connected().await;
    assert_eq!(slack.dials().len(), 3);
    assert_fresh(&slack);
    // The ones that were given up are closed.
    assert!(slack.dials()[..2].iter().all(|dial| dial.ended.is_some()));
}

#[tokio::test]
async fn s03_a_dial_that_hangs_is_given_up() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_next(Script::never_upgraded());
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    let retry = watch.until_retry().await;
    assert!(matches!(retry.error, Error::DialTimeout), "{retry:?}");
    assert!(watch.last_time().into_std() - slack.dials()[0].at <= seconds(10.0));
    watch.until_connected().await;
    assert_fresh(&slack);
}

#[tokio::test]
async fn s03_an_address_that_took_too_long_is_not_dialed() {
    fast_clock();
    let (slack, client) = client().await;
    slack.answer_next(Answer::success().with_delay(seconds(40.0)));
    slack.answer_next(Answer::success().with_delay(seconds(14.0)));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    let retry = watch.until_retry().await;
    assert!(matches!(retry.error, Error::CallTimeout), "{retry:?}");
    watch.until_connected().await;
    assert_eq!(slack.dials().len(), 1);
    assert_fresh(&slack);
}

#[tokio::test]
async fn s04_an_address_that_has_expired_is_told_and_replaced() {
    let (slack, client) = client().await;
    slack.script_next(Script::error_first(1, "Socket URL has expired"));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    let retry = watch.until_retry().await;
    assert!(matches!(retry.error, Error::Server { number: Some(1), .. }), "{retry:?}");
    assert!(retry.error.to_string().contains("expired"));
    watch.until_connected().await;
    assert_eq!(slack.dials().len(), 2);
    assert_fresh(&slack);
}
