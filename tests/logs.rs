//! Log events of all levels and crates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use slack_rtm::Item;
use slack_rtm_e2e::{CREDENTIALS, Proxy, TOKEN, Watch, builder, fast_clock};
use slack_rtm_test::{Answer, FakeSlack, Script};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that records everything.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn heading(&self, what: &str, metadata: &Metadata<'_>) {
        let mut text = self.0.lock().unwrap();
        write!(text, "\n{what} {} {} {}:", metadata.level(), metadata.target(), metadata.name()).unwrap();
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.heading("span", span.metadata());
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.heading("event", event.metadata());
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn failures_to_connect_are_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(Answer::html(404, "SECRET"));
    let (_sender, events) = builder(&slack).build().unwrap().session().start().split();
    Watch::new(events).until_retry().await;
    let text = log.text();
    assert!(text.contains("WARN") && text.contains(r#"reason="call_status""#), "{text}");
    assert!(
        text.contains("rtm.connect failed: unexpected HTTP status 404 Not Found") && !text.contains("SECRET"),
        "{text}"
    );
}

#[tokio::test]
async fn a_whole_session_is_logged_without_secrets_and_message_texts() {
    fast_clock();
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let (slack, proxy) = (FakeSlack::start().await.unwrap(), Proxy::http().await);
    let (user, password) = CREDENTIALS;
    let client =
        builder(&slack).proxy(format!("http://{user}:{password}@{}", proxy.address)).build().unwrap();
    slack.answer_next(Answer::refusal("migration_in_progress"));
    slack.script_next(Script::refused(503));
    let (sender, events) = client.session().name("robots").open().await.unwrap().split();
    let mut watch = Watch::new(events);
    watch.until_connected().await;
    slack.wait_for_connections(1).await.unwrap();
    slack.say("C01GENERAL0", "U01ALICE000", "RECEIVED", "1.0").await;
    watch.until_message("1.0").await;
    assert!(sender.send_message("C01GENERAL0", "WRITTEN").await.is_acked());
    assert!(sender.typing("C01GENERAL0").await.into_result().is_ok());
    assert!(sender.presence_sub(["U01ALICE000"]).await.into_result().is_ok());
    slack.send("ODDITY").await;
    slack.send(r#"{"type":"error","error":{"code":1,"msg":"SERVERSWORDS"}}"#).await;
    slack.drop_connections().await;
    watch.until_gap().await;
    slack.answer_always(Answer::refusal("token_revoked"));
    slack.wait_for_connections(1).await.unwrap();
    slack.drop_connections().await;
    while watch.next().await.is_some() {}

    let text = format!("{} {:?} {:?} {:?}", log.text(), watch.seen, sender, sender.health());
    for said in [
        "span ERROR slack_rtm_session::telemetry rtm_session: name=\"robots\"",
        " team=\"T01ACME0000\" user=\"U01ROBOT000\"",
        "calling for an address",
        "rtm.connect was refused: migration_in_progress",
        "answered with HTTP 503",
        "message=connected kind=First",
        "disconnected",
        "events may be missing",
        "event ERROR slack_rtm_session::telemetry",
        "the session has ended: rtm.connect was refused: token_revoked",
    ] {
        assert!(text.contains(said), "nothing of {said:?} in {text}");
    }
    assert_eq!(text.matches(" team=").count(), 1, "it is recorded once: {text}");
    let tickets: Vec<_> = slack.dials().into_iter().map(|dial| dial.ticket).collect();
    assert!(tickets.len() >= 3 && tickets.iter().all(|ticket| ticket.starts_with("ticket-")));
    for secret in [TOKEN, "SECRET", "ticket-", password, "RECEIVED", "WRITTEN", "ODDITY", "SERVERSWORDS"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_requested_end_is_not_logged_as_an_error() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let slack = FakeSlack::start().await.unwrap();
    let session = builder(&slack).build().unwrap().session().open().await.unwrap();
    session.sender().close().await;
    let text = log.text();
    assert!(text.contains("the session has ended: the session was closed"), "{text}");
    assert!(!text.contains("event ERROR"), "{text}");
}

#[tokio::test]
async fn dropped_events_are_logged_as_a_number() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    let (sender, mut events) = client.session().queue_bytes(2_000).open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    let warnings = || log.text().matches("WARN slack_rtm_session::telemetry").count();
    for round in 1..=3 {
        for _ in 0..200 {
            slack.say("C01GENERAL0", "U01ALICE000", "x", "1.0").await;
        }
        while sender.health().dropped < round * 150 {
            tokio::task::yield_now().await;
        }
        assert_eq!(warnings(), 1, "{}", log.text());
    }
    // After some pings.
    fast_clock();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(warnings(), 2, "{}", log.text());
    slack.say("C01GENERAL0", "U01ALICE000", "x", "1.0").await;
    slack.say("C01GENERAL0", "U01ALICE000", "x", "1.0").await;
    sender.close().await;
    let mut lagged = 0;
    while let Some(item) = events.next().await {
        lagged += if let Item::Lagged(dropped) = item { dropped } else { 0 };
    }
    let text = log.text();
    let told = text.split(" dropped=").skip(1).map(|rest| rest.split(' ').next().unwrap());
    assert_eq!(told.map(|number| number.parse::<u64>().unwrap()).sum::<u64>(), lagged, "{text}");
    assert!(text.contains(&format!(" total={lagged}")) && lagged >= 500, "{text}");
}
