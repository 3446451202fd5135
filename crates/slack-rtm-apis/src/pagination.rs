//! Paginated operations as streams.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::sending::{self, Options};
use crate::{Call, Client, Error, Operation, PaginationError, RetryPolicy};

/// The default of [`Pages::max_pages`].
const DEFAULT_MAX_PAGES: usize = 10_000;

/// The maximum number of attempts for a page while calls are rate limited, if neither the call nor the client has a [`RetryPolicy`].
const DEFAULT_ATTEMPTS: u32 = 10;

/// A paginated operation. The generated request types implement it; implement it for own operations to use [`Call::pages`] and [`Call::items`].
pub trait Paginated: Operation<Response: Send, Refusal: Send> + Send + 'static {
    /// An item of the paginated list.
    type Item: Send;
    /// The identifier of a page: a cursor or a number.
    type Cursor: Clone + Eq + Hash + Send + Sync;

    /// Returns the cursor of the request, or `None` for the first page.
    fn cursor(&self) -> Option<&Self::Cursor>;

    /// Sets the cursor of the request.
    fn set_cursor(&mut self, cursor: Self::Cursor);

    /// Returns the cursor of the page after a response, or `None` after the last page.
    fn next_cursor(response: &Self::Response) -> Option<Self::Cursor>;

    /// Returns the items of a response.
    fn items(response: Self::Response) -> Vec<Self::Item>;

    /// Returns the key of an item, if the first item of the first page can be repeated as the first item of other pages; [`Items`] then yields it once. The
    /// default is `None`, for pages that do not overlap.
    fn repeated_key(item: &Self::Item) -> Option<&str> {
        let _ = item;
        None
    }
}

/// Returns the next cursor; an empty one marks the last page.
#[allow(dead_code, reason = "a document may have no paginated operation")]
pub(crate) fn next_cursor(cursor: Option<&str>) -> Option<String> {
    cursor.filter(|cursor| !cursor.is_empty()).map(ToOwned::to_owned)
}

/// Returns the number of the next page, if there is one.
#[allow(dead_code, reason = "a document may have no paginated operation")]
pub(crate) fn next_page<N: TryInto<u64>, C: TryFrom<u64>>(page: Option<N>, pages: Option<N>) -> Option<C> {
    let page = page?.try_into().ok()?;
    let next = page.checked_add(1).filter(|_| pages.and_then(|pages| pages.try_into().ok()) > Some(page))?;
    next.try_into().ok()
}

impl<O: Paginated> Call<O> {
    /// Returns a stream of the responses, one for each page. Nothing is sent until the stream is polled.
    ///
    /// The stream starts at the page of the call's cursor and ends after the last page or an error. When a call is rate limited, the stream waits for the time in
    /// `Retry-After` and repeats it: according to the [`RetryPolicy`] of the call or the client, or else up to 9 times for each page and up to 60 s each time.
    ///
    /// Dropping the stream cancels the pending call.
    ///
    /// ```no_run
    /// # #[cfg(feature = "web")]
    /// # async fn f(client: slack_rtm_apis::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut pages = client.conversations_list().limit(200).pages().max_pages(50);
    /// while let Some(page) = pages.next().await {
    ///     println!("{} conversations", page?.channels.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(self) -> Pages<O> {
        let Self { client, request, options } = self;
        let (options, failed) = match options {
            Ok(options) => (options, None),
            Err(error) => (Options::default(), Some(Error::Config(error))),
        };
        let cursors = request.cursor().cloned().into_iter().collect();
        let state = State { client, request, options, cursors, page_count: 0, max_pages: DEFAULT_MAX_PAGES };
        let next = match failed {
            Some(error) => Next::Fail(error),
            None => Next::Fetch,
        };
        Pages { step: Step::Idle(Box::new(state), next) }
    }

    /// Returns a stream of the items of all pages, in order. It requests a page when all items of the previous page have been consumed; see
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
        Items { pages: self.pages(), items: Vec::new().into_iter(), first_key: None }
    }
}

struct State<O: Paginated> {
    client: Client,
    request: O,
    options: Options,
    /// The cursors of all requested pages.
    cursors: HashSet<O::Cursor>,
    page_count: usize,
    max_pages: usize,
}

enum Next<R> {
    Fetch,
    Fail(Error<R>),
    End,
}

type Outcome<O> = (Box<State<O>>, Result<<O as Operation>::Response, Error<<O as Operation>::Refusal>>);

enum Step<O: Paginated> {
    Idle(Box<State<O>>, Next<O::Refusal>),
    Fetching(Pin<Box<dyn Future<Output = Outcome<O>> + Send>>),
    /// A placeholder while the state is moved.
    Moved,
}

