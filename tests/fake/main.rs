//! What the fake Slack answers, and how a test tells it to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod http;
mod typed;
mod web;
mod workspace;
