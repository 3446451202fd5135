//! How the generated structs are read and written.
//!
//! serde's derive would do, but it writes several types for every struct, and two more for every field with an adapter: half of what this crate takes to
//! compile. What is the same for all structs stands here once, and the rest is one `match`.

use std::fmt;
use std::marker::PhantomData;

use compact_str::CompactString;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_with::DeserializeAs;
use serde_with::de::DeserializeAsWrap;

use crate::depth::Level;

/// A struct that is an object on the wire.
pub(crate) trait Structure: Sized {
    const NAME: &'static str;

    /// The object without members, if it can do without.
    fn empty() -> Option<Self>;

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads an object. PHP's `[]` stands for one without members.
pub(crate) struct StructureVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: Structure> Visitor<'de> for StructureVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: ")?;
        f.write_str(T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let _level = Level::enter().ok_or_else(|| A::Error::custom("objects nested too deeply"))?;
        T::read(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        match items.next_element::<IgnoredAny>()? {
            None => T::empty().ok_or_else(|| A::Error::invalid_length(0, &self)),
            Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }
}

/// A key. It is borrowed unless it has escapes, and then it is still short.
pub(crate) enum Key<'de> {
    Borrowed(&'de str),
    Owned(CompactString),
}

impl Key<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(key) => key,
            Self::Owned(key) => key,
        }
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key::Borrowed(key))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key::Owned(key.into()))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// Reads a member's value through an adapter.
pub(crate) fn value_as<'de, T, U: DeserializeAs<'de, T>, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<T, A::Error> {
    map.next_value::<DeserializeAsWrap<T, U>>().map(DeserializeAsWrap::into_inner)
}

/// One field of a struct, at each place where it occurs.
macro_rules! field {
    (value $map:ident) => {
        $map.next_value()?
    };
    (value $map:ident $adapter:ty) => {
        $crate::structure::value_as::<_, $adapter, _>(&mut $map)?
    };
    (found required $value:expr) => {
        Some($value)
    };
    (found lenient $value:expr) => {
        Some($value)
    };
    (found clearable $value:expr) => {
        Some($value)
    };
    (found $kind:ident $value:expr) => {
        $value
    };
    (filled clearable $value:expr) => {
        Some($value)
    };
    (filled $kind:ident $value:expr) => {
        $value
    };
    (unknown $map:ident $key:ident) => {{
        let _ = $key;
        let _: serde::de::IgnoredAny = $map.next_value()?;
    }};
    (unknown $map:ident $key:ident $rest:expr $(, $adapter:ty)?) => {{
        let key = $key.to_owned();
        let value = $crate::structure::field!(rest $map $($adapter)?);
        $rest.extend([(key, value)]);
    }};
    (rest $map:ident) => {
        $map.next_value()?
    };
    (rest $map:ident $adapter:ty) => {
        $crate::structure::value_as::<_, $adapter, _>(&mut $map)?
    };
    (result required $found:ident $key:literal) => {
        match $found {
            Some(value) => value,
            None => return Err(serde::de::Error::missing_field($key)),
        }
    };
    (result lenient $found:ident $key:literal) => {
        $found.unwrap_or_default()
    };
    (result $kind:ident $found:ident $key:literal) => {
        $found
    };
    (write required $map:ident $key:literal $value:expr) => {
        $map.serialize_entry($key, $value)?
    };
    (write lenient $map:ident $key:literal $value:expr) => {
        $map.serialize_entry($key, $value)?
    };
    (write nullable $map:ident $key:literal $value:expr) => {
        $map.serialize_entry($key, $value)?
    };
    (write clearable $map:ident $key:literal $value:expr) => {
        if let Some(value) = $value {
            $map.serialize_entry($key, value)?;
        }
    };
    (write optional $map:ident $key:literal $value:expr) => {
        if let Some(value) = $value {
            $map.serialize_entry($key, value)?;
        }
    };
    (show required $out:ident $field:ident $value:expr) => {
        $out.field(stringify!($field), $value)
    };
    (show lenient $out:ident $field:ident $value:expr) => {
        $out.field(stringify!($field), $value)
    };
    (show $kind:ident $out:ident $field:ident $value:expr) => {
        if let Some(value) = $value {
            $out.field(stringify!($field), value);
        }
    };
}

