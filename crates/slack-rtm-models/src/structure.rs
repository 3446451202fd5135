//! Reads and writes the generated structs.
//!
//! serde's derive generates several types for every struct and two more for every field with an adapter, which doubles this crate's compile time. Here the code
//! that is the same for all structs exists once, and a struct adds one `match` over its keys.

use std::fmt;
use std::marker::PhantomData;

use compact_str::CompactString;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_with::DeserializeAs;
use serde_with::de::DeserializeAsWrap;

use crate::depth_limit::Level;

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

/// Reads an object, or PHP's `[]`, which stands for an object without members.
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

/// Reads a struct, or a box whose content is never moved.
pub(crate) fn read_struct<'de, T: Structure, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_struct(T::NAME, &[], StructureVisitor(PhantomData))
}

/// Reads a struct or a box of one. For a box, it replaces the implementation in serde, which reads the content elsewhere and moves it into the box.
pub(crate) struct InPlace<T>(pub(crate) T);

impl<'de, T: Structure> Deserialize<'de> for InPlace<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_struct(deserializer).map(Self)
    }
}

/// An object's key, which is borrowed unless it contains escapes.
pub(crate) enum Key<'de> {
    Borrowed(&'de str),
    Owned(CompactString),
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

/// Reads a member's value with an adapter.
pub(crate) fn value_as<'de, T, U: DeserializeAs<'de, T>, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<T, A::Error> {
    map.next_value::<DeserializeAsWrap<T, U>>().map(DeserializeAsWrap::into_inner)
}
