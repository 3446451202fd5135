//! The decisions of a relay, without I/O: the assignment of tokens, the liveness of hosts, leases, and coverage. These types are given the time, and use neither NATS
//! nor a clock.

mod assignment;
mod coverage;
mod lease;
mod membership;
#[cfg(test)]
mod simulation;

pub use self::assignment::Assignment;
pub use self::coverage::{Coverage, SessionReport, Verdict};
pub use self::lease::{Fence, Lease, LeaseAction, LeaseResult};
pub use self::membership::Membership;
