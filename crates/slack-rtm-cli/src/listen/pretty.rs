//! Lines for people: what happened, with the most important members.

use std::fmt::Write as _;

use serde_json::Value;

use super::line::{Line, State};

/// The width of the first column.
const COLUMN: usize = 22;

const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";

/// A line, without its end.
pub(super) fn line(line: &Line<'_>, is_coloured: bool) -> String {
    let (colour, what, rest) = match line {
        Line::State { state, reason, attempt, delay, identity, .. } => {
            let (colour, what) = match state {
                State::Connecting => (YELLOW, "connecting"),
                State::Connected => (GREEN, "connected"),
                State::Reconnecting => (YELLOW, "reconnecting"),
                State::Closed => (DIM, "closed"),
            };
            let identity = identity.as_ref().filter(|identity| !identity.user.is_empty());
            let identity = identity.map(|names| format!("as {} in {}", names.user_name, names.team_name));
            let delay = delay.map_or_else(String::new, |delay| format!(" in {delay:.1} s"));
            let attempt = attempt.filter(|attempt| *attempt > 1);
            let attempt = attempt.map(|attempt| format!("attempt {attempt}{delay}"));
            let parts: Vec<String> = [identity, attempt, reason.clone()].into_iter().flatten().collect();
            (colour, what.to_owned(), parts.join(": "))
        }
        Line::Event { event, .. } | Line::Missed { event, .. } => {
            let frame = serde_json::from_str(event.get()).unwrap_or_default();
            let kind = text(&frame, "type").unwrap_or("(no type)");
            let missed = if matches!(line, Line::Missed { .. }) { " (missed)" } else { "" };
            (DIM, format!("{kind}{missed}"), summary(&frame))
        }
        Line::Interaction { payload, envelope } | Line::Command { payload, envelope } => {
            let payload = serde_json::from_str(payload.get()).unwrap_or_default();
            let what = text(&payload, "command").or_else(|| text(&payload, "type")).unwrap_or("(no type)");
            (GREEN, what.to_owned(), format!("{}{}", summary(&payload), envelope.id))
        }
        Line::Envelope { envelope_type, envelope, .. } => {
            (YELLOW, (*envelope_type).to_owned(), format!("unknown type of envelope  {}", envelope.id))
        }
        Line::OtherConnections { total, ours } => {
            let rest = format!(
                "{total} connections of the app, of which {ours} are this session's: others receive some of the events"
            );
            (YELLOW, "other connections".to_owned(), rest)
        }
        Line::Gap { channels, seconds, reason, .. } => {
            let channels: Vec<&str> = channels.keys().copied().collect();
            let channels = if channels.is_empty() { "none".to_owned() } else { channels.join(", ") };
            let rest =
                format!("{seconds:.1} s without a connection: {reason}; channels seen before: {channels}");
            (YELLOW, "events may be missing".to_owned(), rest)
        }
        Line::Backfilled { channels, messages, missing, .. } => {
            let missing: Vec<&str> = missing.iter().map(|missing| &*missing.message).collect();
            let missing = if missing.is_empty() {
                String::new()
            } else {
                format!("; still missing: {}", missing.join(", "))
            };
            let colour = if missing.is_empty() { GREEN } else { YELLOW };
            (colour, "backfilled".to_owned(), format!("{messages} messages of {channels} channels{missing}"))
        }
        Line::Lagged { dropped } => (YELLOW, "lagged".to_owned(), format!("{dropped} events were dropped")),
        Line::Malformed { raw, binary } => {
            let what = if *binary { "malformed (binary)" } else { "malformed" };
            (YELLOW, what.to_owned(), (*raw).to_owned())
        }
        Line::Error { message, line, .. } => {
            let place = line.map_or_else(String::new, |line| format!("line {line} of the input: "));
            (RED, "error".to_owned(), format!("{place}{message}"))
        }
        Line::Reply { reference, outcome, ts, message, .. } => {
            let parts = [Some(reference.get()), *ts, message.as_deref()];
            let colour = if ts.is_some() { GREEN } else { YELLOW };
            (colour, (*outcome).to_owned(), parts.into_iter().flatten().collect::<Vec<_>>().join("  "))
        }
    };
    let (on, off) = if is_coloured { (format!("\x1b[{colour}m"), "\x1b[0m") } else { (String::new(), "") };
    format!("{on}{:<COLUMN$}{off} {}", printable(&what), printable(&rest)).trim_end().to_owned()
}

/// Returns the members of an event that people look for.
fn summary(frame: &Value) -> String {
    let mut summary = String::new();
    for key in ["subtype", "channel", "user", "reaction", "presence", "ts", "text"] {
        if let Some(value) = text(frame, key) {
            let _ = write!(summary, "{value}  ");
        }
    }
    summary
}

/// Returns a member that is a string, or an object with an id.
fn text<'a>(frame: &'a Value, key: &str) -> Option<&'a str> {
    let value = frame.get(key)?;
    value.as_str().or_else(|| value.get("id")?.as_str())
}

/// Replaces control characters, since text from the network must not control the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn event(json: &str) -> String {
        let event = RawValue::from_string(json.to_owned()).unwrap();
        line(&Line::Event { event: &event, number: None, envelope: None }, false)
    }

    #[test]
    fn people_see_what_matters() {
        assert_eq!(
            event(r#"{"type":"message","channel":"C1","user":"U1","text":"a\nb\u001b[2J","ts":"1.2"}"#),
            "message                C1  U1  1.2  a b [2J"
        );
        assert_eq!(
            event(r#"{"type":"channel_created","channel":{"id":"C1"},"x":1}"#),
            "channel_created        C1"
        );
        assert_eq!(event("{}"), "(no type)");
        let state = Line::state(State::Reconnecting, Some(("dial", "no route".to_owned())), Some(3));
        assert_eq!(line(&state, false), "reconnecting           attempt 3: no route");
        assert_eq!(
            line(&Line::rejected_command("bad_command", "not a command".to_owned(), 3), true),
            "\u{1b}[31merror                 \u{1b}[0m line 3 of the input: not a command"
        );
    }
}
