//! Booleans with a single valid value.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::DeserializeAs as _;

use crate::lenient;

macro_rules! constant {
    ($(#[$meta:meta])* $name:ident = $value:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name;

        impl From<$name> for bool {
            fn from(_: $name) -> Self {
                $value
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bool($value)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match lenient::Bool::deserialize_as(deserializer)? {
                    $value => Ok(Self),
                    _ => Err(D::Error::custom(concat!("expected ", $value))),
                }
            }
        }
    };
}

constant! {
    /// The value `true`, which `ok` has in every success. It is read as leniently as a [`bool`], so `1` is accepted.
    True = true
}

constant! {
    /// The value `false`, which `ok` has in every refusal. It is read as leniently as a [`bool`], so `0` is accepted.
    False = false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_their_own_value_is_read() {
        assert!(
            ["true", "1", "\"1\"", "\"true\""].iter().all(|json| serde_json::from_str::<True>(json).is_ok())
        );
        assert!(["false", "0", "null", "[]"].iter().all(|json| serde_json::from_str::<True>(json).is_err()));
        assert_eq!(serde_json::to_string(&(True, False)).unwrap(), "[true,false]");
        assert!(serde_json::from_str::<False>("0").is_ok());
    }
}
