//! What a session costs, as ratios of one run on loopback.
//!
//! `cargo bench -p slack-rtm-session --bench session [rate] [commands] [together] [opening] [blocked] [fill] [idle=SESSIONS] [backfill] [events=N]`; without a name, all
//! of them with 1,000 sessions. With `backfill`, the sessions of `rate` and `idle` would fill gaps; `events` are those of `rate`, fewer for a profiler.
//! Absolute figures are the machine's.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "it is a program for us")]

mod commands;
mod corpus;
mod fill;
mod memory;
mod opening;
mod rate;
mod server;

use slack_rtm_apis::Client;
use slack_rtm_session::{Backfill, Session, SessionBuilder};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, WebSocketStream};

/// How often what is compared takes turns.
const ROUNDS: usize = 7;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [name, events] = &arguments[..]
        && name == server::Process::ARGUMENT
    {
        return server::Process::run(events.parse().unwrap());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let has_backfill = arguments.iter().any(|argument| argument == "backfill");
    runtime.block_on(async {
        let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
        let number =
            |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name)?.parse().ok());
        if wanted("blocked") {
            memory::blocked().await;
        }
        if wanted("rate") {
            rate::measure(number("events=").unwrap_or(rate::EVENTS), has_backfill).await;
        }
        if wanted("fill") {
            fill::measure().await;
        }
        if wanted("commands") {
            commands::measure().await;
        }
        if wanted("together") {
            commands::measure_together().await;
        }
        if wanted("opening") {
            opening::measure().await;
        }
        if let Some(sessions) = number("idle=").or(arguments.is_empty().then_some(1_000)) {
            memory::idle(sessions, has_backfill).await;
        }
    });
}

fn client(port: u16) -> Client {
    Client::builder().token("xoxb-1").base_url(format!("http://127.0.0.1:{port}/api")).build().unwrap()
}

/// A socket as the session has one, and nothing else.
async fn connect(port: u16) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let builder = ClientBuilder::new().uri(&format!("ws://127.0.0.1:{port}/x")).unwrap();
    builder.connect_on(stream).await.unwrap().0
}

/// A session, which fills gaps if that is wanted.
fn session(client: Client, has_backfill: bool) -> SessionBuilder {
    let builder = Session::builder(client);
    if has_backfill { builder.backfill(Backfill::default()) } else { builder }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(what: &str, value: f64, wanted: &str) {
    println!("{what:<58} {value:>10.3}   wanted: {wanted}");
}
