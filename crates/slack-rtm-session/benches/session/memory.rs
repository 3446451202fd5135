//! What sessions hold: at rest, and when their user takes nothing.

use std::time::Duration;

use slack_rtm_apis::Token;
use slack_rtm_session::{Item, Session};

use crate::server::Process;
use crate::{client, report};

/// Opens many sessions in this process and lets them rest.
pub(crate) async fn idle(sessions: usize, has_backfill: bool) {
    // Opened before the memory is looked at, so that what all share is there.
    const FIRST: usize = 10;
    const EVENTS: usize = 20;
    let server = Process::start(EVENTS);
    let client = client(server.1.http);
    let mut open = Vec::new();
    let mut before = 0;
    for number in 0..FIRST + sessions {
        if number == FIRST {
            before = resident();
        }
        let token = Token::new(format!("xoxb-{number}")).unwrap();
        let mut session = crate::session(client.with_token(token), has_backfill).open().await.unwrap();
        let mut events = 0;
        while events < EVENTS {
            events += usize::from(matches!(session.next().await, Some(Item::Event(_))));
        }
        open.push(session);
    }
    let each = (resident() - before) as f64 / sessions as f64;
    report(&format!("{sessions} idle sessions, KiB each"), each, "at most 16");

    // Each pings three times and is heard.
    tokio::time::sleep(Duration::from_secs(16)).await;
    let healths: Vec<_> = open.iter().map(|session| session.sender().health()).collect();
    let answered = |health: &&slack_rtm_session::Health| {
        health.is_ready() && health.round_trip.is_some() && health.reconnects == 0
    };
    let alive = healths.iter().filter(answered).count() - FIRST;
    report(
        &format!("{sessions} idle sessions, alive after three pings"),
        alive as f64,
        &sessions.to_string(),
    );
}

/// Lets events come that nobody takes.
pub(crate) async fn blocked() {
    const LIMIT: usize = 32 << 20;
    // About ten times what the queue holds.
    const EVENTS: usize = 500_000;
    let server = Process::start(EVENTS);
    let first = Session::builder(client(server.1.http)).queue_bytes(1 << 10).open().await.unwrap();
    drained(&first).await;
    let before = resident();
    let session = Session::builder(client(server.1.http)).queue_bytes(LIMIT).open().await.unwrap();
    let mut peak = 0;
    let mut seen = u64::MAX;
    // Until nothing more comes.
    while std::mem::replace(&mut seen, session.sender().health().dropped) != seen || seen == 0 {
        peak = peak.max(resident());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let held = ((peak - before) << 10) as f64 / LIMIT as f64;
    assert!(session.sender().health().queued_bytes <= LIMIT);
    report("memory under a blocked consumer, to the queue's bytes", held, "at most 1.2");
}

async fn drained(session: &Session) {
    while session.sender().health().dropped < 400_000 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// In KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
