//! What was said in the fake workspace, and the methods that read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Answer;
use crate::log::Request;

/// How many entries a page has where the client does not say.
const DEFAULT_LIMIT: usize = 100;

/// Every message by conversation and timestamp, in the shape of conversations.history.
#[derive(Debug, Default)]
pub(crate) struct History {
    channels: BTreeMap<String, BTreeMap<String, Value>>,
    /// How many messages a page has at the most.
    pub(crate) page_limit: Option<usize>,
}

impl History {
    /// Notes a message.
    pub(crate) fn add(&mut self, channel: &str, user: &str, text: &str, ts: &str, thread: Option<&str>) {
        let mut message = json!({ "type": "message", "user": user, "text": text, "ts": ts });
        if let Some(thread) = thread {
            message["thread_ts"] = thread.into();
        }
        let messages = self.channels.entry(channel.to_owned()).or_default();
        if let Some(parent) = thread.and_then(|thread| messages.get_mut(thread)) {
            let count = parent["reply_count"].as_u64().unwrap_or_default();
            parent["reply_count"] = (count + 1).into();
            parent["latest_reply"] = ts.into();
            parent["thread_ts"] = parent["ts"].clone();
        }
        messages.insert(ts.to_owned(), message);
    }

    /// Changes a message's text, and gives the message.
    pub(crate) fn edit(
        &mut self,
        channel: &str,
        ts: &str,
        user: &str,
        text: &str,
        at: &str,
    ) -> Option<Value> {
        let message = self.channels.get_mut(channel)?.get_mut(ts)?;
        message["text"] = text.into();
        message["edited"] = json!({ "user": user, "ts": at });
        Some(message.clone())
    }

    /// Answers a method that reads what was said. `None` for any other.
    pub(crate) fn answer(&self, request: &Request) -> Option<Answer> {
        let method = request.path.rsplit('/').next()?;
        let argument = |name: &str| request.argument(name).filter(|value| !value.is_empty());
        let limit = argument("limit").and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_LIMIT);
        let answer = match method {
            "users.conversations" => {
                let members = self.channels.keys().map(|id| {
                    json!({ "id": id, "is_channel": id.starts_with('C'), "is_im": id.starts_with('D'), "is_archived": false })
                });
                page("channels", members.collect(), limit, argument("cursor").as_deref())
            }
            "conversations.history" | "conversations.replies" => {
                let Some(messages) = argument("channel").and_then(|channel| self.channels.get(&channel))
                else {
                    return Some(Answer::refusal("channel_not_found"));
                };
                let thread = argument("ts");
                let found = match (method, thread) {
                    ("conversations.history", _) => top_level(messages, &bounds(&argument)),
                    (_, Some(thread)) if messages.contains_key(&thread) => {
                        replies(messages, &thread, &bounds(&argument))
                    }
                    _ => return Some(Answer::refusal("thread_not_found")),
                };
                let limit = self.page_limit.map_or(limit, |most| most.min(limit));
                page("messages", found, limit, argument("cursor").as_deref())
            }
            _ => return None,
        };
        Some(answer)
    }
}

/// Which timestamps are wanted.
struct Bounds {
    oldest: Option<String>,
    latest: Option<String>,
    is_inclusive: bool,
}

fn bounds(argument: &impl Fn(&str) -> Option<String>) -> Bounds {
    Bounds {
        oldest: argument("oldest"),
        latest: argument("latest"),
        is_inclusive: argument("inclusive").is_some_and(|value| value == "1" || value == "true"),
    }
}

impl Bounds {
    fn has(&self, ts: &str) -> bool {
        let is_after =
            self.oldest.as_deref().is_none_or(|oldest| ts > oldest || self.is_inclusive && ts == oldest);
        let is_before =
            self.latest.as_deref().is_none_or(|latest| ts < latest || self.is_inclusive && ts == latest);
        is_after && is_before
    }
}

/// The messages that are in no other message's thread, the newest first.
fn top_level(messages: &BTreeMap<String, Value>, bounds: &Bounds) -> Vec<Value> {
    let is_top = |(ts, message): &(&String, &Value)| {
        message["thread_ts"].as_str().is_none_or(|thread| thread == *ts) && bounds.has(ts)
    };
    messages.iter().rev().filter(is_top).map(|(_, message)| message.clone()).collect()
}

