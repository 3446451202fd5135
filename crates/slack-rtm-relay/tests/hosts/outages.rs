//! Outages of NATS and of Slack.

use std::time::Duration;

use crate::support::{Cluster, NatsServer, Workspaces, read, stored, until};

/// NATS is suspended until the queues are full, so that the host drops events. It reads them from history, and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_no_queue_had_room_for_are_read_from_history() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces).with("queue_bytes = 65536\nsession_queue_bytes = 16384");
    let a = cluster.host("a");
    a.ready().await;
    // The first lag is filled by the relay, and later ones by the session that it has started for that.
    for _ in 0..2 {
        workspaces.post(30, Duration::from_millis(5)).await;
        stored(cluster.url(), &workspaces).await;
        nats.suspend();
        workspaces.post(600, Duration::ZERO).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        nats.resume();
        stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    }
    let gaps = stored(cluster.url(), &workspaces).await.gaps;
    let open: Vec<_> = gaps.iter().filter(|gap| gap["state"] == "open").map(|gap| &gap["reason"]).collect();
    assert!(open.len() >= 2 && open.iter().all(|reason| *reason == "lagged"), "{gaps:?}");
}

/// All connections of all tokens are lost at once, and messages are posted before there are new ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_no_host_has_received_are_read_from_history() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(3).await;
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
    let workspaces = Workspaces::start(3).await;
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
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut a = cluster.host("a");
    a.ready().await;
    workspaces.post(30, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await;
    let channel = Workspaces::channel(0, 0);
    let [.., before, last] = &workspaces.posted()[&channel][..] else { panic!("no messages") };
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
