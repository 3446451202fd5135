//! From a command to its acknowledgement.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use slack_rtm_session::{Config, Delivery, Session};
use tokio_websockets::Message;

use crate::rate::cpu_time;
use crate::server::{self, Role};
use crate::{ROUNDS, client, connect, median, report};

const ONE_BY_ONE: usize = 10_000;
const TOGETHER: usize = 200_000;
const IN_FLIGHT: usize = 64;

pub(crate) async fn measure() {
    let ports = server::start(Role::Ack);
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    let mut shares = Vec::new();
    for _ in 0..ROUNDS {
        let raw = raw_round_trip(ports.socket).await;
        let sent = sent(ports.http, 1, ONE_BY_ONE).await;
        println!("raw round trip {raw:?}, send to ack {sent:?}");
        ratios.push(sent.as_secs_f64() / raw.as_secs_f64());
        let bare = bare_in_flight(ports.socket).await;
        let sent = self::sent(ports.http, IN_FLIGHT, TOGETHER).await;
        println!("{IN_FLIGHT} in flight: bare loop {bare:?}, session {sent:?} each");
        shares.push(bare.as_secs_f64() / sent.as_secs_f64());
        rates.push(1.0 / sent.as_secs_f64());
    }
    report("send to ack, to a raw round trip", median(ratios), "at most 1.15");
    report("sends a second with 64 in flight", median(rates), "at least 200000");
    report("the same, of the rate of a bare loop with 64 in flight", median(shares), "for comparison");
}

async fn raw_round_trip(port: u16) -> Duration {
    let mut socket = connect(port).await;
    socket.next().await.unwrap().unwrap();
    let start = Instant::now();
    for id in 0..ONE_BY_ONE {
        let text = format!(r#"{{"type":"message","id":{id},"channel":"C01GENERAL0","text":"hello"}}"#);
        socket.send(Message::text(text)).await.unwrap();
        socket.next().await.unwrap().unwrap();
    }
    start.elapsed() / u32::try_from(ONE_BY_ONE).unwrap()
}

async fn sent(port: u16, in_flight: usize, count: usize) -> Duration {
    let mut config = Config::default();
    config.send_interval = Duration::ZERO;
    let (sender, _events) = Session::builder(client(port)).config(config).open().await.unwrap().split();
    let start = Instant::now();
    let mut waiting: VecDeque<Delivery> = VecDeque::new();
    for _ in 0..count {
        if waiting.len() == in_flight {
            assert!(waiting.pop_front().unwrap().await.is_acked());
        }
        waiting.push_back(sender.send_message("C01GENERAL0", "hello"));
    }
    for delivery in waiting {
        assert!(delivery.await.is_acked());
    }
    start.elapsed() / u32::try_from(count).unwrap()
}

/// The same with a server that answers what has come together with one write, so that it is not what sets the pace; and what the sender's thread does for it, which
/// others on the machine do not slow down.
pub(crate) async fn measure_together() {
    let ports = server::start(Role::AckTogether);
    let mut rates = Vec::new();
    let mut shares = Vec::new();
    let mut works = Vec::new();
    for _ in 0..ROUNDS {
        let before = cpu_time();
        let bare = bare_in_flight(ports.socket).await;
        let between = cpu_time();
        let sent = sent(ports.http, IN_FLIGHT, TOGETHER).await;
        let work = (cpu_time() - between) / u32::try_from(TOGETHER).unwrap();
        let bare_work = (between - before) / u32::try_from(TOGETHER).unwrap();
        println!("{IN_FLIGHT} in flight, acknowledged together: bare loop {bare:?}, session {sent:?} each");
        println!("of the processor: bare loop {bare_work:?}, session {work:?} each");
        shares.push(bare.as_secs_f64() / sent.as_secs_f64());
        rates.push(1.0 / sent.as_secs_f64());
        works.push(1.0 / work.as_secs_f64());
    }
    report("sends a second with 64 in flight, acknowledged together", median(rates), "at least 200000");
    report("the same, of the rate of a bare loop with 64 in flight", median(shares), "for comparison");
    report("sends in a second of the sending thread", median(works), "for comparison");
}

/// What the server on the other end allows. That of `measure` writes each acknowledgement by itself.
async fn bare_in_flight(port: u16) -> Duration {
    let mut socket = connect(port).await;
    socket.next().await.unwrap().unwrap();
    let start = Instant::now();
    let (mut sent, mut acked) = (0, 0);
    while acked < TOGETHER {
        while sent < TOGETHER && sent - acked < IN_FLIGHT {
            let text = format!(r#"{{"type":"message","id":{sent},"channel":"C01GENERAL0","text":"hello"}}"#);
            socket.feed(Message::text(text)).await.unwrap();
            sent += 1;
        }
        socket.flush().await.unwrap();
        socket.next().await.unwrap().unwrap();
        acked += 1;
        while let Some(Some(Ok(_))) = socket.next().now_or_never() {
            acked += 1;
        }
    }
    start.elapsed() / u32::try_from(TOGETHER).unwrap()
}
