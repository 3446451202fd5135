//! How much a session costs: events from the socket to the user's hand against a bare loop that decodes in one task; memory of idle sessions; commands.
//!
//! `cargo bench -p slack-rtm-session --bench session [sessions]`. Compare ratios of one run; absolute figures are the machine's.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "it is a program for us")]

use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _};
use slack_rtm_apis::Client;
use slack_rtm_models::Event;
use slack_rtm_session::{Config, Item, Session};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{ClientBuilder, ServerBuilder};

const EVENTS: usize = 400_000;
const ROUNDS: usize = 7;

fn corpus() -> Vec<String> {
    (0..2_000)
        .map(|number| match number % 20 {
            0..=11 => {
                let words = "lorem ipsum \\\"dolor\\\" sit amet ".repeat(4 + number % 17);
                format!(
                    r#"{{"type":"message","channel":"C{:08}","user":"U01ALICE000","text":"{words}","ts":"17{number:08}.000100","team":"T01ACME0000","client_msg_id":"9a8b7c6d-{number:04}","blocks":[{{"type":"rich_text","block_id":"Xy{number}","elements":[{{"type":"rich_text_section","elements":[{{"type":"text","text":"{words}"}}]}}]}}],"source_team":"T01ACME0000","user_team":"T01ACME0000","event_ts":"17{number:08}.000100"}}"#,
                    number % 50
                )
            }
            12..=14 => r#"{"type":"user_typing","channel":"C01GENERAL0","id":1,"user":"U01ALICE000"}"#.to_owned(),
            15..=16 => r#"{"type":"presence_change","user":"U01ALICE000","presence":"away"}"#.to_owned(),
            17..=18 => format!(
                r#"{{"type":"reaction_added","user":"U01ALICE000","reaction":"thumbsup","item_user":"U01BOB00000","item":{{"type":"message","channel":"C01GENERAL0","ts":"17{number:08}.000100"}},"event_ts":"17{number:08}.000200"}}"#
            ),
            _ => format!(r#"{{"type":"channel_marked","channel":"C01GENERAL0","ts":"17{number:08}.000100"}}"#),
        })
        .collect()
}

fn wire(text: &str, out: &mut Vec<u8>) {
    out.push(0x81);
    match text.len() {
        length @ 0..126 => out.push(u8::try_from(length).unwrap()),
        length => {
            out.push(126);
            out.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

/// What the server does on a connection after hello.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Flood(usize),
    Ack,
}

/// The server, in a thread of its own: rtm.connect and message server on two ports.
fn serve(role: Role) -> (u16, u16) {
    let (sender, ports) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let ws = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let ws_port = ws.local_addr().unwrap().port();
            sender.send((http.local_addr().unwrap().port(), ws_port)).unwrap();
            tokio::spawn(async move {
                while let Ok((stream, _)) = http.accept().await {
                    tokio::spawn(answer(stream, ws_port));
                }
            });
            while let Ok((stream, _)) = ws.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(talk(stream, role));
            }
        });
    });
    ports.recv().unwrap()
}

async fn answer(stream: TcpStream, ws_port: u16) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
        }
        let body = format!(
            r#"{{"ok":true,"url":"ws://127.0.0.1:{ws_port}/x","self":{{"id":"U1","name":"r"}},"team":{{"id":"T1","name":"A","domain":"a"}}}}"#
        );
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all((head + &body).as_bytes()).await?;
    }
}

