//! Whether a failure passes by itself.

use std::error::Error as StdError;
use std::io;

use slack_rtm::apis::rustls;
use slack_rtm::session::{Error, ProxyRefusal};

/// Whether a connection will not come by waiting: what answers is not Slack, or is not trusted, or a proxy does not lead on.
pub(super) fn is_hopeless(error: &Error) -> bool {
    match error {
        Error::Call(call) => match call.status() {
            // With a code it is Slack's own refusal, which tells by itself whether it passes.
            Some(200..=299) => call.code().is_none(),
            Some(status) => !matches!(status, 408 | 425 | 429 | 500..),
            None => is_of_trust(error),
        },
        Error::Dial(_) => is_of_trust(error),
        Error::InvalidAddress(_) => true,
        _ => false,
    }
}

/// Whether TLS failed, or the proxy refused, somewhere among the causes.
fn is_of_trust(error: &Error) -> bool {
    std::iter::successors(error.cause(), |cause: &&(dyn StdError + 'static)| (*cause).source()).any(wraps)
}

/// `io::Error` hides what it wraps from `source`, and may wrap one of its own kind.
fn wraps(cause: &(dyn StdError + 'static)) -> bool {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let refusal = cause.downcast_ref::<ProxyRefusal>();
    cause.is::<rustls::Error>()
        || refusal.is_some_and(|refusal| refusal.status() < 500)
        || inner.is_some_and(|inner| wraps(inner))
}
