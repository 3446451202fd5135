//! Turns the items of a session into lines.

use serde_json::value::RawValue;
use slack_rtm::models::RawEvent;
use slack_rtm::session::{MalformedFrame, MissedMessage};
use slack_rtm::{Envelope, Item, Outcome, session};

use super::line::{EnvelopeFields, Line, State};
use super::pretty;

/// The format of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A JSON object per line.
    Json,
    /// For people.
    Pretty { is_coloured: bool },
}

/// Renders items as lines, and counts the attempts to connect.
#[derive(Debug)]
pub(super) struct Renderer {
    format: Format,
    /// The types of events to print; all if empty.
    types: Vec<String>,
    state: State,
    attempt: u32,
}

impl Renderer {
    pub(super) fn new(format: Format, types: Vec<String>) -> Self {
        Self { format, types, state: State::Connecting, attempt: 1 }
    }

    /// Returns the first line.
    pub(super) fn connecting(&self) -> String {
        self.text(&[Line::state(self.state, None, Some(self.attempt))])
    }

    /// Returns the lines for an item: none, one or more. `number` is the number of an event's line, if lines are numbered.
    pub(super) fn item(&mut self, item: &Item, number: Option<u64>) -> String {
        match item {
            Item::Event(event) => self.event(event, number, event.envelope()),
            Item::Interaction(interaction) => self.envelope(interaction),
            Item::SlashCommand(command) => self.envelope(command),
            Item::Envelope(envelope) => self.envelope(envelope),
            Item::OtherConnections(others) => {
                self.text(&[Line::OtherConnections { total: others.total, ours: others.ours }])
            }
            Item::Missed(missed) => self.missed(missed, number),
            Item::Backfilled(filled) => self.text(&[Line::backfilled(filled)]),
            Item::Malformed(frame) => self.malformed(frame),
            Item::Connected(connected) => {
                self.state = State::Connected;
                self.text(&[Line::connected(connected)]) + &self.event(&connected.hello, None, None)
            }
            Item::Disconnected(reason) => {
                self.state = State::Reconnecting;
                self.attempt = 1;
                self.text(&[Line::lost(self.state, reason, self.attempt)])
            }
            // During a handover the old connection is still in use.
            Item::Retry(retry) if self.state == State::Connected => self.text(&[Line::error(&retry.error)]),
            Item::Retry(retry) => {
                self.attempt = self.attempt.saturating_add(1);
                let again = Line::retrying(self.state, retry, self.attempt);
                match self.format {
                    Format::Json => self.text(&[Line::error(&retry.error), again]),
                    // The second line says it too.
                    Format::Pretty { .. } => self.text(&[again]),
                }
            }
            Item::Gap(gap) => self.text(&[Line::gap(gap)]),
            Item::Lagged(dropped) => self.text(&[Line::Lagged { dropped: *dropped }]),
            Item::Closed(error) => self.end(error),
            _ => String::new(),
        }
    }

    /// Returns the line for the outcome of a message.
    pub(super) fn reply(&self, reference: &RawValue, outcome: &Outcome) -> String {
        // White space between tokens may include a carriage return.
        match one_line(reference.get()) {
            Some(reference) => self.text(&[Line::reply(&reference, outcome)]),
            None => String::new(),
        }
    }

    /// Returns the line for a command that was not carried out.
    pub(super) fn rejected_command(&self, code: &'static str, message: String, number: u64) -> String {
        self.text(&[Line::rejected_command(code, message, number)])
    }

    fn end(&mut self, error: &session::Error) -> String {
        self.state = State::Closed;
        let closed = Line::closed(error);
        if error.is_closed() { self.text(&[closed]) } else { self.text(&[Line::error(error), closed]) }
    }

    /// Whether events of this type are printed.
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

