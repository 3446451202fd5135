//! The WebSocket of a connection.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use futures_sink::Sink as _;
use tokio::io::AsyncWriteExt as _;
use tokio_websockets::{CloseCode, Message, WebSocketStream};

use crate::opening::Io;
use crate::order::Order;

/// Keeps a connection open until the client closes it.
pub(crate) async fn wait_for_end(stream: &mut Box<dyn Io>) -> Option<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.ok();
    None
}

/// A frame that was received over Socket Mode.
#[derive(Debug)]
pub(crate) enum Received {
    Text(String),
    Pong,
    Other,
    Close,
}

/// The WebSocket of a connection.
pub(crate) struct WebSocket(pub(crate) WebSocketStream<Box<dyn Io>>);

impl WebSocket {
    /// Receives the next message, or `None` at the end. Pings are answered.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await?.ok()
    }

    /// Receives the next frame of Socket Mode, or `None` at the end.
    pub(crate) async fn receive(&mut self) -> Option<Received> {
        let message = self.next().await?;
        Some(if let Some(text) = message.as_text() {
            Received::Text(text.to_owned())
        } else if message.is_pong() {
            Received::Pong
        } else if message.is_close() {
            Received::Close
        } else {
            Received::Other
        })
    }

    pub(crate) async fn text(&mut self, text: String) -> Option<()> {
        self.write(Message::text(text)).await
    }

    pub(crate) async fn ping(&mut self, payload: &'static str) -> Option<()> {
        self.write(Message::ping(payload)).await
    }

    pub(crate) async fn obey(&mut self, order: Order) -> Option<()> {
        match order {
            Order::Text(text) => self.text(text).await,
            Order::Binary(bytes) => self.write(Message::binary(bytes)).await,
            Order::Raw(bytes) => {
                let stream = self.0.get_mut();
                stream.write_all(&bytes).await.ok()?;
                stream.flush().await.ok()
            }
            Order::Presence(_) => Some(()),
            Order::Close(code) => {
                let code = code.and_then(|code| CloseCode::try_from(code).ok());
                self.write(Message::close(code, "")).await
            }
            Order::Die => None,
        }
    }

    /// Answers the received close frame if `answers` is true, and keeps the TCP connection until the client drops it, as Slack does.
    pub(crate) async fn linger(&mut self, answers: bool) -> Option<()> {
        if answers {
            // The crate has queued the answer.
            let _ = poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx)).await;
        }
        wait_for_end(self.0.get_mut()).await
    }

    /// Stops reading and writing until the client disconnects.
    pub(crate) async fn go_deaf(&mut self) -> Option<()> {
        wait_for_end(self.0.get_mut()).await
    }

    pub(crate) async fn write(&mut self, message: Message) -> Option<()> {
        let mut socket = Pin::new(&mut self.0);
        poll_fn(|cx| socket.as_mut().poll_ready(cx)).await.ok()?;
        socket.as_mut().start_send(message).ok()?;
        poll_fn(|cx| socket.as_mut().poll_flush(cx)).await.ok()
    }
}
