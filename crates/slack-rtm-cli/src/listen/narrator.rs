//! From what a session tells to the lines that say so.

use serde_json::value::RawValue;
use slack_rtm::models::RawEvent;
use slack_rtm::session::{MalformedFrame, MissedMessage};
use slack_rtm::{Item, Outcome, session};

use super::line::{Line, State};
use super::pretty;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// An object of JSON a line.
    Json,
    /// For people.
    Pretty { is_coloured: bool },
}

/// Writes down what happens, and keeps count of the attempts to connect.
#[derive(Debug)]
pub(super) struct Narrator {
    format: Format,
    /// The wanted types of events; all, if none is named.
    types: Vec<String>,
    state: State,
    attempt: u32,
}

impl Narrator {
    pub(super) fn new(format: Format, types: Vec<String>) -> Self {
        Self { format, types, state: State::Connecting, attempt: 1 }
    }

    /// The first line.
    pub(super) fn beginning(&self) -> String {
        self.text(&[Line::state(self.state, None, Some(self.attempt))])
    }

    /// The lines for an item: none, one or more. An event may have a number, to be acknowledged by.
    pub(super) fn item(&mut self, item: &Item, number: Option<u64>) -> String {
        match item {
            Item::Event(event) => self.event(event, number),
            Item::Missed(missed) => self.missed(missed, number),
            Item::Backfilled(filled) => self.text(&[Line::filled(filled)]),
            Item::Malformed(frame) => self.malformed(frame),
            Item::Connected(connected) => {
                self.state = State::Connected;
                self.text(&[Line::connected(connected)]) + &self.event(&connected.hello, None)
            }
            Item::Disconnected(reason) => {
                self.state = State::Reconnecting;
                self.attempt = 1;
                self.text(&[Line::lost(self.state, reason, self.attempt)])
            }
            // After a goodbye the old connection may stand all the while.
            Item::Retry(retry) if self.state == State::Connected => self.text(&[Line::error(&retry.error)]),
            Item::Retry(retry) => {
                self.attempt = self.attempt.saturating_add(1);
                let again = Line::trying_again(self.state, retry, self.attempt);
                match self.format {
                    Format::Json => self.text(&[Line::error(&retry.error), again]),
                    // People need not read it twice.
                    Format::Pretty { .. } => self.text(&[again]),
                }
            }
            Item::Gap(gap) => self.text(&[Line::gap(gap)]),
            Item::Lagged(dropped) => self.text(&[Line::Lagged { dropped: *dropped }]),
            Item::Closed(error) => self.end(error),
            _ => String::new(),
        }
    }

    /// What became of a message.
    pub(super) fn reply(&self, reference: &RawValue, outcome: &Outcome) -> String {
        // White space between tokens may be a line end, of the old kind.
        match one_line(reference.get()) {
            Some(reference) => self.text(&[Line::reply(&reference, outcome)]),
            None => String::new(),
        }
    }

    /// A command that was not carried out.
    pub(super) fn refused_command(&self, code: &'static str, message: String, number: u64) -> String {
        self.text(&[Line::command(code, message, number)])
    }

    fn end(&mut self, error: &session::Error) -> String {
        self.state = State::Closed;
        let closed = Line::closed(error);
        if error.is_closed() { self.text(&[closed]) } else { self.text(&[Line::error(error), closed]) }
    }

    /// Whether events of its type are written.
    pub(super) fn wants(&self, event: &RawEvent) -> bool {
        let event_type = event.event_type().unwrap_or_default();
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == event_type)
    }

    fn missed(&self, missed: &MissedMessage, number: Option<u64>) -> String {
        if !self.wants(&missed.event) {
            return String::new();
        }
        match one_line(&missed.event.as_str()) {
            Some(event) => self.text(&[Line::missed(missed, &event, number)]),
            None => String::new(),
        }
    }

    fn event(&self, event: &RawEvent, number: Option<u64>) -> String {
        if !self.wants(event) {
            return String::new();
        }
        match one_line(&event.as_str()) {
            Some(event) => self.text(&[Line::Event { event: &event, number }]),
            None => self.text(&[Line::Malformed { raw: &event.as_str(), binary: false }]),
        }
    }

    fn malformed(&self, frame: &MalformedFrame) -> String {
        self.text(&[Line::Malformed { raw: &String::from_utf8_lossy(&frame.bytes), binary: !frame.is_text }])
    }

    fn text(&self, lines: &[Line<'_>]) -> String {
        let mut text = String::new();
        for line in lines {
            match self.format {
                // Strings, numbers and checked JSON: there is nothing that does not serialize.
                Format::Json => text.push_str(&serde_json::to_string(line).unwrap_or_default()),
                Format::Pretty { is_coloured } => text.push_str(&pretty::line(line, is_coloured)),
            }
            text.push('\n');
        }
        text
    }
}

/// JSON's own text, on one line: between tokens a line end is white space, and within a string it is escaped.
fn one_line(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.replace(['\n', '\r'], " ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm::session::DisconnectReason;

    fn event(json: &'static str) -> Item {
        Item::Event(RawEvent::new(json).into())
    }

    #[test]
    fn an_event_is_the_frame_as_it_came_on_one_line() {
        let mut narrator = Narrator::new(Format::Json, Vec::new());
        for frame in [
            r#"{"type":"x","n":1.0e5,"big":123456789012345678901234567890,"n":-0,"s":"\u00e9\/\ud800\n","e":{ }}"#,
            r#"{ "a" : [ 1 , 2.50 ] , "deep" : [[[[[[{}]]]]]] , "\u0074ype":"y" }"#,
            "{}",
        ] {
            let line = narrator.item(&event(frame), None);
            assert_eq!(line, format!("{{\"kind\":\"event\",\"event\":{frame}}}\n"));
        }
        let line = narrator.item(&event("{\n\"type\":\r\n\t\"x\"\r}\n"), None);
        assert_eq!(line, "{\"kind\":\"event\",\"event\":{ \"type\":  \t\"x\" }}\n");
    }

    #[test]
    fn attempts_are_counted_from_the_last_connection_on() {
        let mut narrator = Narrator::new(Format::Json, Vec::new());
        assert_eq!(
            narrator.beginning(),
            "{\"kind\":\"state\",\"state\":\"connecting\",\"code\":null,\"reason\":null,\"attempt\":1}\n"
        );
        let lost = narrator.item(&Item::Disconnected(DisconnectReason::UnexpectedEof), None);
        assert!(
            lost.contains(r#""state":"reconnecting","code":"unexpected_eof","reason":"the connection ended"#),
            "{lost}"
        );
        assert!(lost.ends_with("\"attempt\":1}\n"), "{lost}");
        let closed = narrator.item(&Item::Closed(session::Error::Closed), None);
        assert_eq!(
            closed,
            "{\"kind\":\"state\",\"state\":\"closed\",\"code\":\"closed\",\"reason\":\"the session was closed\",\"attempt\":null}\n"
        );
    }

    #[test]
    fn only_wanted_types_are_written() {
        let mut narrator = Narrator::new(Format::Json, vec!["message".to_owned()]);
        assert_eq!(narrator.item(&event(r#"{"type":"user_typing"}"#), None), "");
        assert_eq!(narrator.item(&event("{}"), None), "");
        assert!(narrator.item(&event(r#"{"type":"message"}"#), None).contains("message"));
    }
}
