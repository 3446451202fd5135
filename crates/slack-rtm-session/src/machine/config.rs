//! The times and limits of a session, with their defaults.

use std::time::Duration;

/// How long an address can be used, as Slack documents it for rtm.connect.
pub(super) const ADDRESS_LIFETIME: Duration = Duration::from_secs(30);

/// The times and limits of a session. The defaults suit Slack; tests against a fake server may want others.
///
/// The settings apply to RTM and to Socket Mode alike unless they say otherwise. "The call for an address" is rtm.connect over RTM and apps.connections.open over
/// Socket Mode. Times are capped at 24 hours.
///
/// ```
/// use std::time::Duration;
/// use slack_rtm_session::Config;
///
/// let mut config = Config::default();
/// config.ping_interval = Duration::from_secs(20);
/// assert_eq!(config.pong_timeout, Duration::from_secs(4));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// How long the call for an address may take. The default is 15 seconds, the maximum 30 seconds: an address is valid for 30 seconds and is not dialed later.
    pub call_timeout: Duration,
    /// How long DNS, TCP, the proxy, TLS and the WebSocket upgrade may take together. The default is 9.5 seconds.
    ///
    /// From the second consecutive timeout of the dial or of hello on, it doubles with each, up to [`max_dial_timeout`](Self::max_dial_timeout), until a connection
    /// succeeds. On a slow line it is at least four round trips.
    pub dial_timeout: Duration,
    /// The upper bound of the growth of [`dial_timeout`](Self::dial_timeout). The default is 30 seconds. An extended dial also ends 30 seconds after the call, when the
    /// address has expired.
    pub max_dial_timeout: Duration,
    /// How long the server may take to say hello after the upgrade. The default is 9.5 seconds. It grows like [`dial_timeout`](Self::dial_timeout), up to
    /// [`max_hello_timeout`](Self::max_hello_timeout), and is at least two round trips.
    pub hello_timeout: Duration,
    /// The upper bound of the growth of [`hello_timeout`](Self::hello_timeout). The default is 30 seconds.
    pub max_hello_timeout: Duration,
    /// The time between two pings. The default is 5 seconds, the minimum 10 milliseconds.
    ///
    /// The first ping of a connection is sent at a random time within this interval, or within its first half while the round trip is unknown.
    pub ping_interval: Duration,
    /// How long the server may be silent after a ping. The default is 4 seconds. Over RTM any frame counts as an answer; over Socket Mode only the pong does.
    ///
    /// On a slow line the limit adapts as TCP's retransmission timeout does (RFC 6298): it is the mean round trip plus four times its mean deviation, up to
    /// [`max_pong_timeout`](Self::max_pong_timeout). While the round trip is unknown, the server may also be silent for `ping_interval + pong_timeout` after its last
    /// frame. From the second consecutive pong timeout on, the limit doubles with each, until a pong arrives.
    pub pong_timeout: Duration,
    /// The upper bound of the growth of [`pong_timeout`](Self::pong_timeout). The default is 15 seconds.
    pub max_pong_timeout: Duration,
    /// How long a write may make no progress before the connection counts as lost. The default is 10 seconds.
    pub write_timeout: Duration,
    /// How long to wait for the acknowledgement of a command; over Socket Mode, for the response of chat.postMessage. The default is 9.5 seconds, and more on a line where
    /// pongs take longer.
    pub ack_timeout: Duration,
    /// How long a new connection may take to deliver replies to commands that were sent over the previous one. The default is 2 seconds. RTM only.
    pub late_reply_window: Duration,
    /// How long a connection has to last before the backoff is reset. The default is 30 seconds.
    pub stable_after: Duration,
    /// The maximum wait before the first attempt to reconnect; the actual wait is a random part of it. The default is 0.3 seconds.
    pub backoff_base: Duration,
    /// The factor by which the maximum wait grows with each attempt. The default is 3.
    pub backoff_factor: u32,
    /// The upper bound of the maximum wait. The default is 60 seconds.
    pub backoff_cap: Duration,
    /// How many calls for an address all sessions of a token make in a minute. The default is 6, the minimum 1.
    pub calls_per_minute: usize,
    /// How long to wait after a rate-limited call whose response has no `Retry-After`. The default is 30 seconds.
    pub default_retry_after: Duration,
    /// The longest `Retry-After` that is obeyed, of the call for an address and of a refused upgrade; a longer one is shortened to this. The default is 10 minutes.
    pub max_retry_after: Duration,
    /// How many times a session that was connected before calls again after Slack refuses its token. The default is 4; with zero the first refusal ends the session.
    ///
    /// With the default [`refusal_wait`](Self::refusal_wait) the retries take about four minutes. The codes `account_inactive`, `team_disabled`, `token_expired`,
    /// `token_revoked` and `user_removed_from_team` end the session at once, and so does every fatal code before the first connection.
    pub refusal_retries: u32,
    /// The wait before the first retry after a refusal. It doubles with each retry, and up to a third is added at random. The default is 15 seconds.
    pub refusal_wait: Duration,
    /// How many times in a row the message server may refuse a token that the call has accepted; the last of these refusals ends the session. The default is 3. A stable
    /// connection resets the count. Only the codes that are fatal for rtm.connect count.
    pub max_server_refusals: u32,
    /// The wait after the first refusal by the message server. It doubles with each further one, and up to a third is added at random. The default is 2 seconds. If the
    /// session has had a stable connection, [`refusal_wait`](Self::refusal_wait) is used instead.
    pub server_refusal_wait: Duration,
    /// How long the old connection may take to close after a handover. Over RTM, events of the new connection are held back until then, to keep the order. The default
    /// is 1 second, and more on a line where pongs take longer.
    pub drain_timeout: Duration,
    /// How long to wait for the server's close frame when the session is closed. The default is 2 seconds.
    pub close_timeout: Duration,
    /// How many commands may be sent at once before [`send_interval`](Self::send_interval) applies. The default is 5.
    pub send_burst: u32,
    /// The time between two commands after a burst. The default is 1 second, which is Slack's limit; zero disables the limit. Pings do not count.
    pub send_interval: Duration,
    /// How many commands may wait to be sent or to be acknowledged. The default is 256.
    pub send_queue: usize,
    /// The minimum time between two typing indicators in one channel. The default is 3 seconds. RTM only.
    pub typing_interval: Duration,
    /// The maximum length of a message's text, in characters. The default is 4,000.
    pub max_text: usize,
    /// The maximum length of an outgoing frame, in bytes. The default is 16,384: Slack closes a connection that sends more. RTM only.
    pub max_frame: usize,
    /// How long the server may go without sending a ping before the connection counts as lost. The default is 30 seconds. Socket Mode only.
    pub server_ping_timeout: Duration,
    /// How long the session waits for the user's response before it acknowledges an envelope without one. The default is 2.5 seconds; Slack waits for 3 seconds. Socket
    /// Mode only, and not with `AckPolicy::Manual`.
    pub response_timeout: Duration,
    /// The wait after Slack has said that Socket Mode is disabled for the app. Up to a third is added at random. The default is 5 minutes. Socket Mode only.
    pub link_disabled_wait: Duration,
    /// How many events are remembered, for 15 minutes at most, to recognize repeated deliveries. The default is 65,536, which takes about 6 MB. Socket Mode only.
    pub max_event_ids: usize,
    /// The number of channels whose last timestamp is remembered for [`Gap::channels`](crate::Gap::channels); the channels that were active last are kept. The default
    /// is 4,096. Has no effect with [`backfill`](crate::SessionBuilder::backfill), which remembers 10,000.
    pub max_channels: usize,
}

