//! Hosts that are killed, suspended, join and leave.

use std::time::Duration;

use crate::support::{Cluster, NatsServer, Workspaces, is_soak, stored};

const TOKENS: usize = 20;
const PER_MINUTE: usize = 6;

/// While 10,000 messages are posted, one of three hosts is killed, and later two in a row. The first comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_lost_or_stored_twice_when_hosts_are_killed() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(TOKENS).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let (mut a, mut b, mut c) = (cluster.host("a"), cluster.host("b"), cluster.host("c"));
    for host in [&a, &b, &c] {
        host.ready().await;
    }
    workspaces.connected(2).await;
    workspaces.post(100, Duration::from_millis(10)).await;
    a.kill();
    workspaces.post(100, Duration::from_millis(10)).await;
    // The other two hosts take over.
    workspaces.connected(2).await;
    a = cluster.host("a");
    a.ready().await;
    workspaces.post(100, Duration::from_millis(10)).await;
    b.kill();
    workspaces.post(20, Duration::from_millis(10)).await;
    c.kill();
    workspaces.post(80, Duration::from_millis(10)).await;
    workspaces.connected(1).await;
    workspaces.post(100, Duration::from_millis(10)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    assert_eq!(workspaces.count(), 10_000);
    stored.assert_exactly(&workspaces);
    workspaces.assert_calls_within(PER_MINUTE);
}

/// A host is suspended for longer than its leases last. The others take over, and hand back when it resumes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_suspended_stores_nothing_twice() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b"), cluster.host("c")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.post(50, Duration::from_millis(5)).await;
    hosts[0].suspend();
    let seconds = if is_soak() { 30 } else { 6 };
    for _ in 0..seconds {
        workspaces.post(50, Duration::from_millis(20)).await;
    }
    hosts[0].resume();
    workspaces.post(100, Duration::from_millis(20)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(PER_MINUTE);
}

/// A host joins, and one is asked to leave. It hands its tokens over first, so that there is no gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_and_leaving_makes_no_gap() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(6).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let (mut a, b) = (cluster.host("a"), cluster.host("b"));
    a.ready().await;
    b.ready().await;
    workspaces.post(50, Duration::from_millis(5)).await;
    let c = cluster.host("c");
    c.ready().await;
    workspaces.post(50, Duration::from_millis(5)).await;
    let leaving = a.leave();
    let posting = workspaces.post(200, Duration::from_millis(10));
    tokio::join!(leaving, posting);
    assert!(a.child.wait().unwrap().success());
    workspaces.connected(2).await;
    workspaces.post(50, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert_eq!(stored.gaps, [] as [serde_json::Value; 0]);
    let status = cluster.status().await;
    assert_eq!(status.hosts.iter().map(|heartbeat| heartbeat.host.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    workspaces.assert_calls_within(PER_MINUTE);
}
