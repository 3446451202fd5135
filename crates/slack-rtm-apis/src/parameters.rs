//! The parameters of a request.

mod encode;

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use slack_rtm_models::Parameter;

pub(crate) use self::encode::Payload;
use self::encode::escape;
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
    /// A part of a multipart form.
    Part,
}

/// The serialization of a list or an object as a parameter.
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
    /// A separate parameter `name[field]` for each field of an object, and `name[0]` for each item of a list, at every depth.
    Deep,
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
        let mut texts = value.to_texts();
        let is_path = matches!(location, ParameterLocation::Path | ParameterLocation::PathSegments);
        if is_path {
            texts.iter_mut().for_each(|text| *text = escape(location, text));
        }
        match style {
            ParameterStyle::Each if !is_path => {
                for text in texts {
                    self.put(location, name, text);
                }
            }
            style => {
                let (plain, escaped) = match style {
                    ParameterStyle::Spaces => (" ", "%20"),
                    ParameterStyle::Pipes => ("|", "%7C"),
                    ParameterStyle::Tabs => ("\t", "%09"),
                    _ => (",", ","),
                };
                self.put(location, name, texts.join(if is_path { escaped } else { plain }));
            }
        }
    }

    /// Adds a value as JSON; `null` is skipped.
    pub fn json(&mut self, location: ParameterLocation, name: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json(name, value) {
            match location {
                ParameterLocation::Part => {
                    let media_type = Some("application/json");
                    self.part(Part::Text { name: name.to_owned(), media_type, text });
                }
                ParameterLocation::Path | ParameterLocation::PathSegments => {
                    self.put(location, name, escape(location, &text));
                }
                _ => self.put(location, name, text),
            }
        }
    }

    /// Adds each field of an object as a separate parameter; fields that are `null` are skipped.
    ///
    /// [`ParameterStyle::Deep`] also accepts lists and scalars, and separates what is nested. In every other style, nested values are JSON.
    pub fn object(
        &mut self,
        location: ParameterLocation,
        style: ParameterStyle,
        name: &'static str,
        value: &impl Serialize,
    ) {
        match serde_json::to_value(value) {
            Ok(value) if style == ParameterStyle::Deep => self.deep(location, name, value),
            Ok(Value::Object(fields)) => {
                for (field, value) in fields {
                    self.scalar(location, &field, value);
                }
            }
            Ok(_) => {}
            Err(source) => {
                self.fail(ConfigError::new(name, "cannot be serialized as JSON").with_source(source));
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
            scalar => self.scalar(location, name, scalar),
        }
    }

    fn scalar(&mut self, location: ParameterLocation, name: &str, value: Value) {
        match value {
            Value::Null => {}
            Value::String(text) => self.put(location, name, text),
            Value::Bool(value) => self.put(location, name, value.to_text().unwrap_or_default()),
            other => self.put(location, name, other.to_string()),
        }
    }

    /// Adds each file as a part of a multipart form.
    pub fn file(&mut self, name: &'static str, files: &impl Files) {
        for file in files.files() {
            self.part(Part::File { name: name.to_owned(), file });
        }
    }

    /// Sets the body to a value as JSON; `null` is skipped.
    pub fn json_body(&mut self, media_type: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json("body", value) {
            // Some documents use `*/*` for any media type.
            let media_type = if media_type.contains("json") { media_type } else { "application/json" };
            self.body = Body::Text { media_type: media_type.to_owned(), text };
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
            ParameterLocation::Part => self.part(Part::Text { name: pair.0, media_type: None, text: pair.1 }),
        }
    }

    fn part(&mut self, part: Part) {
        match &mut self.body {
            Body::Parts(parts) => parts.push(part),
            body => *body = Body::Parts(vec![part]),
        }
    }

    fn encode_json(&mut self, name: &'static str, value: &impl Serialize) -> Option<String> {
        match serde_json::to_string(value) {
            Ok(text) => Some(text).filter(|text| text != "null"),
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
        let all = [&self.arguments, &self.query, &self.path, &self.headers, &self.cookies];
        f.debug_list().entries(all.into_iter().flatten().map(|(name, _)| name)).finish()
    }
}