/// Implements serde's traits, and `Debug`, which leaves out what is absent. A field is `required`, `lenient`: then it is empty where it is absent,
/// `optional`, `nullable`: then it is written although it is `None`, or `clearable`: then `Some(None)` is written as null. `rest` is a map of what has no field.
/// `by_default` is for structs that have a default, which is then filled in.
macro_rules! structure {
    (by_default $name:ident { $($kind:ident $key:literal $field:ident $(as $adapter:ty)?,)* } $($tag:literal = $value:literal)? $(rest $rest:ident $(as $rest_adapter:ty)?)?) => {
        impl $crate::structure::Structure for $name {
            const NAME: &'static str = stringify!($name);

            fn empty() -> Option<Self> {
                Some(Self::default())
            }

            #[allow(unused_mut, reason = "some have no fields")]
            fn read<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                let mut out = Self::default();
                while let Some(key) = map.next_key::<$crate::structure::Key<'de>>()? {
                    match key.as_str() {
                        $($key => out.$field = $crate::structure::field!(filled $kind $crate::structure::field!(value map $($adapter)?)),)*
                        $($tag => {
                            let _: serde::de::IgnoredAny = map.next_value()?;
                        })?
                        other => $crate::structure::field!(unknown map other $(out.$rest $(, $rest_adapter)?)?),
                    }
                }
                Ok(out)
            }
        }

        $crate::structure::structure! { @traits $name { $($kind $key $field,)* } $($tag = $value)? $(rest $rest)? }
    };
    (by_parts $name:ident { $($kind:ident $key:literal $field:ident $(as $adapter:ty)?,)* } $($tag:literal = $value:literal)? $(rest $rest:ident $(as $rest_adapter:ty)?)?) => {
        impl $crate::structure::Structure for $name {
            const NAME: &'static str = stringify!($name);

            fn empty() -> Option<Self> {
                None
            }

            fn read<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                $(let mut $field = None;)*
                $(let mut $rest = std::collections::HashMap::new();)?
                while let Some(key) = map.next_key::<$crate::structure::Key<'de>>()? {
                    match key.as_str() {
                        $($key => $field = $crate::structure::field!(found $kind $crate::structure::field!(value map $($adapter)?)),)*
                        $($tag => {
                            let _: serde::de::IgnoredAny = map.next_value()?;
                        })?
                        other => $crate::structure::field!(unknown map other $($rest $(, $rest_adapter)?)?),
                    }
                }
                Ok(Self { $($field: $crate::structure::field!(result $kind $field $key),)* $($rest,)? })
            }
        }

        $crate::structure::structure! { @traits $name { $($kind $key $field,)* } $($tag = $value)? $(rest $rest)? }
    };
    (@traits $name:ident { $($kind:ident $key:literal $field:ident,)* } $($tag:literal = $value:literal)? $(rest $rest:ident $(as $rest_adapter:ty)?)?) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_struct(
                    stringify!($name),
                    &[],
                    $crate::structure::StructureVisitor(std::marker::PhantomData),
                )
            }
        }

        impl std::fmt::Debug for $name {
            #[allow(unused_mut, reason = "some have no fields")]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $($crate::structure::field!(show $kind out $field &self.$field);)*
                $(if !self.$rest.is_empty() {
                    out.field(stringify!($rest), &self.$rest);
                })?
                out.finish()
            }
        }

        impl serde::Serialize for $name {
            #[allow(unused_mut, reason = "some have no fields")]
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry($tag, $value)?;)?
                $($crate::structure::field!(write $kind map $key &self.$field);)*
                $(for (key, value) in &self.$rest {
                    map.serialize_entry(key, value)?;
                })?
                map.end()
            }
        }
    };
}

pub(crate) use {field, structure};

#[cfg(test)]
mod tests {
    use crate::lenient;

    #[derive(Default, PartialEq)]
    struct Loose {
        note: Option<String>,
        count: Option<i64>,
    }

    structure! {
        by_default Loose {
            optional "note" note,
            optional "the count" count as Option<lenient::Integer>,
        } "type" = "loose"
    }

    #[derive(Default, PartialEq)]
    struct Cleared {
        status: Option<String>,
    }

    structure! { by_default Cleared { nullable "status" status, } }

