//! Frames like those of a busy workspace, made up here: 60% messages, 15% typing, 10% presence, 10% reactions, 5% others.

use std::fmt::Write as _;

/// What a frame is, so that a decoder can be told instead of finding out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `message`.
    Message,
    /// `user_typing`.
    Typing,
    /// `presence_change`.
    Presence,
    /// `reaction_added`.
    Reaction,
    /// `member_joined_channel`.
    Joined,
    /// `channel_marked`.
    Marked,
    /// `user_change`.
    User,
}

/// A frame, as the socket would bring it.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text.
    pub(crate) json: String,
}

/// Makes as many frames. They are the same in every run.
pub(crate) fn frames(count: usize) -> Vec<Frame> {
    let mut source = Source { state: 0x5EED_0BEE, typed_alone: false };
    (0..count).map(|_| source.frame()).collect()
}

/// The same, but where the others have blocks, which stay raw, these have reactions and a profile: raw JSON cannot be read under `#[serde(tag)]`.
pub(crate) fn frames_without_raw_parts(count: usize) -> Vec<Frame> {
    let mut source = Source { state: 0x5EED_0BEE, typed_alone: true };
    (0..count).map(|_| source.frame()).collect()
}

/// The same frames with their first member, the type, at the end.
pub(crate) fn type_last(frames: &[Frame]) -> Vec<Frame> {
    frames
        .iter()
        .filter_map(|frame| {
            let (tag, rest) = frame.json.strip_prefix('{')?.split_once(',')?;
            Some(Frame { kind: frame.kind, json: format!("{{{},{tag}}}", rest.strip_suffix('}')?) })
        })
        .collect()
}

const WORDS: [&str; 24] = [
    "deploy",
    "the",
    "build",
    "is",
    "green",
    "again",
    "who",
    "broke",
    "staging",
    "lunch",
    "at",
    "one",
    "please",
    "review",
    "my",
    "branch",
    "before",
    "noon",
    "thanks",
    "caf\u{e9}",
    "caches",
    "look",
    "stale",
    "\u{1f680}",
];

/// A small generator of numbers: good enough to be varied, and always the same.
struct Source {
    state: u64,
    typed_alone: bool,
}

impl Source {
    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn id(&mut self, letter: char) -> String {
        format!("{letter}0{:08X}", self.below(1 << 32))
    }

    fn ts(&mut self) -> String {
        format!("17{:08}.{:06}", self.below(100_000_000), self.below(1_000_000))
    }

    fn words(&mut self, count: u64) -> String {
        let mut text = String::new();
        for n in 0..count {
            let word = WORDS[self.below(WORDS.len() as u64) as usize];
            let _ = write!(text, "{}{word}", if n == 0 { "" } else { " " });
        }
        text
    }

    fn frame(&mut self) -> Frame {
        let (kind, json) = match self.below(100) {
            0..60 => (Kind::Message, self.message()),
            60..75 => (Kind::Typing, self.typing()),
            75..85 => (Kind::Presence, self.presence()),
            85..95 => (Kind::Reaction, self.reaction()),
            95 | 96 => (Kind::Joined, self.joined()),
            97 | 98 => (Kind::Marked, self.marked()),
            _ => (Kind::User, self.user()),
        };
        Frame { kind, json }
    }

