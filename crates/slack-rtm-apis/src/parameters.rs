//! The parameters of a request.

mod encode;
mod style;

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use slack_rtm_models::Parameter;

pub(crate) use self::encode::Payload;
use self::encode::escape;
use self::style::Shape;
use crate::ConfigError;
use crate::file::{FileContent, FilePart, Files};
use crate::multipart::Part;

/// The location of a parameter in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterLocation {
    /// The query or the form body, depending on the HTTP method.
    Argument,
    /// The query, for every HTTP method.
    Query,
    /// The path, in which the value replaces the name in braces.
    Path,
    /// The path as well, but the value may be several segments, whose slashes are kept.
    PathSegments,
    /// The header with the name of the parameter.
    Header,
    /// The `Cookie` header.
    Cookie,
    /// A form body, for every HTTP method.
    Form,
    /// A part of a multipart form.
    Part,
}

/// The serialization of a value as a parameter. The fields of an object are serialized like items, its names and values in turn, unless a style says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterStyle {
    /// Items separated by commas.
    Commas,
    /// Items separated by spaces.
    Spaces,
    /// Items separated by vertical bars.
    Pipes,
    /// Items separated by tabs.
    Tabs,
    /// A separate parameter for each item of a list or each field of an object.
    Each,
    /// A separate parameter for each item of a list; an object is JSON.
    EachItem,
    /// A separate parameter `name[field]` for each field of an object, and `name[0]` for each item of a list, at every depth.
    Deep,
    /// Items, or the fields of an object as `field=value`, separated by commas.
    Pairs,
    /// A period, followed by items separated by commas.
    Label,
    /// A period before each item of a list, and before each field of an object as `field=value`.
    LabelEach,
    /// A semicolon and the name, followed by items separated by commas.
    Matrix,
    /// A semicolon before each item of a list as `name=item`, and before each field of an object as `field=value`.
    MatrixEach,
}

/// The parameters of a request, which [`Operation::encode`](crate::Operation::encode) adds.
///
/// Invalid parameters are reported when the call is sent.
///
/// ```
/// use slack_rtm_apis::Parameters;
///
/// let mut parameters = Parameters::default();
/// parameters.push("channel", "C01GENERAL0");
/// parameters.push("limit", &Some(10_i64));
/// parameters.push("cursor", &None::<String>); // is not sent
/// assert_eq!(format!("{parameters:?}"), r#"["channel", "limit"]"#);
/// ```
#[derive(Default)]
pub struct Parameters {
    arguments: Vec<(String, String)>,
    query: Vec<(String, String)>,
    path: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: Body,
    /// The first error.
    error: Option<ConfigError>,
}

/// The body of a request.
#[derive(Default)]
enum Body {
    /// A form of the arguments, or no body if the HTTP method has none.
    #[default]
    Arguments,
    Text {
        media_type: String,
        text: String,
    },
    Content {
        media_type: String,
        content: FileContent,
    },
    Parts(Vec<Part>),
}

impl Parameters {
    /// Adds an argument; `None` is skipped.
    pub fn push(&mut self, name: &'static str, value: &(impl Parameter + ?Sized)) {
        if let Some(text) = value.to_text() {
            self.arguments.push((name.to_owned(), text));
        }
    }

    /// Adds a value at a location; `None` is skipped.
    pub fn value(
        &mut self,
        location: ParameterLocation,
        style: ParameterStyle,
        name: &'static str,
        value: &(impl Parameter + ?Sized),
    ) {
        if value.to_text().is_none() {
            return;
        }
        self.shape(location, style, name, Shape::List(value.to_texts()));
    }

    /// Adds a value of any shape: a scalar, a list, or an object; `null` is skipped, and so are items and fields that are `null`.
    ///
    /// [`ParameterStyle::Deep`] separates what is nested. In every other style, nested values are JSON, except for lists of scalars in an object whose fields are
    /// separate parameters.
    pub fn structured(
        &mut self,
        location: ParameterLocation,
        style: ParameterStyle,
        name: &'static str,
        value: &impl Serialize,
    ) {
        match (style, serde_json::to_value(value)) {
            (ParameterStyle::Deep, Ok(value)) => self.deep(location, name, value),
            (ParameterStyle::Each, Ok(Value::Object(fields))) => {
                for (field, value) in fields {
                    self.each(location, &field, value);
                }
            }
            (ParameterStyle::Each | ParameterStyle::EachItem, Ok(value)) => self.each(location, name, value),
            (style, Ok(value)) => self.shape(location, style, name, Shape::of(value)),
            (_, Err(source)) => {
                self.fail(ConfigError::new(name, "cannot be serialized as JSON").with_source(source));
            }
        }
    }

