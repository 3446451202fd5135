//! Converts descriptions, which may be written for any Markdown renderer, to doc comments that rustdoc accepts without warnings and never runs as code.

use regex_lite::{Captures, Regex};
use std::sync::LazyLock;

/// The width to which prose is wrapped.
const WIDTH: usize = 100;

static LINK: LazyLock<Regex> = LazyLock::new(|| regex(r"\[([^\[\]]*)\]\(([^()\s]*)\)"));
/// These two match only at the start: a search from each character to the end would take quadratic time.
static LINK_HERE: LazyLock<Regex> = LazyLock::new(|| regex(&format!("^{}", LINK.as_str())));
static URL_HERE: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^https?://[^\s<>()\[\]"'`\\]*[^\s<>()\[\]"'`\\.,;:!?]"#));

fn regex(pattern: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and every test runs them")]
    Regex::new(pattern).expect("a valid pattern")
}

/// Converts a description to the lines of a doc comment, without `///`.
#[must_use]
pub fn lines(description: &str) -> Vec<String> {
    let clean: String =
        description.chars().filter(|c| *c == '\n' || *c == '\t' || !is_invisible(*c)).collect();
    let mut out: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in clean.trim().lines() {
        let line = line.replace('\t', "    ");
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            // rustdoc would compile a block without a language.
            out.push(if fenced { "```text".to_owned() } else { "```".to_owned() });
        } else if fenced {
            out.push(line.trim_end().to_owned());
        } else {
            // Four leading spaces would make it a code block.
            let indent = (line.len() - line.trim_start().len()).min(2);
            let prose = format!("{}{}", " ".repeat(indent), escape(trimmed));
            if trimmed.starts_with(char::is_alphanumeric) { wrap(&prose, &mut out) } else { out.push(prose) }
        }
    }
    if fenced {
        out.push("```".to_owned());
    }
    out.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Converts a description to a doc comment, with `///` before each line.
#[must_use]
pub fn outer(description: &str) -> String {
    lines(description)
        .iter()
        .map(|line| if line.is_empty() { "///".to_owned() } else { format!("/// {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Converts a description to a doc comment, with all lines but the first indented by a number of spaces.
#[must_use]
pub fn indented(description: &str, blanks: usize) -> String {
    outer(description).replace('\n', &format!("\n{}", " ".repeat(blanks)))
}

/// Formats JSON as a code block of a doc comment, with `///` before each line.
#[must_use]
pub fn json(value: &serde_json::Value) -> String {
    format!("```json\n{value:#}\n```")
        .lines()
        .map(|line| format!("/// {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns whether a character is invisible: a control character, or one that reorders text, which rustc rejects in comments.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Escapes a line of prose, leaving its code spans alone.
fn escape(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    // A last backtick without a partner opens no code span.
    let balanced = parts.len() % 2 == 1;
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        let last = n + 1 == parts.len();
        let is_code = n % 2 == 1 && (balanced || !last);
        if n > 0 {
            out.push_str(if !balanced && last { "\\`" } else { "`" });
        }
        if is_code { out.push_str(part) } else { out.push_str(&prose(part)) }
    }
    // A link whose text is a code span was split above, so relative links are removed last, in the whole line.
    LINK.replace_all(&out, |link: &Captures<'_>| absolute(&link[1], &link[2])).into_owned()
}

/// Formats a link, or only its text if the link is relative: what it is relative to is not known.
fn absolute(text: &str, target: &str) -> String {
    if target.starts_with("https://") || target.starts_with("http://") {
        format!("[{text}]({target})")
    } else {
        text.to_owned()
    }
}

/// Escapes text that rustdoc would take for HTML, a link to an item, or a bare URL.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(link) = LINK_HERE.find(rest) {
            out.push_str(link.as_str());
            rest = &rest[link.end()..];
        } else if let Some(url) = URL_HERE.find(rest) {
            let opened = out.ends_with('<') || out.ends_with("](");
            out.push_str(&if opened { url.as_str().to_owned() } else { format!("<{}>", url.as_str()) });
            rest = &rest[url.end()..];
        } else if c == '\\' && rest[1..].starts_with(|next: char| next.is_ascii_punctuation()) {
            // It is escaped already.
            out.push_str(&rest[..2]);
            rest = &rest[2..];
        } else {
            let autolink = c == '<' && (rest.starts_with("<http://") || rest.starts_with("<https://"));
            // `](` may close a link whose text was a code span.
            let joins_link = c == ']' && rest.starts_with("](") || c == '[' && rest.len() == 1;
            if matches!(c, '<' | '[' | ']') && !autolink && !joins_link {
                out.push('\\');
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn wrap(line: &str, out: &mut Vec<String>) {
    let mut current = String::new();
    for word in line.split(' ') {
        // A line that begins with such a word would be a list, a heading or a quote.
        let special = word.starts_with(['-', '+', '*', '#', '>', '=', '|'])
            || word.trim_end_matches(['.', ')']).chars().all(|c| c.is_ascii_digit());
        if !current.is_empty() && current.len() + 1 + word.len() > WIDTH && !special {
            out.push(std::mem::take(&mut current));
        } else if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    out.push(current);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_prose_becomes_harmless() {
        for (text, expected) in [
            ("Says \"hi\" */ and \\", "Says \"hi\" */ and \\"),
            ("see [batch presence](/docs/presence#batching).", "see batch presence."),
            ("see [`x`](/docs/x)", "see `x`"),
            (r"always \<float\>\<N/S> \\<b> \x", r"always \<float\>\<N/S> \\\<b> \x"),
            ("see [this](relative.html)", "see this"),
            ("at https://slack.com/api, or", "at <https://slack.com/api>, or"),
            ("at <https://slack.com>", "at <https://slack.com>"),
            ("a <@U123> and `<b>`", "a \\<@U123> and `<b>`"),
            ("an [item] and items[0]", "an \\[item\\] and items\\[0\\]"),
            ("odd ` tick", "odd \\` tick"),
            ("größe 👍 \u{202e}rtl\r", "größe 👍 rtl"),
            ("Vec<String>", "Vec\\<String>"),
        ] {
            assert_eq!(lines(text), [expected], "{text}");
        }
    }

    #[test]
    fn code_is_never_compiled() {
        assert_eq!(lines("a\n```\nlet x;\n"), ["a", "```text", "let x;", "```"]);
        assert_eq!(lines("a\n```rust\nlet x;\n```\nb"), ["a", "```text", "let x;", "```", "b"]);
        assert_eq!(lines("a\n\n        indented"), ["a", "", "indented"]);
    }

    #[test]
    fn long_prose_is_wrapped_but_not_into_a_list() {
        let text = format!("{} - tail {}", "word ".repeat(19).trim(), "more ".repeat(10).trim());
        let lines = lines(&text);
        assert_eq!(lines.len(), 2);
        assert!(!lines[1].starts_with('-'), "{lines:?}");
    }

    #[test]
    fn a_long_line_takes_no_time() {
        let began = std::time::Instant::now();
        let text = "Call [this](https://example.com) at https://example.com or <b>that</b>. ".repeat(2000);
        assert!(lines(&text)[0].starts_with("Call [this](https://example.com) at <https://example.com> or"));
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }

    #[test]
    fn empty_lines_keep_no_blank() {
        assert_eq!(outer("a\n\nb"), "/// a\n///\n/// b");
    }
}
