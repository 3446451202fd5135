//! The arguments of a call, as the wire wants them.

use std::fmt;

use slack_rtm_models::Parameter;
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
