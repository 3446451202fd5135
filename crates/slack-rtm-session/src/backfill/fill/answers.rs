//! Handles the answers to a fill's calls.

use std::time::Duration;

use super::{Fill, Listing, Step};
use crate::backfill::Backfill;
use crate::backfill::pacing::Pacing;
use crate::backfill::reader::{Further, Progress, Reader};
use crate::backfill::report::ShortfallReason;
use crate::backfill::request::{Answer, Entries, Failure, Member, Page, Query, Request, Subject};

/// How many times a call is retried after a transient failure, and the wait before the first retry.
const RETRIES: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The page size that Slack allows apps with a low rate limit. It is also used when a larger page cannot be read.
const SMALL_PAGE: u32 = 15;

/// Error codes that concern a single thread and are not reported.
const THREAD_IS_GONE: [&str; 3] = ["thread_not_found", "message_not_found", "invalid_ts"];

impl Fill {
    /// Handles the answer of a call.
    pub(in crate::backfill) fn answered(
        &mut self,
        now: Duration,
        answer: Answer,
        settings: &Backfill,
        pacing: &mut Pacing,
    ) -> Option<Step> {
        let request = self.in_flight.take()?;
        match answer {
            Ok(page) => {
                self.retries = 0;
                self.on_page(&request, page, settings, pacing)
            }
            Err(failure) => {
                self.on_failure(now, &request, failure, pacing);
                None
            }
        }
    }

    fn on_page(
        &mut self,
        request: &Request,
        page: Page,
        settings: &Backfill,
        pacing: &mut Pacing,
    ) -> Option<Step> {
        let max = settings.buffer_bytes;
        match page.entries {
            Entries::Channels(members) => {
                self.on_channels(members, request.cursor.as_deref(), page.next);
                None
            }
            Entries::Messages(messages) => {
                if page.next.is_some()
                    && messages.len() <= SMALL_PAGE as usize
                    && !messages.is_empty()
                    && request.limit > SMALL_PAGE
                {
                    // Slack limits the page size of this app.
                    pacing.page_size = SMALL_PAGE;
                }
                let reader = self.readers.get_mut(self.current?)?;
                let further =
                    Further { next: page.next, has_more: page.has_more, is_limited: page.is_limited };
                let progress = reader.on_page(messages, further, max);
                let (skipped, is_cut) = (reader.take_skipped(), reader.take_cut());
                let (channel, after) = (reader.channel.clone(), reader.position());
                if is_cut {
                    self.shortfalls.add(ShortfallReason::Hidden, Some(channel.clone()), after);
                }
                let method = request.subject().method();
                if skipped > 0 {
                    let message = "it gave messages without a timestamp".into();
                    self.shortfalls.add(ShortfallReason::Failed { method, message }, Some(channel), after);
                }
                match progress {
                    Progress::More => None,
                    Progress::Complete => Some(self.deliver(max)),
                    Progress::Broken(reason) => {
                        self.skip(ShortfallReason::Failed { method, message: reason.into() });
                        None
                    }
                }
            }
        }
    }

    fn on_channels(&mut self, members: Vec<Member>, asked: Option<&str>, next: Option<String>) {
        let Listing::Open { cursor, ims } = &mut self.listing else { return };
        let mut has_no_start = false;
        for Member { id, is_im, archived } in members {
            if is_im {
                ims.insert(id.clone());
            }
            if self.done.contains(&id) || self.readers.iter().any(|reader| reader.channel == id) {
                continue;
            }
            match self.floor {
                // Skip channels that were archived long ago, of which there may be very many.
                Some(after) if archived.is_some_and(|updated| updated < after) => {}
                Some(after) => self.readers.push(Reader::unseen(id, after, self.since)),
                None => has_no_start = true,
            }
        }
        let is_loop = next.is_some() && next.as_deref() == asked;
        let is_last = next.is_none();
        *cursor = next;
        if is_last || is_loop {
            self.close_listing();
        }
        if has_no_start {
            self.shortfalls.add(ShortfallReason::NoStart, None, None);
        }
        if is_loop {
            let message = "it gave the same cursor twice".into();
            let method = Subject::Channels.method();
            self.shortfalls.add(ShortfallReason::Failed { method, message }, None, None);
        }
    }

    fn on_failure(&mut self, now: Duration, request: &Request, failure: Failure, pacing: &mut Pacing) {
        let method = request.subject().method();
        match failure {
            Failure::RateLimited(retry_after) => pacing.of(request.subject()).refused(now, retry_after),
            Failure::Passing(_) if self.retries < RETRIES => {
                self.retry_at = now + RETRY_DELAY * 2_u32.pow(self.retries);
                self.retries += 1;
            }
            // The page may have been too large.
            Failure::Unreadable(_)
                if request.limit > SMALL_PAGE && request.subject() != Subject::Channels =>
            {
                pacing.page_size = SMALL_PAGE;
            }
            Failure::Passing(message) | Failure::Unreadable(message) => {
                self.retries = 0;
                self.skip(ShortfallReason::Failed { method, message });
            }
            Failure::Refused { code, is_fatal } => {
                self.retries = 0;
                self.on_refused(
                    request,
                    ShortfallReason::Refused { method, code: code.clone() },
                    code.as_str(),
                    is_fatal,
                );
            }
        }
    }

    fn on_refused(&mut self, request: &Request, reason: ShortfallReason, code: &str, is_fatal: bool) {
        if is_fatal {
            return self.give_up(&reason);
        }
        if code == "invalid_cursor" && request.cursor.is_some() && self.restarts < RETRIES {
            self.restarts += 1;
            match (&mut self.listing, self.current) {
                (Listing::Open { cursor, .. }, _) => *cursor = None,
                (_, Some(index)) => self.readers.get_mut(index).into_iter().for_each(Reader::restart),
                _ => {}
            }
            return;
        }
        if matches!(request.query, Query::Replies { .. }) {
            let Some(reader) = self.reading() else { return };
            if THREAD_IS_GONE.contains(&code) {
                return reader.skip_thread();
            }
            // Deliver the messages of the channel without the thread.
            reader.skip_threads();
            let (channel, after) = (reader.channel.clone(), reader.position());
            return self.shortfalls.add(reason, Some(channel), after);
        }
        if let (Query::History { channel, .. }, Listing::Closed { ims }) = (&request.query, &self.listing) {
            self.ims_are_refused |= code == "missing_scope" && ims.contains(channel);
        }
        self.skip(reason);
    }

    /// Gives up on the current channel or thread.
    fn skip(&mut self, reason: ShortfallReason) {
        if self.is_listing() {
            self.close_listing();
            return self.shortfalls.add(reason, None, None);
        }
        let Some(index) = self.current.take().filter(|index| *index < self.readers.len()) else { return };
        let reader = self.readers.swap_remove(index);
        self.done.insert(reader.channel.clone());
        self.shortfalls.add(reason, Some(reader.channel.clone()), reader.position());
    }
}
