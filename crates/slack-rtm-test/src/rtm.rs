//! Serves an RTM connection.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::future::pending;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_websockets::Message;

use crate::clock::now;
use crate::log::{Dial, Frame};
use crate::order::Order;
use crate::script::{First, Replies, Script};
use crate::state::{Kind, Open, Shared};
use crate::websocket::WebSocket;
use crate::world::ROBOT;

/// The number of orders that wait for a connection.
const ORDERS: usize = 1024;

/// Serves a connection until it ends.
pub(crate) async fn serve(
    socket: WebSocket,
    is_batch_aware: bool,
    dial: &Dial,
    script: Script,
    shared: &Shared,
) -> Option<()> {
    let connection = dial.connection;
    let kind = Kind::Rtm { is_batch_aware };
    let subscribed = HashSet::new();
    let mut socket = Socket {
        socket,
        shared,
        script,
        connection,
        is_batch_aware,
        pongs: 0,
        late_pongs: VecDeque::new(),
        is_half_open: false,
        messages: 0,
        subscribed,
    };
    tokio::time::sleep(socket.script.hello_after).await;
    let (sender, orders) = mpsc::channel(ORDERS);
    {
        // No event may be sent between hello and the registration of the connection.
        let _speaking = shared.speaking.lock().await;
        socket.greet(dial.valid).await?;
        shared.change(|state| state.sockets.push(Open { connection, kind, orders: sender }));
    }
    socket.open().await?;
    socket.run(orders).await
}

struct Socket<'a> {
    socket: WebSocket,
    shared: &'a Shared,
    script: Script,
    connection: u64,
    /// Whether the presence of several users is sent as one event.
    is_batch_aware: bool,
    pongs: u32,
    /// Pongs that are due later, with their times.
    late_pongs: VecDeque<(Instant, Value)>,
    /// Whether the connection has stopped reading and writing.
    is_half_open: bool,
    messages: u32,
    /// The users whose presence the client has subscribed to.
    subscribed: HashSet<String>,
}

/// The next thing that happens on a connection.
enum Next {
    Frame(Message),
    Order(Order),
    Goodbye,
    Pong,
    Gone,
}

