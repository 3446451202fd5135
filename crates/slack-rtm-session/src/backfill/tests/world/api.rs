//! The Web API of the world.

use bytes::Bytes;
use slack_rtm_models::ChannelId;

use super::{Post, World, name};
use crate::backfill::request::{Answer, Entries, Member, Page, Query, Request};
use crate::backfill::timestamp::Timestamp;

impl World {
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let page = |mut found: Vec<Post>, newest_first: bool| {
            if newest_first {
                found.reverse();
            }
            let start: usize = request.cursor.as_ref().map_or(0, |cursor| {
                // A cursor is a place in time, as Slack's is.
                let after = Timestamp::parse(cursor).unwrap();
                found
                    .iter()
                    .position(|post| if newest_first { post.ts < after } else { post.ts > after })
                    .unwrap_or(found.len())
            });
            let end = (start + request.limit as usize).min(found.len());
            let messages = found[start..end].iter();
            let messages = messages.map(|post| Bytes::from(self.json(post, false))).collect();
            let next = (end < found.len()).then(|| found[end - 1].ts.to_string());
            let has_more = end < found.len();
            // Some servers say that there is more, and give no cursor.
            let next = next.filter(|_| !self.hides_cursors || !newest_first);
            Ok(Page { entries: Entries::Messages(messages), next, has_more, is_limited: false })
        };
        let within = |ts: Timestamp, oldest: Option<Timestamp>, latest: Option<Timestamp>| {
            oldest.is_none_or(|oldest| ts >= oldest) && latest.is_none_or(|latest| ts <= latest)
        };
        match &request.query {
            Query::Channels => {
                let start: usize = request.cursor.as_ref().map_or(0, |cursor| cursor.parse().unwrap());
                let end = (start + 2).min(self.channels);
                let archived = |channel: usize| {
                    self.archived.iter().find(|(of, _)| *of == channel).map(|(_, updated)| *updated)
                };
                let members = (start..end).map(|channel| Member {
                    id: ChannelId::new(name(channel)),
                    is_im: false,
                    archived: archived(channel),
                });
                let next = (end < self.channels).then(|| end.to_string());
                let (entries, has_more) = (Entries::Channels(members.collect()), next.is_some());
                Ok(Page { entries, has_more, next, is_limited: false })
            }
            Query::History { channel, oldest, latest } => {
                let is_there = |post: &&Post| {
                    name(post.channel) == channel.as_str()
                        && post.thread.is_none()
                        && within(post.ts, *oldest, *latest)
                };
                page(self.posts.iter().filter(is_there).cloned().collect(), true)
            }
            Query::Replies { channel, thread, oldest, latest } => {
                let is_there = |post: &&Post| {
                    name(post.channel) == channel.as_str()
                        && (post.ts == *thread
                            || post.thread == Some(*thread) && within(post.ts, *oldest, *latest))
                };
                page(self.posts.iter().filter(is_there).cloned().collect(), false)
            }
        }
    }
}
