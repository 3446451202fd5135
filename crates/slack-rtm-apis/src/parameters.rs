//! What a call sends, as the wire wants it.

use std::fmt;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use slack_rtm_models::Parameter;
use url::form_urlencoded;

use crate::file::{FileContent, FilePart, Files};
use crate::multipart::{self, Part};
use crate::{ConfigError, Method};

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// With the arguments: in the query or in a form, as the method has it.
    Argument,
    /// In the query, whatever the method.
    Query,
    /// In the path, in place of its name in braces.
    Path,
    /// In a header of its name.
    Header,
    /// In the cookie header.
    Cookie,
    /// In a part of a form of several parts.
    Part,
}

/// How a list, or an object, is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Style {
    /// With commas between the items.
    Commas,
    /// With spaces between the items.
    Spaces,
    /// With vertical bars between the items.
    Pipes,
    /// Every item, or every field of an object, on its own.
    Each,
    /// Every field of an object on its own, as `name[field]`.
    Deep,
}

/// What a call sends, in the order in which the document lists it.
#[derive(Default)]
pub struct Parameters {
    arguments: Vec<(String, String)>,
    query: Vec<(String, String)>,
    path: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    body: Body,
    /// The first thing that is wrong.
    error: Option<ConfigError>,
}

/// A body that is no form of arguments.
#[derive(Default)]
enum Body {
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
    /// Adds an argument, unless it is not set.
    pub fn push(&mut self, name: &'static str, value: &(impl Parameter + ?Sized)) {
        if let Some(text) = value.to_text() {
            self.arguments.push((name.to_owned(), text));
        }
    }

    /// Adds a value, unless it is not set.
    pub fn value(
        &mut self,
        place: Place,
        style: Style,
        name: &'static str,
        value: &(impl Parameter + ?Sized),
    ) {
        if value.to_text().is_none() {
            return;
        }
        let mut texts = value.to_texts();
        if place == Place::Path {
            for text in &mut texts {
                *text = segment(text);
            }
        }
        match style {
            Style::Each if place != Place::Path => {
                for text in texts {
                    self.put(place, name, text);
                }
            }
            Style::Spaces => self.put(place, name, texts.join(" ")),
            Style::Pipes => self.put(place, name, texts.join("|")),
            Style::Commas | Style::Each | Style::Deep => self.put(place, name, texts.join(",")),
        }
    }

    /// Adds a value as JSON, unless it is not set.
    pub fn json(&mut self, place: Place, name: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json(name, value) {
            match place {
                Place::Part => {
                    let media_type = Some("application/json");
                    self.part(Part::Text { name: name.to_owned(), media_type, text });
                }
                Place::Path => self.put(place, name, segment(&text)),
                _ => self.put(place, name, text),
            }
        }
    }

