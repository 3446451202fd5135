//! The development tasks of the slack-rtm workspace, such as `cargo xtask codegen`.
//!
//! This is a library so that tests can call it.

pub mod cli;
pub mod codegen;
pub mod finding;
pub mod msrv;
pub mod public_api;
pub mod spec;
pub mod upstream;
pub mod vendor;
pub mod workspace;
