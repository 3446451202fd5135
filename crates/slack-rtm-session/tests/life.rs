//! The life of a session over real sockets.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod fake;

use std::time::{Duration, Instant};

use fake::{Fake, good, message, next, quick, soon, ts};
use futures_util::StreamExt as _;
use slack_rtm_session::{ConnectedKind, DisconnectReason, Item, NotSent, Outcome, State};

#[tokio::test]
async fn events_are_received_and_messages_are_sent() {
    let mut fake = Fake::start(good).await;
    let builder = fake.builder().presence_sub(true);
    let (mut session, mut peer) = fake.open(builder).await;
    peer.send(&message("C1", "1.0")).await;
    assert_eq!(ts(&next(&mut session).await), "1.0");
    let delivery = session.sender().send_message("C1", "hello");
    let sent = soon(peer.receive()).await.unwrap();
    assert_eq!((&sent["type"], &sent["text"]), (&"message".into(), &"hello".into()));
    peer.ack(&sent, "2.0").await;
    assert_eq!(soon(delivery).await.ts().unwrap(), "2.0");
    let health = session.sender().health();
    assert!(health.is_ready() && health.state == State::Connected && health.reconnects == 0);
    let sender = session.sender().clone();
    let (_, end) = tokio::join!(soon(sender.close()), soon(peer.receive()));
    assert!(end.is_none());
    assert!(matches!(next(&mut session).await, Item::Closed(error) if error.is_closed()));
    assert!(soon(session.next()).await.is_none());
    assert_eq!(soon(sender.send_message("C1", "late")).await, Outcome::NotSent(NotSent::Closed));
    assert_eq!((sender.health().state, fake.calls()), (State::Closed, 1));
}

#[tokio::test]
async fn a_lost_connection_is_reported_and_replaced() {
    let mut fake = Fake::start(good).await;
    let (mut session, mut peer) = fake.open(fake.builder()).await;
    peer.send(&message("C1", "1.0")).await;
    next(&mut session).await;
    let users = session.sender().presence_sub(["U1", "U2"]);
    let pending = session.sender().send_message("C1", "x");
    soon(peer.receive()).await.unwrap();
    let sent = soon(peer.receive()).await.unwrap();
    assert_eq!(users.await, Outcome::Sent);
    let lost = Instant::now();
    drop(peer);
    assert!(matches!(
        next(&mut session).await,
        Item::Disconnected(DisconnectReason::UnexpectedEof | DisconnectReason::Io(_))
    ));
    let mut peer = fake.greeted().await;
    assert!(lost.elapsed() < Duration::from_secs(1));
    assert!(
        matches!(next(&mut session).await, Item::Connected(connected) if connected.kind == ConnectedKind::Reconnected)
    );
    let Item::Gap(gap) = next(&mut session).await else { panic!() };
    assert_eq!((gap.channels.len(), gap.channels[0].1.as_str()), (1, "1.0"));
    // First the presence subscription, then the reply to the earlier command.
    assert_eq!(soon(peer.receive()).await.unwrap()["ids"], serde_json::json!(["U1", "U2"]));
    peer.ack(&sent, "3.0").await;
    assert!(soon(pending).await.is_acked());
    assert_eq!(session.sender().health().reconnects, 1);
}

