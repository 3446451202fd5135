//! Why a message server could not be reached.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use slack_rtm_apis::error_chain;

/// The error of a connection to a message server. [`Error`](crate::Error) displays it.
#[derive(Clone)]
pub struct DialError {
    pub(crate) step: Step,
    pub(crate) cause: Arc<dyn StdError + Send + Sync>,
}

/// A step of a connection to a message server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Dns,
    Connect,
    Proxy,
    Tls,
    Upgrade,
}

impl fmt::Debug for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialError")
            .field("step", &self.step)
            .field("cause", &format_args!("{}", error_chain(&*self.cause)))
            .finish()
    }
}

impl DialError {
    pub(crate) fn as_str(&self) -> &'static str {
        match self.step {
            Step::Dns => "dial_dns",
            Step::Connect => "dial_connect",
            Step::Proxy => "dial_proxy",
            Step::Tls => "dial_tls",
            Step::Upgrade => "dial_upgrade",
        }
    }
}

/// Returns whether the error is a timeout of the system.
pub(crate) fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    let of_io = error.downcast_ref::<io::Error>();
    of_io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        || error.source().is_some_and(is_timeout)
}
