//! From the socket to the typed event in the user's hand.

use std::time::Duration;

use futures_util::StreamExt as _;
use slack_rtm_models::Event;
use slack_rtm_session::Item;

use crate::server::{self, Role};
use crate::{ROUNDS, client, connect, median, report};

pub(crate) const EVENTS: usize = 400_000;

pub(crate) async fn measure(events: usize, has_backfill: bool) {
    let ports = server::start(Role::Flood(events));
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let bare = bare(ports.socket, events).await;
        let session = session(ports.http, events, has_backfill).await;
        let nanos = |time: Duration| time.as_nanos() / events as u128;
        println!("bare loop {} ns, session {} ns an event", nanos(bare), nanos(session));
        ratios.push(bare.as_secs_f64() / session.as_secs_f64());
    }
    report("events, of the rate of a bare loop that decodes", median(ratios), "at least 0.85");
}

/// How long this thread has had a processor: what others do on the machine does not count.
pub(crate) fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

async fn bare(port: u16, events: usize) -> Duration {
    let mut socket = connect(port).await;
    socket.next().await.unwrap().unwrap();
    let start = cpu_time();
    for _ in 0..events {
        let message = socket.next().await.unwrap().unwrap();
        let event = Event::from_slice(message.as_payload()).unwrap();
        std::hint::black_box(&event);
    }
    cpu_time() - start
}

async fn session(port: u16, events: usize, has_backfill: bool) -> Duration {
    let mut session = crate::session(client(port), has_backfill).open().await.unwrap();
    session.next().await.unwrap();
    let start = cpu_time();
    let mut count = 0;
    while count < events {
        match session.next().await.unwrap() {
            Item::Event(event) => {
                std::hint::black_box(&event.decode_event().unwrap());
                count += 1;
            }
            Item::Lagged(dropped) => count += usize::try_from(dropped).unwrap(),
            other => panic!("{other:?}"),
        }
    }
    let elapsed = cpu_time() - start;
    assert_eq!(session.sender().health().dropped, 0);
    elapsed
}
