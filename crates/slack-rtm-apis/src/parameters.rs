//! The arguments of a call, as the wire wants them.

use std::fmt;

use slack_rtm_models as models;
use url::form_urlencoded;

/// The arguments of a call, in the order in which the document lists them.
#[derive(Default)]
pub struct Parameters {
    pairs: Vec<(&'static str, String)>,
}

impl Parameters {
    /// Adds an argument, unless it is not set.
    pub fn push(&mut self, name: &'static str, value: &impl Parameter) {
        if let Some(text) = value.to_text() {
            self.pairs.push((name, text));
        }
    }

    /// As a query or a form has them.
    pub(crate) fn encode(&self) -> Option<String> {
        (!self.pairs.is_empty())
            .then(|| form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.pairs).finish())
    }
}

/// The names alone: a value may be anything.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// A value that can be an argument.
pub trait Parameter {
    /// The value as text; `None` where it is not set.
    fn to_text(&self) -> Option<String>;
}

/// `1` and `0`: the form that every version of Slack's documentation and every official SDK agrees on.
impl Parameter for bool {
    fn to_text(&self) -> Option<String> {
        Some(if *self { "1" } else { "0" }.to_owned())
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

by_display!(i32, i64, u32, u64, f32, f64, String);

impl Parameter for models::RawJson {
    fn to_text(&self) -> Option<String> {
        Some(self.as_str().to_owned())
    }
}

impl<T: Parameter> Parameter for Option<T> {
    fn to_text(&self) -> Option<String> {
        self.as_ref().and_then(Parameter::to_text)
    }
}

/// With commas between the items, as Slack takes lists.
impl<T: Parameter> Parameter for Vec<T> {
    fn to_text(&self) -> Option<String> {
        Some(self.iter().filter_map(Parameter::to_text).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_not_set_are_left_out() {
        let mut parameters = Parameters::default();
        parameters.push("a", &Some(true));
        parameters.push("b", &None::<bool>);
        parameters.push("c", &"x y&z=é".to_owned());
        parameters.push("d", &vec![1_i64, 2]);
        assert_eq!(parameters.encode().as_deref(), Some("a=1&c=x+y%26z%3D%C3%A9&d=1%2C2"));
        assert_eq!(Parameters::default().encode(), None);
        assert_eq!(format!("{parameters:?}"), r#"["a", "c", "d"]"#);
    }
}
