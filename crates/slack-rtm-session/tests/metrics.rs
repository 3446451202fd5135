//! The names, labels and values of the metrics.

#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use slack_rtm_apis::Client;
use slack_rtm_session::{Item, Session};
use slack_rtm_test::{Answer, FakeSlack, Script};

type Numbers = Arc<Mutex<BTreeMap<String, f64>>>;

/// A recorder that keeps the values by name and labels (of histograms the count and the sum), and the descriptions with their units.
#[derive(Default)]
struct Book(Numbers, Arc<Mutex<BTreeMap<String, Option<Unit>>>>);

struct Entry(Numbers, String);

impl Entry {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut numbers = self.0.lock().unwrap();
        let number = numbers.entry(self.1.clone()).or_default();
        *number = change(*number);
    }
}

impl CounterFn for Entry {
    fn increment(&self, by: u64) {
        self.change(|number| number + by as f64);
    }
    fn absolute(&self, to: u64) {
        self.change(|_| to as f64);
    }
}

impl GaugeFn for Entry {
    fn increment(&self, by: f64) {
        self.change(|number| number + by);
    }
    fn decrement(&self, by: f64) {
        self.change(|number| number - by);
    }
    fn set(&self, to: f64) {
        self.change(|_| to);
    }
}

impl HistogramFn for Entry {
    fn record(&self, value: f64) {
        self.change(|number| number + 1.0);
        Entry(self.0.clone(), format!("{} sum", self.1)).change(|sum| sum + value);
    }
}

impl Book {
    fn describe(&self, name: &KeyName, unit: Option<Unit>, text: &SharedString) {
        assert!(text.ends_with('.'), "{text}");
        self.1.lock().unwrap().insert(name.as_str().to_owned(), unit);
    }

    fn entry(&self, key: &Key) -> Arc<Entry> {
        let labels: String =
            key.labels().map(|label| format!(" {}={}", label.key(), label.value())).collect();
        Arc::new(Entry(self.0.clone(), format!("{}{labels}", key.name())))
    }
}

impl Recorder for Book {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&name, unit, &text);
    }
    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&name, unit, &text);
    }
    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe(&name, unit, &text);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.entry(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.entry(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.entry(key))
    }
}

#[test]
fn a_session_is_counted() {
    let book = Book::default();
    let (numbers, described) = (book.0.clone(), book.1.clone());
    let now = |name: &str| numbers.lock().unwrap().get(name).copied();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&book, || {
        runtime.block_on(async {
            let slack = FakeSlack::start().await.unwrap();
            slack.answer_next(Answer::html(404, "x"));
            slack.script_next(Script::refused(503));
            let client = Client::builder().token("xoxb-1").base_url(slack.base_url()).build().unwrap();
            let session = Session::builder(client)
                .queue_bytes(5_000)
                .ping_interval(Duration::from_millis(50))
                .open()
                .await
                .unwrap();
            let (sender, mut events) = session.split();
            assert_eq!(
                (now("slack_rtm_sessions"), now("slack_rtm_connected_sessions")),
                (Some(1.0), Some(1.0))
            );
            slack.wait_for_connections(1).await.unwrap();
            assert!(sender.send_message("C01GENERAL0", "x").await.is_acked());
            slack.send("odd").await;
            for _ in 0..100 {
                slack.say("C01GENERAL0", "U01ALICE000", "x", "1.0").await;
            }
            // They arrive before it.
            assert!(sender.send_message("C01GENERAL0", "y").await.is_acked());
            while sender.health().round_trip.is_none() {
                tokio::task::yield_now().await;
            }
            slack.drop_connections().await;
            while !matches!(events.next().await, Some(Item::Gap(_))) {}
            assert_eq!(now("slack_rtm_connected_sessions"), Some(1.0));
            sender.close().await;
        });
    });
    drop(runtime);
    let numbers = numbers.lock().unwrap();
    let described = described.lock().unwrap();
    for name in numbers.keys() {
        let name = name.split(' ').next().unwrap();
        let unit = if name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        assert_eq!(described.get(name), Some(&Some(unit)), "{name} is not described");
    }
    let round_trips = numbers["slack_rtm_round_trip_seconds"];
    assert!(round_trips >= 1.0 && numbers["slack_rtm_round_trip_seconds sum"] < 30.0 * round_trips);
    assert!(numbers["slack_rtm_reply_seconds sum"] > 0.0);
    let dropped = numbers["slack_rtm_dropped_events_total"];
    assert!(dropped > 10.0 && dropped < 102.0, "{numbers:?}");
    let reason = numbers.keys().find(|name| name.starts_with("slack_rtm_disconnects_total reason=")).unwrap();
    for (name, expected) in [
        ("slack_rtm_sessions", 0.0),
        ("slack_rtm_connected_sessions", 0.0),
        ("slack_rtm_calls_total", 4.0),
        ("slack_rtm_connections_total", 2.0),
        (reason.as_str(), 1.0),
        ("slack_rtm_failures_total reason=call_status", 1.0),
        ("slack_rtm_failures_total reason=upgrade_refused", 1.0),
        ("slack_rtm_events_total", 100.0),
        ("slack_rtm_malformed_frames_total", 1.0),
        ("slack_rtm_commands_total outcome=acked", 2.0),
        ("slack_rtm_reply_seconds", 2.0),
    ] {
        assert_eq!(numbers.get(name), Some(&expected), "{name} in {numbers:?}");
    }
    assert_eq!(numbers.len(), 15, "{numbers:?}");
}

#[cfg(feature = "socket-mode")]
#[test]
fn a_session_over_several_connections_is_counted_once() {
    let book = Book::default();
    let numbers = book.0.clone();
    let now = |name: &str| numbers.lock().unwrap().get(name).copied();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&book, || {
        runtime.block_on(async {
            let slack = FakeSlack::start().await.unwrap();
            let client =
                Client::builder().token("xoxb-1").app_token("xapp-1").base_url(slack.base_url()).build();
            let session = slack_rtm_session::SessionBuilder::socket_mode(client.unwrap()).connections(3);
            assert_eq!(now("slack_rtm_sessions"), None);
            let (sender, mut events) = session.open().await.unwrap().split();
            slack.wait_for_connections(3).await.unwrap();
            for _ in 0..3 {
                while !matches!(events.next().await, Some(Item::Connected(_))) {}
            }
            assert_eq!(now("slack_rtm_connections_total"), Some(3.0));
            assert_eq!(
                (now("slack_rtm_sessions"), now("slack_rtm_connected_sessions")),
                (Some(1.0), Some(1.0))
            );
            sender.close().await;
            while events.next().await.is_some() {}
        });
        // The tasks are gone with the runtime, and the session with them.
        drop(runtime);
        assert_eq!((now("slack_rtm_sessions"), now("slack_rtm_connected_sessions")), (Some(0.0), Some(0.0)));
    });
}
