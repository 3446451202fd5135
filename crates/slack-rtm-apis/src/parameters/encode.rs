//! The encoding of parameters as the path, query, headers and body of a request.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use super::{Body, Parameters};
use crate::generated::SERVICE;
use crate::multipart::{self, Part};
use crate::{ConfigError, Method, ParameterLocation};

const FORM: &str = "application/x-www-form-urlencoded";

impl Parameters {
    /// Returns whether the request has no body other than a form of arguments, which can also be sent in the query.
    pub(crate) fn is_arguments(&self) -> bool {
        matches!(self.body, Body::Arguments) && self.form.is_empty()
    }

    /// Returns whether the request can be sent more than once.
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

    /// Encodes the parameters of a request to a path template.
    pub(crate) fn encode(self, path: &str, method: Method) -> Result<Encoded, ConfigError> {
        let Self {
            mut arguments,
            mut query,
            path: segments,
            headers,
            cookies,
            form: mut fields,
            body,
            error,
        } = self;
        if let Some(error) = error {
            return Err(error);
        }
        let mut path = path.to_owned();
        for (name, text) in segments {
            // Dot segments would be resolved to a different path.
            if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
                return Err(ConfigError::new("path", format!("`{name}` is empty or a dot segment")));
            }
            path = path.replace(&format!("{{{name}}}"), &text);
        }
        let mut out = HeaderMap::new();
        if method.has_form() {
            arguments.append(&mut fields);
        }
        let payload = match body {
            // Slack expects a form, but to other services an empty one would be a body that they do not take.
            Body::Arguments if method.has_form() && arguments.is_empty() && !SERVICE.refuses_with_ok => {
                out.insert(CONTENT_LENGTH, 0.into());
                Payload::None
            }
            Body::Arguments if method.has_form() => {
                // Slack responds with a warning to a superfluous charset.
                set_content_type(&mut out, FORM)?;
                Payload::Body(form(&arguments).unwrap_or_default().into())
            }
            body => {
                query.extend(arguments);
                match body {
                    Body::Arguments if !fields.is_empty() => {
                        set_content_type(&mut out, FORM)?;
                        Payload::Body(form(&fields).unwrap_or_default().into())
                    }
                    Body::Arguments => Payload::None,
                    Body::Text { media_type, text } => {
                        set_content_type(&mut out, &media_type)?;
                        Payload::Body(text.into())
                    }
                    Body::Content { media_type, content } => {
                        set_content_type(&mut out, &media_type)?;
                        if let Some(length) = content.length() {
                            out.insert(CONTENT_LENGTH, length.into());
                        }
                        Payload::Body(content.open()?)
                    }
                    Body::Parts(parts) => Payload::Form(multipart::form(parts)?),
                }
            }
        };
        let cookies: Vec<String> = cookies
            .iter()
            .map(|(name, text)| format!("{name}={}", escape(ParameterLocation::Cookie, text)))
            .collect();
        let cookies = (!cookies.is_empty()).then(|| (COOKIE.as_str().to_owned(), cookies.join("; ")));
        for (name, text) in headers.into_iter().chain(cookies) {
            let malformed = || ConfigError::new("header", format!("invalid name or value of `{name}`"));
            let header = HeaderName::try_from(&name).map_err(|_| malformed())?;
            // The error omits the value, which can be secret.
            out.append(header, HeaderValue::try_from(text).map_err(|_| malformed())?);
        }
        Ok(Encoded { path, query: form(&query), headers: out, payload })
    }
}

