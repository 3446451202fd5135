//! Newtypes over text, such as ids and timestamps. Their documented form is never enforced.

use std::fmt;

use compact_str::CompactString;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Unexpected, Visitor};

/// The text that the newtypes store: inline up to 24 bytes, which covers nearly all of them.
pub(crate) type Text = CompactString;

/// Reads a text from a string, a number, or an object with an id, without a temporary `String`.
pub(crate) fn read_text<'de, D: Deserializer<'de>, T: for<'a> From<&'a str>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut field = None;
    TextSlot { field: &mut field, is_nullable: false }.deserialize(deserializer)?;
    field.ok_or_else(|| D::Error::custom("expected a string"))
}

/// A field for a value that is made from a text.
pub(crate) trait TextField {
    /// Sets the field to the value of a text.
    fn set(&mut self, text: &str);

    /// Sets the field to none.
    fn clear(&mut self);
}

impl<T: for<'a> From<&'a str>> TextField for Option<T> {
    fn set(&mut self, text: &str) {
        *self = Some(T::from(text));
    }

    fn clear(&mut self) {
        *self = None;
    }
}

/// Reads a text as [`read_text`] does, directly into its field.
///
/// A text inside an `Option` inside a `Result` is moved in parts that overlap, and the processor waits for each such move. The type of the field is not known here,
/// so that this is compiled once, not for each of the many types that are made from a text.
pub(crate) struct TextSlot<'a> {
    pub(crate) field: &'a mut dyn TextField,
    /// Whether `null` is an absent text.
    pub(crate) is_nullable: bool,
}

impl<'de> DeserializeSeed<'de> for TextSlot<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextSlot<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.field.set(text);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        // A fraction is a timestamp that lost its quotes, and a timestamp has six digits after the point.
        self.visit_str(&format!("{number:.6}"))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        let id = id_of(object)?;
        self.visit_str(&id)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if !self.is_nullable {
            return Err(E::invalid_type(Unexpected::Unit, &self));
        }
        self.field.clear();
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }
}

/// Returns the id of an object that was sent in place of its id.
fn id_of<'de, A: MapAccess<'de>>(mut object: A) -> Result<Text, A::Error> {
    let mut id = None;
    while let Some(key) = object.next_key::<Text>()? {
        if key == "id" {
            id = Some(object.next_value()?);
        } else {
            object.next_value::<IgnoredAny>()?;
        }
    }
    id.ok_or_else(|| A::Error::custom("expected a string, or an object with an id"))
}

/// Implements the traits that all types over text have, based on `as_str` and `From<&str>`.
macro_rules! text_impls {
    ($name:ident) => {
        impl $crate::Parameter for $name {
            fn to_text(&self) -> Option<String> {
                Some(self.as_str().to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::text_newtype::read_text(deserializer)
            }
        }
    };
}

/// Declares a newtype over text, with the regular expression of its documented form, if any.
macro_rules! text_newtype {
    ($(#[$meta:meta])* pub struct $name:ident $(: $pattern:literal)?;) => {
        $(#[$meta])*
        ///
        /// Any text is accepted; [`is_well_formed`](Self::is_well_formed) checks the documented form.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::text_newtype::Text);

        impl $name {
            /// The regular expression of the documented form, if any.
            pub const PATTERN: Option<&'static str> = $crate::text_newtype::text_newtype!(@pattern $($pattern)?);

            /// Creates a value from any text.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns whether the text has the documented form. Slack may send others.
            #[must_use]
            pub fn is_well_formed(&self) -> bool {
                static FORM: std::sync::LazyLock<Option<regex_lite::Regex>> =
                    std::sync::LazyLock::new(|| $name::PATTERN.and_then(|pattern| regex_lite::Regex::new(pattern).ok()));
                FORM.as_ref().is_none_or(|form| form.is_match(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<&$name> for $name {
            fn from(other: &$name) -> Self {
                other.clone()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        $crate::text_newtype::text_impls! { $name }
    };
    (@pattern $pattern:literal) => { Some($pattern) };
    (@pattern) => { None };
}

pub(crate) use {text_impls, text_newtype};

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    text_newtype! {
        /// An id.
        pub struct Id: "^[A-Z]{2,}$";
    }
    text_newtype! {
        /// Anything.
        pub struct Free;
    }

    #[test]
    fn any_text_is_kept_and_the_form_is_told() {
        for (text, well_formed) in [
            ("AB", true),
            ("A", false),
            ("", false),
            ("ab", false),
            ("a long text that cannot be inline", false),
        ] {
            let id: Id = serde_json::from_value(text.into()).unwrap();
            assert_eq!((id.as_str(), id.is_well_formed()), (text, well_formed));
        }
        assert!(Free::new("x").is_well_formed());
        assert_eq!((Id::PATTERN, Free::PATTERN), (Some("^[A-Z]{2,}$"), None));
    }

    #[test]
    fn numbers_are_taken_for_their_text() {
        for (json, text) in [
            ("1355517523.000005", "1355517523.000005"),
            ("1700000000", "1700000000"),
            ("-1", "-1"),
            ("1700000000.1", "1700000000.100000"),
        ] {
            assert_eq!(serde_json::from_str::<Id>(json).unwrap(), text);
        }
        assert!(
            ["null", "true", "[]", "{}", r#"{"id":7}"#]
                .iter()
                .all(|json| serde_json::from_str::<Id>(json).is_err())
        );
    }

    #[test]
    fn an_object_is_taken_for_its_id() {
        assert_eq!(serde_json::from_str::<Id>(r#"{"name":["x"],"id":"AB"}"#).unwrap(), "AB");
    }

    #[test]
    fn a_map_by_id_is_searched_with_text() {
        let map = HashMap::from([(Id::new("AB"), 1)]);
        assert_eq!(map.get("AB"), Some(&1));
        assert_eq!(format!("{:?} {:>4}", Id::new("AB"), Id::new("AB")), "Id(\"AB\")   AB");
    }
}
