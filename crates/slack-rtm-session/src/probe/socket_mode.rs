//! The steps that differ over Socket Mode.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use slack_rtm_models::{DisconnectReason as WireReason, SocketModeDisconnect};
use tokio::time::timeout;

use super::{ProbeConnection, receive};
use crate::socket_mode::Hello;
use crate::websocket::Received;
use crate::{DisconnectReason, Error};

/// The number in the ping's payload.
const PING_ID: u64 = 1;

impl ProbeConnection {
    /// Waits for the server's hello over Socket Mode, at most [`Config::hello_timeout`](crate::Config::hello_timeout). Returns the number of connections that the app
    /// has, including this one, or `None` if the hello does not say. From then on Slack may send envelopes over the connection. They are not acknowledged, so Slack
    /// delivers them again.
    ///
    /// # Errors
    /// Returns an error if Slack refuses the connection, if the connection ends, or if the server does not say hello in time.
    pub async fn socket_mode_hello(&mut self) -> Result<Option<u32>, Error> {
        let hello = async {
            loop {
                let frame = receive(&mut self.socket).await.map_err(Error::from)?;
                match frame.event_type() {
                    Some("hello") => return Ok(Hello::read(frame.as_bytes()).connections),
                    Some("disconnect") => {
                        let disconnect = frame.decode_as::<SocketModeDisconnect>().ok();
                        return Err(Error::Disconnected(match disconnect.and_then(|frame| frame.reason) {
                            Some(WireReason::LinkDisabled) => DisconnectReason::LinkDisabled,
                            Some(WireReason::TooManyWebsockets) => DisconnectReason::TooManyConnections,
                            _ => DisconnectReason::Goodbye,
                        }));
                    }
                    _ => {}
                }
            }
        };
        timeout(self.config.hello_timeout, hello).await.unwrap_or(Err(Error::HelloTimeout))
    }

    /// Sends a WebSocket ping, waits for its pong, at most [`Config::ping_interval`](crate::Config::ping_interval) plus
    /// [`Config::pong_timeout`](crate::Config::pong_timeout), and returns the round-trip time.
    ///
    /// # Errors
    /// Returns an error if the connection ends or no pong arrives in time.
    pub async fn socket_mode_ping(&mut self) -> Result<Duration, DisconnectReason> {
        let sent = Instant::now();
        let pong = async {
            self.socket.ping(PING_ID)?;
            loop {
                poll_fn(|cx| self.socket.poll_flush(cx)).await?;
                if let Received::Pong(payload) = poll_fn(|cx| self.socket.poll_receive(cx)).await?
                    && payload == PING_ID.to_string().as_bytes()
                {
                    return Ok(sent.elapsed());
                }
            }
        };
        let limit = self.config.ping_interval + self.config.pong_timeout;
        timeout(limit, pong).await.unwrap_or(Err(DisconnectReason::PongTimeout))
    }
}