    fn event(&self, event: &RawEvent, number: Option<u64>, envelope: Option<&Envelope>) -> String {
        if !self.wants(event) {
            return String::new();
        }
        match one_line(&event.as_str()) {
            Some(event) => {
                let envelope = envelope.map(EnvelopeFields::new);
                self.text(&[Line::Event { event: &event, number, envelope }])
            }
            None => self.text(&[Line::Malformed { raw: &event.as_str(), binary: false }]),
        }
    }

    /// An envelope that is not an event.
    fn envelope(&self, item: &Envelope) -> String {
        let payload = one_line(&item.payload().as_str()).unwrap_or_else(|| RawValue::NULL.to_owned());
        let envelope = EnvelopeFields::new(item);
        self.text(&[match item.kind() {
            "interactive" => Line::Interaction { payload: &payload, envelope },
            "slash_commands" => Line::Command { payload: &payload, envelope },
            envelope_type => Line::Envelope { envelope_type, payload: &payload, envelope },
        }])
    }

    fn malformed(&self, frame: &MalformedFrame) -> String {
        self.text(&[Line::Malformed { raw: &String::from_utf8_lossy(&frame.bytes), binary: !frame.is_text }])
    }

    fn text(&self, lines: &[Line<'_>]) -> String {
        let mut text = String::new();
        for line in lines {
            match self.format {
                // A line has only strings, numbers and valid JSON, so it always serializes.
                Format::Json => text.push_str(&serde_json::to_string(line).unwrap_or_default()),
                Format::Pretty { is_coloured } => text.push_str(&pretty::line(line, is_coloured)),
            }
            text.push('\n');
        }
        text
    }
}

/// Returns JSON on one line. Line ends occur only between tokens, since they are escaped in strings.
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
    fn an_event_is_printed_as_received_on_one_line() {
        let mut renderer = Renderer::new(Format::Json, Vec::new());
        for frame in [
            r#"{"type":"x","n":1.0e5,"big":123456789012345678901234567890,"n":-0,"s":"\u00e9\/\ud800\n","e":{ }}"#,
            r#"{ "a" : [ 1 , 2.50 ] , "deep" : [[[[[[{}]]]]]] , "\u0074ype":"y" }"#,
            "{}",
        ] {
            let line = renderer.item(&event(frame), None);
            assert_eq!(line, format!("{{\"kind\":\"event\",\"event\":{frame}}}\n"));
        }
        let line = renderer.item(&event("{\n\"type\":\r\n\t\"x\"\r}\n"), None);
        assert_eq!(line, "{\"kind\":\"event\",\"event\":{ \"type\":  \t\"x\" }}\n");
    }

    #[test]
    fn attempts_are_counted_since_the_last_connection() {
        let mut renderer = Renderer::new(Format::Json, Vec::new());
        assert_eq!(
            renderer.connecting(),
            "{\"kind\":\"state\",\"state\":\"connecting\",\"code\":null,\"reason\":null,\"attempt\":1}\n"
        );
        let lost = renderer.item(&Item::Disconnected(DisconnectReason::UnexpectedEof), None);
        assert!(
            lost.contains(r#""state":"reconnecting","code":"unexpected_eof","reason":"the connection ended"#),
            "{lost}"
        );
        assert!(lost.ends_with("\"attempt\":1}\n"), "{lost}");
        let closed = renderer.item(&Item::Closed(session::Error::Closed), None);
        assert_eq!(
            closed,
            "{\"kind\":\"state\",\"state\":\"closed\",\"code\":\"closed\",\"reason\":\"the session was closed\",\"attempt\":null}\n"
        );
    }

    #[test]
    fn only_the_given_types_are_printed() {
        let mut renderer = Renderer::new(Format::Json, vec!["message".to_owned()]);
        assert_eq!(renderer.item(&event(r#"{"type":"user_typing"}"#), None), "");
        assert_eq!(renderer.item(&event("{}"), None), "");
        assert!(renderer.item(&event(r#"{"type":"message"}"#), None).contains("message"));
    }
}
