//! The logs of a session, and its metrics with the feature `metrics`. Neither contains what users send or receive. The crate's documentation lists the metrics.

use std::sync::Arc;
use std::time::Duration;

use tracing::Span;
use tracing::field::Empty;

use crate::machine::Measured;
use crate::{Identity, Item, Outcome};

/// The minimum time between two warnings about dropped events: a program that is too slow may lose thousands in a second.
const LAG_INTERVAL: Duration = Duration::from_secs(10);

/// Increments a counter.
macro_rules! count {
    ($name:literal $(, $key:literal => $value:expr)*) => {
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $key => $value)*).increment(1);
    };
}

/// Counts one session in the gauges. Dropping it removes the session again.
#[derive(Debug)]
pub(crate) struct SessionGauges {
    is_connected: bool,
}

impl SessionGauges {
    /// Counts a session that is not connected yet.
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        {
            describe();
            metrics::gauge!("slack_rtm_sessions").increment(1);
        }
        Self { is_connected: false }
    }

    pub(crate) fn set_connected(&mut self, is_connected: bool) {
        if std::mem::replace(&mut self.is_connected, is_connected) != is_connected {
            #[cfg(feature = "metrics")]
            metrics::gauge!("slack_rtm_connected_sessions").increment(if is_connected { 1.0 } else { -1.0 });
        }
    }
}

impl Drop for SessionGauges {
    fn drop(&mut self) {
        self.set_connected(false);
        #[cfg(feature = "metrics")]
        metrics::gauge!("slack_rtm_sessions").decrement(1);
    }
}

/// The log and the metrics of a session's task.
#[derive(Debug)]
pub(crate) struct Telemetry {
    span: Span,
    /// The identity that the span has recorded.
    identity: Option<Arc<Identity>>,
    /// `None` for a connection of Socket Mode, whose `Pool` counts the session.
    gauges: Option<SessionGauges>,
    /// The number of dropped events that were logged, and when to log the next.
    dropped: u64,
    lag_due: Duration,
}

impl Telemetry {
    pub(crate) fn new(name: Option<&str>, gauges: Option<SessionGauges>) -> Self {
        // Of the level `error`, so that a filter for warnings does not disable the span and its fields.
        let span = tracing::error_span!("rtm_session", name, team = Empty, user = Empty);
        Self { span, identity: None, gauges, dropped: 0, lag_due: Duration::ZERO }
    }

    /// Returns the span of the session's task.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records the identity in the span. The same identity is not recorded twice, because some subscribers would print it twice.
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
        if let Some(gauges) = &mut self.gauges {
            gauges.set_connected(is_connected);
        }
    }

    /// Returns whether events were dropped that were not logged.
    pub(crate) fn has_unlogged_drops(&self, dropped: u64) -> bool {
        dropped > self.dropped
    }

    /// Logs dropped events, given their total number, unless a warning was logged a moment ago.
    pub(crate) fn dropped(&mut self, now: Duration, total: u64) {
        if self.has_unlogged_drops(total) && now >= self.lag_due {
            self.warn_of_dropped(total);
            self.lag_due = now + LAG_INTERVAL;
        }
    }

    /// Logs the dropped events that were not logged yet, at the end of the session.
    pub(crate) fn ended(&mut self, dropped: u64) {
        if self.has_unlogged_drops(dropped) {
            self.warn_of_dropped(dropped);
        }
    }

    fn warn_of_dropped(&mut self, total: u64) {
        let dropped = total - self.dropped;
        tracing::warn!(dropped, total, "events were dropped because the queue was full");
        self.dropped = total;
    }
}

pub(crate) fn called() {
    tracing::debug!("calling for an address");
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
                "the attempt to connect failed: {}",
                retry.error
            );
            count!("slack_rtm_failures_total", "reason" => retry.error.as_str());
        }
        Item::Gap(gap) => {
            tracing::warn!(duration = ?gap.duration, "there was no connection for a while: events may be missing");
        }
        Item::Closed(error) if error.is_closed() => {
            tracing::info!(reason = error.as_str(), "the session has ended: {error}");
        }
        // The user did not close the session, and it does not retry.
        Item::Closed(error) => tracing::error!(reason = error.as_str(), "the session has ended: {error}"),
        #[cfg(feature = "socket-mode")]
        Item::Interaction(_) | Item::SlashCommand(_) | Item::Envelope(_) => {
            count!("slack_rtm_events_total");
        }
        #[cfg(feature = "socket-mode")]
        Item::OtherConnections(others) => {
            tracing::warn!(
                total = others.total,
                ours = others.ours,
                "the app has other connections, which receive some of its events"
            );
        }
        // These do not pass through here: the queue or the event stream creates them.
        Item::Lagged(_) | Item::Missed(_) | Item::Backfilled(_) => {}
    }
}

/// Counts an event that was dropped because the queue was full.
pub(crate) fn dropped() {
    count!("slack_rtm_dropped_events_total");
}

pub(crate) fn resolved(outcome: &Outcome) {
    tracing::trace!(outcome = outcome.as_str(), "a command has its outcome");
    count!("slack_rtm_commands_total", "outcome" => outcome.as_str());
}

pub(crate) fn measured(measured: Measured) {
    match measured {
        Measured::RoundTrip(time) => {
            tracing::trace!(?time, "the server answered a ping");
            #[cfg(feature = "metrics")]
            metrics::histogram!("slack_rtm_round_trip_seconds").record(time);
        }
        Measured::Reply(time) => {
            tracing::trace!(?time, "the server replied to a command");
            #[cfg(feature = "metrics")]
            metrics::histogram!("slack_rtm_reply_seconds").record(time);
        }
    }
}

/// Describes the metrics to the recorder that is installed when a session starts.
#[cfg(feature = "metrics")]
fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

    describe_gauge!("slack_rtm_sessions", Unit::Count, "Sessions that have not ended.");
    describe_gauge!("slack_rtm_connected_sessions", Unit::Count, "Sessions that are connected.");
    describe_counter!("slack_rtm_calls_total", Unit::Count, "Calls for an address.");
    describe_counter!("slack_rtm_connections_total", Unit::Count, "Connections that were established.");
    describe_counter!("slack_rtm_disconnects_total", Unit::Count, "Connections that were lost, by reason.");
    describe_counter!("slack_rtm_failures_total", Unit::Count, "Failed attempts to connect, by reason.");
    describe_counter!("slack_rtm_events_total", Unit::Count, "Events that were received.");
    describe_counter!("slack_rtm_malformed_frames_total", Unit::Count, "Frames that are not JSON objects.");
    describe_counter!(
        "slack_rtm_dropped_events_total",
        Unit::Count,
        "Events that were dropped because a queue was full."
    );
    describe_counter!("slack_rtm_commands_total", Unit::Count, "Commands, by outcome.");
    describe_histogram!("slack_rtm_round_trip_seconds", Unit::Seconds, "Time from a ping to its pong.");
    describe_histogram!(
        "slack_rtm_reply_seconds",
        Unit::Seconds,
        "Time from sending a command to its acknowledgement or refusal."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_events_are_logged_at_once_and_then_every_ten_seconds() {
        let mut telemetry = Telemetry::new(None, None);
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
