// The README shows what needs the feature `web`, so without it none of it is tested.
#![cfg_attr(any(not(doctest), feature = "web"), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;

/// The HTTP calls: requests, calls, answers, errors.
pub use slack_rtm_apis as apis;
/// The wire types: what rtm.connect answers, and every frame of a session.
pub use slack_rtm_models as models;

/// The session: how it is opened, what it gives, what became of what was sent.
pub use slack_rtm_session as session;

pub use client::{Client, ClientBuilder};
#[doc(inline)]
pub use slack_rtm_apis::{ConfigError, GOV_SLACK, Method, Response, RetryPolicy, SLACK, Token};
#[doc(inline)]
pub use slack_rtm_models::{
    Broadcast, ChannelId, ConnectedTeam, ConnectedUser, ErrorCode, ErrorResponse, Event, RtmConnectResponse,
    SocketUrl, TeamId, Ts, UserId, escape, link, unescape,
};
#[doc(inline)]
pub use slack_rtm_session::{
    Backfill, BackfillReport, Checkpoint, Config, ConnectLimit, Connected, Connector, Delivery,
    DisconnectReason, DrainTimeout, Endpoint, EventFrame, Events, Gap, Health, Item, MissedMessage, NotSent,
    Outcome, OverflowPolicy, SendError, Sender, Session, SessionBuilder,
};

#[cfg(feature = "socket-mode")]
#[doc(inline)]
pub use slack_rtm_session::{AckPolicy, Envelope, Interaction, OtherConnections, RespondError, SlashCommand};

/// Why a call has no answer.
pub type Error = slack_rtm_apis::Error<ErrorResponse>;
