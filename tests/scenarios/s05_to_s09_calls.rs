//! Scenarios 5 to 9: how often rtm.connect is called, and what its answers mean.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use slack_rtm::apis::{AcquireFuture, CallBudget, SharedBudget};
use slack_rtm::session::{DisconnectReason, Error};
use slack_rtm::{Item, Outcome, Token};
use slack_rtm_e2e::{TOKEN, Watch, builder, fast_clock, seconds};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::time::Instant;

use crate::{GENERAL, client, open};

fn gaps(slack: &FakeSlack) -> Vec<Duration> {
    slack.requests().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

/// Any seven calls take more than a minute.
fn assert_within_budget(slack: &FakeSlack) {
    let calls = slack.requests();
    assert!(calls.len() > 6, "{} calls", calls.len());
    assert!(calls.windows(7).all(|seven| seven[6].at - seven[0].at > seconds(60.0)), "{:?}", gaps(slack));
}

#[tokio::test]
async fn s05_upgrades_that_are_refused_again_and_again_make_no_storm() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::refused(503));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    let retry = watch.until_retry().await;
    assert!(matches!(retry.error, Error::UpgradeRefused { status: 503, .. }), "{retry:?}");
    tokio::time::sleep(seconds(150.0)).await;
    assert_within_budget(&slack);
    let gaps = gaps(&slack);
    assert!(gaps[..3].iter().sum::<Duration>() < seconds(12.0), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap < seconds(62.0)), "{gaps:?}");
    assert_eq!(slack.dials().len(), slack.requests().len());
}

#[tokio::test]
async fn s05_all_sessions_of_a_token_share_its_budget() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::refused(503));
    let same_token = builder(&slack).call_budget(client.call_budget().clone()).build().unwrap();
    let sessions = [&client, &client, &client.clone(), &same_token].map(|client| client.session().start());
    // Who has another token does not wait for them.
    let other_token = client.with_token(Token::new("xoxb-another").unwrap());
    let other = other_token.session().start();
    tokio::time::sleep(seconds(200.0)).await;
    let of = |token: &str| -> Vec<_> {
        slack.requests().iter().filter(|call| call.token() == Some(token)).map(|call| call.at).collect()
    };
    let (ours, others) = (of(TOKEN), of("xoxb-another"));
    assert!(ours.len() > 12 && others.len() > 6, "{} and {}", ours.len(), others.len());
    assert!(ours.windows(7).all(|seven| seven[6] - seven[0] > seconds(60.0)), "{ours:?}");
    assert!(others[5] - others[0] < seconds(60.0), "it waited for others: {others:?}");
    drop((sessions, other));
}

/// The calls of several processes, as one place counts them.
#[derive(Debug, Default)]
struct Counted {
    calls: Mutex<VecDeque<Instant>>,
    closed_for: Mutex<Vec<Duration>>,
}

impl SharedBudget for Counted {
    fn acquire(&self, per_minute: usize) -> AcquireFuture<'_> {
        let (now, mut calls) = (Instant::now(), self.calls.lock().unwrap());
        calls.retain(|call| now - *call < seconds(61.0));
        let outcome = if calls.len() < per_minute { Ok(()) } else { Err(seconds(3.0)) };
        if outcome.is_ok() {
            calls.push_back(now);
        }
        Box::pin(async move { outcome })
    }

    fn block_for(&self, wait: Duration) {
        self.closed_for.lock().unwrap().push(wait);
    }
}

#[tokio::test]
async fn s05_processes_that_share_a_budget_make_no_storm_together() {
    fast_clock();
    let (slack, _) = client().await;
    slack.script_always(Script::refused(503));
    let counted = Arc::new(Counted::default());
    // Each has a budget of its own besides, as processes have.
    let processes = [1, 2, 3].map(|_| {
        let budget = Arc::new(CallBudget::with_shared(counted.clone()));
        let (sender, events) = builder(&slack).call_budget(budget).build().unwrap().session().start().split();
        (sender, Watch::new(events))
    });
    tokio::time::sleep(seconds(200.0)).await;
    assert_within_budget(&slack);
    assert!(slack.requests().len() > 12, "{}", slack.requests().len());
    // What was put off was no refusal of Slack's, and closes nothing.
    assert!(counted.closed_for.lock().unwrap().is_empty());
    drop(processes);
}

