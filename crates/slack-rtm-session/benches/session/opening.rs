//! From `open()` to the first event.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use slack_rtm_session::{Item, Session};

use crate::server::{self, Role};
use crate::{client, connect, median, report};

const TIMES: usize = 200;

pub(crate) async fn measure() {
    let ports = server::start(Role::Flood(1));
    let mut more = Vec::new();
    for _ in 0..TIMES {
        let bare = bare(ports.http).await;
        let session = session(ports.http).await;
        more.push((session.as_secs_f64() - bare.as_secs_f64()) * 1e3);
    }
    report("open() to the first event, ms more than by hand", median(more), "at most 1");
}

/// A call, an upgrade, hello and an event. The client is new each time, as it is below: its first call connects.
async fn bare(port: u16) -> Duration {
    let client = client(port);
    let start = Instant::now();
    let answer = client.rtm_connect().send().await.unwrap();
    let mut socket = connect(answer.url.expose().port().unwrap()).await;
    for _ in 0..2 {
        socket.next().await.unwrap().unwrap();
    }
    start.elapsed()
}

async fn session(port: u16) -> Duration {
    let client = client(port);
    let start = Instant::now();
    let mut session = Session::builder(client).open().await.unwrap();
    while !matches!(session.next().await, Some(Item::Event(_))) {}
    start.elapsed()
}
