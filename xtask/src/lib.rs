//! The chores of the slack-rtm workspace: `cargo xtask codegen` and its kin.
//!
//! A library so that its tests, and the workspace's, can call what the binary does.

pub mod cli;
pub mod codegen;
pub mod finding;
pub mod msrv;
pub mod public_api;
pub mod spec;
pub mod upstream;
pub mod vendor;
pub mod workspace;
