//! Messages that come with the id of a command: whether they can be what the command brought about.
//!
//! After hello, Slack may repeat the last message of the token's user, with the id that an earlier process had given it. An id alone is therefore no proof. A
//! message answers a command only if nothing that both tell contradicts it:
//!
//! - the channel, where both have one, is the same;
//! - the user, where the message has one, is the one that the session is connected as;
//! - the text, where both have one, reads the same. Slack puts links and addresses into angle brackets, escapes what means something to it, writes emoji as words,
//!   and trims spaces: so what is compared are the letters and digits that a reader sees, without the names of emoji.
//!
//! A frame without a type, as acknowledgements and refusals are, counts by its id.

use std::borrow::Cow;

use slack_rtm_models::{ChannelId, MessageEvent, RawEvent, Reply, UserId};

use crate::command::Posted;

/// A message that has the id of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Echo {
    /// What it says if it is the command's.
    pub(super) reply: Reply,
    channel: Option<ChannelId>,
    user: Option<UserId>,
    text: Option<String>,
}

impl Echo {
    pub(super) fn new(reply: Reply, event: &RawEvent) -> Self {
        match event.decode::<MessageEvent>() {
            Ok(message) => Self { reply, channel: message.channel, user: message.user, text: message.text },
            Err(_) => Self { reply, channel: None, user: None, text: None },
        }
    }

    /// Whether it can be what a command of this user brought about.
    pub(super) fn can_answer(&self, posted: &Posted<'_>, own: Option<&UserId>) -> bool {
        fn agree<A, B>(one: Option<A>, other: Option<B>, same: impl FnOnce(A, B) -> bool) -> bool {
            one.zip(other).is_none_or(|(one, other)| same(one, other))
        }
        agree(self.channel.as_ref(), posted.channel.as_deref(), |here, there| here == there)
            && agree(self.user.as_ref(), own, |here, there| here == there)
            && agree(self.text.as_deref(), posted.text.as_deref(), |here, there| read(here) == read(there))
    }
}

/// The letters and digits of a text that a reader sees, in small letters. Of a link that is its label, of a mention its id, of an emoji nothing.
fn read(text: &str) -> String {
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

/// What is seen of a link, an entity or an emoji's name at the front, and how long that is; `None` if there is none.
fn special(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let end = |close: char| text.get(1..)?.find(close).map(|at| (&text[1..=at], at + 2));
    match text.as_bytes().first()? {
        b'<' => {
            let (inner, length) = end('>')?;
            let (target, label) = inner.split_once('|').unwrap_or((inner, inner));
            // The names of users and channels are put in by Slack; those of links may be anybody's.
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

/// Without the three entities that Slack knows.
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
    fn what_is_known_of_both_has_to_agree() {
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
    fn what_slack_makes_of_a_text_reads_the_same() {
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
            assert_eq!(read(sent), read(came), "{sent}");
        }
        for (sent, came) in [
            ("one", "two"),
            ("backup 1 done", "backup 2 done"),
            ("\u{1f44d}", "yesterday"),
            ("see https://example.com/a", "see <https://example.com/b>"),
            ("hi <@U02BOB00000>", "hi <@U01ALICE000|bob>"),
            ("hello", "hello again"),
        ] {
            assert_ne!(read(sent), read(came), "{sent}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[<>&;:|@#! a-c\u{e9}\u{1f600}]{0,40}|\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn escaping_changes_nothing(text in "[a-z0-9 .,&<>]{0,40}") {
            // Angle brackets of the user's own would be links.
            let plain = text.replace(['<', '>'], " ");
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(read(&escaped), read(&plain.replace('&', " ")));
        }
    }
}
