//! From `open()` to the first event, and from nothing at all to hello.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use slack_rtm_apis::{reqwest, rustls};
use slack_rtm_session::{Item, Session};
use url::Url;

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
    let (mut by_hand, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        by_hand.push(start_by_hand(ports.http).await.as_secs_f64());
        ours.push(start(ports.http).await.as_secs_f64());
    }
    report("a start to hello, times that by hand", median(ours) / median(by_hand), "at most 1.5");
}

/// What a program does that has reqwest and tokio-websockets alone. Its TLS trusts nobody, so it reads no certificates, as ours does not.
async fn start_by_hand(port: u16) -> Duration {
    let start = Instant::now();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let http = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let request = http.get(format!("http://127.0.0.1:{port}/api/rtm.connect")).bearer_auth("xoxb-1");
    let body = request.send().await.unwrap().bytes().await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let url = Url::parse(answer["url"].as_str().unwrap()).unwrap();
    let mut socket = connect(url.port().unwrap()).await;
    socket.next().await.unwrap().unwrap();
    start.elapsed()
}

async fn start(port: u16) -> Duration {
    let start = Instant::now();
    let _session = Session::builder(client(port)).open().await.unwrap();
    start.elapsed()
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
