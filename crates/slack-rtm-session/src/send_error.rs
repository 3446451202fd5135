//! The outcome of a command as a `Result`.

use std::error::Error as StdError;
use std::fmt;

use slack_rtm_models::Ack;

use crate::{NotSent, Outcome};

/// The error of a command that was not acknowledged, returned by [`Outcome::into_result`].
///
/// Before you send the command again, check [`may_have_been_accepted`](Self::may_have_been_accepted): if it is true, a message may be posted twice.
#[derive(Clone, Debug, PartialEq)]
pub struct SendError(pub(crate) Outcome);

impl Outcome {
    /// Converts the outcome into a `Result`, for use with `?`: the acknowledgement, or `None` for a command without a reply.
    ///
    /// ```no_run
    /// # async fn f(sender: slack_rtm_session::Sender) -> Result<(), Box<dyn std::error::Error>> {
    /// let ack = sender.send_message("C01GENERAL0", "hello").await.into_result()?;
    /// println!("{:?}", ack.and_then(|ack| ack.ts));
    ///
    /// match sender.send_message("C01GENERAL0", "once more").await.into_result() {
    ///     Ok(_) => {}
    ///     Err(error) if error.may_have_been_accepted() => println!("look into the channel first: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if the command was refused, was not sent, or may or may not have been accepted.
    pub fn into_result(self) -> Result<Option<Box<Ack>>, SendError> {
        match self {
            Self::Acked(ack) => Ok(Some(ack)),
            Self::Sent => Ok(None),
            failed => Err(SendError(failed)),
        }
    }
}

impl SendError {
    /// Returns whether Slack refused the command.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        matches!(self.0, Outcome::Rejected(_))
    }

    /// Returns whether Slack may have accepted the command although no reply arrived.
    #[must_use]
    pub fn may_have_been_accepted(&self) -> bool {
        matches!(self.0, Outcome::TimedOut | Outcome::Unknown)
    }

    /// Returns whether no reply arrived in time over a connection that stayed open.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Outcome::TimedOut)
    }

    /// Returns the reason for which the command was not sent, or `None` if it was.
    #[must_use]
    pub fn not_sent(&self) -> Option<NotSent> {
        match self.0 {
            Outcome::NotSent(reason) => Some(reason),
            _ => None,
        }
    }

    /// Returns the number of Slack's error, if Slack refused the command with one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        match &self.0 {
            Outcome::Rejected(error) => error.code(),
            _ => None,
        }
    }

    /// Returns the text of Slack's error, if Slack refused the command.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match &self.0 {
            Outcome::Rejected(error) => Some(error.message()),
            _ => None,
        }
    }

    /// Returns the outcome that this error was made from.
    pub fn outcome(&self) -> &Outcome {
        &self.0
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SendError {}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::AckError;

    fn error(outcome: Outcome) -> SendError {
        outcome.into_result().unwrap_err()
    }

    #[test]
    fn a_command_that_succeeded_is_not_an_error() {
        let ack: Ack = serde_json::from_str(r#"{"ok":true,"reply_to":1,"ts":"1.2"}"#).unwrap();
        assert_eq!(Outcome::Acked(Box::new(ack.clone())).into_result(), Ok(Some(Box::new(ack))));
        assert_eq!(Outcome::Sent.into_result(), Ok(None));
    }

    #[test]
    fn an_error_says_whether_the_command_may_have_been_sent() {
        let json = r#"{"ok":false,"reply_to":1,"error":{"code":2,"msg":"message text is missing"}}"#;
        let refused: AckError = serde_json::from_str(json).unwrap();
        let refused = error(Outcome::Rejected(Box::new(refused)));
        assert!(refused.is_rejected() && !refused.may_have_been_accepted());
        assert_eq!((refused.code(), refused.message()), (Some(2), Some("message text is missing")));
        assert_eq!(refused.to_string(), "refused with code 2: message text is missing");
        for (outcome, is_timeout) in [(Outcome::TimedOut, true), (Outcome::Unknown, false)] {
            let lost = error(outcome);
            assert!(
                lost.may_have_been_accepted() && lost.is_timeout() == is_timeout && lost.source().is_none()
            );
        }
        let not_sent = error(Outcome::NotSent(NotSent::QueueFull));
        assert!(!not_sent.may_have_been_accepted() && !not_sent.is_rejected());
        assert_eq!(not_sent.not_sent(), Some(NotSent::QueueFull));
        assert_eq!(not_sent.to_string(), "not sent: too many commands are waiting");
    }
}
