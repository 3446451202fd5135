//! Ids on the command line, checked before anything is sent.

use slack_rtm::{ChannelId, Ts, UserId};

const WHERE: &str = "it is at the bottom of the conversation's details in Slack";

/// Parses the id of a conversation.
///
/// # Errors
/// Returns an error if it is a name or something else; the message says where to find the id.
pub(crate) fn channel(text: &str) -> Result<ChannelId, String> {
    let id = ChannelId::new(text);
    if id.is_well_formed() {
        return Ok(id);
    }
    Err(if text.starts_with('#') {
        format!("this is the name of a channel; use its id, such as C01GENERAL0: {WHERE}")
    } else if text.starts_with('@') || UserId::new(text).is_well_formed() {
        "this is a user; use the id of the conversation with the user, such as D01ALICE000, which conversations.open returns".to_owned()
    } else if text.contains("/archives/") {
        "this is a link; use the part after /archives/, such as C01GENERAL0".to_owned()
    } else if text.contains(|c: char| c.is_ascii_digit())
        && ChannelId::new(text.trim().to_uppercase()).is_well_formed()
    {
        "an id has only capital letters and digits, such as C01GENERAL0".to_owned()
    } else {
        format!(
            "this is not the id of a conversation, which begins with C, G or D, such as C01GENERAL0; {WHERE}"
        )
    })
}

/// Parses the timestamp of a message.
///
/// # Errors
/// Returns an error if it is something else.
pub(crate) fn ts(text: &str) -> Result<Ts, &'static str> {
    let ts = Ts::new(text);
    if ts.is_well_formed() {
        Ok(ts)
    } else {
        Err(
            "the timestamp of a message has six digits after the point, such as 1700000000.000100; `slack-rtm send` prints it, and it is \"ts\" in the event",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_ids() {
        for text in ["C01GENERAL0", "G01PRIVATE0", "D01ALICE000"] {
            assert_eq!(channel(text).unwrap(), text);
        }
        for (text, expected) in [
            ("#general", "name"),
            ("#", "name"),
            ("@alice", "conversations.open"),
            ("U01ALICE000", "conversations.open"),
            ("https://acme.slack.com/archives/C01GENERAL0/p1700000000000100", "/archives/"),
            ("c01general0", "capital letters"),
            (" C01GENERAL0", "capital letters"),
            ("general", "C, G or D"),
            ("", "C, G or D"),
            ("T01ACME0000", "C, G or D"),
            ("C01GENERAL0\n", "capital letters"),
        ] {
            let message = channel(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn only_timestamps_are_timestamps() {
        assert!(ts("1700000000.000100").is_ok());
        for text in ["", "1700000000", "1700000000.0001", "p1700000000000100", "now", "1700000000.000100 "] {
            assert!(ts(text).is_err(), "{text}");
        }
    }
}
