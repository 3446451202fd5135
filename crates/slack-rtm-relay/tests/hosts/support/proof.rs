//! The proof: whatever strikes the relay, each event is stored once and in order, and no request is carried out twice.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use slack_rtm_relay::{CommandClient, SendOutcome, SendReply, SendRequest};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cluster::FAKETIME;
use super::stream::Stored;
use super::{Cluster, Host, NatsServer, TIMEOUT, Workspaces, stored, until};

const TOKENS: usize = 20;

/// How often each workspace gets a message: before, during and after the disaster.
const ROUNDS: [usize; 3] = [100, 300, 100];

/// The wait between two rounds while nothing strikes.
const FAST: Duration = Duration::from_millis(2);

/// The wait between two requests, and how long each may take.
const REQUEST_INTERVAL: Duration = Duration::from_millis(250);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// How often each request is made at once.
const REPETITIONS: usize = 2;

const TEAM: &str = "T01ACME0000";

/// How many requests have to be acknowledged. They go on until then, since few may be during a long disaster.
const MIN_ACKED: usize = 10;

/// The setting of a disaster.
pub(crate) struct Scenario {
    /// The number of NATS servers: one, or three that replicate the stream and the buckets.
    pub(crate) servers: usize,
    /// The offsets of the hosts' wall clocks.
    pub(crate) clocks: [Option<&'static str>; 3],
    /// Whether the tokens are in the bucket, not in the configuration.
    pub(crate) tokens_bucket: bool,
    /// Further lines of the table `relay` of the configuration.
    pub(crate) settings: &'static str,
    /// The wait between two rounds during the disaster.
    pub(crate) pace: Duration,
}

impl Default for Scenario {
    fn default() -> Self {
        Self { servers: 1, clocks: [None; 3], tokens_bucket: false, settings: "", pace: 5 * FAST }
    }
}

/// What a disaster can strike.
pub(crate) struct Stage<'a> {
    pub(crate) servers: &'a mut [NatsServer],
    pub(crate) cluster: &'a Cluster,
    /// The hosts `a`, `b` and `c`.
    pub(crate) hosts: &'a mut Vec<Host>,
    pub(crate) workspaces: &'a Workspaces,
}

impl Stage<'_> {
    /// Kills the host with this number, and waits until Slack has noticed.
    pub(crate) async fn kill(&mut self, number: usize) {
        self.hosts[number].kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    /// Starts the host with this number again, or a further one.
    pub(crate) fn start(&mut self, number: usize, clock: Option<&str>) {
        let host = host(self.cluster, number, clock);
        match self.hosts.get_mut(number) {
            Some(before) => *before = host,
            None => self.hosts.push(host),
        }
    }
}

/// What is left after a disaster.
pub(crate) struct Aftermath {
    /// They run until the aftermath is dropped, and before the cluster, whose folder has their logs.
    _running: (Vec<Host>, Vec<NatsServer>, Workspaces),
    pub(crate) stored: Stored,
    pub(crate) cluster: Cluster,
}

