//! Converts rich text into plain text.

use crate::blocks::from_text;
use crate::{
    BroadcastRange, ChannelId, RichTextBlock, RichTextDate, RichTextElement, RichTextEmoji, RichTextInline,
    RichTextList, RichTextListStyle, RichTextText, TeamId, UserId, UsergroupId,
};

from_text! { RichTextInline: RichTextText, }

/// A mention by id in rich text, for which plain text may use a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mention<'a> {
    /// A user.
    User(&'a UserId),
    /// A channel.
    Channel(&'a ChannelId),
    /// A user group.
    Usergroup(&'a UsergroupId),
    /// A workspace.
    Team(&'a TeamId),
}

impl RichTextBlock {
    /// Returns the text without formatting: one line per paragraph, `• ` or a number before list items, `> ` before quoted lines.
    ///
    /// Mentions become `@` or `#` and the id; links their text, or else their URL; emoji their characters, or else `:name:`; and times their fallback text,
    /// or else UTC such as `2023-11-14T22:13:20Z`. Of elements that this release does not know, only the `text` is kept.
    ///
    /// ```
    /// use slack_rtm_models::{RichTextBlock, RichTextInline, RichTextSection, RichTextUser};
    ///
    /// let text = RichTextBlock::new([RichTextSection::new([RichTextInline::from("thanks "), RichTextUser::new("U01ALICE000").into()])]);
    /// assert_eq!(text.to_plain_text(), "thanks @U01ALICE000");
    /// ```
    #[must_use]
    pub fn to_plain_text(&self) -> String {
        self.to_plain_text_with(|_| None)
    }

    /// Returns the text as [`to_plain_text`](Self::to_plain_text) does, but with the name that `name` returns for a mention in place of its id.
    ///
    /// ```
    /// use slack_rtm_models::{Mention, RichTextBlock, RichTextSection, RichTextUser};
    ///
    /// let text = RichTextBlock::new([RichTextSection::new([RichTextUser::new("U01ALICE000")])]);
    /// let name = |mention: Mention<'_>| matches!(mention, Mention::User(_)).then(|| "alice".to_owned());
    /// assert_eq!(text.to_plain_text_with(name), "@alice");
    /// ```
    #[must_use]
    pub fn to_plain_text_with(&self, name: impl FnMut(Mention<'_>) -> Option<String>) -> String {
        let mut plain = Plain { out: String::new(), name };
        for element in &self.elements {
            plain.element(element);
        }
        // A line break at the end only separates sections.
        plain.out.truncate(plain.out.trim_end_matches('\n').len());
        plain.out
    }
}

/// The plain text under construction.
struct Plain<F> {
    out: String,
    name: F,
}

impl<F: FnMut(Mention<'_>) -> Option<String>> Plain<F> {
    fn element(&mut self, element: &RichTextElement) {
        match element {
            RichTextElement::RichTextSection(section) => self.paragraph(&section.elements, ""),
            RichTextElement::RichTextPreformatted(code) => self.paragraph(&code.elements, ""),
            RichTextElement::RichTextQuote(quote) => self.paragraph(&quote.elements, "> "),
            RichTextElement::RichTextList(list) => self.list(list),
            RichTextElement::Unknown(_) => {}
        }
    }

    /// Starts a line, unless one has started.
    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self, runs: &[RichTextInline], prefix: &str) {
        self.line();
        let text = self.runs(runs);
        // A line break at the end only separates paragraphs.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                self.out.push('\n');
            }
            self.out.push_str(prefix);
            self.out.push_str(line);
        }
        self.out.push('\n');
    }

    fn list(&mut self, list: &RichTextList) {
        // Slack indents by 8 at most.
        let indent = "    ".repeat(list.indent.unwrap_or(0).min(8) as usize);
        let first = u64::from(list.offset.unwrap_or(0)) + 1;
        for (item, number) in list.elements.iter().zip(first..) {
            self.line();
            self.out.push_str(&indent);
            match list.style {
                RichTextListStyle::Ordered => self.out.push_str(&format!("{number}. ")),
                _ => self.out.push_str("• "),
            }
            match item {
                RichTextElement::RichTextSection(section) => {
                    let text = self.runs(&section.elements);
                    let hanging = format!("\n{indent}  ");
                    self.out.push_str(&text.trim_end_matches('\n').replace('\n', &hanging));
                }
                other => self.element(other),
            }
        }
        self.out.push('\n');
    }

    fn runs(&mut self, runs: &[RichTextInline]) -> String {
        runs.iter().map(|run| self.run(run)).collect()
    }

    fn run(&mut self, run: &RichTextInline) -> String {
        match run {
            RichTextInline::Text(text) => text.text.clone(),
            RichTextInline::Link(link) => {
                link.text.as_ref().filter(|text| !text.is_empty()).unwrap_or(&link.url).clone()
            }
            RichTextInline::Emoji(emoji) => characters(emoji).unwrap_or_else(|| format!(":{}:", emoji.name)),
            RichTextInline::User(it) => self.mention('@', Mention::User(&it.user_id), it.user_id.as_str()),
            RichTextInline::Channel(it) => {
                self.mention('#', Mention::Channel(&it.channel_id), it.channel_id.as_str())
            }
            RichTextInline::Usergroup(it) => {
                self.mention('@', Mention::Usergroup(&it.usergroup_id), it.usergroup_id.as_str())
            }
            RichTextInline::Team(it) => self.mention('@', Mention::Team(&it.team_id), it.team_id.as_str()),
            RichTextInline::Broadcast(it) => format!("@{}", BroadcastRange::as_str(&it.range)),
            RichTextInline::Color(color) => color.value.clone(),
            RichTextInline::Date(date) => time(date),
            RichTextInline::Unknown(raw) => {
                #[derive(Default)]
                struct Texted {
                    text: Option<String>,
                }
                crate::structure::structure! { by_default Texted { optional "text" text, } }
                raw.decode::<Texted>().unwrap_or_default().text.unwrap_or_default()
            }
        }
    }

    fn mention(&mut self, sign: char, mention: Mention<'_>, id: &str) -> String {
        let name = (self.name)(mention);
        format!("{sign}{}", name.as_deref().unwrap_or(id))
    }
}

/// Returns the characters of an emoji from their code points.
fn characters(emoji: &RichTextEmoji) -> Option<String> {
    let points = emoji.unicode.as_ref()?.split('-');
    points.map(|point| char::from_u32(u32::from_str_radix(point, 16).ok()?)).collect()
}

/// Formats a time in UTC, unless a fallback is given.
fn time(date: &RichTextDate) -> String {
    if let Some(fallback) = date.fallback.as_ref().filter(|fallback| !fallback.is_empty()) {
        return fallback.clone();
    }
    let (days, second) = (date.timestamp.div_euclid(86_400), date.timestamp.rem_euclid(86_400));
    // The calendar below does not cover such years.
    if days.abs() > 3_000_000 {
        return date.timestamp.to_string();
    }
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Returns the Gregorian date that is a number of days after 1970-01-01. Years start in March in the computation, so that the leap day is the last day of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(elements: &str) -> String {
        let block: RichTextBlock =
            serde_json::from_str(&format!(r#"{{"type":"rich_text","elements":[{elements}]}}"#)).unwrap();
        block.to_plain_text()
    }

    fn section(runs: &str) -> String {
        format!(r#"{{"type":"rich_text_section","elements":[{runs}]}}"#)
    }

    #[test]
    fn runs_become_text() {
        for (run, text) in [
            (r#"{"type":"text","text":"a\nb","style":{"bold":true}}"#, "a\nb"),
            (r#"{"type":"link","url":"https://e.com","text":"E"}"#, "E"),
            (r#"{"type":"link","url":"https://e.com"}"#, "https://e.com"),
            (r#"{"type":"link","url":"https://e.com","text":""}"#, "https://e.com"),
            (r#"{"type":"emoji","name":"wave","unicode":"1f44b-1f3fd"}"#, "👋🏽"),
            (r#"{"type":"emoji","name":"party","unicode":"zz"}"#, ":party:"),
            (r#"{"type":"emoji","name":"party"}"#, ":party:"),
            (r#"{"type":"user","user_id":"U1"}"#, "@U1"),
            (r#"{"type":"channel","channel_id":"C1"}"#, "#C1"),
            (r#"{"type":"usergroup","usergroup_id":"S1"}"#, "@S1"),
            (r#"{"type":"team","team_id":"T1"}"#, "@T1"),
            (r#"{"type":"broadcast","range":"here"}"#, "@here"),
            (r##"{"type":"color","value":"#F405B3"}"##, "#F405B3"),
            (r#"{"type":"date","timestamp":1700000000,"format":"{date}"}"#, "2023-11-14T22:13:20Z"),
            (r#"{"type":"date","timestamp":951782400,"format":"{date}"}"#, "2000-02-29T00:00:00Z"),
            (r#"{"type":"date","timestamp":-1,"format":"{date}"}"#, "1969-12-31T23:59:59Z"),
            (
                r#"{"type":"date","timestamp":1700000000,"format":"{date}","fallback":"in November"}"#,
                "in November",
            ),
            (r#"{"type":"date","timestamp":9223372036854775807,"format":"{date}"}"#, "9223372036854775807"),
            (r#"{"type":"brand_new","text":"seen"}"#, "seen"),
            (r#"{"type":"brand_new","x":1}"#, ""),
        ] {
            assert_eq!(plain(&section(run)), text, "{run}");
        }
    }

    #[test]
    fn parts_stand_in_lines() {
        let text = |text: &str| section(&format!(r#"{{"type":"text","text":"{text}"}}"#));
        let list = |style: &str, more: &str, items: &[&str]| {
            let items: Vec<String> = items.iter().map(|item| text(item)).collect();
            format!(r#"{{"type":"rich_text_list","style":"{style}"{more},"elements":[{}]}}"#, items.join(","))
        };
        let parts = [
            text("Hello\\n"),
            list("bullet", "", &["one", "two\\nlines"]),
            list("ordered", r#","indent":1,"offset":2"#, &["three", "four"]),
            r#"{"type":"rich_text_quote","elements":[{"type":"text","text":"said\nso"}]}"#.to_owned(),
            r#"{"type":"brand_new"}"#.to_owned(),
            r#"{"type":"rich_text_preformatted","elements":[{"type":"text","text":"fn main() {\n}"}]}"#
                .to_owned(),
            text("bye"),
        ];
        assert_eq!(
            plain(&parts.join(",")),
            "Hello\n• one\n• two\n  lines\n    3. three\n    4. four\n> said\n> so\nfn main() {\n}\nbye"
        );
        assert_eq!(plain(""), "");
        assert_eq!(plain(&[text("a\\n\\n"), text("b")].join(",")), "a\n\nb");
    }

    #[test]
    fn names_take_the_place_of_ids() {
        let runs = r#"{"type":"user","user_id":"U1"},{"type":"text","text":" in "},{"type":"channel","channel_id":"C1"}"#;
        let block: RichTextBlock =
            serde_json::from_str(&format!(r#"{{"type":"rich_text","elements":[{}]}}"#, section(runs)))
                .unwrap();
        let name = |mention: Mention<'_>| match mention {
            Mention::Channel(id) => (id == "C1").then(|| "general".to_owned()),
            _ => None,
        };
        assert_eq!(block.to_plain_text_with(name), "@U1 in #general");
    }
}
