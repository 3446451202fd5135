//! The WebSocket. Only this file uses the WebSocket crate, tokio-websockets, which needs the least memory of those that were measured and returns the bytes of a frame
//! without copying them.
//!
//! Its stream has a read buffer of 8 KiB and keeps the largest write queue that it ever needed, so it exists only while there is traffic ([`WebSocket::rest`]).

#[cfg(test)]
mod tests;

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

/// How many bytes may arrive in a turn after which the connection rests.
const QUIET: usize = 4 << 10;

/// Up to how many bytes after a rest frames are copied, so that the events of quiet connections do not keep read buffers of which they are a small part.
const COPIED: usize = 64 << 10;

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
    /// The byte stream while the connection rests.
    wire: PrefixedStream,
    /// The stream of the WebSocket crate otherwise.
    awake: Option<Box<Awake>>,
    max_frame: usize,
    /// The number of pings since the last complete flush. Their pongs may still be buffered.
    unanswered: u32,
}

struct Awake {
    stream: WebSocketStream<PrefixedStream>,
    /// The length of the received messages if none was fragmented: a lower bound of what the crate has consumed.
    consumed: usize,
    /// How many bytes had been read at the end of the last turn.
    read_before: usize,
    /// Whether everything that was queued has been written.
    is_flushed: bool,
    is_closing: bool,
}

impl Awake {
    fn over(mut wire: PrefixedStream, max_frame: usize) -> Self {
        wire.count_from_zero();
        let limits = Limits::default().max_payload_len(Some(max_frame));
        let stream = ClientBuilder::new().limits(limits).take_over(wire);
        Self { stream, consumed: 0, read_before: 0, is_flushed: true, is_closing: false }
    }

    fn send(&mut self, message: Message) -> Result<(), DisconnectReason> {
        self.is_flushed = false;
        Pin::new(&mut self.stream).start_send(message).map_err(|error| disconnect_reason(&error))
    }

    /// Counts a message, and returns its payload.
    #[inline]
    fn payload(&mut self, message: Message) -> Bytes {
        let payload: Bytes = message.into_payload().into();
        self.consumed += frame_len(payload.len());
        match self.stream.get_ref().count() <= COPIED {
            true => Bytes::copy_from_slice(&payload),
            false => payload,
        }
    }

    /// Returns whether few bytes have arrived since the last call.
    fn is_quiet(&mut self) -> bool {
        let read = self.stream.get_ref().count();
        read - std::mem::replace(&mut self.read_before, read) <= QUIET
    }

    /// Returns whether the crate's stream has no state that matters: nothing is left to be decoded or written.
    fn may_rest(&self) -> bool {
        self.is_flushed && !self.is_closing && self.consumed == self.stream.get_ref().count()
    }
}

/// Returns the length of an unmasked frame with a payload of this length.
fn frame_len(payload: usize) -> usize {
    let header = match payload {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    };
    header + payload
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
        Self { wire, awake: None, max_frame, unanswered: 0 }
    }

    fn awake(&mut self) -> &mut Awake {
        let (wire, max_frame) = (&mut self.wire, self.max_frame);
        self.awake.get_or_insert_with(|| Box::new(Awake::over(std::mem::take(wire), max_frame)))
    }

    /// Releases the buffers until there is traffic again, unless much has arrived since the last call: then it returns `true`, to be called again soon. Call it when
    /// [`poll_receive`](Self::poll_receive) is pending.
    pub(crate) fn rest(&mut self) -> bool {
        let Some(awake) = &mut self.awake else { return false };
        if !awake.is_quiet() {
            return true;
        }
        if let Some(awake) = self.awake.take_if(|awake| awake.may_rest()) {
            self.wire = awake.stream.into_inner();
        }
        false
    }

    #[inline]
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, DisconnectReason>> {
        if self.awake.is_none() {
            ready!(self.wire.poll_ahead::<QUIET>(cx));
        }
        let awake = self.awake();
        let message = match ready!(Pin::new(&mut awake.stream).poll_next(cx)) {
            Some(Ok(message)) => message,
            // The crate does not distinguish an end of the stream within a frame from other I/O errors.
            Some(Err(tokio_websockets::Error::Io(_))) if awake.stream.get_ref().has_ended() => {
                return Poll::Ready(Err(DisconnectReason::UnexpectedEof));
            }
            Some(Err(error)) => {
                // Best effort: after a protocol violation the crate has queued a close frame with the code.
                let _ = self.poll_flush(cx);
                return Poll::Ready(Err(disconnect_reason(&error)));
            }
            None => return Poll::Ready(Err(DisconnectReason::UnexpectedEof)),
        };
        // The usual case comes first.
        Poll::Ready(if message.is_text() {
            Ok(Received::Text(awake.payload(message)))
        } else if let Some((code, reason)) = message.as_close() {
            let (code, reason) = (u16::from(code), reason.into());
            // Best effort: the crate has queued the answering close frame.
            let _ = self.poll_flush(cx);
            Err(DisconnectReason::Closed { code: (code != NO_CODE).then_some(code), reason })
        } else if message.is_binary() {
            Ok(Received::Binary(awake.payload(message)))
        } else if message.is_ping() {
            awake.payload(message);
            // The crate has queued the pong.
            awake.is_flushed = false;
            self.unanswered += 1;
            match self.unanswered > MAX_UNANSWERED {
                true => Err(DisconnectReason::WriteTimeout),
                false => Ok(Received::Ping),
            }
        } else {
            Ok(Received::Pong(awake.payload(message)))
        })
    }

    /// Queues a text frame; [`poll_flush`](Self::poll_flush) writes it.
    pub(crate) fn write(&mut self, text: String) -> Result<(), DisconnectReason> {
        self.awake().send(Message::text(text))
    }

    /// Queues a WebSocket ping with a number as its payload.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn ping(&mut self, id: u64) -> Result<(), DisconnectReason> {
        self.awake().send(Message::ping(id.to_string()))
    }

    /// Queues a close frame. Nothing can be written after it.
    pub(crate) fn close(&mut self) -> Result<(), DisconnectReason> {
        let awake = self.awake();
        awake.is_closing = true;
        awake.send(Message::close(Some(CloseCode::NORMAL_CLOSURE), ""))
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DisconnectReason>> {
        if let Some(awake) = &mut self.awake {
            ready!(Pin::new(&mut awake.stream).poll_flush(cx)).map_err(|error| disconnect_reason(&error))?;
            awake.is_flushed = true;
        }
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
