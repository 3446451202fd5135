//! Health, metrics, status, tokens in the bucket, and the subscriber.

use std::time::Duration;

use async_nats::jetstream;
use slack_rtm_relay::config::NatsConfig;
use slack_rtm_relay::{Name, Subscriber};

use crate::support::{Cluster, NatsServer, Workspaces, stored, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_serves_health_metrics_and_status() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(4).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let a = cluster.host("a");
    until("the host is alive", async || a.get("/healthz").await.is_some_and(|(status, _)| status == 200))
        .await;
    a.ready().await;
    workspaces.post(5, Duration::ZERO).await;
    stored(cluster.url(), &workspaces).await;
    let metric =
        async |line: &str| a.get("/metrics").await.is_some_and(|(_, body)| body.lines().any(|of| of == line));
    until("the metrics count it", async || metric("slack_rtm_relay_stored_total 20").await).await;
    until("the sessions count", async || metric("slack_rtm_connected_sessions 4").await).await;
    until("the leases are taken", async || cluster.status().await.leases.len() == 4).await;
    let table = cluster.status().await.to_string();
    assert!(table.contains("a     ready  4/4"), "{table}");
    let log = std::fs::read_to_string(&a.log).unwrap();
    assert!(log.contains("lease taken") && !log.contains("xoxb"), "{log}");
    assert_eq!(a.get("/nothing").await.unwrap().0, 404);
}

/// A token is removed from the bucket while the relay runs, and added again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_in_the_bucket_can_change() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let empty = Workspaces::start(0).await;
    let cluster = Cluster::new(&nats, &empty).with_tokens_in_the_bucket(&empty).await;
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let tokens = context.get_key_value("slack_relay_tokens").await.unwrap();
    let entry =
        serde_json::json!({ "token": "xoxb-1", "api_url": workspaces.slacks[0].base_url() }).to_string();
    tokens.put("acme", entry.clone().into()).await.unwrap();
    workspaces.connected(2).await;
    workspaces.post(20, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await;
    tokens.delete("acme").await.unwrap();
    until("the sessions are closed", async || workspaces.slacks[0].open_connections() == 0).await;
    workspaces.post(20, Duration::from_millis(5)).await;
    tokens.put("acme", entry.into()).await.unwrap();
    workspaces.connected(2).await;
    workspaces.post(20, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    workspaces.assert_calls_within(6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_delivered_again_until_it_is_acknowledged() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let a = cluster.host("a");
    a.ready().await;
    workspaces.post(10, Duration::ZERO).await;
    let builder = || {
        Subscriber::builder(Name::new("bot").unwrap())
            .nats(NatsConfig::new(vec![nats.url()]))
            .ack_wait(Duration::from_secs(1))
            .max_ack_pending(1)
    };
    let mut events = builder().open().await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let delivery = events.next().await.unwrap().unwrap();
        let event = delivery.event().unwrap();
        assert_eq!((event.event_type(), delivery.team()), (Some("message"), "T01ACME0000"));
        assert!(!delivery.is_from_history() && delivery.gap().is_none());
        seen.push(delivery.id().to_owned());
        delivery.double_ack().await.unwrap();
    }
    // Delivered, but not acknowledged.
    let unacknowledged = events.next().await.unwrap().unwrap().id().to_owned();
    drop(events);
    let mut events = builder().open().await.unwrap();
    while seen.len() < 10 {
        let delivery = events.next().await.unwrap().unwrap();
        seen.push(delivery.id().to_owned());
        delivery.double_ack().await.unwrap();
    }
    assert_eq!(seen[5], unacknowledged);
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 10, "{seen:?}");
}
