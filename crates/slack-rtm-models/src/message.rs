//! Methods for what bots need from a message: its author, its thread, and its changes.

use crate::{BotId, Message, MessageSubtype, Ts, UserId};

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Author<'a> {
    /// A person.
    User(&'a UserId),
    /// A bot.
    #[non_exhaustive]
    Bot {
        /// The id of the bot. Slackbot has none.
        id: Option<&'a BotId>,
        /// The user of the bot. The bots of modern apps have one.
        user: Option<&'a UserId>,
    },
    /// An integration of which only the name is known.
    Named(&'a str),
}

impl<'a> Author<'a> {
    /// Returns the person, or the user of the bot.
    #[must_use]
    pub fn user(&self) -> Option<&'a UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Bot { user, .. } => *user,
            Self::Named(_) => None,
        }
    }

    /// Returns the id of the bot, if it is a bot and has one.
    #[must_use]
    pub fn bot(&self) -> Option<&'a BotId> {
        match self {
            Self::Bot { id, .. } => *id,
            Self::User(_) | Self::Named(_) => None,
        }
    }

    /// Returns whether the author is a bot or an integration rather than a person. A bot that answers bots may end up answering itself.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        !matches!(self, Self::User(_))
    }
}

/// The user of Slackbot, which is the same in every workspace.
const SLACKBOT: &str = "USLACKBOT";

/// A change to an earlier message.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MessageChange<'a> {
    /// The author edited the message.
    Edited {
        /// The message after the change.
        message: &'a Message,
        /// The message before the change. Absent from some frames.
        previous: Option<&'a Message>,
    },
    /// The message changed without an edit, as when a link gets its preview.
    Updated {
        /// The message after the change.
        message: &'a Message,
        /// The message before the change. Absent from some frames.
        previous: Option<&'a Message>,
    },
    /// The message was deleted. If it has a thread, Slack leaves a tombstone in its place.
    Deleted {
        /// The deleted message. Absent from some frames.
        previous: Option<&'a Message>,
    },
    /// The message got a reply, which arrives as a message of its own.
    Replied {
        /// The first message of the thread.
        root: &'a Message,
    },
}

