//! Unions whose variants differ only in shape.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Number, Value};

use crate::RawJson;

thread_local! {
    /// The number of values in the current attempt that fit no variant of a union. They are kept, but do not count as a match.
    static UNRECOGNIZED: Cell<usize> = const { Cell::new(0) };
}

/// A candidate type and how well it fits: the more of the text is in its serialized form, the better.
pub(crate) struct Fit<T> {
    kept: usize,
    is_demoted: bool,
    unrecognized: usize,
    value: T,
}

impl<T> Fit<T> {
    /// Returns the value of the chosen candidate.
    pub(crate) fn into_value(self) -> T {
        UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(self.unrecognized));
        self.value
    }

    /// Adds the rank among types that keep equally much.
    pub(crate) fn ranked(self, rank: impl FnOnce(&T) -> usize) -> Self {
        let rank = if self.kept == 0 { 0 } else { rank(&self.value) };
        Self { kept: self.kept.saturating_mul(2).saturating_add(rank), ..self }
    }

    /// Replaces what is kept by the rank of a map of any values.
    pub(crate) fn of_map(self, rank: impl FnOnce(&T) -> usize) -> Self {
        Self { kept: rank(&self.value), ..self }
    }

    /// Ranks the candidate below all that are not demoted, unless a condition holds.
    pub(crate) fn demoted_unless(self, condition: bool) -> Self {
        Self { is_demoted: !condition, ..self }
    }

    /// Returns whether the candidate keeps anything, and is better than another one.
    pub(crate) fn is_better_than<U>(&self, other: Option<&Fit<U>>) -> bool {
        self.kept > 0
            && other.is_none_or(|other| (!self.is_demoted, self.kept) > (!other.is_demoted, other.kept))
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Fit<U> {
        let Self { kept, is_demoted, unrecognized, value } = self;
        Fit { kept, is_demoted, unrecognized, value: f(value) }
    }
}

/// A value of a union, as text and parsed.
pub(crate) struct Candidate<'a> {
    text: &'a str,
    parsed: Option<Value>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(raw: &'a RawJson) -> Self {
        Self { text: raw.as_str(), parsed: serde_json::from_str(raw.as_str()).ok() }
    }

    /// Returns how well a type fits; `None` if the value does not decode.
    pub(crate) fn fit<T: serde::de::DeserializeOwned + serde::Serialize>(&self) -> Option<Fit<T>> {
        let outer = UNRECOGNIZED.replace(0);
        let value: Option<T> = serde_json::from_str(self.text).ok();
        let unrecognized = UNRECOGNIZED.replace(outer);
        let value = value?;
        let after = serde_json::to_value(&value).ok()?;
        let kept = kept(self.parsed.as_ref()?, &after).saturating_sub(unrecognized);
        Some(Fit { kept, is_demoted: false, unrecognized, value })
    }

    /// Returns whether a property is absent, or passes a test.
    pub(crate) fn allows(&self, property: &str, test: impl FnOnce(&Value) -> bool) -> bool {
        self.parsed.as_ref().and_then(|parsed| parsed.get(property)).is_none_or(test)
    }
}

/// Keeps a value that fits no variant.
pub(crate) fn unrecognized(raw: RawJson) -> RawJson {
    let value: Option<Value> = serde_json::from_str(raw.as_str()).ok();
    let all = value.map_or(0, |value| kept(&value, &value));
    UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(all));
    raw
}

/// Returns the number of values, at any depth, that are the same.
fn kept(before: &Value, after: &Value) -> usize {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let both = before.iter().filter_map(|(key, value)| Some((value, after.get(key)?)));
            1 + both.map(|(before, after)| kept(before, after)).sum::<usize>()
        }
        (Value::Array(before), Value::Array(after)) => {
            1 + before.iter().zip(after).map(|(before, after)| kept(before, after)).sum::<usize>()
        }
        (Value::Number(before), Value::Number(after)) => usize::from(is_equal(before, after)),
        _ => usize::from(before == after),
    }
}

