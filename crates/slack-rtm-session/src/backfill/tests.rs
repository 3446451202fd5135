//! The backfill as a whole, against a Slack that exists in memory, under a time of its own.

mod edge_cases;
mod limits;
mod random;
mod world;
