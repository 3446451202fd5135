//! Decodes frames: JSON lines in, one line out for each, in order.
//!
//! ```text
//! $ echo '{"type":"user_typing","channel":"C1","user":"U1"}' | cargo run -q -p slack-rtm-models --example decode
//! {"type":"user_typing","variant":"UserTyping","event":{"type":"user_typing","channel":"C1","user":"U1"}}
//! ```
//!
//! - `variant` is the variant of [`Event`]; `Unknown` for a type that the spec does not have, and then `event` is the frame as it came.
//! - A frame that has no type and is a reply has `"type":null` and the variant of [`Reply`] by the name of its schema, `Ack` or `AckError`. An object that is
//!   neither has `"type":null` and `Unknown`.
//! - A frame that only a client sends has the variant of [`Command`]; so has a message with an `id` and neither time nor author.
//! - What does not decode, be it an empty line, gives `{"error":...,"raw":...}`. `raw` is the line, without its end and with what is no UTF-8 replaced.
//! - A byte order mark in front of the first line is passed over.

use std::io::{self, BufRead as _, Write};

use serde::Serialize;
use slack_rtm_models::{Command, Event, EventError, FrameKind, RawEvent, RawJson, Reply};

/// What is written for a line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Decoded {
        #[serde(rename = "type")]
        event_type: Option<&'a str>,
        variant: &'static str,
        event: RawJson,
    },
    Failed {
        error: String,
        raw: &'a str,
    },
}

/// A frame, whoever sends it.
enum Frame {
    Event(Event),
    Reply(Reply),
    Command(Command),
}

impl Frame {
    fn decode(raw: &RawEvent) -> Result<Self, EventError> {
        match (raw.event_type(), raw.kind()) {
            (None, FrameKind::Reply) => Reply::from_slice(raw.as_bytes()).map(Self::Reply),
            (Some(event_type), _)
                if Command::TYPES.contains(&event_type) && !Event::TYPES.contains(&event_type) =>
            {
                Command::from_slice(raw.as_bytes()).map(Self::Command)
            }
            _ => match raw.decode_event()? {
                Event::Message(message) if message.ts.is_none() && message.user.is_none() => {
                    let command = Command::from_slice(raw.as_bytes()).map(Self::Command);
                    Ok(command.unwrap_or(Self::Event(Event::Message(message))))
                }
                event => Ok(Self::Event(event)),
            },
        }
    }

    fn variant(&self) -> &'static str {
        match self {
            Self::Event(event) => event.variant_name(),
            Self::Reply(Reply::Ack(_)) => "Ack",
            Self::Reply(Reply::Error(_)) => "AckError",
            Self::Command(command) => command.variant_name(),
        }
    }

    fn to_json(&self) -> Result<RawJson, slack_rtm_models::DecodeError> {
        match self {
            Self::Event(event) => RawJson::from_value(event),
            Self::Reply(reply) => RawJson::from_value(reply),
            Self::Command(command) => RawJson::from_value(command),
        }
    }
}

/// The error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn line_for(frame: &[u8]) -> serde_json::Result<String> {
    let raw = RawEvent::new(frame.to_vec());
    let text = raw.as_str();
    let decoded = Frame::decode(&raw).map_err(|error| chain(&error)).and_then(|frame| {
        let event = frame.to_json().map_err(|error| chain(&error))?;
        Ok(Line::Decoded { event_type: raw.event_type(), variant: frame.variant(), event })
    });
    let line = decoded.unwrap_or_else(|error| Line::Failed { error, raw: &text });
    serde_json::to_string(&line).map(|line| on_one_line(&line))
}

/// JSON may have other line ends than `\n` in it, which some readers of lines stop at: between values as white space, in texts as they are.
fn on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\r' => line.push(' '),
            '\u{85}' | '\u{2028}' | '\u{2029}' => line.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => line.push(c),
        }
    }
    line
}

fn main() -> io::Result<()> {
    match run() {
        // Whoever read the lines has enough of them.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

fn run() -> io::Result<()> {
    let mut input = io::BufReader::new(io::stdin());
    let mut output = io::BufWriter::new(io::stdout().lock());
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let frame = line.strip_suffix(b"\n").unwrap_or(&line);
        writeln!(output, "{}", line_for(frame.strip_suffix(b"\r").unwrap_or(frame))?)?;
        line.clear();
        // Whoever types the lines sees each answer at once; whoever pipes a file does not pay for that.
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
    }
    output.flush()
}
