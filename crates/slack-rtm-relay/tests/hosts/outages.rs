//! Outages of NATS and of Slack.

use std::time::Duration;

use crate::support::{Cluster, NatsServer, Workspaces, is_soak, read, stored, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_stored_once_when_the_nats_server_is_killed_and_restarted() {
    let Some(mut nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b"), cluster.host("c")];
    for host in &hosts {
        host.ready().await;
    }
    for _ in 0..2 {
        workspaces.post(50, Duration::from_millis(5)).await;
        let posting = workspaces.post(200, Duration::from_millis(10));
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            nats.kill_and_restart(Duration::from_secs(1)).await;
        };
        tokio::join!(posting, killing);
    }
    workspaces.post(50, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_stored_once_when_the_nats_server_is_suspended() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.post(50, Duration::from_millis(5)).await;
    let hang = Duration::from_secs(if is_soak() { 60 } else { 6 });
    tokio::join!(workspaces.post(300, Duration::from_millis(20)), nats.pause(hang));
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

/// All connections of all tokens are lost at once, and messages are posted before there are new ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_no_host_has_received_are_read_from_history() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.post(30, Duration::from_millis(5)).await;
    // Once they are stored, the checkpoint includes every channel.
    stored(cluster.url(), &workspaces).await;
    for slack in &workspaces.slacks {
        slack.drop_connections().await;
    }
    workspaces.post(60, Duration::ZERO).await;
    workspaces.connected(2).await;
    workspaces.post(30, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert!(stored.from_history > 0);
    assert!(stored.gaps.iter().any(|gap| gap["state"] == "open"), "{:?}", stored.gaps);
    workspaces.assert_calls_within(6);
}

/// Messages are posted while no host is alive. The next host resumes from the checkpoint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_without_hosts_resumes_from_the_checkpoint() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut a = cluster.host("a");
    a.ready().await;
    workspaces.post(30, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await;
    a.kill();
    workspaces.post(30, Duration::from_millis(5)).await;
    let b = cluster.host("b");
    b.ready().await;
    workspaces.post(30, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    assert!(stored.from_history >= 90, "{}", stored.from_history);
    workspaces.assert_calls_within(6);
}

/// A message is edited while a host lives, and another one while none does. History tells of both edits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_is_also_read_from_history_is_stored_once() {
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut a = cluster.host("a");
    a.ready().await;
    workspaces.post(30, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await;
    let channel = Workspaces::channel(0, 0);
    let [.., before, last] = &workspaces.posted[&channel][..] else { panic!("no messages") };
    let (before, last) = (before.clone(), last.clone());
    let alice = || workspaces.slacks[0].user("U01ALICE000");
    alice().edits(&channel, &last, "edited live").await;
    let context = async_nats::jetstream::new(async_nats::connect(cluster.url()).await.unwrap());
    until("the edit is stored", async || read(&context).await.edits.len() == 1).await;
    a.kill();
    alice().edits(&channel, &before, "edited in the gap").await;
    workspaces.post(3, Duration::ZERO).await;
    let b = cluster.host("b");
    b.ready().await;
    workspaces.post(30, Duration::from_millis(5)).await;
    let stored = stored(cluster.url(), &workspaces).await;
    stored.assert_exactly(&workspaces);
    let expected = [(last, "edited live".to_owned()), (before, "edited in the gap".to_owned())];
    assert_eq!(stored.edits, expected);
    // `Backfill` has delivered the first edit as well.
    let status = cluster.status().await;
    let b = status.hosts.iter().find(|heartbeat| heartbeat.host.as_str() == "b").unwrap();
    assert!(b.duplicates >= 1, "{b:?}");
}

/// The stream and the buckets have three replicas, and the server that leads the stream is killed twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_stored_once_when_a_cluster_loses_its_leader() {
    let Some(mut servers) = NatsServer::start_three().await else { return };
    let mut workspaces = Workspaces::start(3).await;
    let cluster = Cluster::over(servers.iter().map(NatsServer::url).collect(), &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    workspaces.post(30, Duration::from_millis(5)).await;
    for _ in 0..2 {
        let index = leader(&servers).await;
        let posting = workspaces.post(200, Duration::from_millis(10));
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            servers[index].kill_and_restart(Duration::from_secs(2)).await;
        };
        tokio::join!(posting, killing);
    }
    workspaces.post(30, Duration::from_millis(5)).await;
    leader(&servers).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

/// Waits until the stream has a leader, and returns the server's number.
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
