//! The WebSocket. This is the one file that knows which crate makes it: tokio-websockets, which needs the least memory of those we measured and hands out the
//! bytes of a frame without a copy.

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

use crate::error::Step;
use crate::head::Head;
use crate::transport::Transport;
use crate::upgrade::{self, Key};
use crate::wire::{Io, Wire};
use crate::{Error, Loss};

/// The code that stands for a close without one; it is never sent.
const NO_CODE: u16 = 1005;

/// How many pings of the protocol may wait for their answers to leave.
const MOST_UNANSWERED: u32 = 1_024;

/// Something that came.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Bytes),
    Binary(Bytes),
    /// A ping of the protocol; it is answered.
    Ping,
    /// A pong of the protocol, with what the ping had in it.
    Pong(
        #[cfg_attr(not(feature = "socket-mode"), expect(dead_code, reason = "RTM has pongs of its own"))]
        Bytes,
    ),
}

pub(crate) struct Socket {
    stream: WebSocketStream<Wire>,
    /// Pings of the protocol, whose answers may wait to leave.
    unanswered: u32,
}

impl Socket {
    /// Connects and upgrades. The headers go with the request.
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

    /// Creates a socket over a stream that was upgraded.
    pub(crate) fn over(wire: Wire, max_frame: usize) -> Self {
        let limits = Limits::default().max_payload_len(Some(max_frame));
        Self { stream: ClientBuilder::new().limits(limits).take_over(wire), unanswered: 0 }
    }

    #[inline]
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Loss>> {
        let message = match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(message)) => message,
            // An end within a frame has no error of its own.
            Some(Err(tokio_websockets::Error::Io(_))) if self.stream.get_ref().has_ended() => {
                return Poll::Ready(Err(Loss::Ended));
            }
            Some(Err(error)) => {
                // Best effort: where the protocol was broken, a close frame that says how is queued.
                let _ = self.poll_flush(cx);
                return Poll::Ready(Err(loss(&error)));
            }
            None => return Poll::Ready(Err(Loss::Ended)),
        };
        Poll::Ready(if let Some((code, reason)) = message.as_close() {
            let (code, reason) = (u16::from(code), reason.into());
            // Best effort: the answer is queued already.
            let _ = self.poll_flush(cx);
            Err(Loss::Closed { code: (code != NO_CODE).then_some(code), reason })
        } else if message.is_text() {
            Ok(Received::Text(message.into_payload().into()))
        } else if message.is_binary() {
            Ok(Received::Binary(message.into_payload().into()))
        } else {
            self.unanswered += u32::from(message.is_ping());
            match message.is_ping() {
                true if self.unanswered > MOST_UNANSWERED => Err(Loss::Stalled),
                true => Ok(Received::Ping),
                false => Ok(Received::Pong(message.into_payload().into())),
            }
        })
    }

    /// Queues a text; [`poll_flush`](Self::poll_flush) writes it.
    pub(crate) fn write(&mut self, text: String) -> Result<(), Loss> {
        Pin::new(&mut self.stream).start_send(Message::text(text)).map_err(|error| loss(&error))
    }

    /// Queues a ping with a number in it.
    #[cfg(feature = "socket-mode")]
    pub(crate) fn ping(&mut self, id: u64) -> Result<(), Loss> {
        let ping = Message::ping(id.to_string());
        Pin::new(&mut self.stream).start_send(ping).map_err(|error| loss(&error))
    }

    /// Queues a close frame; nothing can be written after it.
    pub(crate) fn close(&mut self) -> Result<(), Loss> {
        let message = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
        Pin::new(&mut self.stream).start_send(message).map_err(|error| loss(&error))
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Loss>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(|error| loss(&error))?;
        self.unanswered = 0;
        Poll::Ready(Ok(()))
    }
}

/// Asks for a WebSocket over a stream.
async fn upgrade(mut stream: Box<dyn Io>, url: &SocketUrl, headers: &HeaderMap) -> Result<Wire, Error> {
    let key = Key::random();
    let exchange = async {
        stream.write_all(&upgrade::request(url, &key, headers)).await?;
        stream.flush().await?;
        Head::read(&mut stream, "the answer to the upgrade").await
    };
    let head = exchange.await.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Lost(Loss::Ended),
        _ => Error::dial(Step::Upgrade, error),
    })?;
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        let retry_after = Headers::from(head.headers).retry_after();
        return Err(Error::Refused { status: head.status.as_u16(), retry_after });
    }
    upgrade::check(&head, &key).map_err(|error| Error::dial(Step::Upgrade, error))?;
    Ok(Wire::new(stream, head.rest))
}

fn loss(error: &tokio_websockets::Error) -> Loss {
    match error {
        tokio_websockets::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => Loss::Ended,
        tokio_websockets::Error::Io(error) => Loss::Failed(error.kind()),
        tokio_websockets::Error::AlreadyClosed => Loss::Closed { code: None, reason: Box::default() },
        tokio_websockets::Error::PayloadTooLong { .. } => Loss::TooLong,
        // The type of its protocol errors is private.
        tokio_websockets::Error::Protocol(error) if error.to_string() == "invalid utf-8" => Loss::InvalidUtf8,
        _ => Loss::Protocol,
    }
}
