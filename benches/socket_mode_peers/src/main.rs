//! Socket Mode on loopback: sessions of slack-rtm beside slack-morphism's client at its defaults, in one run.
//!
//! `cargo run --release --manifest-path benches/socket_mode_peers/Cargo.toml -- [rate] [latency] [idle=SESSIONS]`; without an argument, all of them with 1,000
//! sessions. The server is another process. Its events are those of the benches of slack-rtm-session, in envelopes. Absolute figures are the machine's.
//!
//! Both clients speak plain HTTP and WebSocket: slack-morphism is given hyper's plain connector and the address of the server as its API, which are settings of
//! its own, and connects to whatever address apps.connections.open returns. Both decode each event into its type, and acknowledge each envelope.
#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a program for developers")]

mod envelopes;
mod idle;
mod morphism;
mod ours;
mod server;

use std::time::Duration;

use server::{Mode, Server};

/// How often the clients take turns.
const ROUNDS: usize = 5;

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == Server::ARGUMENT) {
        return Server::run();
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    let server = Server::start();
    if wanted("rate") {
        rate(&server);
    }
    if wanted("latency") {
        latency(&server);
    }
    let idle = arguments.iter().find_map(|argument| argument.strip_prefix("idle=")?.parse().ok());
    if let Some(sessions) = idle.or(arguments.is_empty().then_some(1_000)) {
        idle::measure(&server, sessions);
    }
}

/// Events a second, from the first envelope to the last acknowledgement.
fn rate(server: &Server) {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let theirs = server.result_of(Mode::Rate, |url| morphism::run(url, LIMIT));
        let ours = server.result_of(Mode::Rate, |url| ours::run(url, LIMIT));
        println!("slack-morphism {:.0}, slack-rtm {:.0} events a second", theirs[0], ours[0]);
        ratios.push(ours[0] / theirs[0]);
    }
    report("events a second, to those of slack-morphism", median(ratios), "at least 4");
}

/// Milliseconds from an envelope to its acknowledgement, at 2,000 events a second.
fn latency(server: &Server) {
    let mut p99 = Vec::new();
    for _ in 0..3 {
        let theirs = server.result_of(Mode::Latency, |url| morphism::run(url, LIMIT));
        let ours = server.result_of(Mode::Latency, |url| ours::run(url, LIMIT));
        println!(
            "slack-morphism p50 {:.3}, p99 {:.3}, max {:.3} ms; slack-rtm p50 {:.3}, p99 {:.3}, max {:.3} ms",
            theirs[0], theirs[1], theirs[2], ours[0], ours[1], ours[2]
        );
        p99.push(ours[1]);
    }
    report("acknowledgement at 2,000 events a second, p99 in ms", median(p99), "at most 5");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(what: &str, value: f64, wanted: &str) {
    println!("{what:<58} {value:>10.3}   wanted: {wanted}");
}
