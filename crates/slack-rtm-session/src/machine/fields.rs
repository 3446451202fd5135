//! Finds the channel and the timestamp of a message without decoding it.
//!
//! Slack writes them before the blocks or behind them, so both ends are tried before the whole is walked over.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr2, memrchr};

/// Where the texts of the top-level `channel` and `ts` stand, if both are plain strings.
pub(crate) fn channel_and_ts(json: &[u8]) -> Option<[Range<u32>; 2]> {
    if let Some(found) = leading(json, [&CHANNEL, &TS]) {
        return Some(found);
    }
    let mut wanted = Wanted { json, channel: None, ts: None };
    if wanted.forward(false).is_some() && !wanted.is_done() {
        let _ = wanted.backward();
        if !wanted.is_done() {
            let _ = wanted.forward(true);
        }
    }
    Some([wanted.channel?, wanted.ts?])
}

/// Where the texts of the top-level `type` and `ts` stand, if both are written in front of any bracket, as Slack writes them.
pub(crate) fn leading_type_and_ts(json: &[u8]) -> Option<[Range<u32>; 2]> {
    leading(json, [&TYPE, &TS])
}

/// A key, and what stands before its value.
struct Key {
    /// What frames begin with that have it where Slack writes it; empty if that varies.
    beginning: &'static [u8],
    finder: LazyLock<Finder<'static>>,
}

