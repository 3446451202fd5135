//! Tokens over Socket Mode.

use std::time::Duration;

use serde_json::json;
use slack_rtm::models::{InteractionPayload, SlashCommandPayload};
use slack_rtm_relay::config::NatsConfig;
use slack_rtm_relay::{Name, SendOutcome, SendRequest, Subscriber};
use slack_rtm_test::FakeSlack;

use crate::support::{Cluster, NatsServer, Workspaces, stored, until};

const TEAM: &str = "T01ACME0000";

/// The number of events that have been acknowledged.
fn acked(slack: &FakeSlack) -> usize {
    slack.deliveries().iter().filter(|delivered| delivered.acked.is_some()).count()
}

/// A host is killed after it has published events and before it has acknowledged them. Slack delivers them again, to the other host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_acknowledged_once_it_is_stored_and_a_redelivery_is_a_duplicate() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::socket_mode(&nats, &workspaces);
    let (mut a, b) = (cluster.host("a"), cluster.host("b"));
    a.ready().await;
    b.ready().await;
    workspaces.connected(2).await;
    workspaces.post(20, Duration::from_millis(5)).await;
    stored(cluster.url(), &workspaces).await.assert_each_once(&workspaces);
    until("all events are acknowledged", async || acked(&workspaces.slacks[0]) == 20).await;

    // The server takes what is published and does not answer.
    nats.suspend();
    workspaces.post(10, Duration::from_millis(5)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(acked(&workspaces.slacks[0]), 20, "nothing is acknowledged before it is stored");
    a.kill();
    nats.resume();
    let slack = &workspaces.slacks[0];
    let undelivered = || {
        let deliveries = slack.deliveries();
        let is_acked = |id: &Option<String>| {
            deliveries.iter().any(|other| other.event_id == *id && other.acked.is_some())
        };
        deliveries.iter().filter(|delivered| !is_acked(&delivered.event_id)).count()
    };
    until("all events are acknowledged", async || undelivered() == 0).await;
    assert!(slack.deliveries().iter().any(|delivered| delivered.attempt > 0));
    stored(cluster.url(), &workspaces).await.assert_each_once(&workspaces);
    until("the redeliveries are duplicates", async || {
        let status = cluster.status().await;
        status.hosts.iter().any(|heartbeat| heartbeat.host.as_str() == "b" && heartbeat.duplicates > 0)
    })
    .await;
    workspaces.assert_calls_within(6);
}

/// A host leaves while events come. It hands over first, and acknowledges what it has stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_stored_once_when_a_host_leaves() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::socket_mode(&nats, &workspaces);
    let (mut a, b) = (cluster.host("a"), cluster.host("b"));
    a.ready().await;
    b.ready().await;
    workspaces.connected(2).await;
    let leaving = a.leave();
    tokio::join!(leaving, workspaces.post(200, Duration::from_millis(10)));
    assert!(a.child.wait().unwrap().success());
    stored(cluster.url(), &workspaces).await.assert_each_once(&workspaces);
    workspaces.assert_calls_within(6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interactions_and_slash_commands_are_stored_under_subjects_of_their_own() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::socket_mode(&nats, &workspaces);
    let a = cluster.host("a");
    a.ready().await;
    let slack = &workspaces.slacks[0];
    let button = json!({ "type": "block_actions", "team": { "id": TEAM, "domain": "acme" }, "user": { "id": "U01ALICE000" }, "actions": [] });
    let interaction = slack.interaction(button.clone()).await;
    let typed = json!({ "command": "/deploy", "text": "web", "team_id": TEAM, "user_id": "U01ALICE000", "channel_id": "C01GENERAL0" });
    let command = slack.slash_command(typed.clone()).await;
    let acks = slack.wait_for_acks(2).await.unwrap();
    assert!(acks.iter().all(|ack| ack.payload.is_null()), "{acks:?}");

    let mut events = Subscriber::builder(Name::new("bot").unwrap())
        .nats(NatsConfig::new(vec![nats.url()]))
        .interactions(true)
        .commands(true)
        .open()
        .await
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let delivery = events.next().await.unwrap().unwrap();
        assert!(delivery.event().is_none() && delivery.team() == TEAM);
        if let Some(payload) = delivery.interaction() {
            assert!(matches!(payload.decode_as(), Ok(InteractionPayload::BlockActions(_))));
            assert_eq!(payload.as_str(), button.to_string());
        } else {
            let payload = delivery.command().unwrap();
            assert_eq!(payload.decode_as::<SlashCommandPayload>().unwrap().command, "/deploy");
        }
        ids.push(delivery.id().to_owned());
        delivery.double_ack().await.unwrap();
    }
    ids.sort();
    let mut expected = [interaction.clone(), command.clone()];
    expected.sort();
    assert_eq!(ids, expected);

    // Messages go by chat.postMessage.
    let client = cluster.client().await;
    let request = SendRequest::new("one", "C01GENERAL0", "over the Web API");
    let reply = client.send(TEAM, None, &request, Duration::from_secs(30)).await;
    assert!(matches!(reply.outcome, SendOutcome::Acked { ts: Some(_) }), "{reply:?}");
    let again = client.send(TEAM, None, &request, Duration::from_secs(30)).await;
    assert!(again.is_repeated && again.outcome == reply.outcome, "{again:?}");

    workspaces.post(3, Duration::ZERO).await;
    let mut stored = stored(cluster.url(), &workspaces).await;
    stored.assert_each_once(&workspaces);
    stored.payloads.sort();
    assert_eq!(
        stored.payloads,
        [
            (format!("slack.{TEAM}.command.deploy"), command),
            (format!("slack.{TEAM}.interaction.block_actions"), interaction),
        ]
    );
}
