//! The macro that implements the traits of a generated struct.

/// Generates the code for one field of a struct, for each place where the field occurs.
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

/// Implements serde's traits, and a `Debug` that omits absent fields.
///
/// A field is `required`, `optional`, `lenient` (empty if it is absent), `nullable` (written as null if it is `None`), or `clearable` (`Some(None)` is written as
/// null). `rest` names a map of the members that have no field. `by_default` is for structs without required fields: they start as their default and are filled in
/// place. `by_parts` is for the others: their fields are collected first.
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
                        $($key => self.$field = $crate::structure::field!(filled $kind $crate::structure::field!(value map $($adapter)?)),)*
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
