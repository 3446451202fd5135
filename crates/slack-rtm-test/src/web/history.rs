//! The methods conversations.history and conversations.replies.

use std::ops::Bound;

use serde_json::{Value, json};

use super::{Call, Outcome, Refusal};
use crate::world::Moment;

impl Call<'_> {
    /// Returns the bounds of the requested time range.
    fn span(&self) -> Result<(Bound<Moment>, Bound<Moment>), Refusal> {
        let bound: fn(Moment) -> Bound<Moment> =
            if self.arguments.is_set("inclusive") { Bound::Included } else { Bound::Excluded };
        let oldest = self.moment("oldest", "invalid_ts_oldest")?.filter(|oldest| *oldest > Moment::FIRST);
        let latest = self.moment("latest", "invalid_ts_latest")?;
        Ok((oldest.map_or(Bound::Unbounded, bound), latest.map_or(Bound::Unbounded, bound)))
    }

    /// Answers conversations.history: newest messages first.
    pub(super) fn history(&self) -> Outcome {
        let conversation = self.joined("channel")?;
        let limit = self.limit(100, 999, "invalid_arguments")?;
        let (oldest, mut latest) = self.span()?;
        if let Some(cursor) = self.cursor("before")? {
            latest = Bound::Excluded(Moment::parse(&cursor).ok_or("invalid_cursor")?);
        }
        let messages: Vec<Moment> = if is_empty(oldest, latest) {
            Vec::new()
        } else {
            let found = conversation.messages.range((oldest, latest)).rev();
            let shown = found.filter(|(_, message)| message.is_in_channel());
            shown.map(|(ts, _)| *ts).take(limit + 1).collect()
        };
        let has_more = messages.len() > limit;
        let page = &messages[..messages.len().min(limit)];
        let shown: Vec<Value> = page.iter().filter_map(|ts| conversation.shown(*ts)).collect();
        let mut answer = json!({
            "messages": shown, "has_more": has_more, "pin_count": conversation.pins.len(),
            "channel_actions_ts": null, "channel_actions_count": 0,
        });
        if let Some(last) = page.last().filter(|_| has_more) {
            answer["response_metadata"] = json!({ "next_cursor": format!("before:{last}") });
        }
        Ok(answer)
    }

    /// Answers conversations.replies: the first message of the thread, then its replies, oldest first. The first page has the first message whatever time range is requested.
    pub(super) fn replies(&self) -> Outcome {
        let conversation = self.joined("channel")?;
        let asked = self.required("ts")?;
        let ts = Moment::parse(&asked).ok_or("thread_not_found")?;
        let message = conversation.messages.get(&ts).ok_or("thread_not_found")?;
        let parent = message.parent.unwrap_or(ts);
        let limit = self.limit(1000, 1000, "invalid_arguments")?;
        let (oldest, latest) = self.span()?;
        let after = self.cursor("after")?;
        let after = after.map(|after| Moment::parse(&after).ok_or("invalid_cursor")).transpose()?;
        let is_asked_for = |ts: &Moment| {
            let is_after = match oldest {
                Bound::Included(oldest) => *ts >= oldest,
                Bound::Excluded(oldest) => *ts > oldest,
                Bound::Unbounded => true,
            };
            let is_before = match latest {
                Bound::Included(latest) => *ts <= latest,
                Bound::Excluded(latest) => *ts < latest,
                Bound::Unbounded => true,
            };
            is_after && is_before
        };
        let replies = conversation.replies(parent).filter(is_asked_for);
        let thread = conversation.messages.contains_key(&parent).then_some(parent).into_iter().chain(replies);
        let found: Vec<Moment> =
            thread.filter(|ts| after.is_none_or(|after| *ts > after)).take(limit + 1).collect();
        let has_more = found.len() > limit;
        let page = &found[..found.len().min(limit)];
        let shown: Vec<Value> = page.iter().filter_map(|ts| conversation.shown(*ts)).collect();
        let mut answer = json!({ "messages": shown, "has_more": has_more });
        if let Some(last) = page.last().filter(|_| has_more) {
            answer["response_metadata"] = json!({ "next_cursor": format!("after:{last}") });
        }
        Ok(answer)
    }
}

/// Returns whether no time is within these bounds. A map panics for such a range.
fn is_empty(oldest: Bound<Moment>, latest: Bound<Moment>) -> bool {
    match (oldest, latest) {
        (Bound::Included(oldest), Bound::Included(latest)) => oldest > latest,
        (
            Bound::Included(oldest) | Bound::Excluded(oldest),
            Bound::Included(latest) | Bound::Excluded(latest),
        ) => oldest >= latest,
        _ => false,
    }
}
