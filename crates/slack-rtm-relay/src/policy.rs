//! Who holds what, decided apart from all I/O: these types take what happened with a time and give what follows. They know no NATS and no clock.

mod assignment;
mod coverage;
mod lease;
mod membership;
#[cfg(test)]
mod simulation;

pub use self::assignment::Assignment;
pub use self::coverage::{Answer, Coverage, Verdict};
pub use self::lease::{Fence, Lease, LeaseAction, LeaseResult};
pub use self::membership::Membership;
