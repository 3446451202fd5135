//! Tests of the generated types as a whole.

#[cfg(feature = "web")]
mod blocks;
mod corpus;
pub(crate) mod examples;
mod leniency;
mod properties;
mod traps;
