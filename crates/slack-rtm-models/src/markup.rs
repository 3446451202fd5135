//! Slack's markup for text: escaping, mentions and links.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr3};

use crate::{ChannelId, UserId, UsergroupId};

/// Escapes a text that is to be shown as it is: `&`, `<` and `>` become `&amp;`, `&lt;` and `&gt;`.
///
/// The text of a message is markup, in which these three are special: `<!channel>` notifies everyone in the channel. Escape text from elsewhere, such as a name or
/// a log line, before you put it into a message. Formatting characters (`*`, `_`, `` ` ``) and bare URLs keep their effect.
///
/// ```
/// use slack_rtm_models::escape;
///
/// assert_eq!(escape("<!channel> a & b"), "&lt;!channel&gt; a &amp; b");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr3(b'&', b'<', b'>', text.as_bytes()) else { return Cow::Borrowed(text) };
    let (plain, rest) = text.split_at(first);
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(plain);
    for char in rest.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Unescapes a text: `&amp;`, `&lt;` and `&gt;` become `&`, `<` and `>`, the inverse of [`escape`]. Mentions and links stay as they are.
///
/// ```
/// use slack_rtm_models::unescape;
///
/// assert_eq!(unescape("a &amp; b &lt; c, <@U02BOB00000>"), "a & b < c, <@U02BOB00000>");
/// // Only once.
/// assert_eq!(unescape("&amp;lt;"), "&lt;");
/// ```
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entities = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];
        let (entity, char) =
            entities.into_iter().find(|(entity, _)| rest.starts_with(entity)).unwrap_or(("&", "&"));
        plain.push_str(char);
        rest = &rest[entity.len()..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Returns the markup of a link that is shown as `label`. Both may contain any text: special characters are escaped.
///
/// ```
/// use slack_rtm_models::link;
///
/// assert_eq!(link("https://example.com/?a=1&b=2", "a > b"), "<https://example.com/?a=1&amp;b=2|a &gt; b>");
/// ```
#[must_use]
pub fn link(url: impl AsRef<str>, label: &str) -> String {
    let url = url.as_ref().trim();
    let mut target = String::with_capacity(url.len());
    for (at, char) in url.char_indices() {
        match char {
            // At the start these would make a mention; a bar would end the URL.
            '@' | '#' | '!' if at == 0 => push_encoded(&mut target, char),
            '|' | '<' | '>' | '"' => push_encoded(&mut target, char),
            char if char.is_ascii_control() || char == ' ' => push_encoded(&mut target, char),
            char => target.push(char),
        }
    }
    // A label is one line.
    let label = label.replace(['\r', '\n'], " ");
    format!("<{}|{}>", escape(&target), escape(&label))
}

/// Appends an ASCII character, percent-encoded.
fn push_encoded(target: &mut String, char: char) {
    target.push_str(&format!("%{:02X}", u32::from(char)));
}

/// A mention of many people at once. Nothing else in this crate creates one.
///
/// ```
/// use slack_rtm_models::Broadcast;
///
/// assert_eq!(format!("{} the site is down", Broadcast::Here), "<!here> the site is down");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Broadcast {
    /// The active members of the channel: `@here`.
    Here,
    /// All members of the channel: `@channel`.
    Channel,
    /// All full members of the workspace, in its general channel: `@everyone`.
    Everyone,
}

impl Broadcast {
    /// Returns the markup.
    #[must_use]
    pub fn mention(&self) -> &'static str {
        match self {
            Self::Here => "<!here>",
            Self::Channel => "<!channel>",
            Self::Everyone => "<!everyone>",
        }
    }
}

impl fmt::Display for Broadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.mention())
    }
}

impl UserId {
    /// Returns the markup that mentions the user, and notifies them.
    ///
    /// ```
    /// use slack_rtm_models::UserId;
    ///
    /// assert_eq!(UserId::new("U02BOB00000").mention(), "<@U02BOB00000>");
    /// ```
    #[must_use]
    pub fn mention(&self) -> String {
        mention("@", self.as_str())
    }
}

impl ChannelId {
    /// Returns the markup that names the channel and links to it. It notifies nobody.
    ///
    /// ```
    /// use slack_rtm_models::ChannelId;
    ///
    /// assert_eq!(ChannelId::new("C02RANDOM00").mention(), "<#C02RANDOM00>");
    /// ```
    #[must_use]
    pub fn mention(&self) -> String {
        mention("#", self.as_str())
    }
}

impl UsergroupId {
    /// Returns the markup that mentions the members of the user group, and notifies them.
    #[must_use]
    pub fn mention(&self) -> String {
        mention("!subteam^", self.as_str())
    }
}

/// Returns the markup of a mention. The id may be any text, so it is escaped and cannot add other markup.
fn mention(kind: &str, id: &str) -> String {
    format!("<{kind}{}>", escape(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_characters_are_escaped_and_only_their_entities_are_turned_back() {
        for (plain, escaped) in [
            ("", ""),
            ("plain é *bold*", "plain é *bold*"),
            ("&", "&amp;"),
            ("&amp;", "&amp;amp;"),
            ("<@U1> <!channel>", "&lt;@U1&gt; &lt;!channel&gt;"),
            ("é<é", "é&lt;é"),
        ] {
            assert_eq!(escape(plain), escaped);
            assert_eq!(unescape(escaped), plain);
        }
        for text in ["&quot;", "&", "&&", "&am", "&amp", "&#60;", "&AMP;"] {
            assert_eq!(unescape(text), text);
        }
        assert!(matches!((escape("x"), unescape("x")), (Cow::Borrowed(_), Cow::Borrowed(_))));
    }

    #[test]
    fn a_link_is_never_a_mention() {
        for (url, label, markup) in [
            ("https://example.com", "here", "<https://example.com|here>"),
            ("!channel", "x", "<%21channel|x>"),
            (" @U02BOB00000", "x", "<%40U02BOB00000|x>"),
            ("#C02RANDOM00", "x", "<%23C02RANDOM00|x>"),
            ("https://a/|b> <!channel>", "x", "<https://a/%7Cb%3E%20%3C!channel%3E|x>"),
            ("https://a/#b@c!", "two\nlines <!here>", "<https://a/#b@c!|two lines &lt;!here&gt;>"),
        ] {
            assert_eq!(link(url, label), markup);
        }
    }

    #[test]
    fn mentions_have_their_markup() {
        assert_eq!(UserId::new("U1> <!channel").mention(), "<@U1&gt; &lt;!channel>");
        assert_eq!(UsergroupId::new("S01TEAM0000").mention(), "<!subteam^S01TEAM0000>");
        let all = [Broadcast::Here, Broadcast::Channel, Broadcast::Everyone].map(|all| all.to_string());
        assert_eq!(all, ["<!here>", "<!channel>", "<!everyone>"]);
    }

    proptest! {
        #[test]
        fn what_was_escaped_is_turned_back(text in "[&<>;amplgt é]{0,30}|\\PC{0,30}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>']));
            prop_assert_eq!(unescape(&escaped), text.as_str());
        }

        #[test]
        fn a_link_is_one_link(url in "[!@#|<>& a-c\n]{0,12}", label in "\\PC{0,12}|[<>|&\n]{0,9}") {
            let markup = link(&url, &label);
            let inner = &markup[1..markup.len() - 1];
            prop_assert!(!inner.contains(['<', '>', '\n']) && inner.contains('|'));
            prop_assert!(!inner.starts_with(['!', '@', '#']));
        }
    }
}
