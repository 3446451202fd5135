//! The progress of a session, in a form that can be stored.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use slack_rtm_models::{ChannelId, TeamId, Ts, UserId};

use super::timestamp::Timestamp;
use super::watermarks::{Doubt, Watermarks};

/// The version of the stored form.
const VERSION: u32 = 1;

/// The progress of a session: the last message of each channel that was taken out of its [`Events`](crate::Events).
///
/// Store it in any serde format after you have processed the items, and pass it to [`SessionBuilder::resume`](crate::SessionBuilder::resume) in the next process. Messages
/// that were taken after the stored checkpoint are delivered again: across a crash, delivery is *at least once*, and a consumer that must not act twice can compare `channel`
/// and `ts`. If the checkpoint was taken and stored after the last item, delivery is exactly once.
///
/// A checkpoint has at most 10,000 channels and 1,000 threads, those that were active last, in less than 600 KB of JSON.
///
/// ```
/// use slack_rtm_session::Checkpoint;
///
/// let json = r#"{"version":1,"team":"T01TEAM0000","user":"U01ROBOT000","newest":"1700000000.000200",
///     "channels":{"C01GENERAL0":"1700000000.000200"}}"#;
/// let checkpoint: Checkpoint = serde_json::from_str(json)?;
/// assert_eq!(checkpoint.channels().next().unwrap().1, "1700000000.000200");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Checkpoint {
    team: Option<TeamId>,
    user: Option<UserId>,
    since: Option<Timestamp>,
    newest: Option<Timestamp>,
    doubt: Option<Doubt>,
    channels: Vec<(ChannelId, Timestamp)>,
    threads: Vec<((ChannelId, Timestamp), Timestamp)>,
    ahead: Vec<(ChannelId, Timestamp)>,
}

impl Checkpoint {
    /// Creates a checkpoint. `newest` is the time up to which channels without a watermark were read.
    pub(super) fn new(
        watermarks: &Watermarks,
        newest: Option<Timestamp>,
        team: Option<TeamId>,
        user: Option<UserId>,
    ) -> Self {
        Self {
            team,
            user,
            since: watermarks.since(),
            newest,
            // While a gap is being filled, `newest` is not the newest of the watermarks.
            doubt: watermarks.doubt().filter(|doubt| Some(doubt.ts) == newest).cloned(),
            channels: watermarks.channels(),
            threads: watermarks.threads(),
            ahead: watermarks.ahead(),
        }
    }

    pub(super) fn watermarks(&self) -> Watermarks {
        let mut watermarks = Watermarks::default();
        for ((channel, thread), last) in &self.threads {
            watermarks.add_thread(channel.as_str(), *thread, *last);
        }
        for (channel, ts) in &self.channels {
            watermarks.advance(channel.as_str(), *ts);
        }
        for (channel, ts) in &self.ahead {
            watermarks.add_ahead(channel.as_str(), *ts);
        }
        watermarks.set_newest(self.newest, self.doubt.clone());
        if let Some(since) = self.since {
            watermarks.begin(since);
        }
        watermarks
    }

    /// Returns the workspace of the session, or `None` if it was never connected.
    #[must_use]
    pub fn team(&self) -> Option<&TeamId> {
        self.team.as_ref()
    }

    /// Returns the user of the session, or `None` if it was never connected.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// Returns the timestamp of the newest message in any channel, or `None` if there was none.
    #[must_use]
    pub fn newest(&self) -> Option<Ts> {
        self.newest.map(Timestamp::to_ts)
    }

    /// Returns the channels with the timestamp of the last message that was taken from each.
    pub fn channels(&self) -> impl Iterator<Item = (&ChannelId, Ts)> {
        self.channels.iter().map(|(channel, ts)| (channel, ts.to_ts()))
    }

    /// Returns whether there is nothing to resume from.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.newest.is_none() && self.since.is_none()
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<StoredDoubt>,
    #[serde(default)]
    channels: BTreeMap<String, String>,
    /// The last reply by channel and thread.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    threads: BTreeMap<String, BTreeMap<String, String>>,
    /// Messages by channel that were delivered before older ones: replies from history, and messages with timestamps in the future.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    replies: BTreeMap<String, Vec<String>>,
}

/// The channel of `newest`, and the values to restore if `newest` turns out to be in the future.
#[derive(Serialize, Deserialize)]
struct StoredDoubt {
    channel: ChannelId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
}

impl StoredDoubt {
    fn read(&self, ts: Timestamp) -> Result<Doubt, Unreadable> {
        let optional = |text: &Option<String>| text.as_deref().map(stamp).transpose();
        let (before, newest) = (optional(&self.before)?, optional(&self.newest)?);
        Ok(Doubt { channel: self.channel.clone(), ts, before, newest })
    }
}

