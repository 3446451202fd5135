//! Publishes messages to the stream: each until it is acknowledged, those of one ordering key one after the other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::{self, context::PublishErrorKind, message::PublishMessage};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::throttle::Throttle;

/// The wait before the first retry. It doubles with each retry, up to `MAX_RETRY_WAIT`.
const FIRST_RETRY_WAIT: Duration = Duration::from_millis(50);
const MAX_RETRY_WAIT: Duration = Duration::from_secs(2);

/// The number of bytes that a message counts for besides its body.
const MESSAGE_OVERHEAD: usize = 256;

/// A message for the stream.
pub struct Message {
    /// The subject.
    pub subject: String,
    /// The message id, by which the stream recognizes duplicates.
    pub id: String,
    /// The headers besides the message id.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
    /// The ordering key. Messages with the same key are stored in the order in which they were submitted.
    pub order_key: u64,
    /// Called when the message is stored, or turns out to be too large.
    pub on_done: Box<dyn FnOnce(PublishOutcome) + Send>,
}

/// Prints the length of the body alone: its content is private.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("len", &self.body.len()).finish_non_exhaustive()
    }
}

/// The outcome of publishing a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// The message is stored.
    Stored {
        /// Whether it was stored before, by another host or by an earlier attempt.
        is_duplicate: bool,
    },
    /// The message exceeds the server's `max_payload`, and is not stored.
    TooLarge,
}

/// The counters of a publisher.
#[derive(Debug, Default)]
pub struct Counts {
    /// The number of messages that were stored for the first time.
    pub stored: AtomicU64,
    /// The number of messages that were stored already.
    pub duplicates: AtomicU64,
    /// The number of failed attempts.
    pub failures: AtomicU64,
    /// The number of messages that are too large.
    pub too_large: AtomicU64,
    /// The number of messages that wait or are in flight.
    pub waiting: AtomicUsize,
}

/// Publishes messages to the stream. Clones are handles of the same publisher, which runs until all of them are dropped and no message waits.
#[derive(Clone)]
pub struct Publisher {
    jobs: mpsc::Sender<Job>,
    capacity: Arc<Semaphore>,
    max_bytes: usize,
    counts: Arc<Counts>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").field("counts", &self.counts).finish_non_exhaustive()
    }
}

struct Job {
    message: Message,
    _permit: OwnedSemaphorePermit,
}

impl Publisher {
    /// Starts a publisher with at most `max_in_flight` messages in flight and about `max_bytes` waiting.
    #[must_use]
    pub fn start(context: jetstream::Context, max_in_flight: usize, max_bytes: usize) -> Self {
        let (jobs, queue) = mpsc::channel(1024);
        let counts = Arc::new(Counts::default());
        let max_bytes = max_bytes.clamp(64 << 10, u32::MAX as usize >> 1);
        let task = Task {
            context: Arc::new(context),
            max_in_flight: max_in_flight.max(1),
            queues: HashMap::new(),
            ready: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            counts: counts.clone(),
            complaints: Arc::default(),
        };
        tokio::spawn(task.run(queue));
        Self { jobs, capacity: Arc::new(Semaphore::new(max_bytes)), max_bytes, counts }
    }

