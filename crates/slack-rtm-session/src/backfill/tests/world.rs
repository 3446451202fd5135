//! A Slack with channels, threads and a connection, and a user who takes the items of the backfill.

mod api;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slack_rtm_models::{ConnectedTeam, ConnectedUser, RawEvent};

use crate::backfill::coordinator::Coordinator;
use crate::backfill::request::{Failure, Page, Request};
use crate::backfill::timestamp::Timestamp;
use crate::backfill::{Backfill, BackfillReport, Checkpoint};
use crate::{Connected, ConnectedKind, DisconnectReason, Gap, Identity, Item};

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) channel: usize,
    pub(super) ts: Timestamp,
    pub(super) thread: Option<Timestamp>,
    pub(super) edited: Option<Timestamp>,
    /// Whether a gap was being filled when it was posted.
    pub(super) is_amid: bool,
    /// For a reply: whether its thread, and so the reply, is found in any case.
    pub(super) is_findable: bool,
}

/// A delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delivered {
    pub(super) channel: String,
    pub(super) ts: String,
    pub(super) is_missed: bool,
    pub(super) is_late: bool,
    pub(super) is_reply: bool,
}

type Tamper = dyn Fn(&Request, &mut Page);

pub(super) struct World {
    pub(super) now: Duration,
    clock: Timestamp,
    pub(super) channels: usize,
    pub(super) posts: Vec<Post>,
    pub(super) coordinator: Coordinator,
    settings: Backfill,
    page_size: u32,
    is_connected: bool,
    was_connected: bool,
    /// The items that the user has not taken.
    pub(super) queue: VecDeque<Item>,
    pub(super) call: Option<Request>,
    pub(super) calls: Vec<(Duration, Request)>,
    pub(super) delivered: Vec<Delivered>,
    /// The edits that were delivered, and the missed messages that had been edited.
    pub(super) edits: Vec<String>,
    pub(super) edited: Vec<String>,
    pub(super) filled: Vec<BackfillReport>,
    pub(super) gaps: usize,
    /// The failures of the next calls.
    pub(super) failures: VecDeque<Failure>,
    saved: Option<Checkpoint>,
    pub(super) hides_cursors: bool,
    /// Changes the answers.
    pub(super) tamper: Option<Box<Tamper>>,
    /// The channels that are archived, with the time of their last change.
    pub(super) archived: Vec<(usize, Timestamp)>,
    pub(super) team: &'static str,
    /// The threads of which a reply was delivered, and those of the stored checkpoint.
    threads: HashSet<Timestamp>,
    saved_threads: HashSet<Timestamp>,
    pub(super) is_closing: bool,
}

pub(super) fn name(channel: usize) -> String {
    format!("C{channel:02}")
}

impl World {
    pub(super) fn new(channels: usize, settings: Backfill) -> Self {
        let now = Duration::from_secs(5);
        Self {
            now,
            clock: Timestamp::parse("1700000000.000100").unwrap(),
            channels,
            posts: Vec::new(),
            coordinator: Coordinator::new(settings.clone(), None),
            page_size: settings.page_size,
            settings,
            is_connected: false,
            was_connected: false,
            queue: VecDeque::new(),
            call: None,
            calls: Vec::new(),
            delivered: Vec::new(),
            edits: Vec::new(),
            edited: Vec::new(),
            filled: Vec::new(),
            gaps: 0,
            failures: VecDeque::new(),
            saved: None,
            hides_cursors: false,
            tamper: None,
            archived: Vec::new(),
            team: "T01TEAM0000",
            threads: HashSet::new(),
            saved_threads: HashSet::new(),
            is_closing: false,
        }
    }