    /// Adds the fields of an object, each on its own.
    pub fn object(&mut self, place: Place, style: Style, name: &'static str, value: &impl Serialize) {
        let fields = match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return,
            Err(source) => return self.fail(ConfigError::new(name, "it is no JSON").with_source(source)),
        };
        for (field, value) in fields {
            let name = if style == Style::Deep { format!("{name}[{field}]") } else { field };
            match value {
                Value::Null => {}
                Value::String(text) => self.put(place, &name, text),
                Value::Bool(value) => self.put(place, &name, value.to_text().unwrap_or_default()),
                other => self.put(place, &name, other.to_string()),
            }
        }
    }

    /// Adds files, each as a part of a form.
    pub fn file(&mut self, name: &'static str, files: &impl Files) {
        for file in files.files() {
            self.part(Part::File { name: name.to_owned(), file });
        }
    }

    /// Sets the body to a value as JSON, unless it is not set.
    pub fn json_body(&mut self, media_type: &'static str, value: &impl Serialize) {
        if let Some(text) = self.encode_json("body", value) {
            // Some documents write `*/*` for whatever will do.
            let media_type = if media_type.contains("json") { media_type } else { "application/json" };
            self.body = Body::Text { media_type: media_type.to_owned(), text };
        }
    }

    /// Sets the body to a text, unless it is not set.
    pub fn text_body(&mut self, media_type: &'static str, value: &(impl Parameter + ?Sized)) {
        if let Some(text) = value.to_text() {
            self.body = Body::Text { media_type: media_type.to_owned(), text };
        }
    }

    /// Sets the body to the content of a file, unless it is not set.
    pub fn content_body(&mut self, media_type: &'static str, content: &impl Files) {
        if let Some(FilePart { content, .. }) = content.files().into_iter().next() {
            let media_type = if media_type.contains('*') { "application/octet-stream" } else { media_type };
            self.body = Body::Content { media_type: media_type.to_owned(), content };
        }
    }

    fn put(&mut self, place: Place, name: &str, text: String) {
        let pair = (name.to_owned(), text);
        match place {
            Place::Argument => self.arguments.push(pair),
            Place::Query => self.query.push(pair),
            Place::Path => self.path.push(pair),
            Place::Header => self.headers.push(pair),
            Place::Cookie => self.cookies.push(pair),
            Place::Part => self.part(Part::Text { name: pair.0, media_type: None, text: pair.1 }),
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
                self.fail(ConfigError::new(name, "it is no JSON").with_source(source));
                None
            }
        }
    }

    fn fail(&mut self, error: ConfigError) {
        self.error.get_or_insert(error);
    }

    /// Whether the body is the arguments, so that they may as well be in the query.
    pub(crate) fn is_arguments(&self) -> bool {
        matches!(self.body, Body::Arguments)
    }

    /// Whether it can be sent a second time.
    pub(crate) fn is_replayable(&self) -> bool {
        match &self.body {
            Body::Arguments | Body::Text { .. } => true,
            Body::Content { content, .. } => content.is_replayable(),
            Body::Parts(parts) => parts.iter().all(|part| match part {
                Part::Text { .. } => true,
                Part::File { file, .. } => file.content.is_replayable(),
            }),
        }
    }

    /// Puts everything where it goes.
    pub(crate) fn encode(self, path: &str, method: Method) -> Result<Encoded, ConfigError> {
        let Self { arguments, mut query, path: segments, headers, cookies, body, error } = self;
        if let Some(error) = error {
            return Err(error);
        }
        let mut path = path.to_owned();
        for (name, text) in segments {
            // A dot would be taken for a way to another path.
            if matches!(text.as_str(), "" | "." | "..") {
                return Err(ConfigError::new("path", format!("`{name}` is empty, or nothing but dots")));
            }
            path = path.replace(&format!("{{{name}}}"), &text);
        }
        let mut out = HeaderMap::new();
        let payload = match body {
            Body::Arguments if method.has_form() => {
                // Without a charset: Slack warns of one that it does not need.
                set_type(&mut out, "application/x-www-form-urlencoded")?;
                Payload::Body(pairs(&arguments).unwrap_or_default().into())
            }
            body => {
                query.extend(arguments);
                match body {
                    Body::Arguments => Payload::None,
                    Body::Text { media_type, text } => {
                        set_type(&mut out, &media_type)?;
                        Payload::Body(text.into())
                    }
                    Body::Content { media_type, content } => {
                        set_type(&mut out, &media_type)?;
                        if let Some(length) = content.length() {
                            out.insert(CONTENT_LENGTH, length.into());
                        }
                        Payload::Body(content.open()?)
                    }
                    Body::Parts(parts) => Payload::Form(multipart::form(parts)?),
                }
            }
        };
        let cookies: Vec<String> =
            cookies.iter().map(|(name, text)| format!("{name}={}", segment(text))).collect();
        let cookies = (!cookies.is_empty()).then(|| (COOKIE.as_str().to_owned(), cookies.join("; ")));
        for (name, text) in headers.into_iter().chain(cookies) {
            let malformed = || ConfigError::new("header", format!("`{name}`, or its value, is malformed"));
            let header = HeaderName::try_from(&name).map_err(|_| malformed())?;
            // The value may be secret, so it is not told.
            out.append(header, HeaderValue::try_from(text).map_err(|_| malformed())?);
        }
        Ok(Encoded { path, query: pairs(&query), headers: out, payload })
    }
}

