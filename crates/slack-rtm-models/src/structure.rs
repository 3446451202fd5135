//! Reads and writes the generated structs.
//!
//! serde's derive generates several types for every struct and two more for every field with an adapter, which doubles this crate's compile time. Here the code
//! that is the same for all structs exists once, and a struct adds one `match` over its keys.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_with::DeserializeAs;

use crate::depth_limit::Level;
use crate::text_newtype::{TextField, TextSlot};

pub(crate) use crate::structure_macro::{field, structure};

/// A struct that is an object on the wire.
pub(crate) trait Structure: Sized {
    /// The name, for error messages.
    const NAME: &'static str;

    /// Returns the object without members, if none is required.
    fn empty() -> Option<Self>;

    /// Reads the members of an object.
    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;

    /// Reads the members of an object into a box.
    fn read_boxed<'de, A: MapAccess<'de>>(map: A) -> Result<Box<Self>, A::Error> {
        Self::read(map).map(Box::new)
    }
}

/// A struct whose fields all have a default.
///
/// It is filled in place, because the large ones take more than a kilobyte and moving them shows in the time that decoding takes.
pub(crate) trait Fill: Default {
    /// Reads the members of an object into the fields.
    fn fill<'de, A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error>;
}

/// Reads a struct by filling its default.
pub(crate) fn filled<'de, T: Fill, A: MapAccess<'de>>(map: A) -> Result<T, A::Error> {
    let mut out = T::default();
    out.fill(map)?;
    Ok(out)
}

/// Reads a struct by filling its default inside a box.
pub(crate) fn filled_in_box<'de, T: Fill, A: MapAccess<'de>>(map: A) -> Result<Box<T>, A::Error> {
    let mut out = Box::<T>::default();
    out.fill(map)?;
    Ok(out)
}

impl<T: Structure> Structure for Box<T> {
    const NAME: &'static str = T::NAME;

    fn empty() -> Option<Self> {
        T::empty().map(Self::new)
    }

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::read_boxed(map)
    }
}

/// Enters a level of nesting, until the value is dropped.
pub(crate) fn enter<E: Error>() -> Result<Level, E> {
    Level::enter().ok_or_else(|| E::custom("objects nested too deeply"))
}

/// Reads an object, or PHP's `[]`, which stands for an object without members.
///
/// Its methods are compiled for every struct, so they are written without closures and `?`, each of which would be a function of its own.
pub(crate) struct StructureVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: Structure> Visitor<'de> for StructureVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: ")?;
        f.write_str(T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        match enter() {
            Ok(_level) => T::read(map),
            Err(error) => Err(error),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        match items.next_element::<IgnoredAny>() {
            Ok(None) => match T::empty() {
                Some(empty) => Ok(empty),
                None => Err(A::Error::invalid_length(0, &self)),
            },
            Ok(Some(_)) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
            Err(error) => Err(error),
        }
    }
}

/// Reads a struct.
pub(crate) fn read_struct<'de, T: Structure, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_struct(T::NAME, &[], StructureVisitor(PhantomData))
}

/// An object's key, which is borrowed unless it contains escapes.
///
/// Its parts are whole words. A `CompactString` in it would be moved in two parts that overlap, and the processor waits for each such move: once for each key.
pub(crate) enum Key<'de> {
    Borrowed(&'de str),
    Owned(Box<str>),
}

impl Key<'_> {
    #[inline]
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

/// Reads a member's value into a field.
///
/// This and the functions below are not inlined into each struct, which would repeat for every field how a value is moved and the previous one dropped.
pub(crate) fn read<'de, T, U: DeserializeAs<'de, T>, A: MapAccess<'de>>(
    map: &mut A,
    field: &mut T,
) -> Result<(), A::Error> {
    map.next_value_seed(Slot { field, adapter: PhantomData::<U> })
}

/// Reads a member's value into an optional field.
pub(crate) fn read_some<'de, T, U: DeserializeAs<'de, T>, A: MapAccess<'de>>(
    map: &mut A,
    field: &mut Option<T>,
) -> Result<(), A::Error> {
    map.next_value_seed(SlotOfSome { field, adapter: PhantomData::<U> })
}

/// Reads a value into a field by an adapter.
struct Slot<'a, T, U> {
    field: &'a mut T,
    adapter: PhantomData<U>,
}

impl<'de, T, U: DeserializeAs<'de, T>> DeserializeSeed<'de> for Slot<'_, T, U> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.field = U::deserialize_as(deserializer)?;
        Ok(())
    }
}

/// Reads a value into an optional field by an adapter.
struct SlotOfSome<'a, T, U> {
    field: &'a mut Option<T>,
    adapter: PhantomData<U>,
}

impl<'de, T, U: DeserializeAs<'de, T>> DeserializeSeed<'de> for SlotOfSome<'_, T, U> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.field = Some(U::deserialize_as(deserializer)?);
        Ok(())
    }
}

/// Reads a text, such as an id, directly into its field. `null` counts as absent if `is_nullable`.
#[inline(never)]
pub(crate) fn read_text<'de, A: MapAccess<'de>>(
    map: &mut A,
    field: &mut dyn TextField,
    is_nullable: bool,
) -> Result<(), A::Error> {
    map.next_value_seed(TextSlot { field, is_nullable })
}

#[cfg(test)]
mod tests {
    use super::structure;

    #[derive(PartialEq)]
    struct Ids {
        id: crate::UserId,
        team: Option<crate::TeamId>,
    }

    structure! {
        by_parts Ids {
            required_text "id" id,
            optional_text "team" team,
        }
    }

    #[test]
    fn what_is_made_from_a_text_is_read_in_its_place() {
        for (json, team) in [
            (r#"{"team":"T1","id":"U1"}"#, Some("T1")),
            (r#"{"id":"U1","team":null}"#, None),
            (r#"{"id":"U1","team":"T1","team":null}"#, None),
            (r#"{"id":{"id":"U1"},"team":7}"#, Some("7")),
        ] {
            let ids = serde_json::from_str::<Ids>(json).unwrap();
            assert_eq!(
                (ids.id.as_str(), ids.team.as_ref().map(crate::TeamId::as_str)),
                ("U1", team),
                "{json}"
            );
            let value = serde_json::from_str::<serde_json::Value>(json).unwrap();
            assert!(serde_json::from_value::<Ids>(value).unwrap() == ids, "{json}");
        }
        for (json, message) in [
            (r#"{"team":"T1"}"#, "missing field `id`"),
            (r#"{"id":null}"#, "invalid type: null, expected a string"),
            (r#"{"id":true}"#, "invalid type: boolean `true`, expected a string"),
        ] {
            let error =
                serde_json::from_str::<Ids>(json).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(message), "{error}");
        }
        assert_eq!(serde_json::to_string(&Ids { id: "U1".into(), team: None }).unwrap(), r#"{"id":"U1"}"#);
    }
}