/// An encoded request, without its host.
pub(crate) struct Encoded {
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

/// The body of an encoded request.
pub(crate) enum Payload {
    None,
    Body(reqwest::Body),
    /// A multipart form, which sets its own media type and length.
    Form(reqwest::multipart::Form),
}

fn set_content_type(headers: &mut HeaderMap, media_type: &str) -> Result<(), ConfigError> {
    let value = HeaderValue::try_from(media_type)
        .map_err(|source| ConfigError::new("body", "invalid media type").with_source(source))?;
    headers.insert(CONTENT_TYPE, value);
    Ok(())
}

/// Encodes pairs as a form; `None` if there are none.
fn form(pairs: &[(String, String)]) -> Option<String> {
    (!pairs.is_empty()).then(|| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// All characters except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a text as a single path segment, or as several at the location that has several.
pub(super) fn escape(location: ParameterLocation, text: &str) -> String {
    let segment = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    match location {
        ParameterLocation::PathSegments => text.split('/').map(segment).collect::<Vec<_>>().join("/"),
        _ => segment(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileContent, FilePart, ParameterStyle};

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
        parameters.value(ParameterLocation::Query, ParameterStyle::Each, "e", &None::<Vec<String>>);
        parameters.json(ParameterLocation::Query, "f", &None::<bool>);
        parameters.optional_json_body("application/json", &None::<bool>);
        assert_eq!(format!("{parameters:?}"), r#"["a", "c", "d"]"#);
        assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some("a=1&c=x+y%26z%3D%C3%A9&d=1%2C2"));
        assert_eq!(encoded(Parameters::default(), Method::Get).query, None);
    }

    #[test]
    fn arguments_go_where_the_method_has_them() {
        let arguments = || {
            let mut parameters = Parameters::default();
            parameters.push("a", &1_i64);
            parameters.value(ParameterLocation::Query, ParameterStyle::Commas, "q", &2_i64);
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
    fn a_form_can_be_the_body_of_any_method() {
        let mut parameters = Parameters::default();
        parameters.push("q", "1");
        parameters.value(ParameterLocation::Form, ParameterStyle::Each, "a", &list());
        assert!(!parameters.is_arguments());
        let delete = encoded(parameters, Method::Delete);
        let mut parameters = Parameters::default();
        parameters.value(ParameterLocation::Form, ParameterStyle::Each, "a", "b");
        let post = encoded(parameters, Method::Post);
        assert!(matches!(post.payload, Payload::Body(body) if body.as_bytes() == Some(b"a=b")));
        assert_eq!(
            (delete.query.as_deref(), &delete.headers["content-type"]),
            (Some("q=1"), &FORM.parse().unwrap())
        );
        assert!(matches!(delete.payload, Payload::Body(body) if body.as_bytes() == Some(b"a=a+b&a=c%2Fd")));
    }

    #[test]
    fn lists_are_written_in_every_style() {
        for (style, expected) in [
            (ParameterStyle::Commas, "l=a+b%2Cc%2Fd"),
            (ParameterStyle::Spaces, "l=a+b+c%2Fd"),
            (ParameterStyle::Pipes, "l=a+b%7Cc%2Fd"),
            (ParameterStyle::Tabs, "l=a+b%09c%2Fd"),
            (ParameterStyle::Each, "l=a+b&l=c%2Fd"),
        ] {
            let mut parameters = Parameters::default();
            parameters.value(ParameterLocation::Query, style, "l", &list());
            assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some(expected));
        }
    }

    #[test]
    fn separators_in_a_path_are_escaped() {
        for (style, expected) in [
            (ParameterStyle::Commas, "/x/a%20b,c%2Fd"),
            (ParameterStyle::Spaces, "/x/a%20b%20c%2Fd"),
            (ParameterStyle::Pipes, "/x/a%20b%7Cc%2Fd"),
            (ParameterStyle::Tabs, "/x/a%20b%09c%2Fd"),
        ] {
            let mut parameters = Parameters::default();
            parameters.value(ParameterLocation::Path, style, "id", &list());
            assert_eq!(encoded(parameters, Method::Get).path, expected);
        }
    }

    #[test]
    fn objects_are_written_field_by_field() {
        let object = serde_json::json!({ "a": "x", "b": 1, "c": null, "d": [1, 2], "e": true, "f": [{}] });
        for (style, expected) in [
            (ParameterStyle::Each, "a=x&b=1&d=1&d=2&e=1&f=%7B%7D"),
            (ParameterStyle::Deep, "o%5Ba%5D=x&o%5Bb%5D=1&o%5Bd%5D%5B0%5D=1&o%5Bd%5D%5B1%5D=2&o%5Be%5D=1"),
            (ParameterStyle::Commas, "o=a%2Cx%2Cb%2C1%2Cd%2C%5B1%2C2%5D%2Ce%2C1%2Cf%2C%5B%7B%7D%5D"),
        ] {
            let mut parameters = Parameters::default();
            parameters.structured(ParameterLocation::Query, style, "o", &object);
            assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some(expected));
        }
        for (value, expected) in [
            (
                serde_json::json!({ "a": { "b": [{ "c": 1, "d": null }, "x"] } }),
                "o[a][b][0][c]=1&o[a][b][1]=x",
            ),
            (serde_json::json!(["x", "y"]), "o[0]=x&o[1]=y"),
            (serde_json::json!(""), "o="),
        ] {
            let mut parameters = Parameters::default();
            parameters.structured(ParameterLocation::Query, ParameterStyle::Deep, "o", &value);
            let query = encoded(parameters, Method::Get).query.unwrap_or_default();
            assert_eq!(query.replace("%5B", "[").replace("%5D", "]"), expected);
        }
        let mut parameters = Parameters::default();
        parameters.json(ParameterLocation::Argument, "o", &[1]);
        assert_eq!(encoded(parameters, Method::Get).query.as_deref(), Some("o=%5B1%5D"));
    }

    #[test]
    fn values_of_any_shape_are_written_like_plain_ones() {
        let written = |location, style, value: serde_json::Value| {
            let mut parameters = Parameters::default();
            parameters.structured(location, style, "id", &value);
            encoded(parameters, Method::Get)
        };
        let query = |value| written(ParameterLocation::Query, ParameterStyle::Each, value).query;
        assert_eq!(query(serde_json::json!("a b")).as_deref(), Some("id=a+b"));
        assert_eq!(query(serde_json::json!([1, "x", null])).as_deref(), Some("id=1&id=x"));
        assert_eq!(query(serde_json::Value::Null), None);
        let whole =
            written(ParameterLocation::Query, ParameterStyle::EachItem, serde_json::json!({ "a": 1 }));
        assert_eq!(whole.query.as_deref(), Some("id=%7B%22a%22%3A1%7D"));
        let path = |style, value| written(ParameterLocation::Path, style, value).path;
        let object = serde_json::json!({ "a/b": "c d" });
        assert_eq!(path(ParameterStyle::LabelEach, object.clone()), "/x/.a%2Fb=c%20d");
        assert_eq!(path(ParameterStyle::Matrix, object), "/x/;id=a%2Fb,c%20d");
        assert_eq!(path(ParameterStyle::MatrixEach, serde_json::json!([1, 2])), "/x/;id=1;id=2");
        let header =
            written(ParameterLocation::Header, ParameterStyle::Pairs, serde_json::json!({ "a": 1, "b": 2 }));
        assert_eq!(header.headers["id"], "a=1,b=2");
    }

    #[test]
    fn a_segment_of_a_path_stays_one() {
        let path = |value: &str| {
            let mut parameters = Parameters::default();
            parameters.value(ParameterLocation::Path, ParameterStyle::Commas, "id", &value.to_owned());
            parameters.encode("/x/{id}", Method::Get).map(|encoded| encoded.path)
        };
        assert_eq!(path("a/b ?#%é{").unwrap(), "/x/a%2Fb%20%3F%23%25%C3%A9%7B");
        assert_eq!(path("...").unwrap(), "/x/...");
        for value in ["", ".", ".."] {
            assert!(path(value).is_err(), "{value}");
        }
        let mut parameters = Parameters::default();
        parameters.value(ParameterLocation::Path, ParameterStyle::Commas, "id", &list());
        assert_eq!(encoded(parameters, Method::Get).path, "/x/a%20b,c%2Fd");
    }

    #[test]
    fn several_segments_of_a_path_keep_their_slashes() {
        let path = |value: &str| {
            let mut parameters = Parameters::default();
            let location = ParameterLocation::PathSegments;
            parameters.value(location, ParameterStyle::Commas, "id", &value.to_owned());
            parameters.encode("/x/{id}:get", Method::Get).map(|encoded| encoded.path)
        };
        assert_eq!(path("shelves/a b/c?").unwrap(), "/x/shelves/a%20b/c%3F:get");
        for value in ["", "a/../b", "a//b", "/a", "a/."] {
            assert!(path(value).is_err(), "{value}");
        }
    }

    #[test]
    fn headers_and_cookies() {
        let mut parameters = Parameters::default();
        parameters.value(ParameterLocation::Header, ParameterStyle::Commas, "X-List", &list());
        parameters.value(ParameterLocation::Cookie, ParameterStyle::Commas, "a", &"x; b=y".to_owned());
        parameters.value(ParameterLocation::Cookie, ParameterStyle::Commas, "c", &1_i64);
        let headers = encoded(parameters, Method::Get).headers;
        assert_eq!(
            (&headers["x-list"], &headers["cookie"]),
            (&"a b,c/d".parse().unwrap(), &"a=x%3B%20b%3Dy; c=1".parse().unwrap())
        );
        let mut parameters = Parameters::default();
        parameters.value(
            ParameterLocation::Header,
            ParameterStyle::Commas,
            "X",
            &"SECRET\r\nY: 1".to_owned(),
        );
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
            body(&|it| it.optional_json_body("application/json", &Some(None::<bool>))).1.as_deref(),
            Some("null")
        );
        assert_eq!(
            body(&|it| it.text_body("text/plain", &"x".to_owned())),
            ("text/plain".to_owned(), Some("x".to_owned()))
        );
        assert_eq!(body(&|it| it.content_body("*/*", &FileContent::from("x"))).0, "application/octet-stream");
        assert_eq!(body(&|it| it.file("f", &FilePart::new("n", "x"))).0, "form");
        assert_eq!(
            body(&|it| it.value(ParameterLocation::Part, ParameterStyle::Commas, "p", &1_i64)).0,
            "form"
        );
        assert_eq!(body(&|it| it.json(ParameterLocation::Part, "p", &[1])).0, "form");
        let parts = serde_json::json!([{ "a": 1 }, "x"]);
        let body = body(&|it| it.structured(ParameterLocation::Part, ParameterStyle::Each, "p", &parts));
        assert_eq!(body.0, "form");
    }
}
