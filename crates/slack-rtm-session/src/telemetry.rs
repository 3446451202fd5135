//! What a session says in logs, and counts where the feature `metrics` is on. Nothing of what users send or receive is in it. The names of the metrics stand in
//! the crate's documentation.

use std::sync::Arc;
use std::time::Duration;

use tracing::Span;
use tracing::field::Empty;

use crate::machine::Measured;
use crate::{Identity, Item, Outcome};

/// How often dropped events are logged at the most: a program that is too slow loses thousands in a second.
const LAG_INTERVAL: Duration = Duration::from_secs(10);

/// Counts one.
macro_rules! count {
    ($name:literal $(, $key:literal => $value:expr)*) => {
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $key => $value)*).increment(1);
    };
}

/// What is told of one session beside its items. Its part in the gauges is taken away when it ends, however it does.
#[derive(Debug)]
pub(crate) struct Telemetry {
    span: Span,
    /// As whom the span says that the session is connected.
    identity: Option<Arc<Identity>>,
    is_connected: bool,
    /// How many dropped events were logged, and when more are.
    dropped: u64,
    lag_due: Duration,
}

impl Telemetry {
    pub(crate) fn new(name: Option<&str>) -> Self {
        #[cfg(feature = "metrics")]
        {
            describe();
            metrics::gauge!("slack_rtm_sessions").increment(1);
        }
        // Of the highest level, so that a filter that lets warnings through does not take from them whose they are.
        let span = tracing::error_span!("rtm_session", name, team = Empty, user = Empty);
        Self { span, identity: None, is_connected: false, dropped: 0, lag_due: Duration::ZERO }
    }

    /// The span that the session's task runs in.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Says as whom the session connects. What was recorded before is not repeated: some subscribers would show both.
    pub(crate) fn identify(&mut self, identity: &Arc<Identity>) {
        let is_same =
            |known: &Arc<Identity>| known.team.id == identity.team.id && known.user.id == identity.user.id;
        if !self.identity.as_ref().is_some_and(is_same) {
            self.span.record("team", identity.team.id.as_str());
            self.span.record("user", identity.user.id.as_str());
            self.identity = Some(identity.clone());
        }
    }

    pub(crate) fn set_connected(&mut self, is_connected: bool) {
        if std::mem::replace(&mut self.is_connected, is_connected) != is_connected {
            #[cfg(feature = "metrics")]
            metrics::gauge!("slack_rtm_connected_sessions").increment(if is_connected { 1.0 } else { -1.0 });
        }
    }

    /// Whether more events were dropped than was said.
    pub(crate) fn is_news(&self, dropped: u64) -> bool {
        dropped > self.dropped
    }

    /// Says how many events were dropped, given how many ever were, unless that was said a moment ago.
    pub(crate) fn dropped(&mut self, now: Duration, total: u64) {
        if self.is_news(total) && now >= self.lag_due {
            self.warn_of_dropped(total);
            self.lag_due = now + LAG_INTERVAL;
        }
    }

    /// The session ends, and what was not said yet is said now.
    pub(crate) fn ended(&mut self, dropped: u64) {
        if self.is_news(dropped) {
            self.warn_of_dropped(dropped);
        }
    }

    fn warn_of_dropped(&mut self, total: u64) {
        let dropped = total - self.dropped;
        tracing::warn!(dropped, total, "lagged: events were dropped, because they are taken too slowly");
        self.dropped = total;
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.set_connected(false);
        #[cfg(feature = "metrics")]
        metrics::gauge!("slack_rtm_sessions").decrement(1);
    }
}

pub(crate) fn called() {
    tracing::debug!("asking for an address");
    count!("slack_rtm_calls_total");
}

