//! The methods of the family `files`. An upload has three steps: the URL, the content, and the completion.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{Call, Outcome, Refusal};
use crate::world::{Moment, ROBOT, StoredFile, World};

/// The path for uploads of content; the id of the file follows it.
pub(crate) const UPLOAD: &str = "/upload/";

impl Call<'_> {
    pub(super) fn files(&mut self, method: &str) -> Outcome {
        match method {
            "files.info" => {
                let file = self.file("file")?;
                Ok(
                    json!({ "file": file.info(self.base), "comments": [], "response_metadata": { "next_cursor": "" } }),
                )
            }
            "files.list" => self.list_files(),
            "files.delete" => {
                let id = self.file("file")?.id.clone();
                self.world.files.remove(&id);
                let event_ts = self.world.ts().to_string();
                self.events.push(json!({ "type": "file_deleted", "file_id": id, "event_ts": event_ts }));
                Ok(json!({}))
            }
            "files.getUploadURLExternal" => {
                let name = self.required("filename")?;
                let length = self.required("length")?.parse().map_err(|_| "invalid_arguments")?;
                let id = self.world.new_id('F');
                let created = self.world.ts();
                let url = format!("{}{UPLOAD}{id}", self.base);
                let file = StoredFile {
                    id: id.clone(),
                    title: name.clone(),
                    name,
                    created,
                    length,
                    content: None,
                    is_complete: false,
                    channels: Vec::new(),
                };
                self.world.files.insert(id.clone(), file);
                Ok(json!({ "upload_url": url, "file_id": id }))
            }
            "files.completeUploadExternal" => self.complete(),
            _ => Err("unknown_method".into()),
        }
    }

    pub(super) fn file(&self, name: &str) -> Result<&StoredFile, Refusal> {
        let id = self.required(name)?;
        self.world.files.get(&id).filter(|file| file.is_complete).ok_or_else(|| "file_not_found".into())
    }

    fn list_files(&self) -> Outcome {
        let number = |name: &str, default: usize| -> Result<usize, Refusal> {
            let given = self.arguments.text(name);
            given.map_or(Ok(default), |text| text.parse().map_err(|_| "invalid_arguments".into()))
        };
        let (count, page) = (number("count", 100)?.clamp(1, 1000), number("page", 1)?.max(1));
        let count = count.min(self.page_limit.unwrap_or(count)).max(1);
        let (from, to) = (
            self.moment("ts_from", "invalid_arguments")?.unwrap_or(Moment::FIRST),
            self.moment("ts_to", "invalid_arguments")?.unwrap_or(Moment::LAST),
        );
        let (channel, user) = (self.arguments.text("channel"), self.arguments.text("user"));
        if let Some(user) = &user {
            self.person(user)?;
        }
        let is_asked_for = |file: &&StoredFile| {
            file.is_complete
                && (from..=to).contains(&file.created)
                && user.as_ref().is_none_or(|user| user == ROBOT)
                && channel.as_ref().is_none_or(|channel| file.channels.contains(channel))
        };
        let mut found: Vec<&StoredFile> = self.world.files.values().filter(is_asked_for).collect();
        found.sort_by_key(|file| std::cmp::Reverse(file.created));
        let skipped = found.iter().skip((page - 1).saturating_mul(count)).take(count);
        let files: Vec<Value> = skipped.map(|file| file.info(self.base)).collect();
        let paging = json!({ "count": count, "total": found.len(), "page": page, "pages": found.len().div_ceil(count) });
        Ok(json!({ "files": files, "paging": paging }))
    }

    fn complete(&mut self) -> Outcome {
        let Ok(Some(Value::Array(named))) = self.arguments.json("files") else {
            return Err(Refusal::missing("files"));
        };
        let mut channels = self.arguments.list("channels");
        channels.extend(self.arguments.text("channel_id"));
        for channel in &channels {
            let conversation = self.world.conversations.get(channel).ok_or("channel_not_found")?;
            if !conversation.has(ROBOT) {
                return Err("not_in_channel".into());
            }
        }
        let mut files = Vec::new();
        for file in &named {
            let id = file["id"].as_str().unwrap_or_default();
            // Without its complete content, it is not a file.
            let is_whole = |file: &&mut StoredFile| {
                file.content.as_ref().is_some_and(|content| content.len() as u64 == file.length)
            };
            let known = self.world.files.get_mut(id).filter(is_whole).ok_or("file_not_found")?;
            if let Some(title) = file["title"].as_str() {
                title.clone_into(&mut known.title);
            }
            known.is_complete = true;
            known.channels.clone_from(&channels);
            files.push(known.info(self.base));
        }
        for file in &files {
            let event_ts = self.world.ts().to_string();
            let id = &file["id"];
            self.events.push(json!({
                "type": "file_created", "file_id": id, "user_id": ROBOT, "file": { "id": id }, "event_ts": event_ts,
            }));
        }
        let text = self.arguments.text("initial_comment").unwrap_or_default();
        for channel in &channels {
            let mut more = Map::from_iter([
                ("files".to_owned(), files.clone().into()),
                ("upload".to_owned(), true.into()),
                ("subtype".to_owned(), "file_share".into()),
            ]);
            if let Some(thread) = self.arguments.text("thread_ts") {
                more.insert("thread_ts".to_owned(), thread.into());
            }
            self.say(channel, &text, more)?;
            for file in &files {
                let event_ts = self.world.ts().to_string();
                let id = &file["id"];
                self.events.push(json!({
                    "type": "file_shared", "file_id": id, "user_id": ROBOT, "file": { "id": id },
                    "channel_id": channel, "event_ts": event_ts,
                }));
            }
        }
        let short = |file: &Value| json!({ "id": file["id"], "title": file["title"] });
        let shown: Vec<Value> =
            if channels.is_empty() { files.iter().map(short).collect() } else { files.clone() };
        Ok(json!({ "files": shown }))
    }
}

/// Stores the content of an announced file. Returns `None` if the file was not announced, or the length differs from the announced one.
pub(crate) fn upload(world: &mut World, id: &str, content: Bytes) -> Option<()> {
    let file = world.files.get_mut(id).filter(|file| !file.is_complete)?;
    if content.len() as u64 != file.length {
        return None;
    }
    file.content = Some(content);
    Some(())
}

/// Returns the content of a file.
pub(crate) fn download(world: &World, id: &str) -> Option<Bytes> {
    world.files.get(id).filter(|file| file.is_complete)?.content.clone()
}
