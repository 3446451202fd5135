//! One connection of the message server. The only file that names the WebSocket crate.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_core::Stream as _;
use futures_sink::Sink as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_websockets::{CloseCode, Limits, Message, ServerBuilder, WebSocketStream};

use crate::script::{First, Script, Unacknowledged, Upgrade};
use crate::state::{Dial, Frame, State, lock};

/// How many orders a connection keeps until it comes to them.
const ORDERS: usize = 1024;

/// What a test tells an open connection to do.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Text(String),
    Binary(Vec<u8>),
    Close(Option<u16>),
    Die,
}

/// Serves a connection whose first bytes ask for the message server.
pub(crate) async fn serve(mut stream: TcpStream, state: &State) {
    let script = state.script();
    match script.upgrade {
        Upgrade::Accepted => {}
        Upgrade::Refused(status) => {
            let answer =
                format!("HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.read(&mut [0; 4096]).await;
            dialled(state, String::new(), false);
            let _ = stream.write_all(answer.as_bytes()).await;
            return;
        }
        Upgrade::Unanswered => {
            dialled(state, String::new(), false);
            // The stream is kept, so that the client waits.
            pending::<()>().await;
        }
    }
    let builder = ServerBuilder::new().limits(Limits::default().max_payload_len(Some(16 << 20)));
    let Ok((request, socket)) = builder.accept(stream).await else { return };
    let ticket = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let valid = state.take(&ticket);
    let connection = dialled(state, ticket, valid);
    let (sender, orders) = mpsc::channel(ORDERS);
    let mut socket = Socket { socket, state, script, connection, pongs: 0, acks: 0 };
    let _ = socket.run(valid, sender, orders).await;
    lock(&state.sockets).retain(|(open, _)| *open != connection);
}

fn dialled(state: &State, ticket: String, valid: bool) -> u64 {
    let connection = state.connections.fetch_add(1, Ordering::Relaxed);
    lock(&state.dials).push(Dial { at: Instant::now(), connection, ticket, valid });
    connection
}

struct Socket<'a> {
    socket: WebSocketStream<TcpStream>,
    state: &'a State,
    script: Script,
    connection: u64,
    pongs: u32,
    acks: u32,
}

/// What comes next on a connection.
enum Next {
    Frame(Message),
    Order(Order),
    Goodbye,
    Gone,
}

impl Socket<'_> {
    /// Gives `None` when the connection is over, however it ended.
    async fn run(
        &mut self,
        valid: bool,
        sender: mpsc::Sender<Order>,
        mut orders: mpsc::Receiver<Order>,
    ) -> Option<()> {
        let began = tokio::time::Instant::now();
        let mut goodbye = self.script.goodbye_after;
        self.greet(valid).await?;
        lock(&self.state.sockets).push((self.connection, sender));
        loop {
            let dies = self.script.dies_after;
            let next = tokio::select! {
                frame = poll_fn(|cx| Pin::new(&mut self.socket).poll_next(cx)) => frame.and_then(Result::ok).map_or(Next::Gone, Next::Frame),
                Some(order) = orders.recv() => Next::Order(order),
                () = until(began, goodbye) => Next::Goodbye,
                () = until(began, dies) => Next::Gone,
            };
            match next {
                Next::Frame(frame) => self.frame(&frame).await?,
                Next::Order(Order::Text(text)) => self.write(Message::text(text)).await?,
                Next::Order(Order::Binary(bytes)) => self.write(Message::binary(bytes)).await?,
                Next::Order(Order::Close(code)) => {
                    let code = code.and_then(|code| CloseCode::try_from(code).ok());
                    self.write(Message::close(code, "")).await?;
                }
                Next::Goodbye => {
                    goodbye = None;
                    self.send(&json!({ "type": "goodbye" })).await?;
                }
                Next::Order(Order::Die) | Next::Gone => return None,
            }
        }
    }

    async fn greet(&mut self, valid: bool) -> Option<()> {
        if !valid {
            let error = json!({ "type": "error", "error": { "code": 1, "msg": "Socket URL has expired" } });
            return self.send(&error).await;
        }
        match self.script.first.clone() {
            First::Hello => self.send(&json!({ "type": "hello" })).await?,
            First::Nothing => {}
            First::Error(code, message) => {
                self.send(&json!({ "type": "error", "error": { "code": code, "msg": message } })).await?;
            }
        }
        for event in self.script.events.clone() {
            self.write(Message::text(event)).await?;
        }
        Some(())
    }

    async fn frame(&mut self, frame: &Message) -> Option<()> {
        if frame.is_close() {
            // The crate answers by itself; a server that ignores the close neither answers nor leaves.
            return if self.script.ignores_close { pending().await } else { None };
        }
        let text = frame.as_text()?.to_owned();
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        lock(&self.state.frames).push(Frame { at: Instant::now(), connection: self.connection, text });
        match value["type"].as_str() {
            Some("ping") => self.pong(value).await,
            Some("message") => self.ack(&value).await,
            _ => Some(()),
        }
    }

    /// Repeats what the ping carried, as Slack does.
    async fn pong(&mut self, mut ping: Value) -> Option<()> {
        if self.script.half_open_after.is_some_and(|pongs| self.pongs >= pongs) {
            return pending().await;
        }
        self.pongs += 1;
        if let Some(map) = ping.as_object_mut() {
            map.insert("type".to_owned(), "pong".into());
            if let Some(id) = map.remove("id") {
                map.insert("reply_to".to_owned(), id);
            }
        }
        self.send(&ping).await
    }

    async fn ack(&mut self, message: &Value) -> Option<()> {
        self.acks += 1;
        match self.script.unacknowledged {
            Unacknowledged::All => return Some(()),
            Unacknowledged::First(n) if self.acks <= n => return Some(()),
            _ => {}
        }
        let reply = if message["text"].as_str().is_none_or(str::is_empty) {
            json!({ "ok": false, "reply_to": message["id"], "error": { "code": 2, "msg": "message text is missing" } })
        } else {
            let n = self.state.messages.fetch_add(1, Ordering::Relaxed);
            json!({ "ok": true, "reply_to": message["id"], "ts": format!("1700000000.{n:06}"), "text": message["text"] })
        };
        self.send(&reply).await
    }

    async fn send(&mut self, value: &Value) -> Option<()> {
        self.write(Message::text(value.to_string())).await
    }

    async fn write(&mut self, message: Message) -> Option<()> {
        let mut socket = Pin::new(&mut self.socket);
        poll_fn(|cx| socket.as_mut().poll_ready(cx)).await.ok()?;
        socket.as_mut().start_send(message).ok()?;
        poll_fn(|cx| socket.as_mut().poll_flush(cx)).await.ok()
    }
}

async fn until(began: tokio::time::Instant, after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep_until(began + after).await,
        None => pending().await,
    }
}