impl Default for Config {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        // Ten seconds is what Slack documents; half a second is left for the network.
        const NEARLY_TEN: Duration = Duration::from_millis(9_500);
        Self {
            call_timeout: 15 * SECOND,
            dial_timeout: NEARLY_TEN,
            max_dial_timeout: 30 * SECOND,
            hello_timeout: NEARLY_TEN,
            max_hello_timeout: 30 * SECOND,
            ping_interval: 5 * SECOND,
            pong_timeout: 4 * SECOND,
            max_pong_timeout: 15 * SECOND,
            write_timeout: 10 * SECOND,
            ack_timeout: NEARLY_TEN,
            late_reply_window: 2 * SECOND,
            stable_after: 30 * SECOND,
            backoff_base: Duration::from_millis(300),
            backoff_factor: 3,
            backoff_cap: 60 * SECOND,
            calls_per_minute: 6,
            default_retry_after: 30 * SECOND,
            max_retry_after: 10 * 60 * SECOND,
            refusal_retries: 4,
            refusal_wait: 15 * SECOND,
            max_server_refusals: 3,
            server_refusal_wait: 2 * SECOND,
            drain_timeout: SECOND,
            close_timeout: 2 * SECOND,
            send_burst: 5,
            send_interval: SECOND,
            send_queue: 256,
            typing_interval: 3 * SECOND,
            max_text: 4_000,
            max_frame: 16_384,
            max_channels: 4_096,
            server_ping_timeout: 30 * SECOND,
            response_timeout: Duration::from_millis(2_500),
            link_disabled_wait: 5 * 60 * SECOND,
            max_event_ids: 65_536,
        }
    }
}

impl Config {
    /// Limits the settings to what the arithmetic can represent, and the ping interval to what does not flood the server.
    pub(super) fn bounded(mut self) -> Self {
        const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);
        for time in [
            &mut self.call_timeout,
            &mut self.dial_timeout,
            &mut self.max_dial_timeout,
            &mut self.hello_timeout,
            &mut self.max_hello_timeout,
            &mut self.ping_interval,
            &mut self.pong_timeout,
            &mut self.max_pong_timeout,
            &mut self.write_timeout,
            &mut self.ack_timeout,
            &mut self.late_reply_window,
            &mut self.stable_after,
            &mut self.backoff_base,
            &mut self.backoff_cap,
            &mut self.default_retry_after,
            &mut self.max_retry_after,
            &mut self.refusal_wait,
            &mut self.server_refusal_wait,
            &mut self.drain_timeout,
            &mut self.close_timeout,
            &mut self.send_interval,
            &mut self.typing_interval,
            &mut self.server_ping_timeout,
            &mut self.response_timeout,
            &mut self.link_disabled_wait,
        ] {
            *time = (*time).min(MAX_TIME);
        }
        self.call_timeout = self.call_timeout.min(ADDRESS_LIFETIME);
        self.ping_interval = self.ping_interval.max(Duration::from_millis(10));
        self
    }
}
