//! Enums for what Slack sends as an id in some places and as the whole object in others.

/// Returns the id of an object.
macro_rules! id_of_object {
    (required $object:ident) => {
        Some(&$object.id)
    };
    (optional $object:ident) => {
        $object.id.as_ref()
    };
}

/// Declares an enum of an id and an object, which differ in their JSON type. `required id` or `optional id` says that the object has the id as a field.
macro_rules! id_or_object {
    ($(#[$meta:meta])* pub enum $name:ident { $id:ident, $object:ident($inner:ty), } $($kind:ident id)?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            /// The id alone.
            Id($crate::$id),
            /// The whole object.
            Object($inner),
        }

        $(
            impl $name {
                /// Returns the id, or that of the object if it has one.
                #[must_use]
                pub fn id(&self) -> Option<&$crate::$id> {
                    match self {
                        Self::Id(id) => Some(id),
                        Self::Object(object) => $crate::id_or_object::id_of_object!($kind object),
                    }
                }
            }
        )?

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Id(id) => id.serialize(serializer),
                    Self::Object(object) => object.serialize(serializer),
                }
            }
        }

        impl $crate::lenient::FromObject<'_> for $name {}

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an id or an object")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::Id(text.into()))
                    }

                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$name, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$name, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map($name::Object)
                    }
                }

                deserializer.deserialize_any(Visitor)
            }
        }

        impl From<$crate::$id> for $name {
            fn from(id: $crate::$id) -> Self {
                Self::Id(id)
            }
        }

        impl From<$crate::$object> for $name {
            fn from(object: $crate::$object) -> Self {
                Self::Object(object.into())
            }
        }
    };
}

pub(crate) use {id_of_object, id_or_object};

#[cfg(test)]
mod tests {
    use crate::{ChannelId, ConversationRef};

    #[test]
    fn an_id_is_found_in_either() {
        for (json, id) in [
            (r#""C1""#, Some("C1")),
            ("7", Some("7")),
            (r#"{"id":"C1","name":"x"}"#, Some("C1")),
            (r#"{"name":"x"}"#, None),
        ] {
            let either: ConversationRef = serde_json::from_str(json).unwrap();
            assert_eq!(either.id().map(ChannelId::as_str), id, "{json}");
        }
    }
}
