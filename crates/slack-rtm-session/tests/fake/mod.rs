//! A server that is controlled by the test: rtm.connect over HTTP, and connections that the test drives itself.
#![allow(dead_code, reason = "not every test uses everything")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "it is a test's")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use slack_rtm_apis::Client;
use slack_rtm_session::{Config, Item, Session, SessionBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

pub const TOKEN: &str = "xoxb-TOKENSECRET";

/// The timeout of anything that should happen at once.
pub const SOON: Duration = Duration::from_secs(5);

pub struct Fake {
    pub port: u16,
    pub calls: Arc<AtomicUsize>,
    sockets: mpsc::UnboundedReceiver<TcpStream>,
}

/// Returns the answer of rtm.connect by the number of the call, from 1: status, headers, body. `{url}` is replaced by an address, `{port}` by the message server's
/// port.
pub type Answers = fn(usize) -> (u16, &'static str, String);

pub fn good(_: usize) -> (u16, &'static str, String) {
    let body = r#"{"ok":true,"url":"{url}","self":{"id":"U1","name":"robot"},"team":{"id":"T1","name":"Acme","domain":"acme"}}"#;
    (200, "", body.to_owned())
}

pub async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

impl Fake {
    pub async fn start(answers: Answers) -> Self {
        let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ws = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = http.local_addr().unwrap().port();
        let ws_port = ws.local_addr().unwrap().port();
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = calls.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = http.accept().await {
                let counter = counter.clone();
                tokio::spawn(async move {
                    while head(&mut stream).await.starts_with("GET /api/rtm.connect") {
                        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                        let (status, headers, body) = answers(number);
                        let url = format!("ws://127.0.0.1:{ws_port}/TICKETSECRET-{number}?q=1");
                        let body = body.replace("{url}", &url).replace("{port}", &ws_port.to_string());
                        let head = format!(
                            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
                            body.len()
                        );
                        stream.write_all((head + &body).as_bytes()).await.unwrap();
                    }
                });
            }
        });
        let (sender, sockets) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = ws.accept().await {
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { port, calls, sockets }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> Client {
        Client::builder()
            .token(TOKEN)
            .base_url(format!("http://127.0.0.1:{}/api", self.port))
            .build()
            .unwrap()
    }

    pub fn builder(&self) -> SessionBuilder {
        Session::builder(self.client())
    }

    /// Accepts a TCP connection to the message server.
    pub async fn tcp(&mut self) -> TcpStream {
        soon(self.sockets.recv()).await.unwrap()
    }

    /// Accepts a connection, and upgrades it.
    pub async fn upgraded(&mut self) -> Peer {
        let stream = self.tcp().await;
        let (_, socket) = soon(ServerBuilder::new().accept(stream)).await.unwrap();
        Peer { socket, pings: 0 }
    }

    /// Accepts a connection, upgrades it, and says hello.
    pub async fn greeted(&mut self) -> Peer {
        let mut peer = self.upgraded().await;
        peer.send(r#"{"type":"hello"}"#).await;
        peer
    }

    pub async fn open(&mut self, builder: SessionBuilder) -> (Session, Peer) {
        let (session, peer) = tokio::join!(builder.open(), self.greeted());
        let mut session = session.unwrap();
        assert!(matches!(next(&mut session).await, Item::Connected(_)));
        (session, peer)
    }
}

/// The server's end of a connection.
pub struct Peer {
    pub socket: WebSocketStream<TcpStream>,
    pub pings: usize,
}

impl Peer {
    pub async fn send(&mut self, json: &str) {
        self.socket.send(Message::text(json.to_owned())).await.unwrap();
    }

    /// Receives the next frame, and answers pings. `None` at the end.
    pub async fn receive(&mut self) -> Option<Value> {
        loop {
            let message = self.socket.next().await?.ok()?;
            if message.is_close() {
                return None;
            }
            let Some(text) = message.as_text() else { continue };
            let json: Value = serde_json::from_str(text).unwrap();
            if json["type"] != "ping" {
                return Some(json);
            }
            self.pings += 1;
            self.send(&format!(r#"{{"type":"pong","reply_to":{}}}"#, json["id"])).await;
        }
    }

    /// Receives a close frame, and returns its code.
    pub async fn closed_with(&mut self) -> Option<u16> {
        while let Some(Ok(message)) = soon(self.socket.next()).await {
            if let Some((code, _)) = message.as_close() {
                return Some(code.into());
            }
        }
        None
    }

    /// Sends a close frame.
    pub async fn close(&mut self) {
        self.socket.send(Message::close(None, "")).await.unwrap();
    }

    pub async fn ack(&mut self, command: &Value, ts: &str) {
        self.send(&format!(r#"{{"ok":true,"reply_to":{},"ts":"{ts}"}}"#, command["id"])).await;
    }
}

pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(SOON, future).await.expect("it takes too long")
}

pub async fn next(session: &mut Session) -> Item {
    soon(session.next()).await.expect("the end")
}

pub fn message(channel: &str, ts: &str) -> String {
    format!(r#"{{"type":"message","channel":"{channel}","text":"x","ts":"{ts}"}}"#)
}

/// Returns the `ts` of an event.
pub fn ts(item: &Item) -> String {
    let Item::Event(event) = item else { panic!("{item:?}") };
    let json: Value = serde_json::from_slice(event.as_bytes()).unwrap();
    json["ts"].as_str().unwrap_or("none").to_owned()
}

/// Returns short times for tests.
pub fn quick() -> Config {
    let mut config = Config::default();
    config.ping_interval = Duration::from_millis(200);
    config.pong_timeout = Duration::from_millis(200);
    config.write_timeout = Duration::from_millis(500);
    config.ack_timeout = Duration::from_millis(500);
    config.hello_timeout = Duration::from_millis(300);
    config.dial_timeout = Duration::from_millis(300);
    config.late_reply_window = Duration::from_millis(200);
    config.drain_timeout = Duration::from_millis(200);
    config.close_timeout = Duration::from_millis(300);
    config.backoff_base = Duration::from_millis(50);
    config
}
