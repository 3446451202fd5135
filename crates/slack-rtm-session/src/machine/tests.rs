//! The scenarios, on the machine's own time.

mod connecting;
mod handover;
mod keepalive;
mod lifecycle;
mod random;
mod refusals;
mod sending;
mod slow_line;
#[cfg(feature = "socket-mode")]
mod socket_mode;
mod suspend;
mod world;
