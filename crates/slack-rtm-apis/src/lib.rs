//! A client of the HTTP methods of Slack's Real Time Messaging API.
//!
//! [`Client`] has a method for each operation of the OpenAPI document. The method returns a [`Call`] with setters for the optional arguments of the operation and
//! for options such as a timeout. There are three ways to send it: [`send`](Call::send) returns the typed response, [`send_with_info`](Call::send_with_info) also
//! returns status, headers and body, and [`send_raw`](Call::send_raw) returns the undecoded response.
//!
//! ```no_run
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use slack_rtm_apis::Client;
//!
//! let client = Client::builder().token_from_env("SLACK_TOKEN").build()?;
//! let response = client.rtm_connect().presence_sub(true).send().await?;
//! println!("{} in {}", response.self_.name, response.team.name);
//! # Ok(())
//! # }
//! ```
//!
//! Paginated operations are available as streams through [`Call::pages`] and [`Call::items`], failed calls are repeated according to a [`RetryPolicy`], and
//! methods that this crate does not have can be added by implementing [`Operation`].
//!
//! The token is sent in the Authorization header only. Errors, `Debug` output and logs contain neither the token nor the WebSocket URL of a session.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_url;
mod call;
mod call_budget;
mod client;
mod client_builder;
mod config_error;
mod error;
mod error_chain;
mod error_codes;
mod file;
mod from_response;
mod header;
mod interpret;
mod method;
mod multipart;
mod no_proxy;
mod operation;
mod pagination;
mod pagination_error;
mod parameters;
mod proxy;
mod refusal;
mod response;
mod retry;
#[cfg(feature = "rustls")]
mod root_certificates;
mod security;
mod sending;
mod service;
mod slack;
mod suspend_clock;
mod token;
mod transport;
#[cfg(feature = "web")]
mod upload;

// The code is generated for any document, so lints about style do not apply.
#[allow(deprecated, reason = "deprecated operations are generated as well")]
#[allow(clippy::doc_markdown, reason = "the descriptions are prose of the document")]
#[allow(
    clippy::doc_lazy_continuation,
    clippy::doc_link_with_quotes,
    clippy::doc_overindented_list_items,
    clippy::too_long_first_doc_paragraph,
    reason = "the descriptions are Markdown of the document"
)]
#[allow(clippy::type_complexity, reason = "a document can nest lists and maps")]
#[allow(clippy::large_enum_variant, reason = "responses are short-lived")]
mod generated;

pub use base_url::BaseUrl;
pub use call::Call;
pub use call_budget::{AcquireFuture, CallBudget, SharedBudget};
pub use client::Client;
pub use client_builder::ClientBuilder;
pub use config_error::ConfigError;
pub use error::{BodyExcerpt, Error, TransportError};
pub use error_chain::error_chain;
pub use error_codes::{is_fatal_code, is_transient_code};
pub use file::{FileContent, FilePart, Files};
pub use from_response::{Binary, FromResponse, NoContent, Text};
pub use generated::*;
pub use method::Method;
pub use operation::Operation;
pub use pagination::{Items, Pages, Paginated};
pub use pagination_error::PaginationError;
pub use parameters::{ParameterLocation, ParameterStyle, Parameters};
pub use proxy::Proxy;
pub use refusal::Refusal;
pub use response::{Headers, RawResponse, Response};
pub use retry::RetryPolicy;
#[cfg(feature = "rustls")]
pub use root_certificates::TrustError;
pub use security::SecurityScheme;
pub use slack::{GOV_SLACK, SLACK};
pub use suspend_clock::SuspendClock;
pub use token::Token;
#[cfg(feature = "web")]
pub use upload::Upload;

/// Re-exported for [`ClientBuilder::native_tls_connector`].
#[cfg(feature = "native-tls")]
#[doc(no_inline)]
pub use native_tls;
/// Re-exported for [`ClientBuilder::http_client`].
#[doc(no_inline)]
pub use reqwest;
/// Re-exported for [`ClientBuilder::rustls_config`].
#[cfg(feature = "rustls")]
#[doc(no_inline)]
pub use rustls;
