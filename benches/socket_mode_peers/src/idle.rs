//! The memory of sessions at rest, measured as the benches of slack-rtm-session do for RTM.

use std::time::Duration;

use slack_rtm::session::Health;
use slack_rtm::{Client, Item, Token};

use crate::report;
use crate::server::{IDLE_EVENTS, Server};

/// Opened before the memory is measured, so that what all sessions share is there.
const FIRST: usize = 10;

pub(crate) fn measure(server: &Server, sessions: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::builder().app_token("xapp-0").base_url(server.api("idle")).build().unwrap();
        let mut open = Vec::new();
        let mut before = 0;
        for number in 0..FIRST + sessions {
            if number == FIRST {
                before = resident();
            }
            let client = client.with_token(Token::new(format!("xapp-{number}")).unwrap());
            let mut session = client.socket_mode().open().await.unwrap();
            let mut events = 0;
            while events < IDLE_EVENTS {
                events += usize::from(matches!(session.next().await, Some(Item::Event(_))));
            }
            open.push(session);
        }
        let each = (resident() - before) as f64 / sessions as f64;
        report(&format!("{sessions} idle sessions, KiB each"), each, "at most 16");

        // Each pings three times. The server's own pings are expected every 30 seconds only.
        tokio::time::sleep(Duration::from_secs(16)).await;
        let is_alive = |health: &Health| {
            health.is_ready() && health.round_trip.is_some() && health.reconnects == 0
        };
        let alive = open.iter().filter(|session| is_alive(&session.sender().health())).count() - FIRST;
        let wanted = sessions.to_string();
        report(&format!("{sessions} idle sessions, alive after three pings"), alive as f64, &wanted);
    });
}

/// Returns the resident memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
