//! The fake Slack: its workspace and its configured answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod http;
mod typed;
mod web;
mod workspace;
