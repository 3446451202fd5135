//! Finds the channel and the timestamp of a message without decoding it.
//!
//! Slack writes them before or after the blocks, so both ends of the JSON are scanned before the whole is.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memmem::{Finder, FinderBuilder};
use memchr::{memchr2, memrchr};

/// Returns the positions of the top-level `channel` and `ts`, if both are strings without escapes.
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

/// Returns the positions of the top-level `type` and `ts`, if both come before any nested value, as Slack usually writes them.
pub(crate) fn leading_type_and_ts(json: &[u8]) -> Option<[Range<u32>; 2]> {
    leading(json, [&TYPE, &TS])
}

/// How rare bytes are in Slack's messages. A search stops wherever the two rarest bytes of its needle are at their distance, and by the ranks of all kinds of files
/// these are a quote and an underscore, which `"client_msg_id"` and `"source_team"` have at the distance of `"thread_ts"`.
struct Rarity;

impl HeuristicFrequencyRank for Rarity {
    fn rank(&self, byte: u8) -> u8 {
        match byte {
            b':' => 0,
            b'_' => 1,
            b'd' => 2,
            b't' => 3,
            _ => u8::MAX,
        }
    }
}

/// Returns a finder of a key in Slack's JSON.
pub(crate) fn finder(key: &'static str) -> Finder<'static> {
    FinderBuilder::new().build_forward_with_ranker(Rarity, key)
}

/// A member whose value is a string.
struct Key {
    /// The JSON up to the value, where Slack usually writes the member; empty if its position varies.
    prefix: &'static [u8],
    finder: LazyLock<Finder<'static>>,
}

static CHANNEL: Key =
    Key { prefix: br#"{"type":"message","channel":""#, finder: LazyLock::new(|| finder(r#""channel":""#)) };
static TS: Key = Key { prefix: b"", finder: LazyLock::new(|| finder(r#""ts":""#)) };
static TYPE: Key = Key { prefix: br#"{"type":""#, finder: LazyLock::new(|| finder(r#""type":""#)) };

impl Key {
    /// Returns where the value starts, after its quote.
    fn value_in(&self, head: &[u8]) -> Option<usize> {
        if !self.prefix.is_empty() && head.starts_with(self.prefix) {
            return Some(self.prefix.len());
        }
        let at = self.finder.find(head)?;
        // The match is inside of a string unless it follows a brace or a comma.
        matches!(head[at.checked_sub(1)?], b'{' | b',').then(|| at + self.finder.needle().len())
    }
}

/// Finds two members before any nested value by searching for their keys, which is faster than scanning member by member.
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
        // Slack does not send escapes in these members.
        if slot.is_none() && !self.json[value.clone()].contains(&b'\\') {
            *slot = u32::try_from(value.start)
                .ok()
                .zip(u32::try_from(value.end).ok())
                .map(|(start, end)| start..end);
        }
    }

    /// Scans from the start, up to the first nested value or over all of them. `None` if it is not JSON.
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

    /// Scans from the end, up to the first nested value. `None` at anything other than a simple member.
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

    /// Returns the string that ends with the quote before `end`.
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
    fn members_are_found_in_any_position() {
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
        fn any_bytes_are_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = channel_and_ts(&bytes);
        }

        #[test]
        fn almost_json_is_accepted(json in r#"\{?[{}\[\]",:\\ts10 ]{0,60}\}?"#) {
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
