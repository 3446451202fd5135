//! Hosts as processes, with a real NATS server and a fake Slack for each token.
//!
//! `SLACK_RTM_NATS_SERVER` names the server's program. Without it the tests are skipped, and print that.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod abuse;
mod commands;
mod operations;
mod outages;
mod proof;
mod socket_mode;
