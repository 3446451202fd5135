//! Echoes: messages that carry the id of a command, and may have been posted by it.
//!
//! After hello, Slack may repeat the last message of the token's user with the id that an earlier process gave it, so the id alone proves nothing. A message counts as the
//! reply to a command only if the two do not contradict each other:
//!
//! - the channel, if both have one, is the same;
//! - the user, if the message has one, is the session's own;
//! - the text, if both have one, reads the same. Slack wraps links and addresses in angle brackets, escapes special characters, converts emoji to names and trims
//!   whitespace, so only the visible letters and digits are compared, without the names of emoji.
//!
//! Frames without a type, which acknowledgements and refusals are, are matched by id alone.

use std::borrow::Cow;

use slack_rtm_models::{ChannelId, Message, RawEvent, Reply, UserId};

use crate::command::Posted;

/// A message that carries the id of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Echo {
    /// The reply that it is, if the command posted it.
    pub(super) reply: Reply,
    channel: Option<ChannelId>,
    user: Option<UserId>,
    text: Option<String>,
}

impl Echo {
    pub(super) fn new(reply: Reply, event: &RawEvent) -> Self {
        match event.decode::<Message>() {
            Ok(message) => Self { reply, channel: message.channel, user: message.user, text: message.text },
            Err(_) => Self { reply, channel: None, user: None, text: None },
        }
    }

    /// Returns whether a command of this user can have posted the message.
    pub(super) fn can_answer(&self, posted: &Posted<'_>, own: Option<&UserId>) -> bool {
        fn agree<A, B>(one: Option<A>, other: Option<B>, same: impl FnOnce(A, B) -> bool) -> bool {
            one.zip(other).is_none_or(|(one, other)| same(one, other))
        }
        agree(self.channel.as_ref(), posted.channel.as_deref(), |here, there| here == there)
            && agree(self.user.as_ref(), own, |here, there| here == there)
            && agree(self.text.as_deref(), posted.text.as_deref(), |here, there| {
                visible(here) == visible(there)
            })
    }
}

/// Returns the visible letters and digits of a text in lower case: of a link its label, of a mention its id, of an emoji nothing.
fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', ':']) {
        let (before, from) = rest.split_at(at);
        let (shown, length) = special(from).unwrap_or((Cow::Borrowed(""), 1));
        push(&mut seen, before);
        push(&mut seen, &shown);
        rest = &from[length..];
    }
    push(&mut seen, rest);
    seen
}

fn push(seen: &mut String, text: &str) {
    seen.extend(text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase));
}

/// Returns what is visible of a link, an entity or an emoji at the start of the text, and its length; `None` if the text starts with none.
fn special(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let end = |close: char| text.get(1..)?.find(close).map(|at| (&text[1..=at], at + 2));
    match text.as_bytes().first()? {
        b'<' => {
            let (inner, length) = end('>')?;
            let (target, label) = inner.split_once('|').unwrap_or((inner, inner));
            // Slack adds the names of users and channels, while the labels of links are part of the text.
            let shown = if target.starts_with(['@', '#', '!']) { target } else { label };
            let shown = shown.strip_prefix("mailto:").or_else(|| shown.strip_prefix("tel:")).unwrap_or(shown);
            Some((entities(shown), length))
        }
        b'&' => {
            let (name, length) = end(';')?;
            matches!(name, "amp" | "lt" | "gt").then_some((Cow::Borrowed(""), length))
        }
        _ => {
            let (name, length) = end(':')?;
            let is_name =
                |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "_+-'".contains(char);
            (!name.is_empty() && name.chars().all(is_name)).then_some((Cow::Borrowed(""), length))
        }
    }
}

/// Removes the three entities that Slack uses.
fn entities(text: &str) -> Cow<'_, str> {
    if text.contains('&') {
        Cow::Owned(
            ["&amp;", "&lt;", "&gt;"].iter().fold(text.to_owned(), |text, name| text.replace(name, "")),
        )
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;
    use slack_rtm_models::Ack;

    fn can_answer(echo: &str, channel: Option<&str>, text: Option<&str>) -> bool {
        let event = RawEvent::new(Bytes::copy_from_slice(echo.as_bytes()));
        let posted = Posted { channel: channel.map(Cow::Borrowed), text: text.map(Cow::Borrowed) };
        Echo::new(Reply::Ack(Ack::new(5)), &event).can_answer(&posted, Some(&"U01ROBOT000".into()))
    }

    #[test]
    fn an_echo_must_not_contradict_its_command() {
        for (members, fits) in [
            (r#""channel":"C1","user":"U01ROBOT000","text":"hello""#, true),
            (r#""channel":"C1","text":"hello""#, true),
            (r#""text":"hello""#, true),
            (r#""channel":"C1""#, true),
            (r#""ts":"1.0""#, true),
            (r#""channel":"C2","user":"U01ROBOT000","text":"hello""#, false),
            (r#""channel":"C1","user":"U01ALICE000","text":"hello""#, false),
            (r#""channel":"C1","user":"U01ROBOT000","text":"yesterday""#, false),
            (r#""channel":"C1","text":"""#, false),
        ] {
            let echo = format!(r#"{{"type":"message","reply_to":5,{members}}}"#);
            assert_eq!(can_answer(&echo, Some("C1"), Some("hello")), fits, "{echo}");
            assert!(can_answer(&echo, None, None) || members.contains("ALICE"), "{echo}");
        }
    }

    #[test]
    fn texts_that_slack_reformats_read_the_same() {
        for (sent, came) in [
            ("see https://example.com/a?b=1&c=2", "see <https://example.com/a?b=1&amp;c=2>"),
            ("see example.com.", "see <http://example.com|example.com>."),
            ("mail bob@example.com", "mail <mailto:bob@example.com|bob@example.com>"),
            ("mail bob@example.com", "mail <mailto:bob@example.com>"),
            ("call +1 555 0100", "call <tel:+15550100|+1 555 0100>"),
            ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
            ("a &lt; b", "a &lt; b"),
            ("  hi  \r\n there", "hi \n there"),
            ("done \u{1f389}", "done :tada:"),
            ("done :tada:", "done \u{1f389}"),
            ("hi <@U02BOB00000>", "hi <@U02BOB00000|bob>"),
            ("in <#C02RANDOM00>", "in <#C02RANDOM00|random>"),
            ("<!here> lunch", "<!here|here> lunch"),
            ("@here lunch", "<!here> lunch"),
            ("<https://example.com|the site>", "<https://example.com|the site>"),
            ("\"quoted\"", "\u{201c}quoted\u{201d}"),
            ("12:30:45", "12:30:45"),
        ] {
            assert_eq!(visible(sent), visible(came), "{sent}");
        }
        for (sent, came) in [
            ("one", "two"),
            ("backup 1 done", "backup 2 done"),
            ("\u{1f44d}", "yesterday"),
            ("see https://example.com/a", "see <https://example.com/b>"),
            ("hi <@U02BOB00000>", "hi <@U01ALICE000|bob>"),
            ("hello", "hello again"),
        ] {
            assert_ne!(visible(sent), visible(came), "{sent}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[<>&;:|@#! a-c\u{e9}\u{1f600}]{0,40}|\\PC{0,40}") {
            let _ = visible(&text);
        }

        #[test]
        fn escaping_changes_nothing(text in "[a-z0-9 .,&<>]{0,40}") {
            // Angle brackets in the original text would be links.
            let plain = text.replace(['<', '>'], " ");
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(visible(&escaped), visible(&plain.replace('&', " ")));
        }
    }
}
