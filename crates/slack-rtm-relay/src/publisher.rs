//! The way of events into the stream: each until it is acknowledged, those of one lane after each other.

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

/// How long it is until the first repetition, and until later ones.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const MAX_WAIT: Duration = Duration::from_secs(2);

/// What a message costs besides its body.
const OVERHEAD: usize = 256;

/// A message for the stream.
pub struct Message {
    /// Where it goes.
    pub subject: String,
    /// What makes it the same as another host's.
    pub id: String,
    /// Its headers, besides the id.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Bytes,
    /// Messages of the same lane are stored in the order in which they were submitted.
    pub lane: u64,
    /// Called when the stream has it, or can never have it.
    pub done: Box<dyn FnOnce(Fate) + Send>,
}

/// Neither the body nor whom it concerns.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("len", &self.body.len()).finish_non_exhaustive()
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the stream; `is_duplicate` if it was there before.
    Stored {
        /// Another host was faster, or an earlier attempt of ours.
        is_duplicate: bool,
    },
    /// It is larger than the server takes.
    TooLarge,
}

/// Counts of a publisher.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages that the stream has stored for the first time.
    pub stored: AtomicU64,
    /// Messages that the stream had already.
    pub duplicates: AtomicU64,
    /// Attempts that failed.
    pub failures: AtomicU64,
    /// Messages that are too large.
    pub too_large: AtomicU64,
    /// Messages that wait or are on their way.
    pub waiting: AtomicUsize,
}

/// Puts messages into the stream. Clones are the same publisher, which runs until all of them are dropped and nothing waits.
#[derive(Clone)]
pub struct Publisher {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
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
    _room: OwnedSemaphorePermit,
}

impl Publisher {
    /// Starts one.
    #[must_use]
    pub fn start(context: jetstream::Context, max_in_flight: usize, max_bytes: usize) -> Self {
        let (jobs, queue) = mpsc::channel(1024);
        let counts = Arc::new(Counts::default());
        let max_bytes = max_bytes.clamp(64 << 10, u32::MAX as usize >> 1);
        let task = Task {
            context: Arc::new(context),
            max_in_flight: max_in_flight.max(1),
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            flights: FuturesUnordered::new(),
            counts: counts.clone(),
        };
        tokio::spawn(task.run(queue));
        Self { jobs, room: Arc::new(Semaphore::new(max_bytes)), max_bytes, counts }
    }

    /// Submits a message, and waits while there is no room for it. Cancel safe: a message that was not submitted is dropped with the future.
    pub async fn submit(&self, message: Message) {
        let size = (message.body.len() + OVERHEAD).min(self.max_bytes);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let Ok(room) = self.room.clone().acquire_many_owned(size).await else { return };
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        if self.jobs.send(Job { message, _room: room }).await.is_err() {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Submits a message, or gives it back where there is no room for it now.
    ///
    /// # Errors
    /// With the message, if it has to wait.
    pub fn try_submit(&self, message: Message) -> Result<(), Box<Message>> {
        let size = (message.body.len() + OVERHEAD).min(self.max_bytes);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let Ok(room) = self.room.clone().try_acquire_many_owned(size) else { return Err(Box::new(message)) };
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(Job { message, _room: room }).map_err(|error| {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            Box::new(error.into_inner().message)
        })
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Waits until nothing waits any more, at most so long; returns whether that is so.
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
    /// The lanes that have a message on its way, or one that could be.
    lanes: HashMap<u64, VecDeque<Job>>,
    /// Lanes whose next message may go.
    ready: VecDeque<u64>,
    flights: FuturesUnordered<BoxFuture<'static, u64>>,
    counts: Arc<Counts>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut is_open = true;
        while is_open || !self.flights.is_empty() {
            tokio::select! {
                Some(lane) = self.flights.next(), if !self.flights.is_empty() => self.landed(lane),
                job = queue.recv(), if is_open => match job {
                    Some(job) => self.take(job),
                    None => is_open = false,
                },
            }
            while self.flights.len() < self.max_in_flight
                && let Some(lane) = self.ready.pop_front()
            {
                let Some(job) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) else { continue };
                self.flights.push(Box::pin(fly(self.context.clone(), job, self.counts.clone())));
            }
        }
    }

    fn take(&mut self, job: Job) {
        let lane = job.message.lane;
        match self.lanes.get_mut(&lane) {
            Some(waiting) => waiting.push_back(job),
            None => {
                self.lanes.insert(lane, VecDeque::from([job]));
                self.ready.push_back(lane);
            }
        }
    }

    fn landed(&mut self, lane: u64) {
        if self.lanes.get(&lane).is_some_and(|waiting| !waiting.is_empty()) {
            self.ready.push_back(lane);
        } else {
            self.lanes.remove(&lane);
        }
    }
}

/// Publishes until the stream has it, and returns the lane.
async fn fly(context: Arc<jetstream::Context>, job: Job, counts: Arc<Counts>) -> u64 {
    let Message { subject, id, headers, body, lane, done } = job.message;
    let subject = async_nats::Subject::from(subject);
    let mut wait = FIRST_WAIT;
    let fate = loop {
        let mut map = HeaderMap::new();
        map.insert(async_nats::header::NATS_MESSAGE_ID, &*id);
        for (name, value) in &headers {
            map.insert(*name, value.as_str());
        }
        let message = PublishMessage::build().payload(body.clone()).headers(map);
        let outcome = match context.send_publish(subject.clone(), message).await {
            Ok(ack) => ack.await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(ack) => break Fate::Stored { is_duplicate: ack.duplicate },
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => break Fate::TooLarge,
            Err(error) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "an event was not acknowledged by the stream, and is published again");
            }
        }
        tokio::time::sleep(wait).await;
        wait = (2 * wait).min(MAX_WAIT);
    };
    let count = match fate {
        Fate::Stored { is_duplicate: false } => &counts.stored,
        Fate::Stored { is_duplicate: true } => &counts.duplicates,
        Fate::TooLarge => &counts.too_large,
    };
    count.fetch_add(1, Ordering::Relaxed);
    done(fate);
    counts.waiting.fetch_sub(1, Ordering::Relaxed);
    lane
}
