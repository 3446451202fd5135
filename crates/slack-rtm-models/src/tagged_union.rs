//! Unions with a tag. The tag is found first, and then the same bytes are decoded straight into the struct that it names.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::structure::{Structure, enter};

/// Expands to the type of a variant's content.
macro_rules! content {
    ($inner:ident) => { $crate::$inner };
    ($inner:ident Box) => { Box<$crate::$inner> };
}

/// A variant of a union, without its content.
pub(crate) trait Variant: Copy {
    /// The union.
    type Union;

    /// Reads the members of an object into the variant.
    fn read<'de, A: MapAccess<'de>>(self, map: A) -> Result<Self::Union, A::Error>;
}

/// Decodes an object into a variant that is known beforehand. For the deserializer all variants are one type, so that it is not compiled for each.
#[derive(Clone, Copy)]
pub(crate) struct VariantSeed<V>(pub(crate) V);

impl<'de, V: Variant> DeserializeSeed<'de> for VariantSeed<V> {
    type Value = V::Union;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Union, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: Variant> Visitor<'de> for VariantSeed<V> {
    type Value = V::Union;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Union, A::Error> {
        let _level = enter()?;
        self.0.read(map)
    }
}

/// Reads the members of an object into the content of a variant. It is not inlined, because the function for all variants would take the stack of all of them.
#[inline(never)]
pub(crate) fn read_variant<'de, T: Structure, U, A: MapAccess<'de>>(
    map: A,
    variant: fn(T) -> U,
) -> Result<U, A::Error> {
    match T::read(map) {
        Ok(content) => Ok(variant(content)),
        Err(error) => Err(error),
    }
}

/// Declares the enum `Variant`, which names the variants of a union.
macro_rules! variant {
    ($name:ident { $($variant:ident($inner:ident) $(in $boxed:ident)?,)* }) => {
        #[derive(Clone, Copy)]
        enum Variant {
            $($variant,)*
        }

        impl $crate::tagged_union::Variant for Variant {
            type Union = $name;

            fn read<'de, A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                match self {
                    $(Self::$variant => $crate::tagged_union::read_variant::<$crate::tagged_union::content!($inner $($boxed)?), _, _>(map, $name::$variant),)*
                }
            }
        }
    };
}

/// Implements what both kinds of unions have in common.
macro_rules! union_impls {
    ($name:ident by $tag:literal { $($variant:ident($inner:ident) $(in $boxed:ident)? = $value:literal,)* }) => {
        $(
            impl $crate::event::Sealed for $crate::$inner {}

            impl $crate::Tagged for $crate::$inner {
                type Union = $name;
                const TYPE: &'static str = $value;
            }

            impl From<$crate::$inner> for $name {
                fn from(content: $crate::$inner) -> Self {
                    Self::$variant(content.into())
                }
            }
        )*

        impl $name {
            /// The types that have a variant, as they are on the wire.
            pub const TYPES: &'static [&'static str] = &[$($value),*];

            /// The schemas of [`TYPES`](Self::TYPES), in the same order.
            #[cfg(test)]
            pub(crate) const SCHEMAS: &'static [&'static str] = &[$(stringify!($inner)),*];
        }
    };
}

/// Declares a union whose `Unknown` variant keeps frames of other types whole.
macro_rules! open_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $tag:literal {
            $($(#[$about:meta])* $variant:ident($inner:ident) $(in $boxed:ident)? = $value:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant($crate::tagged_union::content!($inner $($boxed)?)),)*
            /// A frame of another type, or without one, kept whole.
            Unknown($crate::UnknownEvent),
        }

        $crate::tagged_union::union_impls! { $name by $tag { $($variant($inner) $(in $boxed)? = $value,)* } }

        impl $name {
            /// Returns the `type` of the frame; empty if it has none.
            #[must_use]
            pub fn event_type(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $value,)*
                    Self::Unknown(unknown) => unknown.event_type(),
                }
            }

            /// Returns the name of the variant, which is the type in `PascalCase`.
            #[must_use]
            pub fn variant_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                    Self::Unknown(_) => "Unknown",
                }
            }

            /// Decodes the frame as the type that the tag names; `None` if no variant has that type.
            pub(crate) fn decode_tagged(tag: &str, json: &str) -> Option<Result<Self, $crate::DecodeError>> {
                $crate::tagged_union::variant! { $name { $($variant($inner) $(in $boxed)?,)* } }

                let variant = match tag {
                    $($value => Variant::$variant,)*
                    _ => return None,
                };
                Some($crate::recovery::decode_seed(json, $crate::tagged_union::VariantSeed(variant)))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                    Self::Unknown(unknown) => unknown.serialize(serializer),
                }
            }
        }
    };
}