    /// Submits a message, and waits while the queue is full.
    ///
    /// # Cancel safety
    /// If the future is dropped before it completes, the message is dropped and not published.
    pub async fn submit(&self, message: Message) {
        let Ok(permit) = self.capacity.clone().acquire_many_owned(self.size(&message)).await else { return };
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        if self.jobs.send(Job { message, _permit: permit }).await.is_err() {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Submits a message without waiting.
    ///
    /// # Errors
    /// Returns the message if the queue is full.
    pub fn try_submit(&self, message: Message) -> Result<(), Box<Message>> {
        let size = self.size(&message);
        let Ok(permit) = self.capacity.clone().try_acquire_many_owned(size) else {
            return Err(Box::new(message));
        };
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(Job { message, _permit: permit }).map_err(|error| {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            Box::new(error.into_inner().message)
        })
    }

    /// Submits a message. If the queue is full, returns the future that does so when there is room.
    pub(crate) fn submit_or_wait(&self, message: Message) -> Option<BoxFuture<'static, ()>> {
        let message = self.try_submit(message).err()?;
        let publisher = self.clone();
        Some(Box::pin(async move { publisher.submit(*message).await }))
    }

    fn size(&self, message: &Message) -> u32 {
        let size = (message.body.len() + MESSAGE_OVERHEAD).min(self.max_bytes);
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// Returns the counters.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Waits until no message waits or is in flight, for at most `timeout`. Returns `false` if the time ran out.
    pub async fn flush(&self, timeout: Duration) -> bool {
        let empty = async {
            while self.counts.waiting.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(timeout, empty).await.is_ok()
    }
}

struct Task {
    context: Arc<jetstream::Context>,
    max_in_flight: usize,
    /// The waiting messages of each ordering key that has one in flight or ready.
    queues: HashMap<u64, VecDeque<Job>>,
    /// The ordering keys whose next message may be published.
    ready: VecDeque<u64>,
    in_flight: FuturesUnordered<BoxFuture<'static, u64>>,
    counts: Arc<Counts>,
    complaints: Arc<Throttle>,
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut is_open = true;
        while is_open || !self.in_flight.is_empty() {
            tokio::select! {
                Some(order_key) = self.in_flight.next(), if !self.in_flight.is_empty() => self.completed(order_key),
                job = jobs.recv(), if is_open => match job {
                    Some(job) => self.enqueue(job),
                    None => is_open = false,
                },
            }
            while self.in_flight.len() < self.max_in_flight
                && let Some(order_key) = self.ready.pop_front()
            {
                let Some(job) = self.queues.get_mut(&order_key).and_then(VecDeque::pop_front) else {
                    continue;
                };
                let publish = publish_until_stored(
                    self.context.clone(),
                    job,
                    self.counts.clone(),
                    self.complaints.clone(),
                );
                self.in_flight.push(Box::pin(publish));
            }
        }
    }

    fn enqueue(&mut self, job: Job) {
        let order_key = job.message.order_key;
        match self.queues.get_mut(&order_key) {
            Some(queue) => queue.push_back(job),
            None => {
                self.queues.insert(order_key, VecDeque::from([job]));
                self.ready.push_back(order_key);
            }
        }
    }

    fn completed(&mut self, order_key: u64) {
        if self.queues.get(&order_key).is_some_and(|queue| !queue.is_empty()) {
            self.ready.push_back(order_key);
        } else {
            self.queues.remove(&order_key);
        }
    }
}

/// Publishes a message until it is stored or turns out to be too large. Returns its ordering key.
async fn publish_until_stored(
    context: Arc<jetstream::Context>,
    job: Job,
    counts: Arc<Counts>,
    complaints: Arc<Throttle>,
) -> u64 {
    let Message { subject, id, headers, body, order_key, on_done } = job.message;
    let subject = async_nats::Subject::from(subject);
    let mut wait = FIRST_RETRY_WAIT;
    let outcome = loop {
        let mut map = HeaderMap::new();
        map.insert(async_nats::header::NATS_MESSAGE_ID, &*id);
        for (name, value) in &headers {
            map.insert(*name, value.as_str());
        }
        let message = PublishMessage::build().payload(body.clone()).headers(map);
        let ack = match context.send_publish(subject.clone(), message).await {
            Ok(ack) => ack.await,
            Err(error) => Err(error),
        };
        match ack {
            Ok(ack) => break PublishOutcome::Stored { is_duplicate: ack.duplicate },
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                break PublishOutcome::TooLarge;
            }
            Err(error) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
                if complaints.is_due() {
                    tracing::warn!(%error, "events are not stored; they are published again until they are");
                } else {
                    tracing::debug!(%error, "the stream did not acknowledge an event; it is published again");
                }
            }
        }
        tokio::time::sleep(wait).await;
        wait = (2 * wait).min(MAX_RETRY_WAIT);
    };
    let count = match outcome {
        PublishOutcome::Stored { is_duplicate: false } => &counts.stored,
        PublishOutcome::Stored { is_duplicate: true } => &counts.duplicates,
        PublishOutcome::TooLarge => &counts.too_large,
    };
    count.fetch_add(1, Ordering::Relaxed);
    on_done(outcome);
    counts.waiting.fetch_sub(1, Ordering::Relaxed);
    order_key
}
