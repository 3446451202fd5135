//! Serves a Socket Mode connection.

use std::future::pending;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::now;
use crate::log::{Dial, Frame};
use crate::order::Order;
use crate::script::{First, Script};
use crate::state::{Kind, Open, Shared};
use crate::websocket::{Received, WebSocket};
use crate::world::APP;

/// The number of orders that wait for a connection.
const ORDERS: usize = 1024;

/// The maximum number of connections of an app.
const MAX_CONNECTIONS: usize = 10;

/// The time between two pings of the server.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The lifetime of a connection that hello announces.
const LASTING: Duration = Duration::from_secs(18_060);

/// The next thing that happens on a connection.
enum Next {
    Received(Option<Received>),
    Order(Order),
    Ping,
    Refresh,
    Deaf,
    Gone,
}

/// Serves a connection until it ends.
pub(crate) async fn serve(mut socket: WebSocket, dial: &Dial, script: Script, shared: &Shared) -> Option<()> {
    tokio::time::sleep(script.hello_after).await;
    let (sender, orders) = mpsc::channel(ORDERS);
    {
        let _speaking = shared.speaking.lock().await;
        greet(&mut socket, dial, &script, shared).await?;
        let open = Open { connection: dial.connection, kind: Kind::SocketMode, orders: sender };
        shared.change(|state| state.sockets.push(open));
    }
    for text in &script.events {
        socket.text(text.clone()).await?;
    }
    run(&mut socket, dial.connection, &script, orders, shared).await
}

async fn greet(socket: &mut WebSocket, dial: &Dial, script: &Script, shared: &Shared) -> Option<()> {
    let connections = {
        let state = shared.lock();
        state.socket_mode_connections() + state.deliveries.others + 1
    };
    let refusal = match &script.disconnect_first {
        Some(reason) => Some(reason.as_str()),
        None if !dial.valid => Some("refresh_requested"),
        None if connections > MAX_CONNECTIONS => Some("too_many_websockets"),
        None => None,
    };
    if let Some(reason) = refusal {
        let frame = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "fake" } });
        socket.text(frame.to_string()).await?;
        socket.obey(Order::Close(None)).await?;
        return socket.linger(false).await.and(None);
    }
    if script.first == First::Nothing {
        return Some(());
    }
    let lasting = script.lasting.unwrap_or(LASTING).as_secs();
    let hello = json!({
        "type": "hello",
        "num_connections": connections,
        "connection_info": { "app_id": APP },
        "debug_info": { "host": "fake", "build_number": 1, "approximate_connection_time": lasting },
    });
    socket.text(hello.to_string()).await?;
    shared.change(|state| {
        if let Some(dial) = state.dial_mut(dial.connection) {
            dial.greeted = Some(now());
        }
    });
    Some(())
}

async fn run(
    socket: &mut WebSocket,
    connection: u64,
    script: &Script,
    mut orders: mpsc::Receiver<Order>,
    shared: &Shared,
) -> Option<()> {
    let began = Instant::now();
    let mut refresh = script.goodbye_after;
    let mut ping = (!script.without_pings).then_some(PING_INTERVAL);
    loop {
        let next = tokio::select! {
            received = socket.receive() => Next::Received(received),
            Some(order) = orders.recv() => Next::Order(order),
            () = until(began, ping) => Next::Ping,
            () = until(began, refresh) => Next::Refresh,
            () = until(began, script.deaf_after) => Next::Deaf,
            () = until(began, script.dies_after) => Next::Gone,
        };
        match next {
            Next::Received(Some(Received::Text(text))) => heard(connection, text, script, shared),
            Next::Received(Some(Received::Pong | Received::Other)) => {}
            Next::Received(Some(Received::Close)) => {
                // The connection gets no more orders.
                shared.change(|state| state.sockets.retain(|open| open.connection != connection));
                return socket.linger(!script.ignores_close).await;
            }
            Next::Received(None) | Next::Gone => return None,
            Next::Order(order) => socket.obey(order).await?,
            Next::Ping => {
                ping = ping.map(|at| at + PING_INTERVAL);
                socket.ping("Ping from fake").await?;
            }
            Next::Refresh => {
                refresh = None;
                let frame = json!({ "type": "disconnect", "reason": "refresh_requested" });
                socket.text(frame.to_string()).await?;
            }
            Next::Deaf => return socket.go_deaf().await,
        }
    }
}

fn heard(connection: u64, text: String, script: &Script, shared: &Shared) {
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    shared.change(|state| {
        state.frames.push(Frame { at: now(), connection, text });
        if let Some(envelope) = value["envelope_id"].as_str().filter(|_| !script.ignores_acks) {
            state.deliveries.acked(envelope, connection);
        }
    });
}

async fn until(began: Instant, after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep_until(began + after).await,
        None => pending().await,
    }
}