pub(crate) fn delivered(item: &Item) {
    match item {
        Item::Event(_) => {
            count!("slack_rtm_events_total");
        }
        Item::Malformed(frame) => {
            tracing::debug!(?frame, "received a malformed frame");
            count!("slack_rtm_malformed_frames_total");
        }
        Item::Connected(connected) => {
            tracing::info!(kind = ?connected.kind, "connected");
            count!("slack_rtm_connections_total");
        }
        Item::Disconnected(reason) => {
            tracing::warn!(reason = reason.as_str(), "disconnected: {reason}");
            count!("slack_rtm_disconnects_total", "reason" => reason.as_str());
        }
        Item::Retry(retry) => {
            tracing::warn!(
                reason = retry.error.as_str(),
                attempt = retry.attempt,
                delay = ?retry.delay,
                "no connection: {}",
                retry.error
            );
            count!("slack_rtm_failures_total", "reason" => retry.error.as_str());
        }
        Item::Gap(gap) => tracing::warn!(duration = ?gap.duration, "events may be missing"),
        Item::Closed(error) if error.is_closed() => {
            tracing::info!(reason = error.as_str(), "the session has ended: {error}");
        }
        // Nobody asked for it, and nothing is tried any more.
        Item::Closed(error) => tracing::error!(reason = error.as_str(), "the session has ended: {error}"),
        #[cfg(feature = "socket-mode")]
        Item::Interaction(_) | Item::Command(_) | Item::Envelope(_) => {
            count!("slack_rtm_events_total");
        }
        #[cfg(feature = "socket-mode")]
        Item::OtherConnections(others) => {
            tracing::warn!(
                total = others.total,
                ours = others.ours,
                "the app has other connections, which take a part of its events"
            );
        }
        // They are made in the queue, one for each event that is dropped.
        Item::Lagged(_) | Item::Missed(_) | Item::Backfilled(_) => {}
    }
}

/// An event was dropped because the queue was full.
pub(crate) fn dropped() {
    count!("slack_rtm_dropped_events_total");
}

pub(crate) fn resolved(outcome: &Outcome) {
    tracing::trace!(outcome = outcome.as_str(), "a command has ended");
    count!("slack_rtm_commands_total", "outcome" => outcome.as_str());
}

pub(crate) fn measured(measured: Measured) {
    match measured {
        Measured::RoundTrip(time) => {
            tracing::trace!(?time, "the server has answered a ping");
            #[cfg(feature = "metrics")]
            metrics::histogram!("slack_rtm_round_trip_seconds").record(time);
        }
        Measured::Reply(time) => {
            tracing::trace!(?time, "the server has answered a command");
            #[cfg(feature = "metrics")]
            metrics::histogram!("slack_rtm_reply_seconds").record(time);
        }
    }
}

/// Tells the recorder what the metrics are. Whichever is installed when a session starts learns it.
#[cfg(feature = "metrics")]
fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

    describe_gauge!("slack_rtm_sessions", Unit::Count, "Sessions that have not ended.");
    describe_gauge!("slack_rtm_connected_sessions", Unit::Count, "Sessions that are connected.");
    describe_counter!("slack_rtm_calls_total", Unit::Count, "Calls of rtm.connect.");
    describe_counter!("slack_rtm_connections_total", Unit::Count, "Connections that have said hello.");
    describe_counter!("slack_rtm_disconnects_total", Unit::Count, "Connections that were lost, by reason.");
    describe_counter!("slack_rtm_failures_total", Unit::Count, "Attempts to connect that failed, by reason.");
    describe_counter!("slack_rtm_events_total", Unit::Count, "Events that were received.");
    describe_counter!("slack_rtm_malformed_frames_total", Unit::Count, "Frames that are no JSON objects.");
    describe_counter!(
        "slack_rtm_dropped_events_total",
        Unit::Count,
        "Events that were dropped because a queue was full."
    );
    describe_counter!("slack_rtm_commands_total", Unit::Count, "Commands that have ended, by outcome.");
    describe_histogram!("slack_rtm_round_trip_seconds", Unit::Seconds, "Time from a ping to its pong.");
    describe_histogram!(
        "slack_rtm_reply_seconds",
        Unit::Seconds,
        "Time from the writing of a command to its acknowledgement or refusal."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_events_are_said_at_once_and_then_from_time_to_time() {
        let mut telemetry = Telemetry::new(None);
        let mut said = Vec::new();
        for tenth in 0..250 {
            let before = telemetry.dropped;
            telemetry.dropped(Duration::from_millis(100 * tenth), if tenth < 105 { tenth } else { 104 });
            if telemetry.dropped > before {
                said.push((tenth, telemetry.dropped - before));
            }
        }
        assert_eq!(said, [(1, 1), (101, 100), (201, 3)]);
        telemetry.ended(104);
        assert_eq!(telemetry.dropped, 104);
        telemetry.ended(106);
        assert_eq!(telemetry.dropped, 106);
    }
}
