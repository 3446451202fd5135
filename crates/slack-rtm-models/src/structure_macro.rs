//! The macro that implements the traits of a generated struct.

/// Generates the code for one field of a struct, for each place where the field occurs.
macro_rules! field {
    (by_default clearable $map:ident $place:expr $(, $adapter:ty)?) => {
        $crate::structure::field!(read_some $map $place $(, $adapter)?)
    };
    (by_default optional_text $map:ident $place:expr) => {
        $crate::structure::read_text(&mut $map, &mut $place, true)?
    };
    (by_default $kind:ident $map:ident $place:expr $(, $adapter:ty)?) => {
        $crate::structure::field!(read $map $place $(, $adapter)?)
    };
    (by_parts optional $map:ident $place:expr $(, $adapter:ty)?) => {
        $crate::structure::field!(read $map $place $(, $adapter)?)
    };
    (by_parts nullable $map:ident $place:expr $(, $adapter:ty)?) => {
        $crate::structure::field!(read $map $place $(, $adapter)?)
    };
    (by_parts optional_text $map:ident $place:expr) => {
        $crate::structure::read_text(&mut $map, &mut $place, true)?
    };
    (by_parts required_text $map:ident $place:expr) => {
        $crate::structure::read_text(&mut $map, &mut $place, false)?
    };
    (by_parts $kind:ident $map:ident $place:expr $(, $adapter:ty)?) => {
        $crate::structure::field!(read_some $map $place $(, $adapter)?)
    };
    ($read:ident $map:ident $place:expr, $adapter:ty) => {
        $crate::structure::$read::<_, $adapter, _>(&mut $map, &mut $place)?
    };
    (read $map:ident $place:expr) => {
        $crate::structure::read::<_, serde_with::Same, _>(&mut $map, &mut $place)?
    };
    (read_some $map:ident $place:expr) => {
        $crate::structure::read_some::<_, serde_with::Same, _>(&mut $map, &mut $place)?
    };
    (unknown $map:ident $key:ident) => {{
        let _ = $key;
        let _: serde::de::IgnoredAny = $map.next_value()?;
    }};
    (unknown $map:ident $key:ident $rest:expr $(, $adapter:ty)?) => {{
        let key = $key.to_owned();
        let mut value = None;
        $crate::structure::field!(read_some $map value $(, $adapter)?);
        $rest.extend(value.map(|value| (key, value)));
    }};
    (result required $found:ident $key:literal) => {
        match $found {
            Some(value) => value,
            None => return Err(serde::de::Error::missing_field($key)),
        }
    };
    (result required_text $found:ident $key:literal) => {
        $crate::structure::field!(result required $found $key)
    };
    (result lenient $found:ident $key:literal) => {
        $found.unwrap_or_default()
    };
    (result $kind:ident $found:ident $key:literal) => {
        $found
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
    (write optional_text $map:ident $key:literal $value:expr) => {
        $crate::structure::field!(write optional $map $key $value)
    };
    (write $kind:ident $map:ident $key:literal $value:expr) => {
        $map.serialize_entry($key, $value)?
    };
    (show required $out:ident $field:ident $value:expr) => {
        $out.field(stringify!($field), $value)
    };
    (show required_text $out:ident $field:ident $value:expr) => {
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

/// Implements serde's traits, and a `Debug` that omits absent fields.
///
/// A field is `required`, `optional`, `lenient` (empty if it is absent), `nullable` (written as null if it is `None`), or `clearable` (`Some(None)` is written as
/// null). `required_text` and `optional_text` are the first two for types that are made from a text, which are read without being moved. `rest` names a map of the
/// members that have no field. `by_default` is for structs without required fields: they start as their default and are filled in place. `by_parts`
/// is for the others: their fields are collected first.
macro_rules! structure {
    (by_default $name:ident { $($kind:ident $key:literal $field:ident $(as $adapter:ty)?,)* } $($tag:literal = $value:literal)? $(rest $rest:ident $(as $rest_adapter:ty)?)?) => {
        impl $crate::structure::Structure for $name {
            const NAME: &'static str = stringify!($name);

            fn empty() -> Option<Self> {
                Some(Self::default())
            }

            fn read<'de, A: serde::de::MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
                $crate::structure::filled(map)
            }

            fn read_boxed<'de, A: serde::de::MapAccess<'de>>(map: A) -> Result<Box<Self>, A::Error> {
                $crate::structure::filled_in_box(map)
            }
        }

        impl $crate::structure::Fill for $name {
            fn fill<'de, A: serde::de::MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
                while let Some(key) = map.next_key::<$crate::structure::Key<'de>>()? {
                    match key.as_str() {
                        $($key => $crate::structure::field!(by_default $kind map self.$field $(, $adapter)?),)*
                        $($tag => {
                            let _: serde::de::IgnoredAny = map.next_value()?;
                        })?
                        other => $crate::structure::field!(unknown map other $(self.$rest $(, $rest_adapter)?)?),
                    }
                }
                Ok(())
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
                        $($key => $crate::structure::field!(by_parts $kind map $field $(, $adapter)?),)*
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
    (@traits $name:ident { $($kind:ident $key:literal $field:ident,)* } $($tag:literal = $value:literal)? $(rest $rest:ident)?) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::structure::read_struct(deserializer)
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
