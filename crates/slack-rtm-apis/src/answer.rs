//! How an answer's body is read.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use slack_rtm_models::{DecodeError, decode};

/// What an operation answers. Whatever serde can read is read as JSON.
pub trait Answer: Sized {
    /// Reads the body of a success.
    ///
    /// # Errors
    /// If it has another form.
    fn read(status: StatusCode, body: &Bytes) -> Result<Self, DecodeError>;
}

impl<T: DeserializeOwned> Answer for T {
    fn read(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        decode(body)
    }
}

/// The answer of an operation that answers with nothing but its success. A body, if there is one, is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoContent;

impl Answer for NoContent {
    fn read(_status: StatusCode, _body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// An answer that is text. What is no UTF-8 in it is replaced; [`Response`](crate::Response) has the body as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(pub String);

impl Answer for Text {
    fn read(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self(String::from_utf8_lossy(body).into_owned()))
    }
}

/// An answer that is neither JSON nor text, such as a picture. It is not printed.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Binary(pub Bytes);

impl Answer for Binary {
    fn read(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
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
        assert_eq!(Vec::<u8>::read(StatusCode::OK, &read("[1]")).unwrap(), [1]);
        assert!(Vec::<u8>::read(StatusCode::OK, &read("")).is_err());
        for body in ["", "{\"ok\":true}", "<html>"] {
            assert_eq!(NoContent::read(StatusCode::NO_CONTENT, &read(body)).unwrap(), NoContent);
        }
        assert_eq!(Text::read(StatusCode::OK, &read("hé")).unwrap().0, "hé");
        let binary = Binary::read(StatusCode::OK, &Bytes::from_static(&[0xff])).unwrap();
        assert_eq!((binary.0.as_ref(), format!("{binary:?}").as_str()), (&[0xff][..], "Binary(1 bytes)"));
    }
}