/// A thread's first message and its replies, the oldest first.
fn replies(messages: &BTreeMap<String, Value>, thread: &str, bounds: &Bounds) -> Vec<Value> {
    let is_in =
        |(ts, message): &(&String, &Value)| *ts == thread || message["thread_ts"] == thread && bounds.has(ts);
    messages.iter().filter(is_in).map(|(_, message)| message.clone()).collect()
}

/// A cursor names the last entry before it, so that what is added meanwhile shifts nothing.
fn page(name: &str, entries: Vec<Value>, limit: usize, cursor: Option<&str>) -> Answer {
    let id = |entry: &Value| entry["ts"].as_str().or(entry["id"].as_str()).unwrap_or_default().to_owned();
    let start = match cursor {
        None => 0,
        Some(cursor) => {
            let last = cursor.strip_prefix("next:");
            match last.and_then(|last| entries.iter().position(|entry| id(entry) == last)) {
                Some(index) => index + 1,
                None => return Answer::refusal("invalid_cursor"),
            }
        }
    };
    let total = entries.len();
    let entries: Vec<Value> = entries.into_iter().skip(start).take(limit.max(1)).collect();
    let has_more = start + entries.len() < total;
    let next =
        entries.last().filter(|_| has_more).map_or_else(String::new, |last| format!("next:{}", id(last)));
    let mut body = json!({ "ok": true, "has_more": has_more, "response_metadata": { "next_cursor": next } });
    body[name] = entries.into();
    Answer::json(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::now;

    fn ask(history: &History, method: &str, query: &str) -> Value {
        let request = Request {
            at: now(),
            method: http::Method::GET,
            path: format!("/api/{method}"),
            query: query.to_owned(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        let answer = history.answer(&request).unwrap();
        let crate::answer::Body::Bytes(bytes) = answer.body else { panic!() };
        serde_json::from_slice(&bytes).unwrap()
    }

    fn timestamps(answer: &Value) -> Vec<&str> {
        answer["messages"].as_array().unwrap().iter().map(|message| message["ts"].as_str().unwrap()).collect()
    }

    fn history() -> History {
        let mut history = History::default();
        for number in 1..=5 {
            history.add("C01GENERAL0", "U01ALICE000", "hi", &format!("{number}.0"), None);
        }
        history.add("C01GENERAL0", "U01ALICE000", "in a thread", "6.0", Some("2.0"));
        history.add("D01ROBOT000", "U01ALICE000", "psst", "7.0", None);
        history
    }

    #[test]
    fn history_comes_newest_first_in_pages() {
        let mut history = history();
        let first = ask(&history, "conversations.history", "channel=C01GENERAL0&limit=2");
        assert_eq!(timestamps(&first), ["5.0", "4.0"]);
        history.add("C01GENERAL0", "U01ALICE000", "meanwhile", "8.0", None);
        let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
        let second =
            ask(&history, "conversations.history", &format!("channel=C01GENERAL0&limit=9&cursor={cursor}"));
        assert_eq!(timestamps(&second), ["3.0", "2.0", "1.0"]);
        assert_eq!(second["response_metadata"]["next_cursor"], "");
        assert_eq!(second["messages"][1]["latest_reply"], "6.0");
        let range = "channel=C01GENERAL0&oldest=2.0&latest=4.0";
        assert_eq!(timestamps(&ask(&history, "conversations.history", range)), ["3.0"]);
        let inclusive = ask(&history, "conversations.history", &format!("{range}&inclusive=1"));
        assert_eq!(timestamps(&inclusive), ["4.0", "3.0", "2.0"]);
        history.page_limit = Some(1);
        assert_eq!(timestamps(&ask(&history, "conversations.history", range)), ["3.0"]);
    }

    #[test]
    fn threads_channels_and_refusals() {
        let history = history();
        let thread = ask(&history, "conversations.replies", "channel=C01GENERAL0&ts=2.0&oldest=5.5");
        assert_eq!(timestamps(&thread), ["2.0", "6.0"]);
        let channels = ask(&history, "users.conversations", "");
        assert_eq!(channels["channels"][1]["id"], "D01ROBOT000");
        for (method, query, code) in [
            ("conversations.history", "channel=C0", "channel_not_found"),
            ("conversations.history", "channel=C01GENERAL0&cursor=x", "invalid_cursor"),
            ("conversations.replies", "channel=C01GENERAL0&ts=9.0", "thread_not_found"),
        ] {
            assert_eq!(ask(&history, method, query)["error"], code);
        }
    }
}
