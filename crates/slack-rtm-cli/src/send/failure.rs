//! Classifies failures as temporary or permanent.

use std::error::Error as StdError;
use std::io;

use slack_rtm::apis::rustls;
use slack_rtm::session::{Error, ProxyRefusal};

/// Whether waiting does not help: the answer is not Slack's, the server is not trusted, or a proxy refuses.
pub(super) fn is_hopeless(error: &Error) -> bool {
    match error {
        Error::Call(call) => match call.status() {
            // An answer with a code comes from Slack, and the session decides by the code.
            Some(200..=299) => call.code().is_none(),
            Some(status) => !matches!(status, 408 | 425 | 429 | 500..),
            None => is_of_trust(error),
        },
        Error::Dial(_) => is_of_trust(error),
        Error::InvalidAddress(_) => true,
        _ => false,
    }
}

/// Whether the causes include a TLS error or a refusal of the proxy.
fn is_of_trust(error: &Error) -> bool {
    std::iter::successors(error.cause(), |cause: &&(dyn StdError + 'static)| (*cause).source()).any(wraps)
}

/// `io::Error` hides what it wraps from `source`, and may wrap another `io::Error`.
fn wraps(cause: &(dyn StdError + 'static)) -> bool {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let refusal = cause.downcast_ref::<ProxyRefusal>();
    cause.is::<rustls::Error>()
        || refusal.is_some_and(|refusal| refusal.status() < 500)
        || inner.is_some_and(|inner| wraps(inner))
}
