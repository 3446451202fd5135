//! `serde_with` adapters that accept what Slack sends in place of the documented type. Values are written as the documented type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_with::DeserializeAs;

use crate::structure::{Structure, StructureVisitor};
use crate::text_newtype::read_text;

/// Reads a boolean from a boolean, `1`, `0`, `"1"`, `"0"`, `"true"` or `"false"`.
pub(crate) struct Bool;

impl<'de> DeserializeAs<'de, bool> for Bool {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        struct Lenient;

        impl Visitor<'_> for Lenient {
            type Value = bool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, or 1 or 0")
            }

            fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
                Ok(value)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
                match value {
                    0 => Ok(false),
                    1 => Ok(true),
                    other => Err(E::invalid_value(Unexpected::Unsigned(other), &self)),
                }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<bool, E> {
                match value {
                    "1" | "true" => Ok(true),
                    "0" | "false" => Ok(false),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(Lenient)
    }
}

/// Reads an integer from an integer, a string of its digits, or a fraction without a fractional part.
pub(crate) struct Integer;

impl<'de, T: TryFrom<i64> + TryFrom<u64>> DeserializeAs<'de, T> for Integer {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        struct Lenient<T>(PhantomData<T>);

        impl<T: TryFrom<i64> + TryFrom<u64>> Visitor<'_> for Lenient<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
                T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
                T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
                // Up to 2^53 a whole fraction is exact.
                if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
                    self.visit_i64(value as i64)
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &self))
                }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
                let text = value.trim();
                match (text.parse::<i64>(), text.parse::<u64>()) {
                    (Ok(number), _) => self.visit_i64(number),
                    (_, Ok(number)) => self.visit_u64(number),
                    _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
                }
            }
        }

        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

/// Reads a number from a number or a string of one.
pub(crate) struct Float;

impl<'de> DeserializeAs<'de, f64> for Float {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        struct Lenient;

        impl Visitor<'_> for Lenient {
            type Value = f64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
                Ok(value as f64)
            }

            fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
                Ok(value as f64)
            }

            fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
                Ok(value)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<f64, E> {
                let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
                number.ok_or_else(|| E::invalid_value(Unexpected::Str(value), &self))
            }
        }

        deserializer.deserialize_any(Lenient)
    }
}

/// Reads a text from a string or a number.
pub(crate) struct Text;

impl<'de> DeserializeAs<'de, String> for Text {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        read_text(deserializer)
    }
}

/// Reads a text as [`Text`] does; `null` is an empty one.
pub(crate) struct TextOrEmpty;

impl<'de> DeserializeAs<'de, String> for TextOrEmpty {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Option::<Text>::deserialize_as(deserializer).map(Option::unwrap_or_default)
    }
}

/// A type that is read from an object: a struct, a box of one, or a type that also has other forms.
pub(crate) trait FromObject<'de>: Deserialize<'de> {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de, T: Structure + Deserialize<'de>> FromObject<'de> for T {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        StructureVisitor(PhantomData).visit_map(map)
    }
}

/// Reads an optional object. `[]`, which is how PHP writes an empty object, is an absent one. A string is passed on to types that accept an id instead.
pub(crate) struct OrEmptyArray;

impl<'de, T: FromObject<'de>> DeserializeAs<'de, Option<T>> for OrEmptyArray {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        struct Lenient<T>(PhantomData<T>);

        impl<'de, T: FromObject<'de>> Visitor<'de> for Lenient<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, or an empty array in its place")
            }

            fn visit_unit<E>(self) -> Result<Option<T>, E> {
                Ok(None)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<T>, A::Error> {
                match items.next_element::<IgnoredAny>()? {
                    None => Ok(None),
                    Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
                T::from_object(map).map(Some)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Option<T>, E> {
                T::deserialize(StrDeserializer::new(value)).map(Some)
            }
        }

        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::structure;

    #[derive(Default, PartialEq)]
    struct Fields {
        flag: Option<bool>,
        count: Option<i64>,
        id: Option<u64>,
        share: Option<f64>,
        name: Option<String>,
        inner: Option<Box<Fields>>,
    }

    structure! {
        by_default Fields {
            optional "flag" flag as Option<Bool>,
            optional "count" count as Option<Integer>,
            optional "id" id as Option<Integer>,
            optional "share" share as Option<Float>,
            optional "name" name as Option<Text>,
            optional "inner" inner as OrEmptyArray,
        }
    }

    fn read(json: &str) -> Result<Fields, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn stand_ins_are_read() {
        let nothing = Fields::default();
        for json in [r#"{"inner":[]}"#, r#"{"inner":null,"flag":null,"count":null}"#, "{}"] {
            assert_eq!(read(json).unwrap(), nothing, "{json}");
        }
        for json in [r#"{"flag":1}"#, r#"{"flag":"1"}"#, r#"{"flag":"true"}"#] {
            assert_eq!(read(json).unwrap().flag, Some(true), "{json}");
        }
        for (json, count) in [(r#"{"count":"-3"}"#, -3), (r#"{"count":4.0}"#, 4), (r#"{"count":5}"#, 5)] {
            assert_eq!(read(json).unwrap().count, Some(count), "{json}");
        }
        assert_eq!(read(r#"{"id":"18446744073709551615"}"#).unwrap().id, Some(u64::MAX));
        assert_eq!(read(r#"{"share":"0.5"}"#).unwrap().share, Some(0.5));
        assert_eq!(read(r#"{"name":7}"#).unwrap().name.as_deref(), Some("7"));
        assert_eq!(read(r#"{"inner":{"flag":0}}"#).unwrap().inner.unwrap().flag, Some(false));
    }

    #[test]
    fn what_stands_for_nothing_is_refused() {
        for json in [
            r#"{"flag":2}"#,
            r#"{"flag":"yes"}"#,
            r#"{"count":1.5}"#,
            r#"{"count":"x"}"#,
            r#"{"id":-1}"#,
            r#"{"count":1e300}"#,
            r#"{"share":"inf"}"#,
            r#"{"inner":[1]}"#,
            r#"{"inner":7}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