    fn message(&mut self) -> String {
        let words = 10 + self.below(60);
        let (text, user, team) = (self.words(words), self.id('U'), self.id('T'));
        let (channel, ts) = (self.id('C'), self.ts());
        let mut json = format!(
            r#"{{"type":"message","client_msg_id":"7f3a{:08x}-4b1c-4d2e-9f00-{:012x}","user":"{user}","text":"{text}","team":"{team}","#,
            self.below(1 << 32),
            self.below(1 << 48),
        );
        if self.chance(30) {
            let (thread, parent) = (self.ts(), self.id('U'));
            let _ = write!(json, r#""thread_ts":"{thread}","parent_user_id":"{parent}","#);
        }
        if self.chance(75) {
            self.blocks(&mut json, &text, &user);
        }
        if self.chance(12) {
            self.attachments(&mut json);
        }
        if self.chance(6) {
            let (file, name) = (self.id('F'), self.words(1));
            let _ = write!(
                json,
                r#""files":[{{"id":"{file}","created":1700000000,"timestamp":1700000000,"name":"{name}.png","title":"{name}","mimetype":"image\/png","filetype":"png","user":"{user}","size":{},"mode":"hosted","is_external":false,"is_public":true,"url_private":"https:\/\/files.example.com\/{file}\/{name}.png","original_w":1280,"original_h":720}}],"upload":false,"#,
                self.below(1_000_000),
            );
        }
        if self.chance(10) {
            let _ = write!(json, r#""edited":{{"user":"{user}","ts":"{ts}"}},"#);
        }
        let _ = write!(
            json,
            r#""source_team":"{team}","user_team":"{team}","channel":"{channel}","event_ts":"{ts}","ts":"{ts}"}}"#
        );
        json
    }

    fn blocks(&mut self, json: &mut String, text: &str, user: &str) {
        let _ = if self.typed_alone {
            let (one, two) = (self.id('U'), self.id('U'));
            write!(
                json,
                r#""user_profile":{{"name":"alice","real_name":"Alice Example","display_name":"alice","avatar_hash":"g7f3a","is_restricted":false}},"reactions":[{{"name":"eyes","users":["{user}","{one}"],"count":2}},{{"name":"tada","users":["{two}"],"count":1}}],"#
            )
        } else {
            write!(
                json,
                r#""blocks":[{{"type":"rich_text","block_id":"b{:x}","elements":[{{"type":"rich_text_section","elements":[{{"type":"text","text":"{text}"}},{{"type":"user","user_id":"{user}"}}]}}]}}],"#,
                self.below(1 << 24)
            )
        };
    }

    fn attachments(&mut self, json: &mut String) {
        let (title, body, run) = (self.words(4), self.words(12), self.below(100_000));
        let raw = if self.typed_alone { "" } else { r#""id":1,"color":"2eb886","# };
        let _ = write!(
            json,
            r#""attachments":[{{{raw}"fallback":"{title}","title":"{title}","title_link":"https:\/\/ci.example.com\/runs\/{run}","text":"{body}","fields":[{{"title":"Branch","value":"main","short":true}},{{"title":"Took","value":"4 min","short":true}}],"mrkdwn_in":["text"],"ts":1700000000}}],"#
        );
    }

    fn typing(&mut self) -> String {
        format!(r#"{{"type":"user_typing","channel":"{}","id":1,"user":"{}"}}"#, self.id('C'), self.id('U'))
    }

    fn presence(&mut self) -> String {
        let presence = if self.chance(50) { "active" } else { "away" };
        format!(r#"{{"type":"presence_change","presence":"{presence}","user":"{}"}}"#, self.id('U'))
    }

    fn reaction(&mut self) -> String {
        let (user, author, channel) = (self.id('U'), self.id('U'), self.id('C'));
        let (ts, event_ts) = (self.ts(), self.ts());
        format!(
            r#"{{"type":"reaction_added","user":"{user}","item":{{"type":"message","channel":"{channel}","ts":"{ts}"}},"reaction":"thumbsup","item_user":"{author}","event_ts":"{event_ts}","ts":"{event_ts}"}}"#
        )
    }

    fn joined(&mut self) -> String {
        let (user, channel, team, ts) = (self.id('U'), self.id('C'), self.id('T'), self.ts());
        format!(
            r#"{{"type":"member_joined_channel","user":"{user}","channel":"{channel}","channel_type":"C","team":"{team}","event_ts":"{ts}","ts":"{ts}"}}"#
        )
    }

    fn marked(&mut self) -> String {
        let (channel, ts) = (self.id('C'), self.ts());
        format!(
            r#"{{"type":"channel_marked","channel":"{channel}","ts":"{ts}","unread_count":0,"unread_count_display":0,"num_mentions":0,"num_mentions_display":0,"mention_count":0,"event_ts":"{ts}"}}"#
        )
    }

    fn user(&mut self) -> String {
        let (user, team, ts) = (self.id('U'), self.id('T'), self.ts());
        format!(
            r#"{{"type":"user_change","user":{{"id":"{user}","team_id":"{team}","name":"alice","deleted":false,"color":"9f69e7","real_name":"Alice Example","tz":"Europe\/Berlin","tz_label":"Central European Time","tz_offset":3600,"profile":{{"title":"","real_name":"Alice Example","real_name_normalized":"Alice Example","display_name":"alice","status_text":"In a meeting","status_emoji":":calendar:","status_expiration":1700003600,"avatar_hash":"g7f3a","image_24":"https:\/\/avatars.example.com\/a_24.png","image_192":"https:\/\/avatars.example.com\/a_192.png","team":"{team}"}},"is_admin":false,"is_owner":false,"is_bot":false,"updated":1700000000}},"cache_ts":1700000000,"event_ts":"{ts}"}}"#
        )
    }
}
