//! Hosts that die, stop, join and leave.

use std::time::Duration;

use crate::support::{Cluster, NatsServer, Workspaces, soak, stored};

const TOKENS: usize = 20;
const PER_MINUTE: usize = 6;

/// A host is killed while 10,000 things are said, and later two at once, of three; they come back each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_hosts_lose_nothing_and_double_nothing() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(TOKENS).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let (mut a, mut b, mut c) = (cluster.host("a"), cluster.host("b"), cluster.host("c"));
    for host in [&a, &b, &c] {
        host.ready().await;
    }
    workspaces.connected(2).await;
    workspaces.talk(100, Duration::from_millis(10)).await;
    a.kill();
    workspaces.talk(100, Duration::from_millis(10)).await;
    // The other two take over.
    workspaces.connected(2).await;
    a = cluster.host("a");
    a.ready().await;
    workspaces.talk(100, Duration::from_millis(10)).await;
    b.kill();
    workspaces.talk(20, Duration::from_millis(10)).await;
    c.kill();
    workspaces.talk(80, Duration::from_millis(10)).await;
    workspaces.connected(1).await;
    workspaces.talk(100, Duration::from_millis(10)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    assert_eq!(workspaces.count(), 10_000);
    stored.assert_exactly(&workspaces);
    workspaces.assert_calls_within(PER_MINUTE);
}

/// A host is stopped for longer than its leases last, and goes on; the others have taken over meanwhile, and give back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_stopped_adds_nothing() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b"), cluster.host("c")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.talk(50, Duration::from_millis(5)).await;
    hosts[0].stop();
    let stopped = soak().map_or(6, |_| 30);
    for _ in 0..stopped {
        workspaces.talk(50, Duration::from_millis(20)).await;
    }
    hosts[0].go_on();
    workspaces.talk(100, Duration::from_millis(20)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(PER_MINUTE);
}

/// A host joins, and one leaves that was asked to: it hands over first, so that each token keeps its connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_and_who_leaves_is_not_noticed() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(6).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let (mut a, b) = (cluster.host("a"), cluster.host("b"));
    a.ready().await;
    b.ready().await;
    workspaces.talk(50, Duration::from_millis(5)).await;
    let c = cluster.host("c");
    c.ready().await;
    workspaces.talk(50, Duration::from_millis(5)).await;
    let leaving = a.leave();
    let talking = workspaces.talk(200, Duration::from_millis(10));
    tokio::join!(leaving, talking);
    assert!(a.child.wait().unwrap().success());
    workspaces.connected(2).await;
    workspaces.talk(50, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert_eq!(stored.gaps, [] as [serde_json::Value; 0]);
    let status = cluster.status().await;
    assert_eq!(status.hosts.iter().map(|heartbeat| heartbeat.host.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    workspaces.assert_calls_within(PER_MINUTE);
}