/// A request without its host.
pub(crate) struct Encoded {
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

/// What follows the headers.
pub(crate) enum Payload {
    None,
    Body(reqwest::Body),
    /// It brings its media type and its length.
    Form(reqwest::multipart::Form),
}

fn set_type(headers: &mut HeaderMap, media_type: &str) -> Result<(), ConfigError> {
    let value = HeaderValue::try_from(media_type)
        .map_err(|source| ConfigError::new("body", "its media type is malformed").with_source(source))?;
    headers.insert(CONTENT_TYPE, value);
    Ok(())
}

fn pairs(pairs: &[(String, String)]) -> Option<String> {
    (!pairs.is_empty()).then(|| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The names alone: a value may be anything.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.arguments, &self.query, &self.path, &self.headers, &self.cookies];
        f.debug_list().entries(all.into_iter().flatten().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<String> {
        vec!["a b".to_owned(), "c/d".to_owned()]
    }

    fn encoded(parameters: Parameters, method: Method) -> Encoded {
        parameters.encode("/x/{id}", method).unwrap()
    }

    #[test]
    fn arguments_that_are_not_set_are_left_out() {
        let mut parameters = Parameters::default();
        parameters.push("a", &Some(true));
        parameters.push("b", &None::<bool>);
        parameters.push("c", &"x y&z=é".to_owned());
        parameters.push("d", &vec![1_i64, 2]);
        parameters.value(Place::Query, Style::Each, "e", &None::<Vec<String>>);
        parameters.json(Place::Query, "f", &None::<bool>);
        parameters.json_body("application/json", &None::<bool>);
        assert_eq!(format!("{parameters:?}"), r#"["a", "c", "d"]"#);
        assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some("a=1&c=x+y%26z%3D%C3%A9&d=1%2C2"));
        assert_eq!(encoded(Parameters::default(), Method::Get).query, None);
    }

    #[test]
    fn arguments_go_where_the_method_has_them() {
        let arguments = || {
            let mut parameters = Parameters::default();
            parameters.push("a", &1_i64);
            parameters.value(Place::Query, Style::Commas, "q", &2_i64);
            parameters
        };
        let get = encoded(arguments(), Method::Get);
        assert_eq!(get.query.as_deref(), Some("q=2&a=1"));
        assert!(matches!(get.payload, Payload::None));
        let put = encoded(arguments(), Method::Put);
        assert_eq!(put.query.as_deref(), Some("q=2"));
        assert!(matches!(put.payload, Payload::Body(body) if body.as_bytes() == Some(b"a=1")));
    }

    #[test]
    fn lists_are_written_in_every_style() {
        for (style, expected) in [
            (Style::Commas, "l=a+b%2Cc%2Fd"),
            (Style::Spaces, "l=a+b+c%2Fd"),
            (Style::Pipes, "l=a+b%7Cc%2Fd"),
            (Style::Each, "l=a+b&l=c%2Fd"),
        ] {
            let mut parameters = Parameters::default();
            parameters.value(Place::Query, style, "l", &list());
            assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some(expected));
        }
    }

    #[test]
    fn objects_are_written_field_by_field() {
        let object = serde_json::json!({ "a": "x", "b": 1, "c": null, "d": [1], "e": true });
        for (style, expected) in [
            (Style::Each, "a=x&b=1&d=%5B1%5D&e=1"),
            (Style::Deep, "o%5Ba%5D=x&o%5Bb%5D=1&o%5Bd%5D=%5B1%5D&o%5Be%5D=1"),
        ] {
            let mut parameters = Parameters::default();
            parameters.object(Place::Query, style, "o", &object);
            assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some(expected));
        }
        let mut parameters = Parameters::default();
        parameters.json(Place::Argument, "o", &[1]);
        assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some("o=%5B1%5D"));
    }

    #[test]
    fn a_segment_of_a_path_stays_one() {
        let path = |value: &str| {
            let mut parameters = Parameters::default();
            parameters.value(Place::Path, Style::Commas, "id", &value.to_owned());
            parameters.encode("/x/{id}", Method::Get).map(|encoded| encoded.path)
        };
        assert_eq!(path("a/b ?#%é{").unwrap(), "/x/a%2Fb%20%3F%23%25%C3%A9%7B");
        assert_eq!(path("...").unwrap(), "/x/...");
        for value in ["", ".", ".."] {
            assert!(path(value).is_err(), "{value}");
        }
        let mut parameters = Parameters::default();
        parameters.value(Place::Path, Style::Commas, "id", &list());
        assert_eq!(encoded(parameters, Method::Get).path, "/x/a%20b,c%2Fd");
    }

    #[test]
    fn headers_and_cookies() {
        let mut parameters = Parameters::default();
        parameters.value(Place::Header, Style::Commas, "X-List", &list());
        parameters.value(Place::Cookie, Style::Commas, "a", &"x; b=y".to_owned());
        parameters.value(Place::Cookie, Style::Commas, "c", &1_i64);
        let headers = encoded(parameters, Method::Get).headers;
        assert_eq!(
            (&headers["x-list"], &headers["cookie"]),
            (&"a b,c/d".parse().unwrap(), &"a=x%3B%20b%3Dy; c=1".parse().unwrap())
        );
        let mut parameters = Parameters::default();
        parameters.value(Place::Header, Style::Commas, "X", &"SECRET\r\nY: 1".to_owned());
        let error = parameters.encode("/", Method::Get).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }

    #[test]
    fn bodies_have_their_media_type() {
        let body = |set: &dyn Fn(&mut Parameters)| {
            let mut parameters = Parameters::default();
            parameters.push("a", &1_i64);
            set(&mut parameters);
            assert!(!parameters.is_arguments());
            let Encoded { query, headers, payload, .. } = encoded(parameters, Method::Post);
            assert_eq!(query.as_deref(), Some("a=1"));
            let text = match &payload {
                Payload::None => panic!("no body"),
                Payload::Body(body) => {
                    body.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                }
                // It brings its media type.
                Payload::Form(_) => return ("form".to_owned(), None),
            };
            (headers["content-type"].to_str().unwrap().to_owned(), text)
        };
        assert_eq!(
            body(&|it| it.json_body("*/*", &[1])),
            ("application/json".to_owned(), Some("[1]".to_owned()))
        );
        assert_eq!(
            body(&|it| it.text_body("text/plain", &"x".to_owned())),
            ("text/plain".to_owned(), Some("x".to_owned()))
        );
        assert_eq!(body(&|it| it.content_body("*/*", &FileContent::from("x"))).0, "application/octet-stream");
        assert_eq!(body(&|it| it.file("f", &FilePart::new("n", "x"))).0, "form");
        assert_eq!(body(&|it| it.value(Place::Part, Style::Commas, "p", &1_i64)).0, "form");
        assert_eq!(body(&|it| it.json(Place::Part, "p", &[1])).0, "form");
    }
}