#[tokio::test]
async fn s07_a_rate_limit_is_told_to_the_other_processes() {
    fast_clock();
    let (slack, _) = client().await;
    slack.answer_next(Answer::rate_limited("20"));
    let counted = Arc::new(Counted::default());
    let budget = Arc::new(CallBudget::with_shared(counted.clone()));
    let (_sender, events) = builder(&slack).call_budget(budget).build().unwrap().session().start().split();
    Watch::new(events).until_retry().await;
    let closed_for = counted.closed_for.lock().unwrap().clone();
    assert!(
        matches!(closed_for[..], [wait] if wait > seconds(19.0) && wait <= seconds(20.0)),
        "{closed_for:?}"
    );
}

#[tokio::test]
async fn s07_a_rate_limit_is_the_tokens_and_not_one_sessions() {
    fast_clock();
    let (slack, client) = client().await;
    slack.answer_next(Answer::rate_limited("20"));
    let (first, events) = client.session().start().split();
    Watch::new(events).until_retry().await;
    // It is gone, and the limit is not.
    drop(first);
    let began = slack.requests()[0].at;
    let (_sender, watch) = open(&slack, client.session()).await;
    assert!(watch.last_time().into_std() - began >= seconds(20.0));
}

#[tokio::test]
async fn s06_a_connection_that_flaps_makes_no_storm() {
    fast_clock();
    let (slack, client) = client().await;
    slack.script_always(Script::healthy().dying_after(Duration::from_millis(20)));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    watch.until_lost().await;
    tokio::time::sleep(seconds(150.0)).await;
    assert_within_budget(&slack);
}

#[tokio::test]
async fn s06_a_connection_that_stood_long_enough_starts_the_backoff_anew() {
    fast_clock();
    let (slack, client) = client().await;
    for _ in 0..4 {
        slack.script_next(Script::healthy().dying_after(Duration::from_millis(20)));
    }
    slack.script_next(Script::healthy().dying_after(seconds(70.0)));
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    for _ in 0..5 {
        watch.until_lost().await;
    }
    let lost = watch.last_time();
    watch.until_connected().await;
    assert!(watch.last_time() - lost < seconds(1.0), "{:?}", gaps(&slack));
}

#[tokio::test]
async fn s07_retry_after_is_obeyed() {
    let cases = [
        (Answer::rate_limited("2"), 2.0..=3.0),
        (Answer::refusal("ratelimited").with_header("retry-after", "2"), 2.0..=3.0),
        (Answer::refusal("ratelimited").with_status(429), 30.0..=31.0),
        (Answer::refusal("ratelimited"), 30.0..=31.0),
        (Answer::rate_limited("soon"), 30.0..=31.0),
        (Answer::rate_limited("-1"), 30.0..=31.0),
        (Answer::rate_limited("Wed, 21 Oct 2026 07:28:00 GMT"), 30.0..=31.0),
        (Answer::html(429, "<html>"), 30.0..=31.0),
    ];
    fast_clock();
    for (answer, expected) in cases {
        let (slack, client) = client().await;
        slack.answer_next(answer.clone());
        let (_sender, events) = client.session().start().split();
        let mut watch = Watch::new(events);
        let retry = watch.until_retry().await;
        assert!(retry.error.is_rate_limited(), "{retry:?}");
        watch.until_connected().await;
        let gap = gaps(&slack)[0].as_secs_f64();
        // Two steps of the clock, for the way there.
        assert!(gap >= *expected.start() && gap <= expected.end() + 0.1, "{gap}: {answer:?}");
    }
}