/// Has 10,000 messages posted in the workspaces of 20 tokens, and further ones requested, while a disaster strikes three hosts. Asserts that
///
/// - the stream has exactly what was posted, each message once, and those of a channel in order;
/// - no minute had more calls of rtm.connect with a token than the budget allows;
/// - no request was carried out twice, no reply is wrong, and requests are acknowledged again.
///
/// Returns `None` if the programs that are needed are missing, which is printed.
pub(crate) async fn survives(
    scenario: Scenario,
    disaster: impl AsyncFnOnce(&mut Stage<'_>),
) -> Option<Aftermath> {
    if scenario.clocks.iter().any(Option::is_some) && std::env::var_os(FAKETIME).is_none() {
        eprintln!("skipped: {FAKETIME} does not name libfaketime");
        return None;
    }
    let mut servers = match scenario.servers {
        1 => vec![NatsServer::start().await?],
        _ => NatsServer::start_three().await?.into(),
    };
    let workspaces = Workspaces::start(TOKENS).await;
    let urls = servers.iter().map(NatsServer::url).collect();
    let mut cluster = Cluster::over(urls, &workspaces).with(scenario.settings);
    if scenario.tokens_bucket {
        cluster = cluster.with_tokens_in_the_bucket(&workspaces).await;
    }
    let mut hosts: Vec<Host> = (0..3).map(|number| host(&cluster, number, scenario.clocks[number])).collect();
    join_all(hosts.iter().map(Host::ready)).await;
    workspaces.connected(2).await;
    until("the hosts are settled", async || cluster.is_settled(2 * TOKENS).await).await;

    let client = cluster.client().await;
    let (is_over, is_posted) = (Cell::new(false), Cell::new(false));
    let posting = async {
        let [before, during, after] = ROUNDS;
        workspaces.post(before, FAST).await;
        let striking = async {
            let mut stage = Stage {
                servers: &mut servers,
                cluster: &cluster,
                hosts: &mut hosts,
                workspaces: &workspaces,
            };
            disaster(&mut stage).await;
            is_over.set(true);
        };
        let posting = async {
            for _ in 0..during {
                workspaces.post(1, if is_over.get() { FAST } else { scenario.pace }).await;
            }
        };
        tokio::join!(striking, posting);
        workspaces.post(after, FAST).await;
        is_posted.set(true);
    };
    let ((), replies) = tokio::join!(posting, request_until(&client, &is_posted));

    let stored = stored(cluster.url(), &workspaces).await;
    assert_eq!(workspaces.count(), 10_000);
    stored.assert_exactly(&workspaces);
    workspaces.assert_calls_within(cluster.parsed().relay.calls_per_minute);
    assert_requests(&replies, &workspaces);
    Some(Aftermath { _running: (hosts, servers, workspaces), stored, cluster })
}

fn host(cluster: &Cluster, number: usize, clock: Option<&str>) -> Host {
    let name = ["a", "b", "c", "d"][number];
    match clock {
        Some(offset) => cluster.host_with_clock(name, offset),
        None => cluster.host(name),
    }
}

/// Requests messages until all events are posted and enough requests are acknowledged, each several times at once, and returns all replies by id.
async fn request_until(client: &CommandClient, is_posted: &Cell<bool>) -> BTreeMap<String, Vec<SendReply>> {
    let (mut requests, mut replies) = (JoinSet::new(), BTreeMap::new());
    let deadline = Instant::now() + TIMEOUT;
    for number in 0.. {
        let id = format!("request {number}");
        let request = SendRequest::new(id.clone(), "C01GENERAL0", id);
        let client = client.clone();
        requests.spawn(async move {
            let repeated = (0..REPETITIONS).map(|_| client.send(TEAM, None, &request, REQUEST_TIMEOUT));
            let replies = join_all(repeated).await;
            (request.id, replies)
        });
        tokio::time::sleep(REQUEST_INTERVAL).await;
        while let Some(reply) = requests.try_join_next() {
            replies.extend([reply.unwrap()]);
        }
        if is_posted.get() {
            let acked = replies.values().filter(|replies| is_acked(replies)).count();
            if acked >= MIN_ACKED {
                break;
            }
            assert!(Instant::now() < deadline, "of {number} requests {acked} were acknowledged: {replies:?}");
        }
    }
    replies.extend(requests.join_all().await);
    replies
}

fn is_acked(replies: &[SendReply]) -> bool {
    replies.iter().any(|reply| matches!(reply.outcome, SendOutcome::Acked { .. }))
}

/// Asserts that no request was carried out twice, that what was acknowledged was sent, and that what is said not to be sent was not.
fn assert_requests(replies: &BTreeMap<String, Vec<SendReply>>, workspaces: &Workspaces) {
    let sent = workspaces.sent_once();
    for (id, replies) in replies {
        let was_sent = sent.contains(id);
        for reply in replies {
            match &reply.outcome {
                SendOutcome::Acked { .. } => assert!(was_sent, "{replies:?}"),
                SendOutcome::NotSent { .. } => assert!(!was_sent, "{replies:?}"),
                _ => {}
            }
        }
    }
}
