//! Answers that come in pages, as streams.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::call::Options;
use crate::{Call, Client, Error, Operation, RetryPolicy};

/// The number of pages after which a stream ends with an error, unless [`Pages::max_pages`] sets another.
const DEFAULT_MAX_PAGES: usize = 10_000;

/// How often a page is asked for while Slack limits the rate, where neither the call nor the client has a [`RetryPolicy`].
const DEFAULT_ATTEMPTS: u32 = 10;

/// An operation that answers in pages.
pub trait Paginated: Operation<Answer: Send, Refusal: Send> + Send + 'static {
    /// An item of the list that is paged.
    type Item: Send;
    /// What tells one page from another: a cursor or a number.
    type Cursor: Clone + Eq + Hash + Send + Sync;

    /// Returns the page that the request asks for, or `None` for the first page.
    fn cursor(&self) -> Option<&Self::Cursor>;

    /// Makes the request ask for another page.
    fn turn_to(&mut self, cursor: Self::Cursor);

    /// Returns the page that follows an answer, or `None` if the answer is the last page.
    fn next(answer: &Self::Answer) -> Option<Self::Cursor>;

    /// Returns the items of an answer.
    fn items(answer: Self::Answer) -> Vec<Self::Item>;

    /// Returns what tells an item from others, where the item that began the first page may begin the next ones too: [`Items`] then gives it once. The default is
    /// `None`, for pages that do not overlap.
    fn repeated(item: &Self::Item) -> Option<&str> {
        let _ = item;
        None
    }
}

/// The next cursor, which is empty on the last page.
#[allow(dead_code, reason = "a document need not have an operation that answers in pages")]
pub(crate) fn next_cursor(cursor: Option<&str>) -> Option<String> {
    cursor.filter(|cursor| !cursor.is_empty()).map(ToOwned::to_owned)
}

/// The number of the next page, where there is one.
#[allow(dead_code, reason = "a document need not have an operation that answers in pages")]
pub(crate) fn next_page<N: TryInto<u64>, C: TryFrom<u64>>(page: Option<N>, pages: Option<N>) -> Option<C> {
    let page = page?.try_into().ok()?;
    let next = page.checked_add(1).filter(|_| pages.and_then(|pages| pages.try_into().ok()) > Some(page))?;
    next.try_into().ok()
}

/// Why a stream of pages cannot go on although every call succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaginationError {
    /// Slack pointed to a page that was asked for before, so that there would be no end.
    RepeatedCursor,
    /// There are more pages than [`Pages::max_pages`] allows.
    #[non_exhaustive]
    TooManyPages {
        /// The maximum.
        max_pages: usize,
    },
}

impl fmt::Display for PaginationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedCursor => f.write_str("Slack pointed to a page that was read before"),
            Self::TooManyPages { max_pages } => write!(f, "there are more than {max_pages} pages"),
        }
    }
}

impl std::error::Error for PaginationError {}

impl<O: Paginated> Call<O> {
    /// Returns a stream of the answers, one for each page. Nothing is sent until the stream is polled.
    ///
    /// The stream starts at the page that the call asks for, and ends after the page that has no successor, or after an error. No page is asked for again once
    /// it was answered. While Slack limits the rate, the stream waits as long as `Retry-After` says: by the [`RetryPolicy`] of the call or of the client where
    /// there is one, else up to 9 times in a row and up to 60 s each time.
    ///
    /// Dropping the stream drops the call that is under way.
    pub fn pages(self) -> Pages<O> {
        let Self { client, request, options } = self;
        let (options, failed) = match options {
            Ok(options) => (options, None),
            Err(error) => (Options::default(), Some(Error::Config(error))),
        };
        let asked = request.cursor().cloned().into_iter().collect();
        let state = State { client, request, options, asked, answered: 0, max_pages: DEFAULT_MAX_PAGES };
        let next = match failed {
            Some(error) => Next::Fail(error),
            None => Next::Ask,
        };
        Pages { step: Step::Idle(Box::new(state), next) }
    }

    /// Returns a stream of the items of all pages, in their order. It asks for a page when the items of the one before are used up; see
    /// [`pages`](Self::pages).
    ///
    /// ```no_run
    /// # #[cfg(feature = "web")]
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut members = client.users_list().limit(200).items();
    /// while let Some(member) = members.next().await {
    ///     println!("{:?}", member?.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn items(self) -> Items<O> {
        Items { pages: self.pages(), items: Vec::new().into_iter(), beginning: None }
    }
}

struct State<O: Paginated> {
    client: Client,
    request: O,
    options: Options,
    asked: HashSet<O::Cursor>,
    answered: usize,
    max_pages: usize,
}

enum Next<R> {
    Ask,
    Fail(Error<R>),
    End,
}

type Asked<O> = (Box<State<O>>, Result<<O as Operation>::Answer, Error<<O as Operation>::Refusal>>);

enum Step<O: Paginated> {
    Idle(Box<State<O>>, Next<O::Refusal>),
    Asking(Pin<Box<dyn Future<Output = Asked<O>> + Send>>),
    /// Only while a step is taken.
    Taken,
}

/// A stream of the answers of a call, one for each page. It is made by [`Call::pages`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<O: Paginated> {
    step: Step<O>,
}