/// Compares the values of two numbers, so `1.0` equals `1`, but not numbers that are equal only when rounded.
fn is_equal(a: &Number, b: &Number) -> bool {
    let is_whole = |number: &Number| number.as_i64().is_some() || number.as_u64().is_some();
    match (is_whole(a), is_whole(b)) {
        (true, false) => b.as_f64().is_some_and(|b| is_rounded_to(a, b)),
        (false, true) => a.as_f64().is_some_and(|a| is_rounded_to(b, a)),
        _ => a == b,
    }
}

/// Returns whether a float is exactly this integer.
fn is_rounded_to(integer: &Number, float: f64) -> bool {
    // Displayed, both are decimal integers without an exponent.
    float.fract() == 0.0 && format!("{float:.0}") == integer.to_string()
}

/// Ranks a map of any values above an object none of whose properties is known, and below any other.
pub(crate) fn rank_of_map(map: &HashMap<String, RawJson>) -> usize {
    if map.is_empty() { 3 } else { 4 }
}

/// Declares a union that is decoded as the variant that keeps the most of the input, or the first of several such variants. A value that fits none is kept whole.
///
/// After `only_if`, a variant has the constants of its properties, without which it is not chosen; after `rather_if`, the values by which it is preferred to others.
macro_rules! one_of {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $(
            $(#[$about:meta])* $variant:ident($inner:ty) $(in $boxed:ident)? $(by $form:ident)?
            $(only_if $($key:literal: $value:literal),+)?
            $(rather_if $($listed:literal: $($of:literal)|+),+)?;
        )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant($crate::one_of::content!($inner $(, $boxed)?)),)*
            /// A value of another shape, kept whole.
            Unrecognized($crate::RawJson),
        }

        $(
            impl From<$inner> for $name {
                fn from(content: $inner) -> Self {
                    Self::$variant(content.into())
                }
            }

            $($crate::one_of::from_str! { $name $variant $form })?
        )*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                    Self::Unrecognized(raw) => raw.serialize(serializer),
                }
            }
        }

        /// Supports JSON only; the value is buffered as text.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = $crate::RawJson::deserialize(deserializer)?;
                let best = {
                    #[allow(unused_variables, reason = "a union may have no variant that is known")]
                    let candidate = $crate::one_of::Candidate::new(&raw);
                    #[allow(unused_mut, reason = "a union may have no variant that is known")]
                    let mut best: Option<$crate::one_of::Fit<Self>> = None;
                    $(
                        if true $($(&& candidate.allows($key, |value| *value == $value))+)?
                            && let Some(fit) = candidate.fit::<$inner>()
                            && let fit = $crate::one_of::rank!($inner, fit $(, $form)?)
                            && let fit = fit.demoted_unless(
                                true $($(&& candidate.allows($listed, |value| $(*value == $of)||+))+)?,
                            )
                            && fit.is_better_than(best.as_ref())
                        {
                            best = Some(fit.map(|content| Self::$variant(content.into())));
                        }
                    )*
                    best
                };
                Ok(best.map_or_else(
                    || Self::Unrecognized($crate::one_of::unrecognized(raw)),
                    $crate::one_of::Fit::into_value,
                ))
            }
        }
    };
}

/// Ranks a text by the form that its type documents: a known value ranks above any text, and any text above an unknown value. A map of any values ranks below
/// objects with known properties.
macro_rules! rank {
    ($inner:ty, $fit:ident, known) => {
        $fit.ranked(|content| if <$inner>::KNOWN.contains(&content.as_str()) { 2 } else { 0 })
    };
    ($inner:ty, $fit:ident, well_formed) => {
        $fit.ranked(|content| if content.is_well_formed() { 2 } else { 0 })
    };
    ($inner:ty, $fit:ident, map) => {
        $fit.of_map($crate::one_of::rank_of_map)
    };
    ($inner:ty, $fit:ident $(, text)?) => {
        $fit.ranked(|_| 1)
    };
}

/// Converts a string slice to a variant that is any text.
macro_rules! from_str {
    ($name:ident $variant:ident text) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::$variant(text.to_owned())
            }
        }
    };
    ($name:ident $variant:ident $form:ident) => {};
}

/// Expands to the type of a variant's content.
macro_rules! content {
    ($inner:ty) => { $inner };
    ($inner:ty, Box) => { Box<$inner> };
}

pub(crate) use {content, from_str, one_of, rank};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests;
