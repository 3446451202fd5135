//! Socket Mode on the machine's own time, against a Slack that delivers again what is not acknowledged.

mod connections;
mod envelopes;
mod random;
mod world;