#[tokio::test]
async fn a_goodbye_leaves_no_gap() {
    let mut fake = Fake::start(good).await;
    let (mut session, mut old) = fake.open(fake.builder()).await;
    old.send(r#"{"type":"goodbye"}"#).await;
    let mut new = fake.upgraded().await;
    old.send(&message("C1", "1.0")).await;
    new.send(r#"{"type":"hello"}"#).await;
    for ts in ["1.0", "2.0", "3.0"] {
        new.send(&message("C1", ts)).await;
    }
    old.send(&message("C1", "2.0")).await;
    assert!(soon(old.receive()).await.is_none(), "the old one is closed in the end");
    new.send(&message("C1", "4.0")).await;
    let mut seen = Vec::new();
    let mut connected = 0;
    while seen.last().is_none_or(|last| last != "4.0") {
        match next(&mut session).await {
            Item::Connected(now) => {
                assert_eq!(now.kind, ConnectedKind::HandedOver);
                connected += 1;
            }
            item => seen.push(ts(&item)),
        }
    }
    assert_eq!(
        (seen, connected, fake.calls()),
        (["none", "1.0", "2.0", "3.0", "4.0"].map(String::from).to_vec(), 1, 2)
    );
}

#[tokio::test]
async fn a_half_open_connection_is_replaced() {
    let mut fake = Fake::start(good).await;
    let builder = fake.builder().config(quick());
    let (mut session, peer) = fake.open(builder).await;
    // The peer neither reads nor writes.
    assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::PongTimeout)));
    let mut second = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    assert_eq!(fake.calls(), 2);
    let _ = tokio::time::timeout(Duration::from_secs(1), second.receive()).await;
    assert!(second.pings >= 4);
    drop(peer);
}

#[tokio::test]
async fn a_missing_hello_or_upgrade_times_out() {
    let mut fake = Fake::start(good).await;
    let mut session = fake.builder().config(quick()).start();
    let silent = fake.upgraded().await;
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(retry.error.is_timeout() && retry.attempt == 1);
    let stuck = fake.tcp().await;
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(retry.error.is_timeout());
    let _peer = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    drop((silent, stuck));
}

