//! The scenarios, on the machine's own time.

mod connecting;
mod handover;
mod keepalive;
mod lifecycle;
mod random;
mod refusals;
mod sending;
mod slow_line;
mod suspend;
mod world;