impl Message {
    /// Returns whether clients hide the message. Hidden messages report changes to other messages.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden == Some(true)
    }

    /// Returns the change to an earlier message that an event reports; `None` for a new message, and for one within another object.
    ///
    /// ```
    /// use slack_rtm_models::{MessageChange, Message, RawEvent};
    ///
    /// let event: Message = RawEvent::new(
    ///     r#"{"type":"message","subtype":"message_changed","hidden":true,"channel":"C01GENERAL0","ts":"3.0",
    ///          "message":{"user":"U01ALICE000","text":"lunch at 1?","ts":"1.0","edited":{"user":"U01ALICE000","ts":"2.0"}},
    ///          "previous_message":{"user":"U01ALICE000","text":"lunch at 12?","ts":"1.0"}}"#,
    /// )
    /// .decode()?;
    /// assert!(matches!(event.change(), Some(MessageChange::Edited { previous: Some(_), .. })));
    /// assert_eq!(event.current_text(), Some("lunch at 1?"));
    /// assert_eq!(event.message_ts().map(|ts| ts.as_str()), Some("1.0"));
    /// # Ok::<(), slack_rtm_models::EventError>(())
    /// ```
    #[must_use]
    pub fn change(&self) -> Option<MessageChange<'_>> {
        let (message, previous) = (self.message.as_deref(), self.previous_message.as_deref());
        match (self.subtype.as_ref(), message) {
            (Some(MessageSubtype::MessageDeleted), _) => Some(MessageChange::Deleted { previous }),
            (Some(MessageSubtype::MessageChanged), Some(message)) => Some(changed(message, previous)),
            // Over some connections the subtype is missing.
            (Some(MessageSubtype::MessageReplied) | None, Some(root)) => {
                Some(MessageChange::Replied { root })
            }
            _ => None,
        }
    }

    /// Returns the author of the message that the event is about. For a change, that is the author of the changed message, not whoever changed it.
    ///
    /// ```
    /// use slack_rtm_models::{Message, RawEvent};
    ///
    /// let event: Message = RawEvent::new(
    ///     r#"{"type":"message","channel":"C01GENERAL0","text":"built","ts":"1.0","user":"U01ROBOT000","bot_id":"B01ROBOT000"}"#,
    /// )
    /// .decode()?;
    /// let author = event.author().expect("it has one");
    /// assert!(author.is_bot());
    /// assert_eq!(author.user().map(|user| user.as_str()), Some("U01ROBOT000"));
    /// # Ok::<(), slack_rtm_models::EventError>(())
    /// ```
    #[must_use]
    pub fn author(&self) -> Option<Author<'_>> {
        self.subject().named_author()
    }

    /// Returns the timestamp of the message that the event is about. For a change, that is the timestamp of the changed message, not the time of the change.
    #[must_use]
    pub fn message_ts(&self) -> Option<&Ts> {
        match self.change() {
            None => self.ts.as_ref(),
            Some(_) => {
                // For a deleted message, the event may contain at least its tombstone.
                let carried = || self.earlier().or(self.message.as_deref());
                self.deleted_ts.as_ref().or_else(|| carried()?.ts.as_ref())
            }
        }
    }

    /// Returns the current text of the message; `None` if it has none, or was deleted.
    #[must_use]
    pub fn current_text(&self) -> Option<&str> {
        match self.change() {
            None => self.text.as_deref(),
            Some(
                MessageChange::Edited { message, .. }
                | MessageChange::Updated { message, .. }
                | MessageChange::Replied { root: message },
            ) => message.text.as_deref(),
            Some(MessageChange::Deleted { .. }) => None,
        }
    }

    /// Returns the timestamp of the first message of the thread that the message is in.
    #[must_use]
    pub fn thread(&self) -> Option<&Ts> {
        self.subject().thread_ts.as_ref()
    }

    /// Returns the thread to reply in: the thread of the message, or the one that a reply to it starts.
    ///
    /// ```
    /// use slack_rtm_models::{Message, RawEvent};
    ///
    /// let event: Message = RawEvent::new(r#"{"type":"message","channel":"C01GENERAL0","text":"who is in?","ts":"1.0"}"#).decode()?;
    /// assert!(!event.is_reply() && !event.is_thread_root());
    /// assert_eq!(event.thread_to_answer().map(|ts| ts.as_str()), Some("1.0"));
    /// # Ok::<(), slack_rtm_models::EventError>(())
    /// ```
    #[must_use]
    pub fn thread_to_answer(&self) -> Option<&Ts> {
        self.thread().or_else(|| self.message_ts())
    }

    /// Returns whether the message is a reply in a thread.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        let subject = self.subject();
        subject.thread_ts.is_some() && subject.thread_ts != subject.ts
    }

    /// Returns whether the message has a thread.
    #[must_use]
    pub fn is_thread_root(&self) -> bool {
        let subject = self.subject();
        subject.thread_ts.is_some() && subject.thread_ts == subject.ts
    }

    /// Returns the message that the event is about: the earlier message, if the event contains it, or else this one.
    fn subject(&self) -> &Self {
        self.earlier().unwrap_or(self)
    }

    /// Returns the earlier message that the event is about, if the event contains it.
    fn earlier(&self) -> Option<&Self> {
        match self.change()? {
            MessageChange::Edited { message, .. } | MessageChange::Updated { message, .. } => Some(message),
            MessageChange::Replied { root } => Some(root),
            MessageChange::Deleted { previous } => previous,
        }
    }

    /// Returns the author that this message names, whatever the event is about.
    fn named_author(&self) -> Option<Author<'_>> {
        let profile = self.bot_profile.as_deref();
        let id = self.bot_id.as_ref().or_else(|| profile?.id.as_ref()).filter(|id| !id.as_str().is_empty());
        let user = self.user.as_ref().filter(|user| !user.as_str().is_empty());
        let by_bot =
            matches!(self.subtype, Some(MessageSubtype::BotMessage | MessageSubtype::SlackbotResponse));
        if id.is_some() || user.is_some_and(|user| user == SLACKBOT || by_bot) {
            return Some(Author::Bot { id, user });
        }
        user.map(Author::User).or(self.username.as_deref().map(Author::Named))
    }
}