impl Socket<'_> {
    async fn run(&mut self, mut orders: mpsc::Receiver<Order>) -> Option<()> {
        let began = Instant::now();
        let mut goodbye = self.script.goodbye_after;
        let dies = self.script.dies_after;
        loop {
            if self.is_half_open {
                // Keep reading orders, which are lost, so that the senders do not block.
                while let Some(order) = orders.recv().await {
                    if matches!(order, Order::Die) {
                        break;
                    }
                }
                return None;
            }
            let pong = self.late_pongs.front().map(|(at, _)| *at);
            let next = tokio::select! {
                frame = self.socket.next() => frame.map_or(Next::Gone, Next::Frame),
                Some(order) = orders.recv() => Next::Order(order),
                () = until(began, goodbye) => Next::Goodbye,
                () = until(began, dies) => Next::Gone,
                () = due(pong) => Next::Pong,
            };
            match next {
                Next::Frame(frame) => self.frame(&frame).await?,
                Next::Order(order) => self.obey(order).await?,
                Next::Goodbye => {
                    goodbye = None;
                    self.send(&json!({ "type": "goodbye" })).await?;
                }
                Next::Pong => {
                    if let Some((_, pong)) = self.late_pongs.pop_front() {
                        self.send(&pong).await?;
                    }
                }
                Next::Gone => return None,
            }
        }
    }

    async fn greet(&mut self, valid: bool) -> Option<()> {
        if !valid {
            let error = json!({ "type": "error", "error": { "code": 1, "msg": "Socket URL has expired" } });
            return self.send(&error).await;
        }
        match self.script.first.clone() {
            First::Hello => {
                self.send(&json!({ "type": "hello" })).await?;
                self.shared.change(|state| {
                    if let Some(dial) = state.dial_mut(self.connection) {
                        dial.greeted = Some(now());
                    }
                });
            }
            First::Nothing => {}
            First::Error(code, message) => {
                self.send(&json!({ "type": "error", "error": { "code": code, "msg": message } })).await?;
            }
        }
        Some(())
    }

    /// Sends what the script has beside hello.
    async fn open(&mut self) -> Option<()> {
        for event in std::mem::take(&mut self.script.events) {
            self.shared.lock().world.record_frame(&event);
            self.socket.write(Message::text(event)).await?;
        }
        Some(())
    }

    async fn obey(&mut self, order: Order) -> Option<()> {
        match order {
            Order::Presence(user) if self.subscribed.contains(&user) => self.tell_presence(vec![user]).await,
            order => self.socket.obey(order).await,
        }
    }

    async fn frame(&mut self, frame: &Message) -> Option<()> {
        if frame.is_close() {
            // The crate answers by itself, when it is polled again.
            return if self.script.ignores_close { self.socket.go_deaf().await } else { None };
        }
        // Pings of the protocol are answered by the crate.
        let Some(text) = frame.as_text().map(str::to_owned) else { return Some(()) };
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let seen = Frame { at: now(), connection: self.connection, text };
        self.shared.change(|state| state.frames.push(seen));
        match value["type"].as_str() {
            Some("ping") => self.pong(value).await,
            Some("message") => self.reply(&value).await,
            Some("presence_sub") => self.subscribe(&value["ids"]).await,
            Some("presence_query") => self.tell_presence(users(&value["ids"]).collect()).await,
            _ => Some(()),
        }
    }

    /// Answers a ping with its own members, as Slack does.
    async fn pong(&mut self, mut ping: Value) -> Option<()> {
        if self.script.half_open_after.is_some_and(|pongs| self.pongs >= pongs) {
            self.is_half_open = true;
            return Some(());
        }
        self.pongs += 1;
        if let Some(map) = ping.as_object_mut() {
            map.insert("type".to_owned(), "pong".into());
            if let Some(id) = map.remove("id") {
                map.insert("reply_to".to_owned(), id);
            }
        }
        if self.script.pong_after.is_zero() {
            return self.send(&ping).await;
        }
        self.late_pongs.push_back((Instant::now() + self.script.pong_after, ping));
        Some(())
    }

    async fn reply(&mut self, message: &Value) -> Option<()> {
        self.messages += 1;
        let (id, text) = (&message["id"], &message["text"]);
        if text.as_str().is_none_or(str::is_empty) {
            return self.send(&refusal(id, 2, "message text is missing")).await;
        }
        let is_refused = matches!(self.script.replies, Replies::Error(..));
        let ts = {
            let mut state = self.shared.lock();
            let ts = state.world.ts();
            // A refused message is not posted; a message whose acknowledgement is lost is.
            if !is_refused && let Some(channel) = message["channel"].as_str() {
                let more =
                    message["thread_ts"].as_str().map(|thread| ("thread_ts".to_owned(), thread.into()));
                let text = text.as_str().unwrap_or_default();
                state.world.say(channel, ROBOT, text, ts, more.into_iter().collect());
            }
            ts.to_string()
        };
        if self.script.echoes {
            let mut echo = message.clone();
            if let Some(map) = echo.as_object_mut() {
                map.remove("id");
                map.insert("reply_to".to_owned(), id.clone());
                map.insert("ts".to_owned(), ts.clone().into());
            }
            self.send(&echo).await?;
        }
        match &self.script.replies {
            Replies::Nothing => Some(()),
            Replies::AcksAfter(first) if self.messages <= *first => Some(()),
            Replies::Error(code, words) => {
                let refusal = refusal(id, *code, words);
                self.send(&refusal).await
            }
            Replies::Acks | Replies::AcksAfter(_) => {
                self.send(&json!({ "ok": true, "reply_to": id, "ts": ts, "text": text })).await
            }
        }
    }

    /// Replaces the presence subscription, and sends the presence of new users at once.
    async fn subscribe(&mut self, ids: &Value) -> Option<()> {
        let before = std::mem::replace(&mut self.subscribed, users(ids).collect());
        let new: Vec<_> = self.subscribed.difference(&before).cloned().collect();
        self.tell_presence(new).await
    }

    /// Sends one event for each user, or one for all if the client is batch aware.
    async fn tell_presence(&mut self, users: Vec<String>) -> Option<()> {
        if self.is_batch_aware {
            let mut by_presence = BTreeMap::<String, Vec<String>>::new();
            for user in users {
                let presence = self.shared.lock().presence_of(&user).to_owned();
                by_presence.entry(presence).or_default().push(user);
            }
            for (presence, users) in by_presence {
                self.send(&json!({ "type": "presence_change", "users": users, "presence": presence }))
                    .await?;
            }
            return Some(());
        }
        for user in users {
            let presence = self.shared.lock().presence_of(&user).to_owned();
            self.send(&json!({ "type": "presence_change", "user": user, "presence": presence })).await?;
        }
        Some(())
    }

    async fn send(&mut self, value: &Value) -> Option<()> {
        self.socket.write(Message::text(value.to_string())).await
    }
}

fn refusal(id: &Value, code: i64, message: &str) -> Value {
    json!({ "ok": false, "reply_to": id, "error": { "code": code, "msg": message } })
}

fn users(ids: &Value) -> impl Iterator<Item = String> {
    ids.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => pending().await,
    }
}

async fn until(began: Instant, after: Option<Duration>) {
    due(after.map(|after| began + after)).await;
}
