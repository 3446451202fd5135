//! Values that are arguments of HTTP calls.

use crate::RawJson;
use crate::generated::BOOLEANS;

/// A value that can be an argument of an HTTP call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a call",
    note = "text, numbers, booleans, ids, and options and lists of them can; send anything else as JSON text, in a `RawJson`"
)]
pub trait Parameter {
    /// Returns the value as text; `None` if it is not set.
    fn to_text(&self) -> Option<String>;

    /// Returns the texts of the items if the value is a list, or else its one text.
    fn to_texts(&self) -> Vec<String> {
        self.to_text().into_iter().collect()
    }
}

/// Formats a boolean as the service expects it. Slack expects `1` and `0`, the form that all its documentation and official SDKs agree on.
impl Parameter for bool {
    fn to_text(&self) -> Option<String> {
        Some(BOOLEANS[usize::from(*self)].to_owned())
    }
}

macro_rules! by_display {
    ($($type:ty),*) => {
        $(impl Parameter for $type {
            fn to_text(&self) -> Option<String> {
                Some(self.to_string())
            }
        })*
    };
}

by_display!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64, char, str, String, crate::Url);

/// Formats a reference like the value itself.
impl<T: Parameter + ?Sized> Parameter for &T {
    fn to_text(&self) -> Option<String> {
        (**self).to_text()
    }

    fn to_texts(&self) -> Vec<String> {
        (**self).to_texts()
    }
}

impl Parameter for RawJson {
    fn to_text(&self) -> Option<String> {
        Some(self.as_str().to_owned())
    }
}

impl<T: Parameter> Parameter for Option<T> {
    fn to_text(&self) -> Option<String> {
        self.as_ref().and_then(Parameter::to_text)
    }

    fn to_texts(&self) -> Vec<String> {
        self.as_ref().map(Parameter::to_texts).unwrap_or_default()
    }
}

/// Joins the items with commas, as Slack expects lists.
impl<T: Parameter> Parameter for [T] {
    fn to_text(&self) -> Option<String> {
        Some(self.to_texts().join(","))
    }

    fn to_texts(&self) -> Vec<String> {
        self.iter().filter_map(Parameter::to_text).collect()
    }
}

/// Joins the items with commas, as Slack expects lists.
impl<T: Parameter> Parameter for Vec<T> {
    fn to_text(&self) -> Option<String> {
        self.as_slice().to_text()
    }

    fn to_texts(&self) -> Vec<String> {
        self.as_slice().to_texts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, UserId};

    #[test]
    fn every_kind_has_its_text() {
        assert_eq!(true.to_text().as_deref(), Some("1"));
        assert_eq!(vec![1_i64, 2].to_text().as_deref(), Some("1,2"));
        assert_eq!(Some(UserId::new("U01")).to_text().as_deref(), Some("U01"));
        assert_eq!(vec![ErrorCode::IsBot].to_text().as_deref(), Some("is_bot"));
        assert_eq!(None::<String>.to_text(), None);
        assert_eq!("general".to_text().as_deref(), Some("general"));
        assert_eq!(Some("general").to_texts(), ["general"]);
        assert_eq!(vec!["a", "b"].to_text().as_deref(), Some("a,b"));
        assert_eq!(["a", "b"].as_slice().to_texts(), ["a", "b"]);
        assert_eq!(200_usize.to_text().as_deref(), Some("200"));
        assert_eq!(Parameter::to_text(&&Some(7_u8)).as_deref(), Some("7"));
        assert_eq!(Some(vec![true, false]).to_texts(), ["1", "0"]);
        assert_eq!(None::<Vec<bool>>.to_texts(), Vec::<String>::new());
        assert_eq!("x".to_owned().to_texts(), ["x"]);
        assert_eq!(RawJson::new("[1]").ok().to_text().as_deref(), Some("[1]"));
    }
}
