//! Tests of the generated types as a whole.

mod blocks;
mod corpus;
pub(crate) mod examples;
mod leniency;
mod properties;
mod traps;
