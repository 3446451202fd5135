//! Hosts as processes, a real NATS server, and a fake Slack for each token.
//!
//! The server's program is named by `SLACK_RTM_NATS_SERVER`; without it these tests are skipped, and say so.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod commands;
mod deaths;
mod operations;
mod outages;
