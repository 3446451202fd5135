//! Socket Mode with a simulated clock, against a Slack that repeats deliveries until they are acknowledged.

mod connections;
mod envelopes;
mod random;
mod world;