/// A stream of the responses of a call, one for each page. [`Call::pages`] creates it.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<O: Paginated> {
    step: Step<O>,
}

impl<O: Paginated> Pages<O> {
    /// Sets the maximum number of pages, after which the stream ends with [`PaginationError::TooManyPages`]; the default is 10,000. It has no effect after the
    /// stream was first polled.
    pub fn max_pages(mut self, max_pages: usize) -> Self {
        if let Step::Idle(state, _) = &mut self.step {
            state.max_pages = max_pages;
        }
        self
    }

    /// Returns the next page, or `None` at the end.
    ///
    /// # Cancel safety
    /// This method is cancel safe: the next invocation continues the pending call.
    pub async fn next(&mut self) -> Option<Result<O::Response, Error<O::Refusal>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

// Both the state and the future are boxed.
impl<O: Paginated> Unpin for Pages<O> {}

impl<O: Paginated> Stream for Pages<O> {
    type Item = Result<O::Response, Error<O::Refusal>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.step, Step::Moved) {
                Step::Idle(state, Next::Fetch) => self.step = Step::Fetching(Box::pin(fetch(state))),
                Step::Idle(state, Next::Fail(error)) => {
                    self.step = Step::Idle(state, Next::End);
                    return Poll::Ready(Some(Err(error)));
                }
                Step::Idle(state, Next::End) => {
                    self.step = Step::Idle(state, Next::End);
                    return Poll::Ready(None);
                }
                Step::Fetching(mut call) => {
                    let Poll::Ready((mut state, response)) = call.as_mut().poll(context) else {
                        self.step = Step::Fetching(call);
                        return Poll::Pending;
                    };
                    let next = response.as_ref().map_or(Next::End, |response| state.advance(response));
                    self.step = Step::Idle(state, next);
                    return Poll::Ready(Some(response));
                }
                Step::Moved => return Poll::Ready(None),
            }
        }
    }
}

impl<O: Paginated> State<O> {
    /// Proceeds to the page after a response.
    fn advance(&mut self, response: &O::Response) -> Next<O::Refusal> {
        self.page_count += 1;
        let Some(cursor) = O::next_cursor(response) else { return Next::End };
        if !self.cursors.insert(cursor.clone()) {
            return Next::Fail(Error::Pagination(PaginationError::RepeatedCursor));
        }
        if self.page_count >= self.max_pages {
            let max_pages = self.max_pages;
            return Next::Fail(Error::Pagination(PaginationError::TooManyPages { max_pages }));
        }
        self.request.set_cursor(cursor);
        Next::Fetch
    }
}

async fn fetch<O: Paginated>(state: Box<State<O>>) -> Outcome<O> {
    let has_policy = state.options.retry.or(state.client.inner().retry).is_some();
    let default_policy = RetryPolicy::with_max_attempts(DEFAULT_ATTEMPTS);
    let mut failed = 0;
    loop {
        let result = sending::send(&state.client, &state.request, &state.options).await;
        let error = match result {
            Ok(response) => return (state, Ok(response.into_value())),
            Err(error) => error,
        };
        failed += 1;
        let wait = if error.is_rate_limited() && !has_policy {
            default_policy.wait(failed, error.failure(false), fastrand::f64())
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

/// A stream of the items of all pages. [`Call::items`] creates it.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<O: Paginated> {
    pages: Pages<O>,
    items: std::vec::IntoIter<O::Item>,
    /// The key of the first item of the first page.
    first_key: Option<String>,
}

impl<O: Paginated> Items<O> {
    /// Sets the maximum number of pages, after which the stream ends with an error; the default is 10,000. See [`Pages::max_pages`].
    pub fn max_pages(mut self, max_pages: usize) -> Self {
        self.pages = self.pages.max_pages(max_pages);
        self
    }

    /// Returns the next item, or `None` at the end.
    ///
    /// # Cancel safety
    /// This method is cancel safe: no item is lost.
    pub async fn next(&mut self) -> Option<Result<O::Item, Error<O::Refusal>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Starts a page, without its first item if that repeats the first item of the first page.
    fn start_page(&mut self, page: Vec<O::Item>) {
        self.items = page.into_iter();
        let Some(first) = self.items.as_slice().first().and_then(O::repeated_key) else { return };
        match &self.first_key {
            None => self.first_key = Some(first.to_owned()),
            Some(key) if key == first => drop(self.items.next()),
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
                Some(Ok(page)) => self.start_page(O::items(page)),
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
    fn the_last_page_has_no_next_cursor() {
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
