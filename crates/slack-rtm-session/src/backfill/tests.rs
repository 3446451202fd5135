//! The backfill as a whole, against a Slack that exists in memory, under a time of its own.

mod limits;
mod oddities;
mod random;
mod world;
