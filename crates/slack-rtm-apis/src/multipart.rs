//! Forms of several parts (RFC 7578), and other bodies that are streamed.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::ConfigError;
use crate::file::{FileContent, FilePart, Piece};

/// One field of a form.
pub(crate) enum Part {
    Text { name: String, media_type: Option<&'static str>, text: String },
    File { name: String, file: FilePart },
}

/// A body in pieces, some of which are read while it is sent.
pub(crate) struct Pieces {
    pieces: VecDeque<Piece>,
    length: Option<u64>,
}

impl Pieces {
    /// The content alone.
    pub(crate) fn of(content: &FileContent) -> Result<Self, ConfigError> {
        Ok(Self { pieces: [content.open()?].into(), length: content.length() })
    }

    /// A form, and the boundary between its parts.
    pub(crate) fn form(parts: &[Part]) -> Result<(Self, String), ConfigError> {
        // 128 random bits: no content has them by chance.
        let boundary = format!("{:032x}", fastrand::u128(..));
        let mut out = Self { pieces: VecDeque::new(), length: Some(0) };
        for part in parts {
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"");
            match part {
                Part::Text { name, media_type, text } => {
                    head.push_str(&quoted(name));
                    head.push('"');
                    if let Some(media_type) = media_type {
                        head.push_str("\r\nContent-Type: ");
                        head.push_str(media_type);
                    }
                    out.text(format!("{head}\r\n\r\n{text}\r\n"));
                }
                Part::File { name, file } => {
                    head.push_str(&quoted(name));
                    if let Some(file_name) = &file.name {
                        head.push_str("\"; filename=\"");
                        head.push_str(&quoted(file_name));
                    }
                    let media_type = file.media_type.as_deref().unwrap_or("application/octet-stream");
                    if media_type.contains(['\r', '\n']) {
                        return Err(ConfigError::new("file", "its media type is malformed"));
                    }
                    out.text(format!("{head}\"\r\nContent-Type: {media_type}\r\n\r\n"));
                    out.content(&file.content)?;
                    out.text("\r\n".to_owned());
                }
            }
        }
        out.text(format!("--{boundary}--\r\n"));
        Ok((out, boundary))
    }

    fn text(&mut self, text: String) {
        self.length = self.length.map(|length| length + text.len() as u64);
        self.pieces.push_back(Piece::Memory(text.into()));
    }

    fn content(&mut self, content: &FileContent) -> Result<(), ConfigError> {
        self.length = self.length.zip(content.length()).map(|(all, more)| all + more);
        self.pieces.push_back(content.open()?);
        Ok(())
    }
}

/// A name between quotes, escaped as browsers do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            let next = match self.pieces.front_mut() {
                None => return Poll::Ready(None),
                Some(Piece::Memory(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.pieces.pop_front();
                    Some(Ok(bytes))
                }
                Some(Piece::Stream(source)) => {
                    let source = source.get_mut().unwrap_or_else(PoisonError::into_inner);
                    let next = ready!(source.as_mut().poll_next(context));
                    if next.is_none() {
                        self.pieces.pop_front();
                    }
                    next
                }
            };
            match next {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(outcome) => return Poll::Ready(Some(outcome.map(Frame::data))),
                None => {}
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Body as _;

    async fn whole(mut pieces: Pieces) -> String {
        let mut out = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|context| Pin::new(&mut pieces).poll_frame(context)).await
        {
            out.extend(frame.unwrap().into_data().unwrap());
        }
        String::from_utf8(out).unwrap()
    }

    #[tokio::test]
    async fn a_form_is_written_part_by_part() {
        let file = FilePart::new("a\"b\r\n.txt", FileContent::from_reader(&b"streamed"[..]).with_length(8));
        let parts = [
            Part::Text { name: "title".to_owned(), media_type: None, text: "größe\r\n".to_owned() },
            Part::Text {
                name: "data".to_owned(),
                media_type: Some("application/json"),
                text: "[1]".to_owned(),
            },
            Part::File { name: "file".to_owned(), file: file.with_media_type("text/plain") },
        ];
        let (form, boundary) = Pieces::form(&parts).unwrap();
        let length = form.size_hint().exact().unwrap();
        let text = whole(form).await;
        assert_eq!(text.len() as u64, length);
        let expected = "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ngröße\r\n\r\n\
             --B\r\nContent-Disposition: form-data; name=\"data\"\r\nContent-Type: application/json\r\n\r\n[1]\r\n\
             --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0A.txt\"\r\nContent-Type: text/plain\r\n\r\nstreamed\r\n\
             --B--\r\n";
        assert_eq!(text, expected.replace("--B", &format!("--{boundary}")));
    }

    #[tokio::test]
    async fn without_a_length_there_is_none() {
        let pieces = Pieces::of(&FileContent::from_reader(&b"x"[..])).unwrap();
        assert_eq!(pieces.size_hint().exact(), None);
        assert_eq!(whole(pieces).await, "x");
    }

    #[test]
    fn a_header_cannot_be_smuggled_in() {
        let file = FilePart::new("a", "x").with_media_type("text/plain\r\nX-Evil: 1");
        assert!(Pieces::form(&[Part::File { name: "f".to_owned(), file }]).is_err());
    }
}
