//! Decoding of response bodies.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use slack_rtm_models::{DecodeError, decode};

/// A type that can be decoded from the body of a response. Every type that implements [`DeserializeOwned`] is decoded from JSON.
///
/// ```
/// use bytes::Bytes;
/// use http::StatusCode;
/// use slack_rtm_apis::{FromResponse, Text};
///
/// let body = Bytes::from_static(b"[1,2]");
/// assert_eq!(Vec::<u8>::from_response(StatusCode::OK, &body).unwrap(), [1, 2]);
/// assert_eq!(Text::from_response(StatusCode::OK, &body).unwrap().0, "[1,2]");
/// ```
pub trait FromResponse: Sized {
    /// Decodes a body.
    ///
    /// # Errors
    /// Returns an error if the body does not have the form of this type.
    fn from_response(status: StatusCode, body: &Bytes) -> Result<Self, DecodeError>;
}

impl<T: DeserializeOwned> FromResponse for T {
    fn from_response(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        decode(body)
    }
}

/// A response without content. A body, if there is one, is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoContent;

impl FromResponse for NoContent {
    fn from_response(_status: StatusCode, _body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// A text response. Invalid UTF-8 is replaced; [`Response::body`](crate::Response::body) has the original bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(pub String);

impl FromResponse for Text {
    fn from_response(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self(String::from_utf8_lossy(body).into_owned()))
    }
}

/// A binary response, such as an image. `Debug` prints only its length.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Binary(pub Bytes);

impl FromResponse for Binary {
    fn from_response(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self(body.clone()))
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_body_is_read() {
        let read = |body: &'static str| Bytes::from_static(body.as_bytes());
        assert_eq!(Vec::<u8>::from_response(StatusCode::OK, &read("[1]")).unwrap(), [1]);
        assert!(Vec::<u8>::from_response(StatusCode::OK, &read("")).is_err());
        for body in ["", "{\"ok\":true}", "<html>"] {
            assert_eq!(NoContent::from_response(StatusCode::NO_CONTENT, &read(body)).unwrap(), NoContent);
        }
        assert_eq!(Text::from_response(StatusCode::OK, &read("hé")).unwrap().0, "hé");
        let binary = Binary::from_response(StatusCode::OK, &Bytes::from_static(&[0xff])).unwrap();
        assert_eq!((binary.0.as_ref(), format!("{binary:?}").as_str()), (&[0xff][..], "Binary(1 bytes)"));
    }
}