#[tokio::test]
async fn refusals_are_fatal_or_transient() {
    let fake = Fake::start(|_| (200, "", r#"{"ok":false,"error":"invalid_auth"}"#.to_owned())).await;
    let error = soon(fake.builder().open()).await.unwrap_err();
    assert!(error.is_fatal() && error.code().unwrap() == "invalid_auth");
    assert_eq!(fake.calls(), 1);

    let mut fake = Fake::start(|number| match number {
        1 => (200, "", r#"{"ok":false,"error":"migration_in_progress"}"#.to_owned()),
        2 => (429, "retry-after: 1\r\n", String::new()),
        number => good(number),
    })
    .await;
    let mut session = fake.builder().config(quick()).start();
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert_eq!(retry.error.code().unwrap(), "migration_in_progress");
    let Item::Retry(retry) = next(&mut session).await else { panic!() };
    assert!(retry.error.is_rate_limited() && retry.delay >= Duration::from_secs(1));
    let _peer = fake.greeted().await;
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
}

#[tokio::test]
async fn dropping_both_parts_closes_the_session() {
    let mut fake = Fake::start(good).await;
    let (session, mut peer) = fake.open(fake.builder()).await;
    let (sender, events) = session.split();
    drop(events);
    let delivery = sender.send_message("C1", "x");
    let sent = soon(peer.receive()).await.unwrap();
    peer.ack(&sent, "1.0").await;
    assert!(soon(delivery).await.is_acked());
    drop(sender);
    assert!(soon(peer.receive()).await.is_none());

    // A dropped `open`.
    let opening = tokio::spawn(fake.builder().open());
    let mut peer = fake.upgraded().await;
    opening.abort();
    assert!(soon(peer.receive()).await.is_none());
}

#[tokio::test]
async fn a_close_that_the_server_ignores_times_out() {
    let mut fake = Fake::start(good).await;
    let (session, peer) = fake.open(fake.builder()).await;
    let (sender, _events) = session.split();
    let pending = sender.send_message("C1", "x");
    tokio::time::sleep(Duration::from_millis(50)).await;
    soon(sender.close()).await;
    assert_eq!(pending.await, Outcome::Unknown);
    drop(peer);
}

#[tokio::test]
async fn commands_that_were_not_sent_are_reported() {
    let fake = Fake::start(good).await;
    let session = fake.builder().start();
    let sender = session.sender();
    let deliveries: Vec<_> = (0..300).map(|number| sender.send_message("C1", number.to_string())).collect();
    soon(sender.close()).await;
    for (number, delivery) in deliveries.into_iter().enumerate() {
        let reason = if number < 256 { NotSent::Closed } else { NotSent::QueueFull };
        assert_eq!(soon(delivery).await, Outcome::NotSent(reason));
    }
}

#[tokio::test]
async fn a_blocked_user_does_not_stop_the_session() {
    let mut fake = Fake::start(good).await;
    let builder = fake.builder().config(quick()).queue_bytes(100_000);
    let (mut session, mut peer) = fake.open(builder).await;
    for number in 0..10_000 {
        peer.send(&message("C1", &format!("{number:05}.0"))).await;
    }
    let _ = tokio::time::timeout(Duration::from_secs(1), peer.receive()).await;
    assert!(peer.pings >= 3);
    let health = session.sender().health();
    assert!(health.is_ready() && health.queued_bytes <= 100_000 && health.dropped > 9_000);
    peer.send(&message("C1", "end")).await;
    let (mut delivered, mut dropped) = (0, 0);
    loop {
        match next(&mut session).await {
            Item::Lagged(count) => dropped += count,
            item if ts(&item) == "end" => break,
            _ => delivered += 1,
        }
    }
    assert_eq!((delivered + dropped, fake.calls()), (10_000, 1));
}

/// Everything has arrived before the session reads: whichever connection it reads first, hello was first.
#[tokio::test]
async fn an_end_right_after_the_new_hello_is_not_a_loss() {
    for closes in [false, true] {
        for _ in 0..20 {
            let mut fake = Fake::start(good).await;
            let (mut session, mut old) = fake.open(fake.builder()).await;
            old.send(r#"{"type":"goodbye"}"#).await;
            let mut new = fake.upgraded().await;
            new.send(r#"{"type":"hello"}"#).await;
            old.send(&message("C1", "1.0")).await;
            new.send(&message("C1", "1.0")).await;
            new.send(&message("C1", "2.0")).await;
            if closes {
                old.close().await;
            }
            drop(old);
            let (mut events, mut others) = (Vec::new(), Vec::new());
            while events.last().is_none_or(|last| last != "2.0") {
                match next(&mut session).await {
                    Item::Connected(connected) => others.push(format!("{:?}", connected.kind)),
                    item @ Item::Event(_) => events.push(ts(&item)),
                    other => others.push(format!("{other:?}")),
                }
            }
            assert_eq!((events.join(" "), others.join(" ")), ("none 1.0 2.0".into(), "HandedOver".into()));
        }
    }
}

#[tokio::test]
async fn a_drain_waits_for_outcomes_and_the_session_stays_open() {
    let mut fake = Fake::start(good).await;
    let (session, mut peer) = fake.open(fake.builder()).await;
    let sender = session.sender().clone();
    soon(sender.drain(Duration::ZERO)).await.unwrap_or_else(|left| panic!("nothing waits: {left}"));
    let first = sender.send_message("C1", "one");
    assert_eq!(sender.health().pending, 1);
    let draining = tokio::spawn({
        let sender = sender.clone();
        async move { sender.drain(Duration::from_secs(5)).await }
    });
    let sent = soon(peer.receive()).await.unwrap();
    let health = sender.health();
    assert_eq!((health.pending, health.unacknowledged), (1, 1));
    let left = sender.drain(Duration::from_millis(20)).await.unwrap_err();
    assert_eq!((left.unsent, left.unacknowledged), (0, 1));
    assert!(!draining.is_finished());
    peer.ack(&sent, "1.0").await;
    soon(draining).await.unwrap().unwrap();
    assert!(soon(first).await.is_acked());
    // Later commands are not waited for, but they are sent.
    let second = sender.send_message("C1", "two");
    let sent = soon(peer.receive()).await.unwrap();
    peer.ack(&sent, "2.0").await;
    assert!(soon(second).await.is_acked());
    assert_eq!((sender.health().pending, sender.health().unacknowledged), (0, 0));
}

#[tokio::test]
async fn a_drain_ends_with_the_session() {
    let fake = Fake::start(good).await;
    let session = fake.builder().start();
    let (sender, _events) = session.split();
    let waiting = sender.send_message("C1", "never sent");
    let left = sender.drain(Duration::from_millis(10)).await.unwrap_err();
    assert_eq!((left.unsent, left.unacknowledged), (1, 0));
    let (drained, ()) = tokio::join!(soon(sender.drain(Duration::from_secs(60))), soon(sender.close()));
    drained.unwrap();
    assert_eq!(waiting.await, Outcome::NotSent(NotSent::Closed));
    soon(sender.drain(Duration::ZERO)).await.unwrap();
    assert_eq!(sender.health().pending, 0);
}

#[tokio::test]
async fn replies_are_posted_in_threads_and_arguments_are_checked() {
    let mut fake = Fake::start(good).await;
    let (session, mut peer) = fake.open(fake.builder()).await;
    let sender = session.sender();
    let message = |rest: &str| -> slack_rtm_models::Message {
        serde_json::from_str(&format!(r#"{{"type":"message",{rest}}}"#)).unwrap()
    };
    let root = message(r#""channel":"C1","ts":"5.0","text":"x""#);
    let inner = message(r#""channel":"C1","ts":"6.0","thread_ts":"5.0","text":"x""#);
    for delivery in [sender.reply(&root, "a"), sender.reply_broadcast(&inner, "a")] {
        let sent = soon(peer.receive()).await.unwrap();
        assert_eq!((&sent["channel"], &sent["thread_ts"]), (&"C1".into(), &"5.0".into()));
        peer.ack(&sent, "7.0").await;
        assert!(soon(delivery).await.is_acked());
    }
    for lost in [message(r#""ts":"5.0","text":"x""#), message(r#""channel":"C1","text":"x""#)] {
        assert_eq!(sender.reply(&lost, "a").await, Outcome::NotSent(NotSent::NotRepliable));
    }
    assert_eq!(sender.send_message("#general", "a").await, Outcome::NotSent(NotSent::InvalidChannelId));
    assert_eq!(sender.typing("#general").await, Outcome::NotSent(NotSent::InvalidChannelId));
    assert_eq!(sender.send_message("U01ALICE000", "a").await, Outcome::NotSent(NotSent::ChannelIsUser));
}

/// The pong arrives while the thread is blocked, and the session's task runs before the runtime polls its sockets.
#[tokio::test]
async fn a_blocked_thread_is_not_a_pong_timeout() {
    let (tell_port, port) = tokio::sync::oneshot::channel();
    let (tell_ping, mut pinged) = tokio::sync::mpsc::unbounded_channel();
    // A server that keeps running meanwhile.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut fake = Fake::start(good).await;
            tell_port.send(fake.port).unwrap();
            let mut peer = fake.greeted().await;
            let mut pings = 0;
            while let Some(Ok(message)) = peer.socket.next().await {
                let Some(text) = message.as_text().filter(|text| text.contains("ping")) else { continue };
                let ping: serde_json::Value = serde_json::from_str(text).unwrap();
                pings += 1;
                if pings == 3 && tell_ping.send(()).is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                peer.send(&format!(r#"{{"type":"pong","reply_to":{}}}"#, ping["id"])).await;
            }
        });
    });
    let base_url = format!("http://127.0.0.1:{}/api", port.await.unwrap());
    let client = slack_rtm_apis::Client::builder().token(fake::TOKEN).base_url(base_url).build().unwrap();
    let mut session = slack_rtm_session::Session::builder(client).config(quick()).open().await.unwrap();
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    soon(pinged.recv()).await.unwrap();
    drop(session.sender().typing("C1"));
    std::thread::sleep(Duration::from_millis(600));
    let item = tokio::time::timeout(Duration::from_millis(500), session.next()).await;
    assert!(item.is_err(), "{item:?}");
    assert!(session.sender().health().is_ready());
}