impl<O: Paginated> Pages<O> {
    /// Sets the number of pages after which the stream ends with [`PaginationError::TooManyPages`] if there are more; the default is 10,000. It has no effect
    /// once the stream was polled.
    pub fn max_pages(mut self, max_pages: usize) -> Self {
        if let Step::Idle(state, _) = &mut self.step {
            state.max_pages = max_pages;
        }
        self
    }

    /// Returns the next page, or `None` at the end. It is cancel safe: the call goes on where it was when it is called again.
    pub async fn next(&mut self) -> Option<Result<O::Answer, Error<O::Refusal>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

// The state is behind a box, and so is the call.
impl<O: Paginated> Unpin for Pages<O> {}

impl<O: Paginated> Stream for Pages<O> {
    type Item = Result<O::Answer, Error<O::Refusal>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.step, Step::Taken) {
                Step::Idle(state, Next::Ask) => self.step = Step::Asking(Box::pin(ask(state))),
                Step::Idle(state, Next::Fail(error)) => {
                    self.step = Step::Idle(state, Next::End);
                    return Poll::Ready(Some(Err(error)));
                }
                Step::Idle(state, Next::End) => {
                    self.step = Step::Idle(state, Next::End);
                    return Poll::Ready(None);
                }
                Step::Asking(mut call) => {
                    let Poll::Ready((mut state, answer)) = call.as_mut().poll(context) else {
                        self.step = Step::Asking(call);
                        return Poll::Pending;
                    };
                    let next = answer.as_ref().map_or(Next::End, |answer| state.turn(answer));
                    self.step = Step::Idle(state, next);
                    return Poll::Ready(Some(answer));
                }
                Step::Taken => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paginated> State<O> {
    /// Turns to the page after this one.
    fn turn(&mut self, answer: &O::Answer) -> Next<O::Refusal> {
        self.answered += 1;
        let Some(cursor) = O::next(answer) else { return Next::End };
        if !self.asked.insert(cursor.clone()) {
            return Next::Fail(Error::Pagination(PaginationError::RepeatedCursor));
        }
        if self.answered >= self.max_pages {
            let max_pages = self.max_pages;
            return Next::Fail(Error::Pagination(PaginationError::TooManyPages { max_pages }));
        }
        self.request.turn_to(cursor);
        Next::Ask
    }
}

async fn ask<O: Paginated>(state: Box<State<O>>) -> Asked<O> {
    let has_policy = state.options.retry.or(state.client.inner().retry).is_some();
    let patience = RetryPolicy::attempts(DEFAULT_ATTEMPTS);
    let mut failed = 0;
    loop {
        let answer = crate::call::send(&state.client, &state.request, &state.options).await;
        let error = match answer {
            Ok(response) => return (state, Ok(response.into_value())),
            Err(error) => error,
        };
        failed += 1;
        let wait = if error.is_rate_limited() && !has_policy {
            patience.wait(failed, error.failure(false), fastrand::f64())
        } else {
            None
        };
        match wait {
            Some(wait) => state.client.suspend_clock().sleep(wait).await,
            None => return (state, Err(error)),
        }
    }
}

impl<O: Paginated> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("method", &O::NAME).finish_non_exhaustive()
    }
}

/// A stream of the items of all pages. It is made by [`Call::items`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<O: Paginated> {
    pages: Pages<O>,
    items: std::vec::IntoIter<O::Item>,
    /// What tells the item that the first page began with.
    beginning: Option<String>,
}

impl<O: Paginated> Items<O> {
    /// Sets the number of pages after which the stream ends with an error if there are more; the default is 10,000. See [`Pages::max_pages`].
    pub fn max_pages(mut self, max_pages: usize) -> Self {
        self.pages = self.pages.max_pages(max_pages);
        self
    }

    /// Returns the next item, or `None` at the end. It is cancel safe.
    pub async fn next(&mut self) -> Option<Result<O::Item, Error<O::Refusal>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Begins a page, without the item that an earlier one began with.
    fn begin(&mut self, page: Vec<O::Item>) {
        self.items = page.into_iter();
        let Some(first) = self.items.as_slice().first().and_then(O::repeated) else { return };
        match &self.beginning {
            None => self.beginning = Some(first.to_owned()),
            Some(beginning) if beginning == first => drop(self.items.next()),
            Some(_) => {}
        }
    }
}

impl<O: Paginated> Unpin for Items<O> {}

impl<O: Paginated> Stream for Items<O> {
    type Item = Result<O::Item, Error<O::Refusal>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => self.begin(O::items(page)),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paginated> fmt::Debug for Items<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("method", &O::NAME).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next() {
        assert_eq!(next_cursor(Some("")), None);
        assert_eq!(next_cursor(None), None);
        assert_eq!(next_cursor(Some("dXNlcg==")).as_deref(), Some("dXNlcg=="));
        for (page, pages, next) in [
            (Some(1), Some(3), Some(2)),
            (Some(3), Some(3), None),
            (Some(4), Some(3), None),
            (Some(-1), Some(3), None),
            (Some(i64::MAX), Some(i64::MAX), None),
            (None, Some(3), None),
            (Some(1), None, None),
        ] {
            assert_eq!(next_page::<i64, u64>(page, pages), next, "{page:?} of {pages:?}");
        }
    }
}
