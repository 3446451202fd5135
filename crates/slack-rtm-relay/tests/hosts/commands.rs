//! Requests to send a message.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use slack_rtm_relay::{CommandClient, Name, SendOutcome, SendRequest};

use crate::support::{Cluster, NatsServer, Workspaces};

const TEAM: &str = "T01ACME0000";
const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_repeated_is_carried_out_once() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(2).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let hosts = [cluster.host("a"), cluster.host("b")];
    for host in &hosts {
        host.ready().await;
    }
    let (client, token) = (cluster.client().await, Name::new("t1").unwrap());
    let request = SendRequest::new("one", "C01GENERAL0", "only once");
    let asked = (0..8).map(|_| client.send(TEAM, Some(&token), &request, TIMEOUT));
    let replies = futures_util::future::join_all(asked).await;
    assert_eq!(replies.iter().filter(|reply| !reply.is_repeated).count(), 1, "{replies:?}");
    let outcomes: BTreeSet<String> = replies.iter().map(|reply| format!("{:?}", reply.outcome)).collect();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    assert!(matches!(&replies[0].outcome, SendOutcome::Acked { ts: Some(_) }), "{replies:?}");
    assert_eq!(replies[0].token, "t1");
    // A request that the session refuses.
    let refused = SendRequest::new("two", "#general", "no channel id");
    let reply = client.send(TEAM, Some(&token), &refused, TIMEOUT).await;
    assert!(matches!(reply.outcome, SendOutcome::NotSent { .. }), "{reply:?}");
    // A token that no host has.
    let (nobody, short) = (Name::new("t9").unwrap(), Duration::from_secs(1));
    let reply = client.send(TEAM, Some(&nobody), &request, short).await;
    assert!(reply.is_repeated && reply.outcome == replies[0].outcome, "the id was sent already: {reply:?}");
    let unserved = SendRequest::new("three", "C01GENERAL0", "never");
    let reply = client.send(TEAM, Some(&nobody), &unserved, short).await;
    assert!(matches!(reply.outcome, SendOutcome::NotSent { .. }), "{reply:?}");
    // It said that the request will not be carried out.
    let reply = client.send(TEAM, Some(&token), &unserved, TIMEOUT).await;
    assert!(reply.is_repeated && matches!(reply.outcome, SendOutcome::NotSent { .. }), "{reply:?}");
    assert_eq!(workspaces.sent_once(), BTreeSet::from(["only once".to_owned()]));
}

/// The first answer comes from a host that has just lost the lease, and has not tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_repeated_if_the_host_has_lost_the_lease() {
    let Some(nats) = NatsServer::start().await else { return };
    let host = async_nats::connect(nats.url()).await.unwrap();
    let mut requests = host.subscribe(format!("slack.{TEAM}.send")).await.unwrap();
    host.flush().await.unwrap();
    let answering = async {
        let lost = r#""outcome":"not_sent","reason":"the lease is lost","is_retryable":true"#;
        for outcome in [lost, r#""outcome":"acked","ts":"1700000000.000100""#] {
            let reply_to = requests.next().await.unwrap().reply.unwrap();
            let reply = format!(r#"{{"id":"one",{outcome},"is_repeated":false,"token":"t0"}}"#);
            host.publish(reply_to, reply.into()).await.unwrap();
        }
    };
    let client = CommandClient::connect(nats.url()).await.unwrap();
    // No relay has ever run.
    let request = SendRequest::new("none", "C01GENERAL0", "hello");
    let reply = client.send("T02NOBODY00", None, &request, Duration::from_secs(1)).await;
    assert!(matches!(reply.outcome, SendOutcome::NotSent { .. }), "{reply:?}");
    let request = SendRequest::new("one", "C01GENERAL0", "hello");
    let (reply, ()) = tokio::join!(client.send(TEAM, None, &request, TIMEOUT), answering);
    assert!(matches!(reply.outcome, SendOutcome::Acked { .. }), "{reply:?}");
}

/// The host that holds the lease is killed twice while requests are made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_sent_twice_when_the_holder_of_the_lease_is_killed() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut hosts = vec![("a", cluster.host("a")), ("b", cluster.host("b")), ("c", cluster.host("c"))];
    for (_, host) in &hosts {
        host.ready().await;
    }
    let client = cluster.client().await;
    let requesting = async {
        let mut outcomes = Vec::new();
        for round in 0..10 {
            let requests: Vec<SendRequest> = (0..4)
                .map(|number| {
                    SendRequest::new(format!("{round}-{number}"), "C01GENERAL0", format!("{round}-{number}"))
                })
                .collect();
            let asked = requests.iter().map(|request| client.send(TEAM, None, request, TIMEOUT));
            outcomes.extend(futures_util::future::join_all(asked).await);
        }
        outcomes
    };
    let killing = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            let status = cluster.status().await;
            let Some((_, holder)) = status.leases.first() else { continue };
            let index = hosts.iter().position(|(name, _)| name == holder).unwrap();
            let (name, mut host) = hosts.remove(index);
            host.kill();
            tokio::time::sleep(Duration::from_millis(500)).await;
            hosts.push((name, cluster.host(name)));
        }
    };
    let (replies, ()) = tokio::join!(requesting, killing);
    let sent = workspaces.sent_once();
    for reply in &replies {
        let was_sent = sent.contains(&reply.id);
        match &reply.outcome {
            SendOutcome::Acked { .. } => assert!(was_sent, "{reply:?}"),
            SendOutcome::NotSent { .. } => assert!(!was_sent, "{reply:?}"),
            _ => {}
        }
    }
    let acked = replies.iter().filter(|reply| matches!(reply.outcome, SendOutcome::Acked { .. })).count();
    assert!(acked >= 20, "of {} commands {acked} were acknowledged", replies.len());
}