/// Declares a union without other types.
macro_rules! closed_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $tag:literal {
            $($(#[$about:meta])* $variant:ident($inner:ident) $(in $boxed:ident)? = $value:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $($(#[$about])* $variant($crate::tagged_union::content!($inner $($boxed)?)),)*
        }

        $crate::tagged_union::union_impls! { $name by $tag { $($variant($inner) $(in $boxed)? = $value,)* } }

        impl $name {
            /// Returns the type as it is on the wire.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $value,)*
                }
            }

            /// Returns the name of the variant, which is the type in `PascalCase`.
            #[must_use]
            pub fn variant_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                }
            }

            /// Decodes a frame, with the leniency of [`Event::from_json`](crate::Event::from_json).
            ///
            /// # Errors
            /// Returns an error if the text is not a JSON object, is of none of these types, or lacks a required field of its type.
            pub fn from_json(json: &str) -> Result<Self, $crate::EventError> {
                Self::from_slice(json.as_bytes())
            }

            /// Decodes a frame from bytes, as [`from_json`](Self::from_json) does from text.
            ///
            /// # Errors
            /// Returns an error as [`from_json`](Self::from_json) does, and if the bytes are not UTF-8.
            pub fn from_slice(json: &[u8]) -> Result<Self, $crate::EventError> {
                let tag = $crate::tag::find(json, $tag);
                let outcome = match tag.text() {
                    $(Some($value) => $crate::recovery::decode_bytes(json).map(Self::$variant),)*
                    _ => $crate::decode::<$crate::RawJson>(json).and_then(|_| Err($crate::DecodeError::no_known_tag($tag))),
                };
                outcome.map_err(|source| $crate::EventError::new(tag.text(), json, source))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                }
            }
        }

        /// Supports JSON only; the value is buffered as text to find its tag first.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = $crate::RawJson::deserialize(deserializer)?;
                Self::from_json(raw.as_str()).map_err(|error| serde::de::Error::custom(error.into_decode_error()))
            }
        }
    };
}

/// Declares a tagged union of parts of a frame. Its `Unknown` variant keeps parts whole that are of another type or do not decode as their type.
macro_rules! tagged_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $tag:literal {
            $($(#[$about:meta])* $variant:ident($inner:ident) $(in $boxed:ident)? = $($value:literal)|+,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant($crate::tagged_union::content!($inner $($boxed)?)),)*
            /// A part of another type, without a type, or that does not decode as its type, kept whole.
            Unknown($crate::RawJson),
        }

        $(
            impl From<$crate::$inner> for $name {
                fn from(content: $crate::$inner) -> Self {
                    Self::$variant(content.into())
                }
            }
        )*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                    Self::Unknown(raw) => raw.serialize(serializer),
                }
            }
        }

        /// Supports JSON only; the value is buffered as text to find its tag first.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // The content of a variant may be a union itself, which is no `Structure`.
                let raw = $crate::RawJson::deserialize(deserializer)?;
                match $crate::tag::find(raw.as_str().as_bytes(), $tag).text() {
                    $(Some($($value)|+) => Ok($crate::recovery::decode_text(raw.as_str()).map_or_else(|_| Self::Unknown(raw), Self::$variant)),)*
                    _ => Ok(Self::Unknown(raw)),
                }
            }
        }
    };
}

pub(crate) use {closed_union, content, open_union, tagged_union, union_impls, variant};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests {
    tagged_union! {
        /// Two ids of different kinds in one place.
        pub enum Subject by "kind" {
            /// A team.
            Team(Team) in Box = "team" | "workspace",
            /// A topic.
            Topic(ConversationTopic) = "topic",
        }
    }

    #[test]
    fn the_tag_decides_and_what_is_unknown_is_kept() {
        let read = |json: &str| serde_json::from_str::<Subject>(json).unwrap();
        for kind in ["team", "workspace"] {
            assert_eq!(
                read(&format!(r#"{{"id":"T1","kind":"{kind}"}}"#)),
                Subject::from(crate::Team::new("T1"))
            );
        }
        assert!(matches!(read(r#"{"kind":"topic"}"#), Subject::Topic(_)));
        for json in [r#"{"kind":"new","x":[1.0]}"#, r#"{"x":1}"#, r#"{"kind":"team"}"#, "7"] {
            assert!(matches!(read(json), Subject::Unknown(_)));
            assert_eq!(serde_json::to_string(&read(json)).unwrap(), json);
        }
    }
}
