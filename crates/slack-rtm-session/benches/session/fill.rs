//! Filling a gap, against reading the same pages by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use slack_rtm_apis::{Client, Method, Operation, Parameters};
use slack_rtm_models::{ErrorResponse, Message};
use slack_rtm_session::{Backfill, Item, Session};
use slack_rtm_test::{Answer, FakeSlack, Request};

use crate::{median, report};

const MESSAGES: usize = 100_000;
const PAGE: usize = 200;
const ROUNDS: usize = 3;

/// The timestamp of a message: one a second.
fn ts(number: usize) -> String {
    format!("{}.000100", 1_700_000_000 + number)
}

fn message(number: usize) -> String {
    format!(
        r#"{{"type":"message","user":"U01ALICE000","client_msg_id":"6f2c4a3e-2f5b-4c39-9f2e-{number:012}","text":"Good morning, the build of last night is green again, see the log for what was wrong","team":"T01ACME0000","ts":"{}"}}"#,
        ts(number)
    )
}

/// A channel with a message for each second, once the connection is gone.
struct Channel {
    messages: Vec<String>,
    is_open: AtomicBool,
}

impl Channel {
    fn answer(&self, request: &Request) -> Option<Answer> {
        let method = request.path.rsplit('/').next()?;
        if method == "users.conversations" {
            return Some(Answer::json(r#"{"ok":true,"channels":[{"id":"C01GENERAL0"}]}"#));
        }
        if method != "conversations.history" {
            return None;
        }
        let number = |name: &str| {
            let text = request.argument(name)?;
            text.split('.').next()?.parse::<usize>().ok()?.checked_sub(1_700_000_000)
        };
        let end = if self.is_open.load(Ordering::Relaxed) { self.messages.len() } else { 1 };
        let first = number("oldest").unwrap_or(0);
        let last =
            number("cursor").or_else(|| number("latest").map(|latest| latest + 1)).unwrap_or(end).min(end);
        let start = last.saturating_sub(PAGE).max(first);
        let page: Vec<&str> = self.messages[start..last].iter().rev().map(String::as_str).collect();
        let next = if start > first { ts(start) } else { String::new() };
        Some(Answer::json(format!(
            r#"{{"ok":true,"messages":[{}],"has_more":{},"response_metadata":{{"next_cursor":"{next}"}}}}"#,
            page.join(","),
            start > first
        )))
    }
}

pub(crate) async fn measure() {
    let slack = FakeSlack::start().await.unwrap();
    let messages = (0..=MESSAGES).map(message).collect();
    let channel = Arc::new(Channel { messages, is_open: AtomicBool::new(false) });
    let answers = channel.clone();
    slack.answer_with(move |request| answers.answer(request));
    let client = || Client::builder().token("xoxb-1").base_url(slack.base_url()).build().unwrap();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        channel.is_open.store(true, Ordering::Relaxed);
        let by_hand = by_hand(&client()).await;
        channel.is_open.store(false, Ordering::Relaxed);
        let filled = fill(&slack, &client(), &channel).await;
        println!("by hand {by_hand:?}, filled {filled:?}");
        ratios.push(by_hand.as_secs_f64() / filled.as_secs_f64());
    }
    report("100,000 missed messages, of the rate of reading by hand", median(ratios), "at least 0.5");
}

/// Reads every page, the newest first, and decodes the messages.
async fn by_hand(client: &Client) -> Duration {
    let start = Instant::now();
    let (mut cursor, mut count) = (None, 0);
    loop {
        let page = client.call(History { cursor }).send().await.unwrap();
        count += std::hint::black_box(&page.messages).len();
        cursor = Some(page.response_metadata.next_cursor).filter(|cursor| !cursor.is_empty());
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(count, MESSAGES + 1);
    start.elapsed()
}

/// Lets a session miss the messages, and decodes what it gives.
async fn fill(slack: &FakeSlack, client: &Client, channel: &Channel) -> Duration {
    let settings = Backfill::default().calls_per_minute(None).hold_live(Duration::from_secs(3_600));
    let mut session = Session::builder(client.clone()).backfill(settings).open().await.unwrap();
    slack.wait_for_connections(1).await.unwrap();
    slack.say("C01GENERAL0", "U01ALICE000", "seen", &ts(0)).await;
    while !matches!(session.next().await.unwrap(), Item::Event(event) if event.event_type() == Some("message"))
    {
    }
    channel.is_open.store(true, Ordering::Relaxed);
    slack.drop_connections().await;
    while !matches!(session.next().await.unwrap(), Item::Gap(_)) {}
    let start = Instant::now();
    let mut count = 0;
    loop {
        match session.next().await.unwrap() {
            Item::Missed(missed) => {
                std::hint::black_box(&missed.event.decode_event().unwrap());
                count += 1;
            }
            Item::Backfilled(filled) => {
                assert!(filled.incomplete.is_empty(), "{}", filled.incomplete);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(count, MESSAGES);
    let elapsed = start.elapsed();
    session.sender().close().await;
    drop(session);
    slack.wait_for_connections(0).await.unwrap();
    elapsed
}

struct History {
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    response_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    next_cursor: String,
}

impl Operation for History {
    type Response = Page;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.history";
    const PATH: &'static str = "/conversations.history";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("channel", &"C01GENERAL0");
        parameters.push("limit", &PAGE.to_string());
        parameters.push("cursor", &self.cursor);
    }
}