    pub(super) fn connect(&mut self) {
        if self.is_connected {
            return;
        }
        self.is_connected = true;
        let kind = if self.was_connected { ConnectedKind::Reconnected } else { ConnectedKind::First };
        let identity = Identity::new(
            ConnectedUser::new("U01ROBOT000", "robot"),
            ConnectedTeam::new(self.team, "team", "domain"),
        );
        self.queue.push_back(Item::Connected(Box::new(Connected {
            identity: Arc::new(identity),
            kind,
            hello: RawEvent::new(r#"{"type":"hello"}"#),
            server_time: Some(self.clock.floor().to_ts()),
        })));
        if self.was_connected {
            self.queue.push_back(gap());
        }
        self.was_connected = true;
    }

    pub(super) fn lose(&mut self) {
        if self.is_connected {
            self.is_connected = false;
            self.queue.push_back(Item::Disconnected(DisconnectReason::UnexpectedEof));
        }
    }

    fn tick(&mut self) -> Timestamp {
        self.clock = self.clock.plus(700_001);
        self.clock
    }

    pub(super) fn post(&mut self, channel: usize, thread: Option<Timestamp>) {
        let is_amid = self.coordinator.is_busy();
        let is_findable = thread.is_some_and(|thread| self.is_findable(channel, thread));
        let post = Post { channel, ts: self.tick(), thread, edited: None, is_amid, is_findable };
        if self.is_connected {
            let json = self.json(&post, true);
            self.queue.push_back(Item::Event(RawEvent::new(json).into()));
        }
        self.posts.push(post);
    }

    /// Whether a reply in this thread is found wherever the gap begins: the message is among the last half page, or the next process knows the thread.
    fn is_findable(&self, channel: usize, thread: Timestamp) -> bool {
        let is_later = |post: &&Post| post.channel == channel && post.thread.is_none() && post.ts >= thread;
        let distance = self.posts.iter().filter(is_later).count();
        distance * 2 <= self.page_size as usize || self.saved_threads.contains(&thread)
    }

    /// Sends a message with this timestamp.
    pub(super) fn say(&mut self, channel: &str, ts: &str) {
        self.send(&format!(
            r#"{{"type":"message","channel":"{channel}","user":"U01ALICE000","text":"x","ts":"{ts}"}}"#
        ));
    }

    pub(super) fn send(&mut self, json: &str) {
        self.queue.push_back(Item::Event(RawEvent::new(json.to_owned()).into()));
    }

    pub(super) fn edit(&mut self, index: usize) {
        let edited = self.tick();
        let post = &mut self.posts[index];
        post.edited = Some(edited);
        let channel = name(post.channel);
        if self.is_connected {
            self.queue.push_back(Item::Event(RawEvent::new(format!(
                r#"{{"type":"message","subtype":"message_changed","hidden":true,"channel":"{channel}","ts":"{edited}","message":{{"ts":"{}"}}}}"#,
                self.posts[index].ts
            )).into()));
        }
    }

    /// Drops the oldest events of the queue, at most `max`.
    pub(super) fn overflow(&mut self, max: usize) {
        let start = self.queue.iter().position(|item| matches!(item, Item::Event(_)));
        let Some(start) = start else { return };
        let mut dropped = 0;
        while dropped < max as u64 && matches!(self.queue.get(start), Some(Item::Event(_))) {
            self.queue.remove(start);
            dropped += 1;
        }
        self.queue.insert(start, Item::Lagged(dropped));
    }

    fn json(&self, post: &Post, is_live: bool) -> String {
        let mut json = format!(r#"{{"type":"message","user":"U01ALICE000","text":"x","ts":"{}""#, post.ts);
        if is_live {
            json += &format!(r#","channel":"{}""#, name(post.channel));
        }
        if let Some(thread) = post.thread {
            json += &format!(r#","thread_ts":"{thread}""#);
        }
        if let Some(edited) = post.edited {
            json += &format!(r#","edited":{{"user":"U01ALICE000","ts":"{edited}"}}"#);
        }
        let replies = || self.posts.iter().filter(|reply| reply.thread == Some(post.ts));
        if !is_live && let Some(latest) = replies().map(|reply| reply.ts).max() {
            json += &format!(r#","reply_count":{},"latest_reply":"{latest}""#, replies().count());
        }
        json + "}"
    }

    /// The user takes at most `max` items; if `answers` is set, calls are answered.
    pub(super) fn run(&mut self, max: usize, answers: bool) {
        for _ in 0..max {
            if !self.step(answers) {
                return;
            }
        }
    }

    /// Makes one step as the I/O does.
    fn step(&mut self, answers: bool) -> bool {
        if let Some(item) = self.coordinator.take() {
            self.deliver(item);
            return true;
        }
        self.coordinator.abort(self.now, self.is_closing);
        if !self.coordinator.is_calling() {
            self.call = None;
        }
        if let Some(request) = self.call.clone() {
            if answers {
                let mut answer = self.failures.pop_front().map_or_else(|| self.answer(&request), Err);
                if let (Ok(page), Some(tamper)) = (&mut answer, &self.tamper) {
                    tamper(&request, page);
                }
                self.call = None;
                self.coordinator.answered(self.now, answer);
                return true;
            }
        } else if let Some(request) = self.coordinator.next_call(self.now) {
            self.calls.push((self.now, request.clone()));
            assert!(self.calls.len() < 4_000, "it asks for ever: {:?}", &self.calls[self.calls.len() - 8..]);
            self.call = Some(request);
            return true;
        } else if self.coordinator.has_items() {
            return true;
        }
        if self.coordinator.wants_live(self.now)
            && let Some(item) = self.queue.pop_front()
        {
            let now = self.now;
            if let Some(item) = self.coordinator.on_item(|| now, item) {
                self.deliver(item);
            }
            return true;
        }
        false
    }

    fn deliver(&mut self, item: Item) {
        let (event, is_missed, is_late, is_edited) = match item {
            Item::Event(event) => (event.into_raw(), false, false, false),
            Item::Missed(missed) => (missed.event, true, missed.is_late, missed.is_edited),
            Item::Backfilled(filled) => return self.filled.push(*filled),
            Item::Gap(_) => {
                self.gaps += 1;
                return;
            }
            _ => return,
        };
        let json: serde_json::Value = serde_json::from_slice(event.as_bytes()).unwrap();
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        if text("subtype") == "message_changed" {
            self.edits.push(json["message"]["ts"].as_str().unwrap().to_owned());
            return;
        }
        if is_edited {
            self.edited.push(text("ts"));
        }
        if let Some(thread) = Timestamp::parse(&text("thread_ts")) {
            self.threads.insert(thread);
        }
        let is_reply = !text("thread_ts").is_empty();
        self.delivered.push(Delivered {
            channel: text("channel"),
            ts: text("ts"),
            is_missed,
            is_late,
            is_reply,
        });
    }

    /// Lets time pass until nothing is left to do.
    pub(super) fn run_until_idle(&mut self) {
        for _ in 0..100_000 {
            self.run(100_000, true);
            match self.coordinator.deadline(self.now) {
                Some(deadline) => self.now = deadline,
                None => {
                    assert!(self.queue.is_empty() && !self.coordinator.is_busy(), "it has stopped");
                    return;
                }
            }
        }
        panic!("it does not come to an end");
    }

    /// Stores a checkpoint.
    pub(super) fn save(&mut self) {
        let json = serde_json::to_string(&self.coordinator.checkpoint()).unwrap();
        self.saved = Some(serde_json::from_str(&json).unwrap());
        self.saved_threads = self.threads.clone();
    }

    /// Ends the process, and starts the next one from the last checkpoint.
    pub(super) fn restart(&mut self) {
        self.coordinator = Coordinator::new(self.settings.clone(), self.saved.as_ref());
        self.queue.clear();
        self.threads = self.saved_threads.clone();
        self.call = None;
        self.is_connected = false;
        self.was_connected = false;
        self.is_closing = false;
    }
}

pub(super) fn gap() -> Item {
    Item::Gap(Box::new(Gap {
        channels: Vec::new(),
        is_complete: true,
        duration: Duration::from_secs(1),
        reason: DisconnectReason::UnexpectedEof,
    }))
}