async fn talk(stream: TcpStream, role: Role) -> Result<(), tokio_websockets::Error> {
    use futures_util::SinkExt as _;
    use tokio_websockets::Message;
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    socket.send(Message::text(r#"{"type":"hello"}"#)).await?;
    match role {
        Role::Flood(count) => {
            let mut bytes = Vec::new();
            let corpus = corpus();
            (0..count.min(corpus.len())).for_each(|number| wire(&corpus[number], &mut bytes));
            for _ in 0..count.div_ceil(corpus.len()) {
                socket.get_mut().write_all(&bytes).await?;
            }
        }
        Role::Ack => {
            let mut next = socket.next().await;
            while let Some(Ok(message)) = next {
                let text = message.as_text().unwrap_or_default();
                let id = text.split("\"id\":").nth(1).unwrap_or("0").split([',', '}']).next().unwrap();
                socket.feed(Message::text(format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.0"}}"#))).await?;
                // What has come together is answered together.
                next = match socket.next().now_or_never() {
                    Some(next) => next,
                    None => {
                        socket.flush().await?;
                        socket.next().await
                    }
                };
            }
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        if let Some(text) = message.as_text()
            && let Some(id) = text.strip_prefix(r#"{"type":"ping","id":"#)
        {
            socket.send(Message::text(format!(r#"{{"type":"pong","reply_to":{id}"#))).await?;
        }
    }
    let mut rest = [0; 64];
    while socket.get_mut().read(&mut rest).await? > 0 {}
    Ok(())
}

fn client(port: u16) -> Client {
    Client::builder().token("xoxb-1").base_url(format!("http://127.0.0.1:{port}/api")).build().unwrap()
}

/// How long this thread has had a processor: what others do on the machine does not count.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

async fn bare(ws_port: u16) -> Duration {
    let builder = ClientBuilder::new().uri(&format!("ws://127.0.0.1:{ws_port}/x")).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", ws_port)).await.unwrap();
    let (mut socket, _) = builder.connect_on(stream).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let start = cpu_time();
    for _ in 0..EVENTS {
        let message = socket.next().await.unwrap().unwrap();
        let event = Event::from_slice(message.as_payload()).unwrap();
        std::hint::black_box(&event);
    }
    cpu_time() - start
}

async fn session(port: u16) -> Duration {
    let mut session = Session::builder(client(port)).open().await.unwrap();
    session.next().await.unwrap();
    let start = cpu_time();
    let mut count = 0;
    while count < EVENTS {
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

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn commands(port: u16, in_flight: usize, count: usize) -> Duration {
    let mut config = Config::default();
    config.send_interval = Duration::ZERO;
    let (sender, _events) = Session::builder(client(port)).config(config).open().await.unwrap().split();
    let start = Instant::now();
    let mut waiting = std::collections::VecDeque::new();
    for _ in 0..count {
        if waiting.len() == in_flight {
            let delivery: slack_rtm_session::Delivery = waiting.pop_front().unwrap();
            assert!(delivery.await.is_acked());
        }
        waiting.push_back(sender.send_message("C01GENERAL0", "hello"));
    }
    for delivery in waiting {
        assert!(delivery.await.is_acked());
    }
    start.elapsed() / u32::try_from(count).unwrap()
}

async fn raw_round_trips(ws_port: u16, count: usize) -> Duration {
    use futures_util::SinkExt as _;
    let builder = ClientBuilder::new().uri(&format!("ws://127.0.0.1:{ws_port}/x")).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", ws_port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut socket, _) = builder.connect_on(stream).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let start = Instant::now();
    for id in 0..count {
        let text = format!(r#"{{"type":"message","id":{id},"channel":"C01GENERAL0","text":"hello"}}"#);
        socket.send(tokio_websockets::Message::text(text)).await.unwrap();
        socket.next().await.unwrap().unwrap();
    }
    start.elapsed() / u32::try_from(count).unwrap()
}

fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        println!("{}", serve(Role::Flood(20)).0);
        loop {
            std::thread::park();
        }
    }
    let sessions = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (port, ws_port) = serve(Role::Flood(EVENTS));
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let bare = runtime.block_on(bare(ws_port));
            let session = runtime.block_on(session(port));
            let nanos = |time: Duration| time.as_nanos() / EVENTS as u128;
            println!("bare loop {} ns, session {} ns an event", nanos(bare), nanos(session));
            bare.as_secs_f64() / session.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("session to bare loop: {:.3} of its rate (median)", ratios[ROUNDS / 2]);

    let (port, ws_port) = serve(Role::Ack);
    println!("raw round trip: {:?}", runtime.block_on(raw_round_trips(ws_port, 20_000)));
    println!("send to ack, one at a time: {:?}", runtime.block_on(commands(port, 1, 20_000)));
    println!("send to ack, 64 in flight: {:?} each", runtime.block_on(commands(port, 64, 400_000)));

    // In a process of its own, so that the server's memory does not count.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    let port = line.trim().parse().unwrap();
    let client = client(port);
    runtime.block_on(async {
        let mut open = Vec::new();
        let mut before = 0;
        for number in 0..sessions + 10 {
            if number == 10 {
                before = resident();
            }
            // A token's sessions share its budget, which is not made for as many as this.
            let mut config = Config::default();
            config.calls_per_minute = usize::MAX;
            let mut session = Session::builder(client.clone()).config(config).open().await.unwrap();
            for _ in 0..21 {
                session.next().await.unwrap();
            }
            open.push(session);
        }
        let grown = resident() - before;
        println!("{} idle sessions: {:.1} KiB each", sessions, grown as f64 / sessions as f64);
        tokio::time::sleep(Duration::from_secs(12)).await;
        let ready = open.iter().filter(|session| session.sender().health().is_ready()).count();
        println!("ready after 12 s: {ready} of {}", open.len());
    });
    child.kill().unwrap();
    child.wait().unwrap();
}
