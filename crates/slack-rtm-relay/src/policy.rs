//! The decisions of a relay, apart from all I/O: which host holds what, who is alive, who holds a lease. These types take events with times, and know neither NATS nor
//! a clock.

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
