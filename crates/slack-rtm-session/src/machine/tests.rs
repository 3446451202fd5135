//! The scenarios, on the machine's own time.

mod connecting;
mod handover;
mod keepalive;
mod lifecycle;
mod random;
mod refusals;
mod sending;
#[cfg(feature = "socket-mode")]
mod socket_mode;
mod world;
