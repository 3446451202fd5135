//! Multipart forms (RFC 7578).

use reqwest::multipart;

use crate::ConfigError;
use crate::file::FilePart;

/// A part of a multipart form.
pub(crate) enum Part {
    Text { name: String, media_type: Option<&'static str>, text: String },
    File { name: String, file: FilePart },
}

/// Creates a form. Streamed parts can be taken once.
pub(crate) fn form(parts: Vec<Part>) -> Result<multipart::Form, ConfigError> {
    // Names are not percent-encoded, as in browsers: the default of reqwest sends names with spaces in a form that RFC 7578 forbids.
    let form = multipart::Form::new().percent_encode_noop();
    parts.into_iter().try_fold(form, |form, part| {
        let (name, part) = match part {
            Part::Text { name, media_type, text } => {
                let part = multipart::Part::text(text);
                let part = match media_type {
                    Some(media_type) => typed(part, media_type)?,
                    None => part,
                };
                (name, part)
            }
            Part::File { name, file } => (name, file_part(file)?),
        };
        Ok(form.part(quotable(name)?, part))
    })
}

fn file_part(file: FilePart) -> Result<multipart::Part, ConfigError> {
    let body = file.content.open()?;
    let part = match file.content.length() {
        Some(length) => multipart::Part::stream_with_length(body, length),
        None => multipart::Part::stream(body),
    };
    let part = match file.name {
        Some(name) => part.file_name(quotable(name)?),
        None => part,
    };
    typed(part, file.media_type.as_deref().unwrap_or("application/octet-stream"))
}

fn typed(part: multipart::Part, media_type: &str) -> Result<multipart::Part, ConfigError> {
    part.mime_str(media_type)
        .map_err(|source| ConfigError::new("file", "invalid media type").with_source(source))
}

/// Validates a name for a header, in which a line break would start another header.
fn quotable(name: String) -> Result<String, ConfigError> {
    if name.chars().any(char::is_control) {
        return Err(ConfigError::new("file", "the name contains a control character"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileContent;
    use futures_core::Stream as _;
    use std::pin::pin;

    async fn encoded(form: multipart::Form) -> String {
        let mut stream = pin!(form.into_stream());
        let mut out = Vec::new();
        while let Some(piece) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await {
            out.extend_from_slice(&piece.unwrap());
        }
        String::from_utf8(out).unwrap()
    }

    #[tokio::test]
    async fn a_form_is_encoded_part_by_part() {
        let file =
            FilePart::new("a \"b\" größe.txt", FileContent::from_reader(&b"streamed"[..]).with_length(8));
        let form = form(vec![
            Part::Text { name: "title".to_owned(), media_type: None, text: "größe\r\n".to_owned() },
            Part::Text {
                name: "data".to_owned(),
                media_type: Some("application/json"),
                text: "[1]".to_owned(),
            },
            Part::File { name: "file".to_owned(), file: file.with_media_type("text/plain") },
        ])
        .unwrap();
        let boundary = form.boundary().to_owned();
        let expected = "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ngröße\r\n\r\n\
             --B\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: application/json\r\n\r\n[1]\r\n\
             --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\" größe.txt\"\r\nContent-Type: text/plain\r\n\r\nstreamed\r\n\
             --B--\r\n";
        assert_eq!(encoded(form).await, expected.replace("--B", &format!("--{boundary}")));
    }

    #[test]
    fn headers_cannot_be_injected() {
        for (name, media_type) in [("a", "text/plain\r\nX-Evil: 1"), ("a\r\nX-Evil: 1", "text/plain")] {
            let file = FilePart::new(name, "x").with_media_type(media_type);
            assert!(form(vec![Part::File { name: "f".to_owned(), file }]).is_err());
        }
    }
}
