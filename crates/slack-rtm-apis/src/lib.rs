//! The HTTP calls of Slack's Real Time Messaging API.
//!
//! [`Client`] has a method for each operation of the OpenAPI document. A method gives a [`Call`], which takes the operation's optional arguments and the call's
//! own options, and is sent in one of three ways: [`send`](Call::send) gives the typed answer, [`send_with_info`](Call::send_with_info) gives status, headers
//! and body beside it, [`send_raw`](Call::send_raw) decodes nothing.
//!
//! ```no_run
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use slack_rtm_apis::Client;
//!
//! let client = Client::builder().token_from_env("SLACK_TOKEN").build()?;
//! let answer = client.rtm_connect().presence_sub(true).send().await?;
//! println!("{} in {}", answer.self_.name, answer.team.name);
//! # Ok(())
//! # }
//! ```
//!
//! The token travels in the Authorization header alone. Neither it nor a session's address is ever printed: not by an error, not by `Debug`, not in a log.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod base_url;
mod body;
mod call;
mod call_budget;
mod chain;
mod client;
mod code_class;
mod config_error;
mod error;
mod file;
mod header;
mod multipart;
mod no_proxy;
mod pagination;
mod parameters;
mod proxy;
mod refusal;
mod response;
mod retry;
mod security;
mod service;
mod slack;
mod suspend_clock;
mod token;
mod transport;
#[cfg(feature = "rustls")]
mod trust;
#[cfg(feature = "web")]
mod upload;

// The generator writes for any document, so its code is spared what concerns style alone.
#[allow(deprecated, reason = "a deprecated operation has to be implemented all the same")]
#[allow(clippy::doc_markdown, reason = "the descriptions are prose, written by whoever edits the document")]
#[allow(
    clippy::doc_lazy_continuation,
    clippy::doc_link_with_quotes,
    clippy::doc_overindented_list_items,
    clippy::too_long_first_doc_paragraph,
    reason = "as Markdown they are what their authors made of them"
)]
#[allow(clippy::type_complexity, reason = "a document may nest lists and maps as it likes")]
#[allow(clippy::large_enum_variant, reason = "an answer is taken apart at once")]
mod generated;

pub use answer::{Answer, Binary, NoContent, Text};
pub use base_url::BaseUrl;
pub use call::{Call, Method, Operation};
pub use call_budget::{CallBudget, SharedBudget, Taking};
pub use chain::error_chain;
pub use client::{Client, ClientBuilder};
pub use code_class::{is_fatal_code, is_transient_code};
pub use config_error::ConfigError;
pub use error::{BodyExcerpt, Error, TransportError};
pub use file::{FileContent, FilePart, Files};
pub use generated::*;
pub use pagination::{Items, Pages, Paginated, PaginationError};
pub use parameters::{Parameters, Place, Style};
pub use proxy::Proxy;
pub use refusal::Refusal;
pub use response::{Headers, RawResponse, Response};
pub use retry::RetryPolicy;
pub use security::Scheme;
pub use slack::{GOV_SLACK, SLACK};
pub use suspend_clock::SuspendClock;
pub use token::Token;
#[cfg(feature = "rustls")]
pub use trust::TrustError;
#[cfg(feature = "web")]
pub use upload::Upload;

/// For [`ClientBuilder::native_tls_connector`].
#[cfg(feature = "native-tls")]
#[doc(no_inline)]
pub use native_tls;
/// For [`ClientBuilder::http_client`].
#[doc(no_inline)]
pub use reqwest;
/// For [`ClientBuilder::rustls_config`].
#[cfg(feature = "rustls")]
#[doc(no_inline)]
pub use rustls;