#[tokio::test]
async fn s07_the_longest_retry_after_does_no_harm() {
    fast_clock();
    let (slack, client) = client().await;
    slack.answer_always(Answer::rate_limited(&u64::MAX.to_string()));
    let (sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    watch.until_retry().await;
    tokio::time::sleep(seconds(60.0)).await;
    sender.close().await;
    assert!(matches!(watch.next().await, Some(Item::Closed(error)) if error.is_closed()));
    assert_eq!(slack.requests().len(), 1);
}

#[tokio::test]
async fn s08_a_migration_is_told_at_once_and_waited_for() {
    fast_clock();
    let (slack, client) = client().await;
    for _ in 0..3 {
        slack.answer_next(Answer::refusal("migration_in_progress"));
    }
    let (_sender, events) = client.session().start().split();
    let mut watch = Watch::new(events);
    for n in 0..3 {
        let retry = watch.until_retry().await;
        assert_eq!(retry.error.code().unwrap(), "migration_in_progress");
        assert!(watch.last_time().into_std() - slack.requests()[n].at < seconds(0.5), "it is told late");
    }
    watch.until_connected().await;
    assert!(watch.last_time().into_std() - slack.requests()[0].at < seconds(20.0), "{:?}", gaps(&slack));
}

#[tokio::test]
async fn s08_a_migration_that_begins_is_followed_within_a_second() {
    fast_clock();
    let (slack, client) = client().await;
    let (_sender, mut watch) = open(&slack, client.session()).await;
    slack.answer_next(Answer::refusal("migration_in_progress"));
    slack.send(r#"{"type":"team_migration_started"}"#).await;
    assert_eq!(watch.until_lost().await, DisconnectReason::Migration);
    let lost = watch.last_time().into_std();
    watch.until_retry().await;
    let again = slack.requests()[1].at;
    assert!(again - lost <= seconds(1.0), "{:?}", again - lost);
    watch.until_connected().await;
    let told = |item: &Item| matches!(item, Item::Event(event) if event.event_type() == Some("team_migration_started"));
    assert_eq!(watch.count(told), 1);
}

const FATAL: [&str; 8] = [
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "user_removed_from_team",
    "team_disabled",
];

#[tokio::test]
async fn s09_fatal_codes_end_it_at_the_start() {
    for code in FATAL {
        for status in [200, 401, 403] {
            let (slack, client) = client().await;
            slack.answer_always(Answer::refusal(code).with_status(status));
            let opening = tokio::time::timeout(seconds(1.0), client.session().open());
            let error = opening.await.expect("it takes too long").unwrap_err();
            assert!(error.is_fatal() && error.code().unwrap() == code, "{error:?}");
            assert_eq!(slack.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn s09_a_token_that_is_gone_ends_it_on_a_reconnect() {
    for code in
        ["account_inactive", "token_revoked", "token_expired", "user_removed_from_team", "team_disabled"]
    {
        let (slack, client) = client().await;
        slack.script_always(Script::healthy().without_acks());
        let (sender, mut watch) = open(&slack, client.session()).await;
        let pending = sender.send_message(GENERAL, "x");
        slack.wait_for_frames("message", 1).await.unwrap();
        slack.answer_always(Answer::refusal(code));
        slack.drop_connections().await;
        watch.until_lost().await;
        let lost = watch.last_time();
        let Some(Item::Closed(error)) = watch.next().await else { panic!("{:?}", watch.seen) };
        assert!(error.is_fatal() && error.code().unwrap() == code, "{error:?}");
        assert!(watch.last_time() - lost < seconds(1.0));
        assert_eq!(pending.await, Outcome::Unknown);
        assert!(watch.next().await.is_none());
        assert_eq!(slack.requests().len(), 2);
    }
}

#[tokio::test]
async fn s09_what_is_not_known_to_be_fatal_is_not() {
    let answers = [
        Answer::refusal("brand_new"),
        Answer::refusal("internal_error").with_status(500),
        Answer::html(200, "<html>"),
        Answer::html(502, "<html>"),
        Answer::html(404, "<html>"),
        Answer::json("{}"),
        Answer::json(r#"{"ok":true}"#),
        Answer::json(""),
        Answer::redirect("http://127.0.0.1:1/api/rtm.connect"),
    ];
    fast_clock();
    for answer in answers {
        let (slack, client) = client().await;
        slack.answer_next(answer.clone());
        let (_sender, events) = client.session().start().split();
        let mut watch = Watch::new(events);
        let retry = watch.until_retry().await;
        assert!(!retry.error.is_fatal(), "{answer:?}: {retry:?}");
        watch.until_connected().await;
        assert_eq!(slack.requests().len(), 2);
    }
}
