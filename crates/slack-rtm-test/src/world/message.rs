//! A message and its timestamp.

use std::fmt;

use serde_json::{Map, Value, json};

/// A timestamp of a message, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) const FIRST: Self = Self(0);
    pub(crate) const LAST: Self = Self(u64::MAX);

    pub(crate) fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Reads seconds with or without a fraction.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || fraction.len() > 6 || !is_number(seconds) || !is_number(fraction) {
            return None;
        }
        let micros: u64 = format!("{fraction:0<6}").parse().ok()?;
        seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros).map(Self)
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(crate) fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A message without its channel and timestamp.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The message as it was posted or last edited.
    pub(crate) body: Map<String, Value>,
    /// The first message of the thread, if this is a reply.
    pub(crate) parent: Option<Moment>,
    /// The users of each reaction, in the order of the first use.
    reactions: Vec<(String, Vec<String>)>,
}

impl Message {
    pub(crate) fn new(user: &str, text: &str, ts: Moment, more: Map<String, Value>) -> Self {
        let mut body = more;
        body.insert("type".to_owned(), "message".into());
        body.insert("user".to_owned(), user.into());
        body.insert("text".to_owned(), text.into());
        body.insert("ts".to_owned(), ts.to_string().into());
        Self::from_body(body, ts)
    }

    pub(crate) fn from_body(body: Map<String, Value>, ts: Moment) -> Self {
        let parent = body.get("thread_ts").and_then(Value::as_str).and_then(Moment::parse);
        Self { body, parent: parent.filter(|parent| *parent != ts), reactions: Vec::new() }
    }

    /// Returns whether the channel shows it, and not only a thread.
    pub(crate) fn is_in_channel(&self) -> bool {
        self.parent.is_none() || self.body.get("subtype").is_some_and(|subtype| subtype == "thread_broadcast")
    }

    /// Adds or removes a reaction. Returns whether that changed anything.
    pub(crate) fn react(&mut self, user: &str, name: &str, is_added: bool) -> bool {
        let place = self.reactions.iter().position(|(known, _)| known == name);
        if !is_added {
            let Some((place, users)) = place.map(|place| (place, &mut self.reactions[place].1)) else {
                return false;
            };
            let before = users.len();
            users.retain(|known| known != user);
            let is_changed = users.len() < before;
            if users.is_empty() {
                self.reactions.remove(place);
            }
            return is_changed;
        }
        let place = place.unwrap_or_else(|| {
            self.reactions.push((name.to_owned(), Vec::new()));
            self.reactions.len() - 1
        });
        let users = &mut self.reactions[place].1;
        let is_new = !users.iter().any(|known| known == user);
        if is_new {
            users.push(user.to_owned());
        }
        is_new
    }

    /// Returns the message with its reactions.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let mut body = self.body.clone();
        if !self.reactions.is_empty() {
            let shown = |(name, users): &(String, Vec<String>)| json!({ "name": name, "users": users, "count": users.len() });
            body.insert("reactions".to_owned(), self.reactions.iter().map(shown).collect());
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written() {
        for (text, written) in [
            ("1700000000.000001", "1700000000.000001"),
            ("1700000000", "1700000000.000000"),
            ("1.5", "1.500000"),
            ("0", "0.000000"),
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), written);
        }
        for text in ["", ".5", "x", "-1", "1.0000001", "1.2.3", "99999999999999999999"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_to_take_a_reaction_away_takes_it_whole() {
        let mut message = Message::new("U1", "hi", Moment::FIRST, Map::new());
        assert!(message.react("U1", "wave", true) && !message.react("U1", "wave", true));
        assert!(message.react("U2", "wave", true));
        assert_eq!(
            message.shown()["reactions"],
            json!([{ "name": "wave", "users": ["U1", "U2"], "count": 2 }])
        );
        assert!(message.react("U1", "wave", false) && !message.react("U1", "wave", false));
        assert!(message.react("U2", "wave", false) && !message.react("U2", "wave", false));
        assert_eq!(message.shown().get("reactions"), None);
    }
}
