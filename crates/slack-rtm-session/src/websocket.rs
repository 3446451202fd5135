//! The WebSocket. Only this file uses the WebSocket crate, tokio-websockets, which needs the least memory of those that were measured and returns the bytes of a frame
//! without copying them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use http::{HeaderMap, StatusCode};
use slack_rtm_apis::Headers;
use slack_rtm_models::SocketUrl;
use tokio::io::AsyncWriteExt as _;
use tokio_websockets::{ClientBuilder, CloseCode, Limits, Message, WebSocketStream};

use crate::dial_error::Step;
use crate::response_head::ResponseHead;
use crate::stream::{ByteStream, PrefixedStream};
use crate::transport::Transport;
use crate::upgrade::{self, Key};
use crate::{DisconnectReason, Error};

/// The code that stands for a close frame without a code; it is never sent.
const NO_CODE: u16 = 1005;

/// How many pings may arrive while no pong can be written.
const MAX_UNANSWERED: u32 = 1_024;

/// A received frame.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Bytes),
    Binary(Bytes),
    /// A WebSocket ping, which is answered by the WebSocket crate.
    Ping,
    /// A WebSocket pong, with the payload of its ping.
    Pong(
        #[cfg_attr(not(feature = "socket-mode"), expect(dead_code, reason = "RTM has pongs of its own"))]
        Bytes,
    ),
}

pub(crate) struct WebSocket {
    stream: WebSocketStream<PrefixedStream>,
    /// The number of pings since the last complete flush. Their pongs may still be buffered.
    unanswered: u32,
}

impl WebSocket {
    /// Connects to a message server and upgrades the connection, with these headers in the request.
    pub(crate) async fn dial(
        url: &SocketUrl,
        transport: &Transport,
        headers: &HeaderMap,
        max_frame: usize,
    ) -> Result<Self, Error> {
        let stream = transport.connect(url.expose()).await?;
        let wire = upgrade(stream, url, headers).await?;
        Ok(Self::over(wire, max_frame))
    }

    /// Creates a WebSocket over a stream that was upgraded.
    pub(crate) fn over(wire: PrefixedStream, max_frame: usize) -> Self {
        let limits = Limits::default().max_payload_len(Some(max_frame));
        Self { stream: ClientBuilder::new().limits(limits).take_over(wire), unanswered: 0 }
    }

    #[inline]
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, DisconnectReason>> {
        let message = match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(message)) => message,
            // The crate does not distinguish an end of the stream within a frame from other I/O errors.
            Some(Err(tokio_websockets::Error::Io(_))) if self.stream.get_ref().has_ended() => {
                return Poll::Ready(Err(DisconnectReason::UnexpectedEof));
            }
            Some(Err(error)) => {
                // Best effort: after a protocol violation the crate has queued a close frame with the code.
                let _ = self.poll_flush(cx);
                return Poll::Ready(Err(disconnect_reason(&error)));
            }
            None => return Poll::Ready(Err(DisconnectReason::UnexpectedEof)),
        };
        Poll::Ready(if let Some((code, reason)) = message.as_close() {
            let (code, reason) = (u16::from(code), reason.into());
            // Best effort: the crate has queued the answering close frame.
            let _ = self.poll_flush(cx);
            Err(DisconnectReason::Closed { code: (code != NO_CODE).then_some(code), reason })
        } else if message.is_text() {
            Ok(Received::Text(message.into_payload().into()))
        } else if message.is_binary() {
            Ok(Received::Binary(message.into_payload().into()))
        } else {
            self.unanswered += u32::from(message.is_ping());
            match message.is_ping() {
                true if self.unanswered > MAX_UNANSWERED => Err(DisconnectReason::WriteTimeout),
                true => Ok(Received::Ping),
                false => Ok(Received::Pong(message.into_payload().into())),
            }
        })
    }

    /// Queues a text frame; [`poll_flush`](Self::poll_flush) writes it.
    pub(crate) fn write(&mut self, text: String) -> Result<(), DisconnectReason> {
        Pin::new(&mut self.stream).start_send(Message::text(text)).map_err(|error| disconnect_reason(&error))
    }

    /// Queues a WebSocket ping with a number as its payload.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn ping(&mut self, id: u64) -> Result<(), DisconnectReason> {
        let ping = Message::ping(id.to_string());
        Pin::new(&mut self.stream).start_send(ping).map_err(|error| disconnect_reason(&error))
    }

    /// Queues a close frame. Nothing can be written after it.
    pub(crate) fn close(&mut self) -> Result<(), DisconnectReason> {
        let message = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
        Pin::new(&mut self.stream).start_send(message).map_err(|error| disconnect_reason(&error))
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DisconnectReason>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(|error| disconnect_reason(&error))?;
        self.unanswered = 0;
        Poll::Ready(Ok(()))
    }
}

/// Performs the WebSocket upgrade over a stream.
async fn upgrade(
    mut stream: Box<dyn ByteStream>,
    url: &SocketUrl,
    headers: &HeaderMap,
) -> Result<PrefixedStream, Error> {
    let key = Key::random();
    let exchange = async {
        stream.write_all(&upgrade::request(url, &key, headers)).await?;
        stream.flush().await?;
        ResponseHead::read(&mut stream, "the answer to the upgrade").await
    };
    let head = exchange.await.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Disconnected(DisconnectReason::UnexpectedEof),
        _ => Error::dial(Step::Upgrade, error),
    })?;
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        let retry_after = Headers::from(head.headers).retry_after();
        return Err(Error::UpgradeRefused { status: head.status.as_u16(), retry_after });
    }
    upgrade::check(&head, &key).map_err(|error| Error::dial(Step::Upgrade, error))?;
    Ok(PrefixedStream::new(stream, head.rest))
}

fn disconnect_reason(error: &tokio_websockets::Error) -> DisconnectReason {
    match error {
        tokio_websockets::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DisconnectReason::UnexpectedEof
        }
        tokio_websockets::Error::Io(error) => DisconnectReason::Io(error.kind()),
        tokio_websockets::Error::AlreadyClosed => {
            DisconnectReason::Closed { code: None, reason: Box::default() }
        }
        tokio_websockets::Error::PayloadTooLong { .. } => DisconnectReason::FrameTooLarge,
        // The type of the crate's protocol errors is private, so only the text can be compared.
        tokio_websockets::Error::Protocol(error) if error.to_string() == "invalid utf-8" => {
            DisconnectReason::InvalidUtf8
        }
        _ => DisconnectReason::Protocol,
    }
}
