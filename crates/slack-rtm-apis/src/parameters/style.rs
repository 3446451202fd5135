//! The serialization of values of any shape as parameters: the styles of OpenAPI, which are forms of RFC 6570.

use serde_json::Value;
use slack_rtm_models::Parameter as _;

use crate::ParameterStyle;

/// A value, whose scalars and nested values are texts.
pub(super) enum Shape {
    Null,
    Scalar(String),
    List(Vec<String>),
    Object(Vec<(String, String)>),
}

impl Shape {
    /// Converts JSON. Nested lists and objects are JSON texts, and members that are null are left out.
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Array(items) => Self::List(items.into_iter().filter_map(text).collect()),
            Value::Object(fields) => {
                let pairs = fields.into_iter().filter_map(|(name, value)| Some((name, text(value)?)));
                Self::Object(pairs.collect())
            }
            scalar => text(scalar).map_or(Self::Null, Self::Scalar),
        }
    }

    /// Converts each text, and the names of an object's fields.
    pub(super) fn map(self, convert: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Scalar(text) => Self::Scalar(convert(&text)),
            Self::List(texts) => Self::List(texts.iter().map(|text| convert(text)).collect()),
            Self::Object(pairs) => {
                let pairs = pairs.iter().map(|(name, text)| (convert(name), convert(text)));
                Self::Object(pairs.collect())
            }
        }
    }

    /// Joins the value to one text, whose separators are escaped in a path; `None` if it is null.
    pub(super) fn join(self, style: ParameterStyle, name: &str, is_path: bool) -> Option<String> {
        let separator = match (style, is_path) {
            (ParameterStyle::Spaces, false) => " ",
            (ParameterStyle::Spaces, true) => "%20",
            (ParameterStyle::Pipes, false) => "|",
            (ParameterStyle::Pipes, true) => "%7C",
            (ParameterStyle::Tabs, false) => "\t",
            (ParameterStyle::Tabs, true) => "%09",
            (ParameterStyle::LabelEach, _) => ".",
            (ParameterStyle::MatrixEach, _) => ";",
            _ => ",",
        };
        let is_exploded =
            matches!(style, ParameterStyle::Pairs | ParameterStyle::LabelEach | ParameterStyle::MatrixEach);
        let is_each = style == ParameterStyle::MatrixEach;
        let has_name = match self {
            Self::Object(_) => style == ParameterStyle::Matrix,
            _ => style == ParameterStyle::Matrix || is_each,
        };
        let text = match self {
            Self::Null => return None,
            Self::Scalar(text) => text,
            Self::List(texts) if is_each => texts.join(&format!(";{name}=")),
            Self::List(texts) => texts.join(separator),
            Self::Object(pairs) => {
                let between = if is_exploded { "=" } else { separator };
                let pairs = pairs.into_iter().map(|(name, text)| format!("{name}{between}{text}"));
                pairs.collect::<Vec<_>>().join(separator)
            }
        };
        Some(match style {
            ParameterStyle::Label | ParameterStyle::LabelEach => format!(".{text}"),
            ParameterStyle::Matrix | ParameterStyle::MatrixEach if has_name => format!(";{name}={text}"),
            ParameterStyle::Matrix | ParameterStyle::MatrixEach => format!(";{text}"),
            _ => text,
        })
    }
}

/// Returns the text of a JSON value, which is JSON for lists and objects; `None` for null.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Bool(flag) => flag.to_text(),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_style_has_its_form() {
        use ParameterStyle::{Commas, Label, LabelEach, Matrix, MatrixEach, Pairs, Pipes, Spaces, Tabs};
        let list = json!(["blue", "black"]);
        let object = json!({ "G": 200, "R": 100, "gone": null });
        for (style, scalar, of_list, of_object) in [
            (Commas, "blue", "blue,black", "G,200,R,100"),
            (Spaces, "blue", "blue black", "G 200 R 100"),
            (Pipes, "blue", "blue|black", "G|200|R|100"),
            (Tabs, "blue", "blue\tblack", "G\t200\tR\t100"),
            (Pairs, "blue", "blue,black", "G=200,R=100"),
            (Label, ".blue", ".blue,black", ".G,200,R,100"),
            (LabelEach, ".blue", ".blue.black", ".G=200.R=100"),
            (Matrix, ";color=blue", ";color=blue,black", ";color=G,200,R,100"),
            (MatrixEach, ";color=blue", ";color=blue;color=black", ";G=200;R=100"),
        ] {
            for (value, expected) in
                [(json!("blue"), scalar), (list.clone(), of_list), (object.clone(), of_object)]
            {
                let joined = Shape::of(value).join(style, "color", false);
                assert_eq!(joined.as_deref(), Some(expected), "{style:?}");
            }
        }
        assert_eq!(Shape::of(json!(["a", "b"])).join(Pipes, "x", true).as_deref(), Some("a%7Cb"));
        assert_eq!(Shape::of(Value::Null).join(Commas, "x", false), None);
        let nested = Shape::of(json!([1.5, true, null, [1], { "a": "b" }]));
        assert_eq!(nested.join(Spaces, "x", false).as_deref(), Some(r#"1.5 1 [1] {"a":"b"}"#));
    }
}
