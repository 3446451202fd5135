//! Asks the other hosts, by request and reply, what their sessions of a token have received.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Name;
use crate::nats::Nats;
use crate::policy::SessionReport;

/// How long another host may take to answer.
const TIMEOUT: Duration = Duration::from_millis(700);

/// A host that did not run for this long was suspended. It then counts as behind for as long again, while it reads what has arrived meanwhile.
const STALL: Duration = Duration::from_secs(1);

/// A report as it is sent.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reply {
    connected_for_us: Option<u64>,
    lag_us: u64,
    is_behind: bool,
}

/// Queries the live hosts besides this one. Clones share the list of them.
#[derive(Clone, Debug)]
pub(crate) struct CoverageQuery {
    nats: Nats,
    hosts: watch::Receiver<Vec<String>>,
}

impl CoverageQuery {
    pub(crate) fn new(nats: Nats, hosts: watch::Receiver<Vec<String>>) -> Self {
        Self { nats, hosts }
    }

    /// Asks all hosts about a token.
    pub(crate) async fn ask_all(&self, token: &Name) -> Answers {
        let hosts = self.hosts.borrow().clone();
        self.ask(&hosts, token).await
    }

    /// Asks these hosts about a token.
    pub(crate) async fn ask(&self, hosts: &[String], token: &Name) -> Answers {
        let asked = Instant::now();
        let requests = hosts.iter().map(|host| self.ask_host(host, token, asked));
        let reports = join_all(requests).await.into_iter().flatten().collect();
        Answers { asked, hosts: hosts.len(), reports }
    }

    async fn ask_host(&self, host: &str, token: &Name, asked: Instant) -> Option<SessionReport> {
        let request = self.nats.client.request(self.nats.subjects.coverage(host), token.to_string().into());
        let message = tokio::time::timeout(TIMEOUT, request).await.ok()?.ok()?;
        let reply: Reply = serde_json::from_slice(&message.payload).ok()?;
        Some(SessionReport {
            connected_for: reply.connected_for_us.map(Duration::from_micros),
            lag: Duration::from_micros(reply.lag_us),
            is_behind: reply.is_behind,
            answered_in: asked.elapsed(),
        })
    }
}

/// The answers of the other hosts.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) asked: Instant,
    /// How many hosts were asked.
    pub(crate) hosts: usize,
    /// The reports of those that answered in time.
    pub(crate) reports: Vec<SessionReport>,
}

/// Returns the report of this host's session of a token, if it has one.
pub(crate) type ReportOf = Arc<dyn Fn(&str) -> Option<SessionReport> + Send + Sync>;

/// Answers the queries of other hosts until the connection is closed.
pub(crate) async fn serve(
    nats: Nats,
    host: Name,
    report_of: ReportOf,
) -> Result<(), async_nats::SubscribeError> {
    let mut queries = nats.client.subscribe(nats.subjects.coverage(host.as_str())).await?;
    let mut ticks = tokio::time::interval(STALL / 4);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_run = Instant::now();
    let mut behind_until = last_run;
    loop {
        let query = tokio::select! {
            query = queries.next() => Some(query),
            _ = ticks.tick() => None,
        };
        let now = Instant::now();
        if now.duration_since(std::mem::replace(&mut last_run, now)) > STALL {
            behind_until = now + STALL;
        }
        let query = match query {
            Some(Some(query)) => query,
            Some(None) => return Ok(()),
            None => continue,
        };
        let Some(reply_to) = query.reply else { continue };
        let report = std::str::from_utf8(&query.payload).ok().and_then(|token| report_of(token));
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let reply = report.map_or_else(Reply::default, |report| Reply {
            connected_for_us: report.connected_for.map(micros),
            // Rounded up: a short lag must not look like none.
            lag_us: micros(report.lag + Duration::from_nanos(999)),
            is_behind: report.is_behind || now < behind_until,
        });
        if let Ok(json) = serde_json::to_vec(&reply) {
            let _ = nats.client.publish(reply_to, json.into()).await;
        }
    }
}
