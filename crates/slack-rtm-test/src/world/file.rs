//! A file that was uploaded.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Moment, ROBOT, TEAM};

#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) created: Moment,
    /// The announced length, in bytes.
    pub(crate) length: u64,
    /// The content, once it was uploaded.
    pub(crate) content: Option<Bytes>,
    /// Whether the upload was completed.
    pub(crate) is_complete: bool,
    pub(crate) channels: Vec<String>,
}

impl StoredFile {
    /// Returns the file as the Web API does; `base` is the URL of the fake Slack.
    pub(crate) fn info(&self, base: &str) -> Value {
        let (filetype, mimetype, pretty) = kind(&self.name);
        let (private, public): (Vec<_>, Vec<_>) =
            self.channels.iter().partition(|channel| !channel.starts_with('C'));
        let (ims, groups): (Vec<_>, Vec<_>) =
            private.into_iter().partition(|channel| channel.starts_with('D'));
        let url = format!("{base}/files/{}/{}", self.id, self.name);
        json!({
            "id": self.id, "created": self.created.seconds(), "timestamp": self.created.seconds(), "name": self.name,
            "title": self.title, "mimetype": mimetype, "filetype": filetype, "pretty_type": pretty, "user": ROBOT,
            "user_team": TEAM, "editable": false, "size": self.content.as_ref().map_or(0, Bytes::len), "mode": "hosted",
            "is_external": false, "external_type": "", "is_public": !public.is_empty(), "public_url_shared": false,
            "display_as_bot": false, "username": "", "url_private": url, "url_private_download": url,
            "permalink": url, "channels": public, "groups": groups, "ims": ims, "comments_count": 0,
            "has_rich_preview": false, "file_access": "visible",
        })
    }
}

/// Returns what the extension of a name stands for: Slack's `filetype`, the media type, and Slack's `pretty_type`.
fn kind(name: &str) -> (&'static str, &'static str, &'static str) {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("png") => ("png", "image/png", "PNG"),
        Some("jpg" | "jpeg") => ("jpg", "image/jpeg", "JPEG"),
        Some("gif") => ("gif", "image/gif", "GIF"),
        Some("pdf") => ("pdf", "application/pdf", "PDF"),
        Some("txt" | "log") => ("text", "text/plain", "Plain Text"),
        Some("json") => ("json", "application/json", "JSON"),
        Some("csv") => ("csv", "text/csv", "CSV"),
        _ => ("binary", "application/octet-stream", "Binary"),
    }
}