fn changed<'a>(message: &'a Message, previous: Option<&'a Message>) -> MessageChange<'a> {
    if message.subtype == Some(MessageSubtype::Tombstone) {
        return MessageChange::Deleted { previous };
    }
    let edited_before = previous.and_then(|previous| previous.edited.as_ref());
    if message.edited.is_some() && message.edited.as_ref() != edited_before {
        MessageChange::Edited { message, previous }
    } else {
        MessageChange::Updated { message, previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(rest: &str) -> Message {
        crate::decode(format!(r#"{{"type":"message","channel":"C1",{rest}}}"#).as_bytes()).unwrap()
    }

    fn text(ts: Option<&Ts>) -> Option<&str> {
        ts.map(Ts::as_str)
    }

    #[test]
    fn a_new_message_speaks_for_itself() {
        let plain = event(r#""user":"U1","text":"x","ts":"5.0""#);
        assert_eq!((plain.change(), plain.is_hidden(), plain.current_text()), (None, false, Some("x")));
        assert_eq!(plain.author(), Some(Author::User(&"U1".into())));
        assert_eq!((text(plain.message_ts()), plain.thread()), (Some("5.0"), None));
    }

    #[test]
    fn bots_are_told_from_people() {
        for (rest, is_bot) in [
            (r#""user":"U1""#, false),
            (r#""user":"U1","bot_id":"""#, false),
            (r#""user":"U1","bot_id":"B1""#, true),
            (r#""user":"U1","bot_profile":{"id":"B1"}"#, true),
            (r#""user":"USLACKBOT""#, true),
            (r#""user":"U1","subtype":"slackbot_response""#, true),
            (r#""user":"U1","subtype":"bot_message","username":"x""#, true),
            (r#""user":"","username":"x""#, true),
        ] {
            assert_eq!(event(rest).author().unwrap().is_bot(), is_bot, "{rest}");
        }
        assert_eq!(event(r#""user":"""#).author(), None);
    }

    #[test]
    fn threads_are_told() {
        let reply = event(r#""ts":"5.0","thread_ts":"4.0""#);
        assert!(reply.is_reply() && !reply.is_thread_root());
        assert_eq!(text(reply.thread_to_answer()), Some("4.0"));
        let root = event(r#""ts":"4.0","thread_ts":"4.0","reply_count":1"#);
        assert!(!root.is_reply() && root.is_thread_root());
        let edited = event(
            r#""subtype":"message_changed","ts":"9.0","message":{"ts":"5.0","thread_ts":"4.0","edited":{"ts":"8.0"}}"#,
        );
        assert!(edited.is_reply());
        assert_eq!((text(edited.thread()), text(edited.message_ts())), (Some("4.0"), Some("5.0")));
    }

    #[test]
    fn authors_are_told_apart() {
        let bot = event(r#""subtype":"bot_message","bot_id":"B1","username":"ci""#);
        assert_eq!(bot.author(), Some(Author::Bot { id: Some(&"B1".into()), user: None }));
        let profiled = event(r#""user":"U1","bot_profile":{"id":"B1"}"#);
        assert!(profiled.author().is_some_and(|author| author.bot().is_some() && author.user().is_some()));
        let named = event(r#""subtype":"bot_message","username":"ci""#);
        assert!(named.author() == Some(Author::Named("ci")) && named.author().unwrap().is_bot());
        assert_eq!(event(r#""text":"x""#).author(), None);
        let edited = event(r#""subtype":"message_changed","user":"U2","message":{"user":"U1"}"#);
        assert_eq!(edited.author(), Some(Author::User(&"U1".into())));
    }

    #[test]
    fn edits_are_told_from_other_changes() {
        let edited = r#""message":{"ts":"1.0","edited":{"ts":"3.0"}}"#;
        for (previous, is_edit) in [
            ("", true),
            (r#","previous_message":[]"#, true),
            (r#","previous_message":{"ts":"1.0"}"#, true),
            (r#","previous_message":{"ts":"1.0","edited":{"ts":"2.0"}}"#, true),
            (r#","previous_message":{"ts":"1.0","edited":{"ts":"3.0"}}"#, false),
        ] {
            let event = event(&format!(r#""subtype":"message_changed",{edited}{previous}"#));
            assert_eq!(matches!(event.change(), Some(MessageChange::Edited { .. })), is_edit, "{previous}");
            assert_eq!(matches!(event.change(), Some(MessageChange::Updated { .. })), !is_edit, "{previous}");
        }
    }

    #[test]
    fn deletions_come_in_two_kinds() {
        let gone = event(
            r#""subtype":"message_deleted","hidden":true,"deleted_ts":"1.0","ts":"2.0","previous_message":{"user":"U1","text":"x"}"#,
        );
        assert!(
            gone.is_hidden() && matches!(gone.change(), Some(MessageChange::Deleted { previous: Some(_) }))
        );
        assert_eq!((text(gone.message_ts()), gone.current_text()), (Some("1.0"), None));
        assert_eq!(gone.author(), Some(Author::User(&"U1".into())));
        let stone = event(r#""subtype":"message_changed","message":{"subtype":"tombstone","ts":"1.0"}"#);
        assert!(matches!(stone.change(), Some(MessageChange::Deleted { .. })));
        assert_eq!(text(stone.message_ts()), Some("1.0"));
    }

    #[test]
    fn a_reply_is_told_with_and_without_its_subtype() {
        for subtype in [r#""subtype":"message_replied","#, ""] {
            let event = event(&format!(
                r#"{subtype}"hidden":true,"ts":"5.0","message":{{"ts":"4.0","thread_ts":"4.0","text":"x"}}"#
            ));
            assert!(matches!(event.change(), Some(MessageChange::Replied { .. })), "{subtype}");
            assert!(event.is_thread_root() && text(event.message_ts()) == Some("4.0"));
        }
        assert_eq!(event(r#""subtype":"message_changed""#).change(), None);
        assert_eq!(event(r#""subtype":"channel_join","message":{}"#).change(), None);
    }
}
