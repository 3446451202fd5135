//! Benchmarks of the relay on loopback, with the NATS server that `SLACK_RTM_NATS_SERVER` names.
//!
//! `cargo bench -p slack-rtm-relay --bench relay [publish] [idle] [failover]`; without a name, all of them run.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "it is a program for us")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, message::PublishMessage, stream};
use futures_util::StreamExt as _;
use slack_rtm::models::RawEvent;
use slack_rtm_relay::publisher::Publisher;
use slack_rtm_relay::routing::{Routed, route};
use slack_rtm_relay::{Name, Subjects, canonical_id};
use slack_rtm_test::FakeSlack;

const IN_FLIGHT: usize = 256;
const EVENTS: usize = 30_000;
const ROUNDS: usize = 5;
const CHANNELS: usize = 1_000;
const IDLE: usize = 1_000;
const FIRST: usize = 50;

/// A process that is killed when this is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    let Some(program) = std::env::var_os("SLACK_RTM_NATS_SERVER") else {
        println!("skipped: SLACK_RTM_NATS_SERVER names no NATS server");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"]);
    let _server = Process(command.arg(folder.path().join("nats")).stderr(Stdio::null()).spawn().unwrap());
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let url = format!("nats://127.0.0.1:{port}");
    if wanted("publish") {
        publish(&url).await;
    }
    if wanted("idle") {
        idle(&url, folder.path()).await;
    }
    if wanted("failover") {
        failover(&url, folder.path()).await;
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn report(what: &str, value: f64, target: &str) {
    println!("{what}: {value:.2} ({target})");
}

fn event(number: usize) -> RawEvent {
    let channel = number % CHANNELS;
    RawEvent::new(format!(
        r#"{{"type":"message","user":"U01ALICE000","channel":"C{channel:09}","text":"Deployed revision {number} to the cluster; the checks are green and nobody has to do anything.","client_msg_id":"1e2b0f4a-0f43-4d1c-8e6f-{number:012}","team":"T01ACME0000","source_team":"T01ACME0000","user_team":"T01ACME0000","ts":"17{number:08}.000100","event_ts":"17{number:08}.000100"}}"#
    ))
}

async fn fresh_stream(context: &jetstream::Context, subjects: &Subjects) {
    let _ = context.delete_stream("slack").await;
    let config = stream::Config {
        name: "slack".to_owned(),
        subjects: subjects.stream_subjects(),
        duplicate_window: Duration::from_secs(900),
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
}

/// The throughput from a frame to its acknowledgement, relative to a bare publisher that is given the subject and the id.
async fn publish(url: &str) {
    let context = jetstream::new(async_nats::connect(url).await.unwrap());
    let subjects = Subjects::new(Name::new("slack").unwrap());
    let token = Name::new("acme").unwrap();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fresh_stream(&context, &subjects).await;
        let events: Vec<_> = (0..EVENTS).map(event).collect();
        let began = Instant::now();
        let acks = futures_util::stream::iter(events.into_iter().enumerate()).map(|(number, event)| {
            let (context, channel) = (&context, number % CHANNELS);
            async move {
                let message = PublishMessage::build()
                    .payload(event.into_bytes())
                    .message_id(format!("T01ACME0000.C{channel:09}.17{number:08}.000100"));
                let subject = format!("slack.T01ACME0000.event.message.C{channel:09}");
                context.send_publish(subject, message).await.unwrap().await.unwrap();
            }
        });
        acks.buffer_unordered(IN_FLIGHT).for_each(|()| async {}).await;
        bare.push(began.elapsed());

        fresh_stream(&context, &subjects).await;
        let events: Vec<_> = (0..EVENTS).map(event).collect();
        let publisher = Publisher::start(context.clone(), IN_FLIGHT, 64 << 20);
        let began = Instant::now();
        for event in events {
            let routed = route(&subjects, &canonical_id, "T01ACME0000", &token, event);
            let Routed::Stored { message, .. } = routed else { panic!("a message has an identity") };
            if let Err(message) = publisher.try_submit(message) {
                publisher.submit(*message).await;
            }
        }
        assert!(publisher.flush(Duration::from_secs(60)).await);
        ours.push(began.elapsed());
    }
    bare.sort();
    ours.sort();
    let (bare, ours) = (bare[ROUNDS / 2].as_secs_f64(), ours[ROUNDS / 2].as_secs_f64());
    println!(
        "{:.0} events/s bare, {:.0} through the relay's path",
        EVENTS as f64 / bare,
        EVENTS as f64 / ours
    );
    report("publish path against a bare publisher", bare / ours, "at least 0.7");
}

/// Starts a host with a number of tokens.
fn host(url: &str, folder: &Path, name: &str, slack: &FakeSlack, tokens: usize, health: u16) -> Process {
    let token = folder.join("token");
    std::fs::write(&token, "xoxb-bench").unwrap();
    let mut config = format!(
        "host = \"{name}\"\nlisten = \"127.0.0.1:{health}\"\n[stream]\nname = \"{0}\"\nprefix = \"{0}\"\n[nats]\nservers = [\"{url}\"]\n[relay]\ndials_per_second = 500\n",
        "bench"
    );
    for number in 0..tokens {
        config += &format!(
            "[[tokens]]\nname = \"t{number}\"\nfile = {:?}\napi_url = \"{}\"\n",
            token.display().to_string(),
            slack.base_url()
        );
    }
    let file = folder.join(format!("{name}.toml"));
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_slack-rtm-relay"));
    Process(command.args(["run", "--config"]).arg(file).env("RUST_LOG", "error").spawn().unwrap())
}

async fn ready(port: u16) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    loop {
        if let Ok(mut stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
            let mut answer = String::new();
            let request = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            let asked = stream.write_all(request.as_bytes()).await.is_ok();
            if asked && stream.read_to_string(&mut answer).await.is_ok() && answer.contains(" 200 ") {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn resident(process: &Process) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The resident memory of a token that is connected, leased and idle.
async fn idle(url: &str, folder: &Path) {
    let slack = FakeSlack::start().await.unwrap();
    let mut sizes = Vec::new();
    for tokens in [FIRST, FIRST + IDLE] {
        let health = free_port();
        let host = host(url, folder, &format!("idle-{tokens}"), &slack, tokens, health);
        ready(health).await;
        // Long enough for leases to be renewed and pings to be answered.
        tokio::time::sleep(Duration::from_secs(15)).await;
        sizes.push(resident(&host));
        drop(host);
        // Until its leases and its heartbeat have expired.
        tokio::time::sleep(Duration::from_secs(12)).await;
    }
    println!("{} KiB with {FIRST} tokens, {} KiB with {}", sizes[0], sizes[1], FIRST + IDLE);
    report(
        &format!("{IDLE} idle tokens, KiB each"),
        (sizes[1] - sizes[0]) as f64 / IDLE as f64,
        "at most 40",
    );
}

/// The longest pause in the stream while one of two hosts is killed.
async fn failover(url: &str, folder: &Path) {
    const MESSAGES: usize = 800;
    let slack = FakeSlack::start().await.unwrap();
    let mut longest = Duration::ZERO;
    let context = jetstream::new(async_nats::connect(url).await.unwrap());
    for round in 0..3 {
        let (health_a, health_b) = (free_port(), free_port());
        let a = host(url, folder, &format!("a{round}"), &slack, 1, health_a);
        let b = host(url, folder, &format!("b{round}"), &slack, 1, health_b);
        ready(health_a).await;
        ready(health_b).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let stream = context.get_stream("bench").await.unwrap();
        let config = pull::Config {
            ack_policy: AckPolicy::None,
            deliver_policy: jetstream::consumer::DeliverPolicy::New,
            filter_subject: "bench.*.event.message.>".to_owned(),
            ..Default::default()
        };
        let mut events = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
        let talk = async {
            for number in 0..MESSAGES {
                slack.user("U01ALICE000").says("C01GENERAL0", &format!("{number}")).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let mut killed = Some(if round % 2 == 0 { a } else { b });
        let kill = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(killed.take());
        };
        let listen = async {
            let (mut last, mut pause) = (None::<Instant>, Duration::ZERO);
            for number in 0..MESSAGES {
                let next = tokio::time::timeout(Duration::from_secs(30), events.next()).await;
                assert!(next.is_ok(), "only {number} of {MESSAGES} came");
                let now = Instant::now();
                pause = pause.max(last.map_or(Duration::ZERO, |last| now - last));
                last = Some(now);
            }
            pause
        };
        let ((), (), pause) = tokio::join!(talk, kill, listen);
        longest = longest.max(pause);
    }
    report("the longest pause when a host dies, s", longest.as_secs_f64(), "at most 2, and nothing lost");
}
