//! `cargo xtask codegen` as a person runs it, on copies of the workspace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
#[cfg(unix)]
mod atomic;
mod bad_edits;
mod bad_input;
mod edit;
mod export;
mod fingerprint;
#[cfg(unix)]
mod good_edits;
#[cfg(target_os = "linux")]
mod hostile;
mod proof;
#[cfg(unix)]
mod real;
mod support;
#[cfg(target_os = "linux")]
mod upstream;
mod vendor;
mod walkthrough;
