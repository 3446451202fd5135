//! The requests to the Web API, and their answers.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use slack_rtm_apis::{Client, Method, Operation, Parameters, RetryPolicy};
use slack_rtm_models::{ChannelId, DecodeError, ErrorCode, ErrorResponse, RawJson, decode};

use super::timestamp::Timestamp;

/// The timeout of one call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait after a rate-limited call without a `Retry-After`.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The methods that are called. Each has its own rate limit.
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

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) query: Query,
    pub(super) cursor: Option<String>,
    /// The maximum number of entries of a page.
    pub(super) limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// The conversations that the token's user is a member of.
    Channels,
    /// The messages of a channel, newest first. Both bounds are inclusive.
    History { channel: ChannelId, oldest: Option<Timestamp>, latest: Option<Timestamp> },
    /// The messages of a thread. Both bounds are inclusive.
    Replies { channel: ChannelId, thread: Timestamp, oldest: Option<Timestamp>, latest: Option<Timestamp> },
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
    /// Whether there are more pages, with or without a cursor.
    pub(super) has_more: bool,
    /// Whether the workspace's plan hides older messages.
    pub(super) is_limited: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Entries {
    Channels(Vec<Member>),
    /// Each message is JSON, and a part of the page's buffer.
    Messages(Vec<Bytes>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Messages(Vec::new())
    }
}

/// A conversation that the token's user is a member of.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: ChannelId,
    pub(super) is_im: bool,
    /// Whether it is archived and has not changed since this time.
    pub(super) archived: Option<Timestamp>,
}

/// The members that are read of a conversation. A member of an unexpected type counts as absent.
#[derive(Deserialize)]
struct Conversation {
    id: ChannelId,
    #[serde(default)]
    is_im: Option<RawJson>,
    #[serde(default)]
    is_archived: Option<RawJson>,
    /// In milliseconds.
    #[serde(default)]
    updated: Option<RawJson>,
}

impl From<Conversation> for Member {
    fn from(conversation: Conversation) -> Self {
        let is_true = |json: &Option<RawJson>| json.as_ref().is_some_and(|json| json.as_str() == "true");
        let millis = || conversation.updated.as_ref()?.as_str().parse().ok();
        let updated = || {
            millis().map_or(Timestamp::ZERO, |millis: u64| Timestamp::ZERO.plus(millis.saturating_mul(1_000)))
        };
        Self {
            is_im: is_true(&conversation.is_im),
            archived: is_true(&conversation.is_archived).then(updated),
            id: conversation.id,
        }
    }
}

/// The failure of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    RateLimited(Duration),
    /// Slack refused the call. `is_fatal` says whether the token has become useless.
    Refused {
        code: ErrorCode,
        is_fatal: bool,
    },
    /// A transient failure.
    Passing(Box<str>),
    /// The answer cannot be read.
    Unreadable(Box<str>),
}

pub(super) type Answer = Result<Page, Failure>;

/// Makes a call without retries.
pub(super) fn send(client: Client, request: Request) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async move {
        let Request { query, cursor, limit } = request;
        match query {
            Query::Channels => call(&client, Channels { cursor, limit }).await.map(|ChannelsPage(page)| page),
            Query::History { channel, oldest, latest } => {
                let between = Between::new(oldest, latest);
                call(&client, History { channel, between, cursor, limit }).await
            }
            Query::Replies { channel, thread, oldest, latest } => {
                let (ts, between) = (thread.to_string(), Between::new(oldest, latest));
                call(&client, Replies { channel, ts, between, cursor, limit }).await
            }
        }
    })
}

async fn call<O: Operation<Refusal = ErrorResponse>>(
    client: &Client,
    operation: O,
) -> Result<O::Response, Failure> {
    let call =
        client.call(operation).with_timeout(CALL_TIMEOUT).with_retry(RetryPolicy::with_max_attempts(1));
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

/// Returns whether no other call with this token can succeed either.
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

/// PHP may write an empty object as `[]`.
fn next(metadata: Option<&RawValue>) -> Option<String> {
    let metadata: Metadata = decode(metadata?.get().as_bytes()).ok()?;
    metadata.next_cursor.filter(|cursor| !cursor.is_empty())
}

#[derive(Deserialize)]
struct Metadata {
    next_cursor: Option<String>,
}

struct ChannelsPage(Page);

#[derive(Deserialize)]
struct ChannelsAnswer<'a> {
    #[serde(borrow)]
    channels: Vec<&'a RawValue>,
    #[serde(borrow)]
    response_metadata: Option<&'a RawValue>,
}

impl slack_rtm_apis::FromResponse for ChannelsPage {
    fn from_response(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        let answer: ChannelsAnswer<'_> = decode(body)?;
        let conversations =
            answer.channels.iter().filter_map(|json| decode::<Conversation>(json.get().as_bytes()).ok());
        let entries = Entries::Channels(conversations.map(Member::from).collect());
        let next = next(answer.response_metadata);
        Ok(Self(Page { entries, has_more: next.is_some(), next, is_limited: false }))
    }
}

/// The messages as JSON, so that unknown members are kept.
#[derive(Deserialize)]
struct MessagesAnswer<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    #[serde(borrow)]
    has_more: Option<&'a RawValue>,
    #[serde(borrow)]
    is_limited: Option<&'a RawValue>,
    #[serde(borrow)]
    response_metadata: Option<&'a RawValue>,
}

/// Messages are not copied: each is a part of the body.
impl slack_rtm_apis::FromResponse for Page {
    fn from_response(_status: StatusCode, body: &Bytes) -> Result<Self, DecodeError> {
        let answer: MessagesAnswer<'_> = decode(body)?;
        let is_true = |json: Option<&RawValue>| json.is_some_and(|json| json.get() == "true");
        let next = next(answer.response_metadata);
        let messages = answer.messages.iter().map(|message| body.slice_ref(message.get().as_bytes()));
        Ok(Self {
            entries: Entries::Messages(messages.collect()),
            has_more: next.is_some() || is_true(answer.has_more),
            is_limited: is_true(answer.is_limited),
            next,
        })
    }
}

/// The bounds of a request, both inclusive.
struct Between {
    oldest: Option<String>,
    latest: Option<String>,
}

impl Between {
    fn new(oldest: Option<Timestamp>, latest: Option<Timestamp>) -> Self {
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
    type Response = ChannelsPage;
    type Refusal = ErrorResponse;

    const NAME: &'static str = "users.conversations";
    const PATH: &'static str = "/users.conversations";
    const METHOD: Method = Method::Get;

    fn encode(&self, parameters: &mut Parameters) {
        parameters.push("types", &"public_channel,private_channel,mpim,im".to_owned());
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
    type Response = Page;
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
    type Response = Page;
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