    #[test]
    fn what_may_be_null_is_written_as_such() {
        assert_eq!(serde_json::to_string(&Cleared::default()).unwrap(), r#"{"status":null}"#);
        assert_eq!(serde_json::from_str::<Cleared>(r#"{"status":null}"#).unwrap(), Cleared::default());
        assert_eq!(
            serde_json::from_str::<Cleared>(r#"{"status":"x"}"#).unwrap().status.as_deref(),
            Some("x")
        );
    }

    #[derive(Default, PartialEq)]
    struct Open {
        a: Option<Option<i64>>,
        more: std::collections::HashMap<String, i64>,
    }

    structure! {
        by_default Open {
            clearable "a" a as Option<lenient::Integer>,
        } "type" = "open" rest more as lenient::Integer
    }

    #[derive(PartialEq)]
    struct OpenParts {
        id: u8,
        a: Option<Option<Box<Loose>>>,
        more: std::collections::HashMap<String, crate::RawJson>,
    }

    structure! {
        by_parts OpenParts {
            required "id" id,
            clearable "a" a,
        } rest more
    }

    #[test]
    fn what_can_be_cleared_has_three_states_and_what_has_no_field_is_kept() {
        for json in [
            r#"{"type":"open"}"#,
            r#"{"type":"open","a":null}"#,
            r#"{"type":"open","a":1}"#,
            r#"{"type":"open","a":1,"x":2}"#,
        ] {
            assert_eq!(serde_json::to_string(&serde_json::from_str::<Open>(json).unwrap()).unwrap(), json);
        }
        assert_eq!(serde_json::from_str::<Open>(r#"{"x":"2"}"#).unwrap().more["x"], 2);
        for json in [r#"{"id":1}"#, r#"{"id":1,"a":null}"#, r#"{"id":1,"a":{"type":"loose"},"x":[1.0]}"#] {
            assert_eq!(
                serde_json::to_string(&serde_json::from_str::<OpenParts>(json).unwrap()).unwrap(),
                json
            );
        }
        let shown = format!("{:?}", serde_json::from_str::<Open>(r#"{"a":null,"x":2}"#).unwrap());
        assert_eq!(shown, r#"Open { a: None, more: {"x": 2} }"#);
    }

    #[derive(PartialEq)]
    struct Named {
        id: u8,
        name: String,
    }

    structure! {
        by_parts Named {
            required "id" id,
            lenient "name" name as lenient::TextOrEmpty,
        }
    }

    #[test]
    fn what_may_lack_is_empty() {
        for json in [r#"{"id":1}"#, r#"{"name":null,"id":1}"#, r#"{"id":1,"name":""}"#] {
            let named = serde_json::from_str::<Named>(json).unwrap();
            assert_eq!(serde_json::to_string(&named).unwrap(), r#"{"id":1,"name":""}"#, "{json}");
        }
        assert_eq!(serde_json::from_str::<Named>(r#"{"id":1,"name":7}"#).unwrap().name, "7");
        assert!(serde_json::from_str::<Named>(r#"{"id":1,"name":[]}"#).is_err());
        assert!(serde_json::from_str::<Named>(r#"{"name":"x"}"#).is_err());
    }

    #[derive(PartialEq)]
    struct Strict {
        id: u8,
        inner: Option<Box<Loose>>,
        list: Vec<Loose>,
    }

    structure! {
        by_parts Strict {
            required "id" id as lenient::Integer,
            optional "inner" inner,
            required "list" list,
        }
    }

    fn read(json: &str) -> Result<Strict, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let json = r#"{"id":1,"inner":{"type":"loose","note":"x","the count":2},"list":[{"type":"loose"}]}"#;
        let strict = read(json).unwrap();
        assert_eq!(strict.inner.as_deref(), Some(&Loose { note: Some("x".to_owned()), count: Some(2) }));
        assert_eq!(serde_json::to_string(&strict).unwrap(), json);
    }

    #[test]
    fn what_is_absent_is_not_shown() {
        let strict = read(r#"{"id":1,"list":[{},{"note":"x"}]}"#).unwrap();
        assert_eq!(format!("{strict:?}"), r#"Strict { id: 1, list: [Loose, Loose { note: "x" }] }"#);
    }

    #[test]
    fn keys_may_be_unknown_or_escaped_or_twice() {
        let strict = read(r#"{"x":[{}],"id":1,"\u0069d":"2","list":[{"\u0074he count":7}]}"#).unwrap();
        assert_eq!((strict.id, strict.list[0].count), (2, Some(7)));
    }

    #[test]
    fn an_empty_array_is_an_empty_object_and_no_other_is() {
        assert_eq!(read(r#"{"id":1,"list":[[]],"inner":[]}"#).unwrap().inner, Some(Box::default()));
        assert!(
            read(r#"{"id":1,"list":[["x"]]}"#)
                .unwrap_err()
                .starts_with("invalid type: sequence, expected an object: Loose")
        );
        assert!(read("[]").unwrap_err().starts_with("invalid length 0, expected an object: Strict"));
    }

    #[test]
    fn what_is_required_is_missed() {
        assert!(read(r#"{"id":1}"#).unwrap_err().starts_with("missing field `list`"));
        assert!(read(r#"{"id":null,"list":[]}"#).unwrap_err().starts_with("invalid type: null"));
    }

    #[test]
    fn nesting_has_an_end() {
        #[derive(Default)]
        struct Nested {
            inner: Option<Box<Nested>>,
        }
        structure! { by_default Nested { optional "inner" inner, } }

        let nested =
            |levels: usize| format!("{}{{}}{}", r#"{"inner":"#.repeat(levels - 1), "}".repeat(levels - 1));
        assert!(serde_json::from_str::<Nested>(&nested(16)).is_ok());
        assert!(serde_json::from_str::<Nested>(&nested(17)).is_err());
        assert!(serde_json::from_str::<Nested>(&nested(16)).is_ok(), "a failure leaves no trace");
    }
}
