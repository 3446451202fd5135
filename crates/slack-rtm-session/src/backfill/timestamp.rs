//! Timestamps as numbers.

use std::fmt;

use slack_rtm_models::Ts;

/// A Slack timestamp in microseconds since 1970. It is ordered, and takes only 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Timestamp(u64);

impl Timestamp {
    /// The earliest timestamp.
    pub(super) const ZERO: Self = Self(0);

    /// Parses a timestamp such as `1700000000.000100`. `None` if the text has another form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::parse_bytes(text.as_bytes())
    }

    /// Parses a timestamp without a check that the bytes are text, which the usual form implies.
    pub(super) fn parse_bytes(text: &[u8]) -> Option<Self> {
        Self::parse_usual(text).or_else(|| Self::parse_any(std::str::from_utf8(text).ok()?))
    }

    /// The fast path, for ten digits before the point and six after it: every message is parsed. Without the point they are the digits of the microseconds.
    fn parse_usual(text: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i, j, b'.', k, l, m, n, o, p] = *text else { return None };
        let (first, last) =
            (eight_digits([a, b, c, d, e, f, g, h])?, eight_digits([i, j, k, l, m, n, o, p])?);
        Some(Self(first * 100_000_000 + last))
    }

    fn parse_any(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || !is_digits(seconds) || !is_digits(fraction) || fraction.len() > 6 {
            return None;
        }
        let micros = if fraction.is_empty() { 0 } else { fraction.parse::<u64>().ok()? };
        let scale = 10_u64.pow(u32::try_from(6 - fraction.len()).ok()?);
        let seconds: u64 = seconds.parse().ok()?;
        Some(Self(seconds.checked_mul(1_000_000)?.checked_add(micros * scale)?))
    }

    pub(super) fn of(ts: &Ts) -> Option<Self> {
        Self::parse(ts.as_str())
    }

    /// Returns a timestamp that is later by `micros` microseconds.
    pub(super) fn plus(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Returns a timestamp that is earlier by `micros` microseconds.
    pub(super) fn minus(self, micros: u64) -> Self {
        Self(self.0.saturating_sub(micros))
    }

    /// Returns the microseconds since another timestamp.
    pub(super) fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }

    /// Returns the timestamp rounded down to a second.
    pub(super) fn floor(self) -> Self {
        Self(self.0 - self.0 % 1_000_000)
    }

    pub(super) fn to_ts(self) -> Ts {
        Ts::new(self.to_string())
    }
}

/// Returns the number that eight digits write, all eight computed at once: first the values of the pairs of neighbours, then of the fours, then of all.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const HIGH_HALVES: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let text = u64::from_le_bytes(text);
    // Digits are 0x30 to 0x39, so six more does not change the high half of any.
    let are_digits = text & HIGH_HALVES == ZEROS && (text + 0x0606_0606_0606_0606) & HIGH_HALVES == ZEROS;
    if !are_digits {
        return None;
    }
    let pairs = (text - ZEROS).wrapping_mul(1 + (10 << 8)) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(1 + (100 << 16)) >> 16;
    Some((fours & 0x0000_ffff_0000_ffff).wrapping_mul(1 + (10_000 << 32)) >> 32)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_timestamps_are_read() {
        for (text, micros) in [
            ("1700000000.000100", Some(1_700_000_000_000_100)),
            ("1.2", Some(1_200_000)),
            ("5", Some(5_000_000)),
            ("5.", Some(5_000_000)),
            ("", None),
            (".5", None),
            ("+1.5", None),
            ("1.+5", None),
            ("1.0000001", None),
            ("x", None),
            ("99999999999999999999.0", None),
            ("18446744073709.999999", None),
            ("9999999999.999999", Some(9_999_999_999_999_999)),
            ("1799999999.999999", Some(1_799_999_999_999_999)),
            ("1700000000,000100", None),
            ("17000000/0.000100", None),
            ("170000000:.000100", None),
            ("1700000000.00010/", None),
            ("170000000\u{e9}.00010", None),
        ] {
            assert_eq!(Timestamp::parse(text), micros.map(Timestamp), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_parse_agree(text in "[0-9]{9,11}\\.[0-9]{5,7}|[0-9+./:]{10}[.,][0-9+./:]{6}") {
            prop_assert_eq!(Timestamp::parse(&text), Timestamp::parse_any(&text));
        }

        #[test]
        fn they_survive_a_round_trip_and_keep_their_order(a in 0..1_u64 << 52, b in 0..1_u64 << 52) {
            let (first, second) = (Timestamp(a), Timestamp(b));
            prop_assert_eq!(Timestamp::of(&first.to_ts()), Some(first));
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }
    }
}
