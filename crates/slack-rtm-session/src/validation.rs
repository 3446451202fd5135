//! Validates channels and threads before a message is sent.
//!
//! Slack may introduce new forms of ids, so only what all known ids have in common is required.

use slack_rtm_models::{ChannelId, MessageCommand};

use crate::NotSent;

/// Checks that a channel may be an id: upper-case letters and digits that start with C, D or G.
pub(crate) fn check_channel(channel: &ChannelId) -> Result<(), NotSent> {
    let id = channel.as_str().as_bytes();
    let is_id = id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    match id {
        [b'C' | b'D' | b'G', _, ..] if is_id => Ok(()),
        // A word in capitals may begin like this as well; ids have digits.
        [b'U' | b'W', rest @ ..] if is_id && rest.iter().any(u8::is_ascii_digit) => {
            Err(NotSent::ChannelIsUser)
        }
        _ => Err(NotSent::InvalidChannelId),
    }
}

/// Checks that a thread may be the timestamp of a message, and that a reply that is broadcast is one.
pub(crate) fn check_thread(message: &MessageCommand) -> Result<(), NotSent> {
    let Some(thread) = &message.thread_ts else {
        return if message.reply_broadcast == Some(true) {
            Err(NotSent::BroadcastOutsideThread)
        } else {
            Ok(())
        };
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match thread.as_str().split_once('.') {
        Some((seconds, rest)) if is_number(seconds) && is_number(rest) => Ok(()),
        _ => Err(NotSent::InvalidThreadTs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_ids() {
        for id in ["C01GENERAL0", "D02", "G0ABCDEFGHIJ", "C1"] {
            assert_eq!(check_channel(&id.into()), Ok(()), "{id}");
        }
        for name in [
            "",
            "C",
            "#general",
            "general",
            "General",
            "@bob",
            "<#C01GENERAL0>",
            "C01GENERAL0 ",
            " C1",
            "c01general0",
            "C01GENERAL0|general",
            "T01ACME0000",
            "B01ROBOT000",
            "É1",
            "USERS",
            "https://acme.slack.com/archives/C1",
        ] {
            assert_eq!(check_channel(&name.into()), Err(NotSent::InvalidChannelId), "{name}");
        }
        for user in ["U01ALICE000", "W0123456789"] {
            assert_eq!(check_channel(&user.into()), Err(NotSent::ChannelIsUser), "{user}");
        }
    }

    #[test]
    fn threads_are_timestamps() {
        let message = || MessageCommand::new(0_u64, "C1", "x");
        for ts in ["1700000000.000100", "1.0"] {
            assert_eq!(check_thread(&message().set_thread_ts(ts).set_reply_broadcast(true)), Ok(()));
        }
        for ts in ["", "1700000000", "p1700000000000100", "1.", ".1", "1.0.0", "-1.0", "1,0", "now", "1.0 "] {
            assert_eq!(check_thread(&message().set_thread_ts(ts)), Err(NotSent::InvalidThreadTs), "{ts}");
        }
        assert_eq!(check_thread(&message().set_reply_broadcast(true)), Err(NotSent::BroadcastOutsideThread));
        assert_eq!(check_thread(&message().set_reply_broadcast(false)), Ok(()));
    }
}