    fn shape(&mut self, location: ParameterLocation, style: ParameterStyle, name: &str, shape: Shape) {
        let is_path = matches!(location, ParameterLocation::Path | ParameterLocation::PathSegments);
        let (shape, escaped) = match is_path {
            true => (shape.map(|text| escape(location, text)), escape(ParameterLocation::Path, name)),
            false => (shape, name.to_owned()),
        };
        match shape {
            Shape::List(texts)
                if matches!(style, ParameterStyle::Each | ParameterStyle::EachItem) && !is_path =>
            {
                for text in texts {
                    self.put(location, name, text);
                }
            }
            shape => {
                if let Some(text) = shape.join(style, &escaped, is_path) {
                    self.put(location, name, text);
                }
            }
        }
    }

    /// Adds a value as separate parameters if it is a list, or else as one. Nested objects are JSON.
    fn each(&mut self, location: ParameterLocation, name: &str, value: Value) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.single(location, name, item);
                }
            }
            value => self.single(location, name, value),
        }
    }

    fn single(&mut self, location: ParameterLocation, name: &str, value: Value) {
        let is_json = value.is_object() || value.is_array();
        match style::text(value) {
            Some(text) if is_json && location == ParameterLocation::Part => self.json_part(name, text),
            Some(text) => self.put(location, name, text),
            None => {}
        }
    }

    /// Adds a value as JSON; `null` is skipped.
    pub fn json(&mut self, location: ParameterLocation, name: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json(name, value).filter(|text| text != "null") {
            match location {
                ParameterLocation::Part => self.json_part(name, text),
                ParameterLocation::Path | ParameterLocation::PathSegments => {
                    self.put(location, name, escape(location, &text));
                }
                _ => self.put(location, name, text),
            }
        }
    }

    fn deep(&mut self, location: ParameterLocation, name: &str, value: Value) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    self.deep(location, &format!("{name}[{field}]"), value);
                }
            }
            Value::Array(items) => {
                for (n, item) in items.into_iter().enumerate() {
                    self.deep(location, &format!("{name}[{n}]"), item);
                }
            }
            scalar => self.single(location, name, scalar),
        }
    }

    /// Adds each file as a part of a multipart form.
    pub fn file(&mut self, name: &'static str, files: &impl Files) {
        for file in files.files() {
            self.part(Part::File { name: name.to_owned(), file });
        }
    }

    /// Sets the body to a value as JSON, which can be `null`.
    pub fn json_body(&mut self, media_type: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json("body", value) {
            // Some documents use `*/*` for any media type.
            let media_type = if media_type.contains("json") { media_type } else { "application/json" };
            self.body = Body::Text { media_type: media_type.to_owned(), text };
        }
    }

    /// Sets the body to a value as JSON, which can be `null`; `None` is skipped.
    pub fn optional_json_body<T: Serialize>(&mut self, media_type: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.json_body(media_type, value);
        }
    }

    /// Sets the body to a text; `None` is skipped.
    pub fn text_body(&mut self, media_type: &'static str, value: &(impl Parameter + ?Sized)) {
        if let Some(text) = value.to_text() {
            self.body = Body::Text { media_type: media_type.to_owned(), text };
        }
    }

    /// Sets the body to the content of a file; `None` is skipped.
    pub fn content_body(&mut self, media_type: &'static str, content: &impl Files) {
        if let Some(FilePart { content, .. }) = content.files().into_iter().next() {
            let media_type = if media_type.contains('*') { "application/octet-stream" } else { media_type };
            self.body = Body::Content { media_type: media_type.to_owned(), content };
        }
    }

    fn put(&mut self, location: ParameterLocation, name: &str, text: String) {
        let pair = (name.to_owned(), text);
        match location {
            ParameterLocation::Argument => self.arguments.push(pair),
            ParameterLocation::Query => self.query.push(pair),
            ParameterLocation::Path | ParameterLocation::PathSegments => self.path.push(pair),
            ParameterLocation::Header => self.headers.push(pair),
            ParameterLocation::Cookie => self.cookies.push(pair),
            ParameterLocation::Form => self.form.push(pair),
            ParameterLocation::Part => self.part(Part::Text { name: pair.0, media_type: None, text: pair.1 }),
        }
    }

    fn json_part(&mut self, name: &str, text: String) {
        self.part(Part::Text { name: name.to_owned(), media_type: Some("application/json"), text });
    }

    fn part(&mut self, part: Part) {
        match &mut self.body {
            Body::Parts(parts) => parts.push(part),
            body => *body = Body::Parts(vec![part]),
        }
    }

    fn encode_json(&mut self, name: &'static str, value: &impl Serialize) -> Option<String> {
        match serde_json::to_string(value) {
            Ok(text) => Some(text),
            Err(source) => {
                self.fail(ConfigError::new(name, "cannot be serialized as JSON").with_source(source));
                None
            }
        }
    }

    fn fail(&mut self, error: ConfigError) {
        self.error.get_or_insert(error);
    }
}

/// Prints only the names, since a value can be secret.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.arguments, &self.query, &self.path, &self.headers, &self.cookies, &self.form];
        f.debug_list().entries(all.into_iter().flatten().map(|(name, _)| name)).finish()
    }
}
