//! The numbers of a session, with their defaults.

use std::time::Duration;

/// How long an address is valid, as Slack documents it for rtm.connect.
pub(super) const TICKET_LIFE: Duration = Duration::from_secs(30);

/// The times and limits of a session. The defaults suit Slack; a test against a fake server may want others.
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
    /// How long an rtm.connect call may take. Default 15 seconds; 30 seconds at most, since an address is valid for 30 seconds and is not dialed when it is older.
    pub call_timeout: Duration,
    /// How long DNS, TCP, a proxy, TLS and the upgrade may take together. Default 9.5 seconds. After two attempts in a row that were given up for want of an upgrade
    /// or a hello it doubles with each, up to `max_dial_timeout`; a hello ends that. On a slow line it is at least four times as long as a ping takes to be answered.
    pub dial_timeout: Duration,
    /// The longest that `dial_timeout` grows to. Default 30 seconds. What is added to `dial_timeout` ends 30 seconds after the call of rtm.connect, since the address
    /// has expired then.
    pub max_dial_timeout: Duration,
    /// How long the server may take to say hello after the upgrade. Default 9.5 seconds. It grows as `dial_timeout` does, up to `max_hello_timeout`, and is at least
    /// twice as long as a ping takes to be answered.
    pub hello_timeout: Duration,
    /// The longest that `hello_timeout` grows to. Default 30 seconds.
    pub max_hello_timeout: Duration,
    /// The time between two pings. Default 5 seconds. The first one of a connection is sent at a random time within it, and within its first half while it is not
    /// known how long an answer takes.
    pub ping_interval: Duration,
    /// How long the server may be silent after a ping: any frame will do as an answer. Default 4 seconds.
    ///
    /// Where answers take longer, the limit follows them as TCP's does (RFC 6298), up to `max_pong_timeout`: it is the mean round trip and four times its mean
    /// deviation. Before the first answer, and after a connection was given up, the server may also be silent for `ping_interval` and `pong_timeout` from its last
    /// frame on. If connections are given up one after the other without an answer, the limit doubles with each from the second one on.
    pub pong_timeout: Duration,
    /// The longest that `pong_timeout` grows to. Default 15 seconds.
    pub max_pong_timeout: Duration,
    /// How long the server may take nothing of what is sent. Default 10 seconds.
    pub write_timeout: Duration,
    /// How long an acknowledgement may take. Default 9.5 seconds, and more where pings take longer to be answered.
    pub ack_timeout: Duration,
    /// How long a new connection is listened to for replies to what was sent on the one before. Default 2 seconds.
    pub resume_window: Duration,
    /// How long a connection must have stood for the backoff to start anew. Default 30 seconds.
    pub stable_after: Duration,
    /// The longest wait before the first attempt to connect again; the wait is a random part of it. Default 0.3 seconds.
    pub backoff_base: Duration,
    /// By how much the longest wait grows with each attempt. Default 3.
    pub backoff_factor: u32,
    /// Where the longest wait stops growing. Default 60 seconds.
    pub backoff_cap: Duration,
    /// How many rtm.connect calls all sessions of the token together make in a minute at most, whatever happens. Default 6. At least one is made.
    pub calls_per_minute: usize,
    /// How long to wait when Slack says that the calls are too many, and not for how long. Default 30 seconds.
    pub retry_after: Duration,
    /// The longest `Retry-After` that is obeyed, of rtm.connect and of a refused upgrade; a longer one counts as this long. Default 10 minutes.
    pub max_retry_after: Duration,
    /// How often rtm.connect is called again when it refuses the token of a session that was connected, before that ends the session. Default 4; zero ends it at
    /// once. It takes about four minutes with the default of `refusal_wait`. The codes `account_inactive`, `team_disabled`, `token_expired`, `token_revoked` and
    /// `user_removed_from_team` are final at once, and so is every fatal code before the first connection.
    pub refusal_retries: u32,
    /// The wait before the first of these calls; it doubles with each. Up to a third of it is added at random. Default 15 seconds.
    pub refusal_wait: Duration,
    /// How often the message server may refuse a token that rtm.connect has accepted before that ends the session, with the codes that are fatal for rtm.connect.
    /// Default 3. A connection that was stable starts the count anew.
    pub server_refusals: u32,
    /// The wait after the first refusal of the message server; it doubles with each. Up to a third of it is added at random. Default 2 seconds. If a connection of
    /// the session was stable before, `refusal_wait` counts in its place.
    pub server_refusal_wait: Duration,
    /// How long the old connection may take to end after a handover. What came over the new one waits for it. Default 1 second, and more where pings take longer to be
    /// answered.
    pub drain_timeout: Duration,
    /// How long the server may take to answer when the session closes the connection. Default 2 seconds.
    pub close_timeout: Duration,
    /// How many commands may be sent at once before the rate applies. Default 5.
    pub send_burst: u32,
    /// The time between two commands when there are many. Default 1 second, which is Slack's limit; zero turns the limit off. Pings do not count.
    pub send_interval: Duration,
    /// How many commands may wait: to be sent, or for their replies. Default 256.
    pub send_queue: usize,
    /// The least time between two typing indicators in one channel. Default 3 seconds.
    pub typing_interval: Duration,
    /// The longest text of a message, in characters. Default 4,000.
    pub max_text: usize,
    /// The longest frame that may be sent, in bytes. Default 16,384, beyond which Slack closes the connection.
    pub max_frame: usize,
    /// Over Socket Mode: how long the server may send no ping before the connection counts as deaf. Default 30 seconds.
    pub server_ping_timeout: Duration,
    /// Over Socket Mode: how long a response of the user is waited for before an envelope that accepts one is acknowledged without. Default 2.5 seconds; Slack waits
    /// for 3. With `AckPolicy::Manual` nothing is acknowledged so.
    pub response_timeout: Duration,
    /// Over Socket Mode: the wait after Slack has said that it is switched off for the app. Up to a third of it is added at random. Default 5 minutes.
    pub link_disabled_wait: Duration,
    /// Over Socket Mode: how many events are remembered, for 15 minutes at most, so that their repetitions are not handed out. Default 65,536, which take about 6 MB.
    pub max_event_ids: usize,
    /// In how many channels the last timestamp is kept, for gaps. Default 4,096; those that were quiet the longest go first. A session with
    /// [`backfill`](crate::SessionBuilder::backfill) keeps 10,000, whatever this says.
    pub max_channels: usize,
}

impl Default for Config {
    fn default() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        // Slack and our own scenarios speak of ten seconds: half a second is left for the way there and back.
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
            resume_window: 2 * SECOND,
            stable_after: 30 * SECOND,
            backoff_base: Duration::from_millis(300),
            backoff_factor: 3,
            backoff_cap: 60 * SECOND,
            calls_per_minute: 6,
            retry_after: 30 * SECOND,
            max_retry_after: 10 * 60 * SECOND,
            refusal_retries: 4,
            refusal_wait: 15 * SECOND,
            server_refusals: 3,
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
    /// Within what the arithmetic can take, and without pings that follow each other at once.
    pub(super) fn bounded(mut self) -> Self {
        const MAX: Duration = Duration::from_secs(24 * 60 * 60);
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
            &mut self.resume_window,
            &mut self.stable_after,
            &mut self.backoff_base,
            &mut self.backoff_cap,
            &mut self.retry_after,
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
            *time = (*time).min(MAX);
        }
        self.call_timeout = self.call_timeout.min(TICKET_LIFE);
        self.ping_interval = self.ping_interval.max(Duration::from_millis(10));
        self
    }
}
