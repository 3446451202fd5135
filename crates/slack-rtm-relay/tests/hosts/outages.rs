//! NATS that dies and hangs, and Slack that loses its sockets.

use std::time::Duration;

use crate::support::{Cluster, NatsServer, Workspaces, soak, stored, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_server_that_is_killed_and_comes_back_has_everything_once() {
    let Some(mut nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b"), cluster.host("c")];
    for host in &hosts {
        host.ready().await;
    }
    for _ in 0..2 {
        workspaces.talk(50, Duration::from_millis(5)).await;
        let talking = workspaces.talk(200, Duration::from_millis(10));
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            nats.kill_and_restart(Duration::from_secs(1)).await;
        };
        tokio::join!(talking, killing);
    }
    workspaces.talk(50, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_server_that_hangs_has_everything_once() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.talk(50, Duration::from_millis(5)).await;
    let hang = soak().map_or(Duration::from_secs(6), |_| Duration::from_secs(60));
    tokio::join!(workspaces.talk(300, Duration::from_millis(20)), nats.pause(hang));
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

/// Every connection of every token is lost at once, and things are said until there are new ones: history has them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_host_has_received_is_read_from_history() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.talk(30, Duration::from_millis(5)).await;
    // The stream has them, so the checkpoint knows of each channel.
    stored(cluster.url(), &workspaces).await;
    for slack in &workspaces.slacks {
        slack.drop_connections().await;
    }
    workspaces.talk(60, Duration::ZERO).await;
    workspaces.connected(2).await;
    workspaces.talk(30, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert!(stored.from_history > 0);
    assert!(stored.gaps.iter().any(|gap| gap["state"] == "open"), "{:?}", stored.gaps);
    workspaces.assert_calls_within(6);
}

/// All hosts die, and things are said while there are none: whoever comes next goes on from the checkpoint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_was_gone_goes_on_where_it_was() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut a = cluster.host("a");
    a.ready().await;
    workspaces.talk(30, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await;
    a.kill();
    workspaces.talk(30, Duration::from_millis(5)).await;
    let b = cluster.host("b");
    b.ready().await;
    workspaces.talk(30, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert!(stored.from_history >= 90, "{}", stored.from_history);
    workspaces.assert_calls_within(6);
}

/// The stream and the buckets are on three servers, and the one that leads the stream is killed, twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_loses_its_leader_has_everything_once() {
    let Some(mut servers) = NatsServer::start_three().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::over(servers.iter().map(NatsServer::url).collect(), &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.talk(30, Duration::from_millis(5)).await;
    for _ in 0..2 {
        let index = leader(&servers).await;
        let talking = workspaces.talk(200, Duration::from_millis(10));
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            servers[index].kill_and_restart(Duration::from_secs(2)).await;
        };
        tokio::join!(talking, killing);
    }
    workspaces.talk(30, Duration::from_millis(5)).await;
    leader(&servers).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

/// The number of the server that leads the stream, once one does.
async fn leader(servers: &[NatsServer]) -> usize {
    let urls: Vec<_> = servers.iter().map(NatsServer::url).collect();
    let context = async_nats::jetstream::new(async_nats::connect(urls).await.unwrap());
    let mut leader = None;
    until("the stream has a leader", async || {
        let Ok(mut stream) = context.get_stream("slack").await else { return false };
        let cluster = stream.info().await.ok().and_then(|info| info.cluster.clone());
        leader = cluster.and_then(|cluster| cluster.leader);
        leader.is_some()
    })
    .await;
    leader.unwrap().trim_start_matches('n').parse().unwrap()
}
