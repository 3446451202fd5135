//! What is asked of the Web API, and what it answers.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Deserialize;
use slack_rtm_apis::{Client, Method, Operation, Parameters, RetryPolicy};
use slack_rtm_models::{ChannelId, ErrorCode, ErrorResponse, RawJson};

use super::stamp::Stamp;

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait where Slack refuses a call for its rate and does not say for how long.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The methods that are called. Each has a rate of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Channels,
    History,
    Replies,
}

impl Subject {
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Channels => Channels::NAME,
            Self::History => History::NAME,
            Self::Replies => Replies::NAME,
        }
    }
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) query: Query,
    pub(super) cursor: Option<String>,
    /// How many entries a page may have.
    pub(super) limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// The conversations that the token's user is in.
    Channels,
    /// The messages of a channel, the newest first. Both bounds are inclusive.
    History { channel: ChannelId, oldest: Option<Stamp>, latest: Option<Stamp> },
    /// The messages of a thread. Both bounds are inclusive.
    Replies { channel: ChannelId, thread: Stamp, oldest: Option<Stamp>, latest: Option<Stamp> },
}

impl Request {
    pub(super) fn subject(&self) -> Subject {
        match self.query {
            Query::Channels => Subject::Channels,
            Query::History { .. } => Subject::History,
            Query::Replies { .. } => Subject::Replies,
        }
    }
}

/// One page of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) entries: Entries,
    pub(super) next: Option<String>,
    /// Whether there is more, with a cursor or without.
    pub(super) has_more: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Entries {
    Channels(Vec<Member>),
    Messages(Vec<RawJson>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Messages(Vec::new())
    }
}

/// A conversation that the token's user is in.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Member {
    pub(super) id: ChannelId,
    #[serde(default)]
    pub(super) is_im: bool,
}

/// Why a call did not give a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    RateLimited(Duration),
    /// Slack refused; whether the token is of no use any more.
    Refused {
        code: ErrorCode,
        is_fatal: bool,
    },
    /// It may pass.
    Passing(Box<str>),
    /// The answer is none that can be read.
    Unreadable(Box<str>),
}

pub(super) type Answer = Result<Page, Failure>;

/// Makes a call, once.
pub(super) fn send(client: Client, request: Request) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async move {
        let Request { query, cursor, limit } = request;
        match query {
            Query::Channels => {
                let answer: ChannelsAnswer = call(&client, Channels { cursor, limit }).await?;
                let members = answer.channels.iter().filter_map(|member| member.decode().ok()).collect();
                let next = next(answer.response_metadata);
                Ok(Page { entries: Entries::Channels(members), has_more: next.is_some(), next })
            }
            Query::History { channel, oldest, latest } => {
                let between = Between::new(oldest, latest);
                page(call(&client, History { channel, between, cursor, limit }).await?)
            }
            Query::Replies { channel, thread, oldest, latest } => {
                let (ts, between) = (thread.to_string(), Between::new(oldest, latest));
                page(call(&client, Replies { channel, ts, between, cursor, limit }).await?)
            }
        }
    })
}

async fn call<O: Operation<Refusal = ErrorResponse>>(
    client: &Client,
    operation: O,
) -> Result<O::Answer, Failure> {
    let call = client.call(operation).with_timeout(CALL_TIMEOUT).with_retry(RetryPolicy::attempts(1));
    call.send().await.map_err(|error| {
        if error.is_rate_limited() {
            return Failure::RateLimited(error.retry_after().unwrap_or(DEFAULT_RETRY_AFTER));
        }
        match error.printable_code() {
            Some(code) if !error.is_transient() => {
                Failure::Refused { code: ErrorCode::from(code), is_fatal: is_fatal(code) }
            }
            Some(code) => Failure::Passing(code.into()),
            None if error.is_timeout() || error.is_connect() || error.is_transient() => {
                Failure::Passing(error.to_string().into())
            }
            None => Failure::Unreadable(error.to_string().into()),
        }
    })
}

/// Whether no other call with this token can succeed either.
fn is_fatal(code: &str) -> bool {
    matches!(
        code,
        "account_inactive"
            | "invalid_auth"
            | "not_allowed_token_type"
            | "not_authed"
            | "team_disabled"
            | "token_expired"
            | "token_revoked"
            | "user_removed_from_team"
    )
}

fn next(metadata: Option<Metadata>) -> Option<String> {
    metadata?.next_cursor.filter(|cursor| !cursor.is_empty())
}

fn page(answer: MessagesAnswer) -> Answer {
    let next = next(answer.response_metadata);
    let has_more = next.is_some() || answer.has_more.is_some_and(|more| more.as_str() == "true");
    Ok(Page { entries: Entries::Messages(answer.messages), next, has_more })
}

#[derive(Deserialize)]
struct Metadata {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct ChannelsAnswer {
    channels: Vec<RawJson>,
    response_metadata: Option<Metadata>,
}

/// The messages as they came: what this release does not know of them is kept.
#[derive(Deserialize)]
struct MessagesAnswer {
    messages: Vec<RawJson>,
    has_more: Option<RawJson>,
    response_metadata: Option<Metadata>,
}

/// The bounds of a question, both inclusive.
struct Between {
    oldest: Option<String>,
    latest: Option<String>,
}

impl Between {
    fn new(oldest: Option<Stamp>, latest: Option<Stamp>) -> Self {
        Self { oldest: oldest.map(|ts| ts.to_string()), latest: latest.map(|ts| ts.to_string()) }
    }

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("oldest", &self.oldest);
        parameters.push("latest", &self.latest);
        if self.oldest.is_some() || self.latest.is_some() {
            parameters.push("inclusive", &true);
        }
    }
}

struct Channels {
    cursor: Option<String>,
    limit: u32,
}

impl Operation for Channels {
    type Answer = ChannelsAnswer;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "users.conversations";
    const PATH: &'static str = "/users.conversations";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("types", &"public_channel,private_channel,mpim,im".to_owned());
        parameters.push("exclude_archived", &true);
        parameters.push("limit", &self.limit.to_string());
        parameters.push("cursor", &self.cursor);
    }
}

struct History {
    channel: ChannelId,
    between: Between,
    cursor: Option<String>,
    limit: u32,
}

impl Operation for History {
    type Answer = MessagesAnswer;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.history";
    const PATH: &'static str = "/conversations.history";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("channel", &self.channel);
        self.between.encode(parameters);
        parameters.push("limit", &self.limit.to_string());
        parameters.push("cursor", &self.cursor);
    }
}

struct Replies {
    channel: ChannelId,
    ts: String,
    between: Between,
    cursor: Option<String>,
    limit: u32,
}

impl Operation for Replies {
    type Answer = MessagesAnswer;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "conversations.replies";
    const PATH: &'static str = "/conversations.replies";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("channel", &self.channel);
        parameters.push("ts", &self.ts);
        self.between.encode(parameters);
        parameters.push("limit", &self.limit.to_string());
        parameters.push("cursor", &self.cursor);
    }
}