static CHANNEL: Key = Key {
    beginning: br#"{"type":"message","channel":""#,
    finder: LazyLock::new(|| Finder::new(r#""channel":""#)),
};
static TS: Key = Key { beginning: b"", finder: LazyLock::new(|| Finder::new(r#""ts":""#)) };
static TYPE: Key = Key { beginning: br#"{"type":""#, finder: LazyLock::new(|| Finder::new(r#""type":""#)) };

impl Key {
    /// Where the value begins, behind its quote. A quote that ends a text, or is escaped in one, follows something else than the key does.
    fn value_in(&self, head: &[u8]) -> Option<usize> {
        if !self.beginning.is_empty() && head.starts_with(self.beginning) {
            return Some(self.beginning.len());
        }
        let at = self.finder.find(head)?;
        matches!(head[at.checked_sub(1)?], b'{' | b',').then(|| at + self.finder.needle().len())
    }
}

/// Two texts, where they stand in front of any bracket, written as Slack writes: found by their keys, without a walk over what is between.
fn leading(json: &[u8], keys: [&Key; 2]) -> Option<[Range<u32>; 2]> {
    let inner = json.strip_prefix(b"{")?;
    let head = &json[..=memchr2(b'{', b'[', inner).unwrap_or(inner.len())];
    let find = |key: &Key| {
        let start = key.value_in(head)?;
        let end = start + memchr2(b'"', b'\\', &head[start..])?;
        (head[end] == b'"').then_some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)
    };
    let [first, second] = keys;
    Some([find(first)?, find(second)?])
}

struct Wanted<'a> {
    json: &'a [u8],
    channel: Option<Range<u32>>,
    ts: Option<Range<u32>>,
}

impl Wanted<'_> {
    fn is_done(&self) -> bool {
        self.channel.is_some() && self.ts.is_some()
    }

    fn take(&mut self, key: Range<usize>, value: Range<usize>) {
        let slot = match &self.json[key] {
            b"channel" => &mut self.channel,
            b"ts" => &mut self.ts,
            _ => return,
        };
        // A text with escapes is none that Slack would send here.
        if slot.is_none() && !self.json[value.clone()].contains(&b'\\') {
            *slot = u32::try_from(value.start)
                .ok()
                .zip(u32::try_from(value.end).ok())
                .map(|(start, end)| start..end);
        }
    }

    /// From the front, up to the first nested value, or over all of them. `None` where it is no JSON.
    fn forward(&mut self, nested: bool) -> Option<()> {
        let mut at = self.space(0);
        self.expect(&mut at, b'{')?;
        loop {
            let key = self.string(&mut at)?;
            self.expect(&mut at, b':')?;
            match self.json.get(at)? {
                b'"' => {
                    let value = self.string(&mut at)?;
                    self.take(key, value);
                    if self.is_done() {
                        return Some(());
                    }
                }
                b'{' | b'[' if !nested => return Some(()),
                b'{' | b'[' => self.skip_nested(&mut at)?,
                _ => {
                    while !matches!(self.json.get(at)?, b',' | b'}') {
                        at += 1;
                    }
                }
            }
            at = self.space(at);
            match self.json.get(at)? {
                b',' => at = self.space(at + 1),
                _ => return Some(()),
            }
        }
    }

    /// From the back, up to the first nested value. `None` where it comes upon something else than a plain member.
    fn backward(&mut self) -> Option<()> {
        let mut end = self.space_before(self.json.len());
        self.expect_before(&mut end, b'}')?;
        loop {
            match self.json.get(end.checked_sub(1)?)? {
                b'"' => {
                    let value = self.string_before(&mut end)?;
                    self.expect_before(&mut end, b':')?;
                    let key = self.string_before(&mut end)?;
                    self.take(key, value);
                    if self.is_done() {
                        return Some(());
                    }
                }
                byte if byte.is_ascii_alphanumeric() => {
                    while !matches!(self.json.get(end.checked_sub(1)?)?, b':') {
                        end -= 1;
                    }
                    self.expect_before(&mut end, b':')?;
                    self.string_before(&mut end)?;
                }
                _ => return None,
            }
            self.expect_before(&mut end, b',')?;
        }
    }

    fn space(&self, mut at: usize) -> usize {
        while self.json.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }

    fn expect(&self, at: &mut usize, wanted: u8) -> Option<()> {
        let found = self.space(*at);
        (*self.json.get(found)? == wanted).then(|| *at = self.space(found + 1))
    }

    fn string(&self, at: &mut usize) -> Option<Range<usize>> {
        if *self.json.get(*at)? != b'"' {
            return None;
        }
        let start = *at + 1;
        let mut end = start;
        loop {
            end += memchr2(b'"', b'\\', self.json.get(end..)?)?;
            if self.json[end] == b'"' {
                *at = end + 1;
                return Some(start..end);
            }
            end += 2;
        }
    }

    fn skip_nested(&self, at: &mut usize) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.json.get(*at)? {
                b'"' => {
                    self.string(at)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            *at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn space_before(&self, mut end: usize) -> usize {
        while end > 0 && self.json[end - 1].is_ascii_whitespace() {
            end -= 1;
        }
        end
    }

    fn expect_before(&self, end: &mut usize, wanted: u8) -> Option<()> {
        let found = self.space_before(*end).checked_sub(1)?;
        (self.json[found] == wanted).then(|| *end = self.space_before(found))
    }

    /// A string that ends with the quote before `end`.
    fn string_before(&self, end: &mut usize) -> Option<Range<usize>> {
        let close = end.checked_sub(1)?;
        if self.json[close] != b'"' {
            return None;
        }
        let mut open = close;
        loop {
            open = memrchr(b'"', &self.json[..open])?;
            let slashes = self.json[..open].iter().rev().take_while(|byte| **byte == b'\\').count();
            if slashes.is_multiple_of(2) {
                *end = self.space_before(open);
                return Some(open + 1..close);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(json: &str) -> Option<(&str, &str)> {
        let [channel, ts] = channel_and_ts(json.as_bytes())?;
        let text = |range: Range<u32>| &json[range.start as usize..range.end as usize];
        Some((text(channel), text(ts)))
    }

    #[test]
    fn they_are_found_wherever_they_are() {
        for json in [
            r#"{"type":"message","channel":"C1","ts":"1.2"}"#,
            r#" { "channel" : "C1" , "n" : -1.5 , "ts" : "1.2" , "blocks":[{"ts":"9"}]}"#,
            r#"{"text":"\\\"","blocks":[{"ts":"9","channel":"no"},"]"],"channel":"C1","b":true,"x":"a\\\"ts\":\"","ts":"1.2"}  "#,
            r#"{"channel":"C1","message":{"ts":"9"},"ts":"1.2","previous":{"ts":"8"}}"#,
            r#"{"a":[],"channel":"C1","ts":"1.2","b":{}}"#,
            r#"{"text":"\"ts\":\"9","channel":"C1","ts":"1.2","thread_ts":"9"}"#,
            r#"{"text":",\"ts","x\"ts":"9","channel":"C1","thread_ts":"9","ts":"1.2"}"#,
            r#"{"text":"a [ b","channel":"C1","ts":"1.2"}"#,
        ] {
            assert_eq!(found(json), Some(("C1", "1.2")), "{json}");
        }
        for json in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"channel":"C1"}"#,
            r#"{"channel":"C1","ts":1.2}"#,
            r#"{"channel":{"id":"C1"},"ts":"1.2"}"#,
            r#"{"channel":"C1","x":{"ts":"1.2"}}"#,
            r#"{"channel":"C\u0031","ts":"1.2"}"#,
            r#"{"channel":"C1","ts":"1.2"#,
        ] {
            assert_eq!(found(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = channel_and_ts(&bytes);
        }

        #[test]
        fn near_json_does_no_harm(json in r#"\{?[{}\[\]",:\\ts10 ]{0,60}\}?"#) {
            let _ = channel_and_ts(json.as_bytes());
        }

        #[test]
        fn it_agrees_with_a_full_parse(
            keys in proptest::collection::vec(("[a-c]", "\\PC{0,9}", any::<bool>()), 0..6),
            at in 0..6_usize,
            channel in "[A-Z0-9]{1,9}",
            ts in "[0-9.]{1,9}",
        ) {
            let mut members: Vec<String> = keys
                .iter()
                .map(|(key, text, nested)| {
                    let text = serde_json::to_string(text).unwrap();
                    if *nested { format!(r#""{key}":[{{"ts":{text}}}]"#) } else { format!(r#""{key}":{text}"#) }
                })
                .collect();
            let at = at.min(members.len());
            members.insert(at, format!(r#""channel":"{channel}""#));
            members.insert(members.len() - at, format!(r#""ts":"{ts}""#));
            let json = format!("{{{}}}", members.join(", "));
            prop_assert_eq!(found(&json), Some((channel.as_str(), ts.as_str())), "{}", json);
        }
    }
}
