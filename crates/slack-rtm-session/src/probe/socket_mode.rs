//! The steps of a connection that differ over Socket Mode.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use slack_rtm_models::{DisconnectReason, SocketModeDisconnect};
use tokio::time::timeout;

use super::{Opened, receive};
use crate::socket::Received;
use crate::socket_mode::Hello;
use crate::{Error, Loss};

/// The number in the ping's payload.
const PING_ID: u64 = 1;

impl Opened {
    /// Waits for the server's hello over Socket Mode, for [`Config::hello_timeout`](crate::Config::hello_timeout) at most. Returns how many connections the app has,
    /// including this one; `None` if the hello does not say. Slack may send envelopes over the connection from then on. They are not acknowledged, so it delivers
    /// them again.
    ///
    /// # Errors
    /// If Slack refuses the connection, with [`Error::Lost`] that says why, or if nothing comes.
    pub async fn socket_mode_hello(&mut self) -> Result<Option<u32>, Error> {
        let hello = async {
            loop {
                let frame = receive(&mut self.socket).await.map_err(Error::from)?;
                match frame.event_type() {
                    Some("hello") => return Ok(Hello::read(frame.as_bytes()).connections),
                    Some("disconnect") => {
                        let disconnect = frame.decode_as::<SocketModeDisconnect>().ok();
                        return Err(Error::Lost(match disconnect.and_then(|frame| frame.reason) {
                            Some(DisconnectReason::LinkDisabled) => Loss::LinkDisabled,
                            Some(DisconnectReason::TooManyWebsockets) => Loss::TooManyConnections,
                            _ => Loss::Goodbye,
                        }));
                    }
                    _ => {}
                }
            }
        };
        timeout(self.config.hello_timeout, hello).await.unwrap_or(Err(Error::HelloTimeout))
    }

    /// Sends a ping of the WebSocket and waits for its pong, for [`Config::ping_interval`](crate::Config::ping_interval) and
    /// [`Config::pong_timeout`](crate::Config::pong_timeout) together at most. Returns how long it took.
    ///
    /// # Errors
    /// If the connection ends, or no pong comes.
    pub async fn socket_mode_ping(&mut self) -> Result<Duration, Loss> {
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
        timeout(limit, pong).await.unwrap_or(Err(Loss::PongTimeout))
    }
}
