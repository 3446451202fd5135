//! `cargo xtask codegen` as a person runs it, on copies of the workspace.

mod bad_input;
mod fingerprint;
#[cfg(unix)]
mod real;
mod support;
