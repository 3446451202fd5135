//! Multipart forms.

use bytes::Bytes;

/// Returns the fields of a multipart body with their names. Fields without a name, and everything after a malformed field, are left out.
pub(crate) fn parts(content_type: &str, body: &Bytes) -> Vec<(String, Bytes)> {
    let mut parts = Vec::new();
    let Some(boundary) = boundary(content_type) else { return parts };
    let delimiter = format!("--{boundary}");
    let mut place = find(body, delimiter.as_bytes(), 0).map(|start| start + delimiter.len());
    while let Some(start) = place {
        let Some(head_end) = find(body, b"\r\n\r\n", start) else { break };
        let end_mark = format!("\r\n{delimiter}");
        let Some(end) = find(body, end_mark.as_bytes(), head_end + 4 - 2) else { break };
        let head = String::from_utf8_lossy(&body[start..head_end]);
        if let Some(name) = name(&head) {
            parts.push((name, body.slice((head_end + 4).min(end)..end)));
        }
        place = Some(end + end_mark.len()).filter(|place| !body[*place..].starts_with(b"--"));
    }
    parts
}

fn boundary(content_type: &str) -> Option<&str> {
    let boundary = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// Returns the name in the headers of a field.
fn name(head: &str) -> Option<String> {
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some(name.trim_matches('"').to_owned())
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let found = body.get(from..)?.windows(wanted.len()).position(|window| window == wanted)?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let body = Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: text/plain\r\n\r\n\r\n\r\ntwo\r\n--x\r\ncontent-disposition: form-data; name=none\r\n\r\n\r\n--x--\r\n",
        );
        let parts = parts("multipart/form-data; boundary=\"x\"", &body);
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(parts, [("a", &b"one"[..]), ("file", b"\r\n\r\ntwo"), ("none", b"")]);
    }

    #[test]
    fn what_is_no_form_has_no_fields() {
        for (content_type, body) in [
            ("multipart/form-data", &b"--x"[..]),
            ("multipart/form-data; boundary=x", b""),
            ("multipart/form-data; boundary=x", b"--x"),
            ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\nopen"),
        ] {
            assert_eq!(parts(content_type, &Bytes::from_static(body)), []);
        }
    }
}
