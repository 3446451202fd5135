//! JSON values kept as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{DecodeError, decode};

/// A JSON value of any kind, kept as the text that Slack sent. It is lossless, and decoded on demand.
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Creates a value from JSON text.
    ///
    /// # Errors
    /// Returns an error if the text is not exactly one JSON value.
    pub fn new(text: impl Into<String>) -> Result<Self, DecodeError> {
        RawValue::from_string(text.into()).map(Self).map_err(|error| DecodeError::from_json(&error))
    }

    /// Serializes a value to JSON.
    ///
    /// # Errors
    /// Returns an error if the value does not serialize to JSON.
    pub fn from_value(value: &impl Serialize) -> Result<Self, DecodeError> {
        serde_json::value::to_raw_value(value).map(Self).map_err(|error| DecodeError::from_json(&error))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Decodes the text into a type of your own.
    ///
    /// # Errors
    /// Returns an error if the value has another shape.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        decode(self.as_str().as_bytes())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({})", self.as_str())
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Compares the text, so `1.0` is not `1`.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept_to_the_letter() {
        let text = r#"{ "a" : [1.0, 1e3], "a": "\u00e9" }"#;
        let raw: RawJson = serde_json::from_str(text).unwrap();
        assert_eq!((raw.as_str(), serde_json::to_string(&raw).unwrap().as_str()), (text, text));
        assert_eq!(RawJson::new("[1,2]").unwrap().decode::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(RawJson::from_value(&[1]).unwrap(), RawJson::new("[1]").unwrap());
        assert!(RawJson::new("[1").is_err() && RawJson::new("").is_err());
    }
}