impl From<Checkpoint> for Stored {
    fn from(checkpoint: Checkpoint) -> Self {
        let mut threads: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for ((channel, thread), last) in checkpoint.threads {
            threads.entry(channel.into()).or_default().insert(thread.to_string(), last.to_string());
        }
        let mut replies: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (channel, ts) in checkpoint.ahead {
            replies.entry(channel.into()).or_default().push(ts.to_string());
        }
        let channels = checkpoint.channels.into_iter();
        let text = |ts: Option<Timestamp>| ts.map(|ts| ts.to_string());
        let doubt = checkpoint.doubt.map(|Doubt { channel, before, newest, .. }| StoredDoubt {
            channel,
            before: text(before),
            newest: text(newest),
        });
        Self {
            version: VERSION,
            team: checkpoint.team,
            user: checkpoint.user,
            since: text(checkpoint.since),
            newest: text(checkpoint.newest),
            doubt,
            channels: channels.map(|(channel, ts)| (channel.into(), ts.to_string())).collect(),
            threads,
            replies,
        }
    }
}

/// The error of a stored checkpoint that cannot be read.
#[derive(Debug)]
enum Unreadable {
    Version(u32),
    Timestamp(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "the checkpoint has version {version}, and this release reads version {VERSION}")
            }
            Self::Timestamp(text) => write!(f, "the checkpoint has {text:?} where a timestamp is expected"),
        }
    }
}

fn stamp(text: &str) -> Result<Timestamp, Unreadable> {
    Timestamp::parse(text).ok_or_else(|| Unreadable::Timestamp(text.chars().take(40).collect()))
}

impl TryFrom<Stored> for Checkpoint {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if stored.version != VERSION {
            return Err(Unreadable::Version(stored.version).to_string().into());
        }
        let optional = |text: Option<String>| text.as_deref().map(stamp).transpose();
        let read = || -> Result<Self, Unreadable> {
            let mut threads = Vec::new();
            for (channel, of) in &stored.threads {
                for (thread, last) in of {
                    threads.push(((ChannelId::new(channel), stamp(thread)?), stamp(last)?));
                }
            }
            let mut ahead = Vec::new();
            for (channel, of) in &stored.replies {
                for ts in of {
                    ahead.push((ChannelId::new(channel), stamp(ts)?));
                }
            }
            let newest = optional(stored.newest.clone())?;
            let channels =
                stored.channels.iter().map(|(channel, ts)| Ok((ChannelId::new(channel), stamp(ts)?)));
            Ok(Self {
                team: stored.team.clone(),
                user: stored.user.clone(),
                since: optional(stored.since.clone())?,
                newest,
                doubt: stored.doubt.as_ref().zip(newest).map(|(doubt, ts)| doubt.read(ts)).transpose()?,
                channels: channels.collect::<Result<_, _>>()?,
                threads,
                ahead,
            })
        };
        read().map_err(|error| error.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backfill::position::Position;
    use crate::backfill::watermarks::{MAX_CHANNELS, MAX_STORED_AHEAD, MAX_THREADS};

    fn full() -> Checkpoint {
        let mut watermarks = Watermarks::default();
        let start = Timestamp::parse("1700000000.000100").unwrap();
        watermarks.begin(start);
        for number in 0..MAX_CHANNELS as u64 {
            let (channel, ts) = (format!("C{number:010}"), start.plus(number * 1_000_003));
            watermarks.note_live(Position {
                channel: &channel,
                ts,
                thread: (number % 10 == 0).then(|| start.minus(number + 1)),
            });
        }
        for number in 0..5_000 {
            watermarks.add_ahead(&format!("C{number:010}"), start.plus(1 << 50));
        }
        Checkpoint::new(
            &watermarks,
            watermarks.newest(),
            Some(TeamId::new("T01TEAM0000")),
            Some(UserId::new("U01ROBOT000")),
        )
    }

    #[test]
    fn ten_thousand_channels_fit_into_600_kilobytes_and_come_back() {
        let checkpoint = full();
        assert_eq!((checkpoint.channels.len(), checkpoint.threads.len()), (MAX_CHANNELS, MAX_THREADS));
        assert_eq!(checkpoint.ahead.len(), MAX_STORED_AHEAD);
        let json = serde_json::to_string(&checkpoint).unwrap();
        assert!(json.len() < 600_000, "{}", json.len());
        let read: Checkpoint = serde_json::from_str(&json).unwrap();
        assert_eq!(read, checkpoint);
        let again = Checkpoint::new(&read.watermarks(), read.newest, read.team.clone(), read.user.clone());
        assert_eq!(again, checkpoint);
    }

    #[test]
    fn invalid_checkpoints_are_refused_with_the_reason() {
        for (json, reason) in [
            ("{}", "version"),
            (r#"{"version":2,"channels":{}}"#, "version 2"),
            (r#"{"version":1,"channels":{"C1":"soon"}}"#, "\"soon\""),
            (r#"{"version":1,"channels":{},"since":"x"}"#, "\"x\""),
            (r#"{"version":1,"threads":{"C1":{"a":"1.0"}}}"#, "\"a\""),
            ("[]", "invalid length"),
        ] {
            let error = serde_json::from_str::<Checkpoint>(json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
        assert!(serde_json::from_str::<Checkpoint>(r#"{"version":1,"more":5}"#).unwrap().is_empty());
    }
}
