//! Each disaster, and what the relay makes of it. The assertions are in [`survives`].

use std::time::Duration;

use async_nats::jetstream;
use slack_rtm_test::Script;

use crate::support::{NatsServer, Scenario, survives, until};

const SECOND: Duration = Duration::from_secs(1);

/// The budget of disasters in which each host connects again, and once more to read history.
const HISTORY: &str = "calls_per_minute = 10";

/// The times of a busy machine, on which hosts that answer late must not be taken for dead: that would be a gap.
const PATIENT: &str = "lease_ttl = \"6s\"\ncoverage_timeout = \"20s\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_killed() {
    survives(Scenario::default(), async |stage| {
        stage.kill(0).await;
        // The other two take over.
        stage.workspaces.connected(2).await;
        stage.start(0, None);
        stage.hosts[0].ready().await;
    })
    .await;
}

/// Some tokens lose both of their hosts, and what no host has received is read from history.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_are_killed_in_a_row() {
    let aftermath = survives(Scenario::default(), async |stage| {
        stage.kill(1).await;
        stage.kill(2).await;
        stage.workspaces.connected(1).await;
        stage.start(1, None);
        stage.hosts[1].ready().await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert!(aftermath.stored.from_history > 0);
}

/// They take long and mostly wait, so they run at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_suspended_for_30_seconds_and_nats_is_paused_for_60() {
    tokio::join!(a_host_is_suspended_for_30_seconds(), nats_is_paused_for_60_seconds());
}

/// The others take over, and hand back when it resumes.
async fn a_host_is_suspended_for_30_seconds() {
    let scenario = Scenario { pace: SECOND / 8, ..Scenario::default() };
    survives(scenario, async |stage| {
        stage.hosts[0].suspend();
        tokio::time::sleep(30 * SECOND).await;
        stage.hosts[0].resume();
        stage.hosts[0].ready().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nats_server_is_killed_and_restarted_twice() {
    survives(Scenario::default(), async |stage| {
        for _ in 0..2 {
            stage.servers[0].kill_and_restart(SECOND).await;
            tokio::time::sleep(2 * SECOND).await;
        }
    })
    .await;
}

async fn nats_is_paused_for_60_seconds() {
    let scenario = Scenario { pace: SECOND / 5, ..Scenario::default() };
    survives(scenario, async |stage| stage.servers[0].pause(60 * SECOND).await).await;
}

/// All events of the pause are too many for the queues.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_is_paused_for_longer_than_the_queues_last() {
    let settings = "queue_bytes = 65536\nsession_queue_bytes = 16384";
    let aftermath = survives(Scenario { settings, ..Scenario::default() }, async |stage| {
        stage.servers[0].pause(8 * SECOND).await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert!(aftermath.stored.gaps.iter().any(|gap| gap["reason"] == "lagged"), "{:?}", aftermath.stored.gaps);
    assert!(aftermath.stored.from_history > 0);
}

/// There is no gap, since a host that gives tokens away waits for the others to take them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_joins() {
    let aftermath = survives(Scenario { settings: PATIENT, ..Scenario::default() }, async |stage| {
        stage.start(3, None);
        stage.hosts[3].ready().await;
        tokio::time::sleep(2 * SECOND).await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert_eq!(aftermath.stored.gaps, [] as [serde_json::Value; 0]);
    let status = aftermath.cluster.status().await;
    let tokens: Vec<usize> = status.hosts.iter().map(|heartbeat| heartbeat.tokens).collect();
    assert_eq!((tokens.len(), tokens.iter().sum()), (4, 40), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_drains() {
    let aftermath = survives(Scenario { settings: PATIENT, ..Scenario::default() }, async |stage| {
        stage.hosts[0].leave().await;
        assert!(stage.hosts[0].child.wait().unwrap().success());
        stage.workspaces.connected(2).await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert_eq!(aftermath.stored.gaps, [] as [serde_json::Value; 0]);
    let status = aftermath.cluster.status().await;
    assert_eq!(status.hosts.iter().map(|heartbeat| heartbeat.host.as_str()).collect::<Vec<_>>(), ["b", "c"]);
}

/// A host whose clock is ahead is killed, so that its leases expire, and started again with a clock that is behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clocks_of_the_hosts_differ_by_minutes() {
    let scenario = Scenario { clocks: [Some("+7m"), Some("-9m"), None], ..Scenario::default() };
    survives(scenario, async |stage| {
        let skew = (stage.hosts[0].logged_time() - stage.hosts[1].logged_time()).rem_euclid(24 * 60 * 60);
        assert!((900..1_020).contains(&skew), "{skew}");
        stage.kill(0).await;
        stage.workspaces.connected(2).await;
        stage.start(0, Some("-2h"));
        stage.hosts[0].ready().await;
    })
    .await;
}

/// The tokens are in the bucket, and some are removed while their workspaces go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_removed_and_added() {
    const REMOVED: usize = 5;
    let scenario = Scenario { tokens_bucket: true, settings: HISTORY, ..Scenario::default() };
    let aftermath = survives(scenario, async |stage| {
        let context = jetstream::new(async_nats::connect(stage.cluster.url()).await.unwrap());
        let tokens = context.get_key_value("slack_relay_tokens").await.unwrap();
        let mut entries = Vec::new();
        for name in (0..REMOVED).map(|number| format!("t{number}")) {
            let entry = tokens.get(&name).await.unwrap().unwrap();
            tokens.delete(&name).await.unwrap();
            entries.push((name, entry));
        }
        let slacks = &stage.workspaces.slacks[..REMOVED];
        until("the sessions are closed", async || slacks.iter().all(|slack| slack.open_connections() == 0))
            .await;
        tokio::time::sleep(SECOND).await;
        for (name, entry) in entries {
            tokens.put(name, entry).await.unwrap();
        }
        stage.workspaces.connected(2).await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert!(aftermath.stored.from_history > 0);
}

/// Messages are posted before there are new connections, so that no host receives them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_loses_all_sockets() {
    let scenario = Scenario { settings: HISTORY, ..Scenario::default() };
    let aftermath = survives(scenario, async |stage| {
        for slack in &stage.workspaces.slacks {
            slack.script_always(Script::healthy().upgrade_after(SECOND / 2));
            slack.drop_connections().await;
        }
        tokio::time::sleep(SECOND / 4).await;
        stage.workspaces.connected(2).await;
    });
    let Some(aftermath) = aftermath.await else { return };
    assert!(aftermath.stored.from_history > 0);
    assert!(aftermath.stored.gaps.iter().any(|gap| gap["state"] == "open"), "{:?}", aftermath.stored.gaps);
}

/// The stream and the buckets have three replicas, and the server that leads the stream is killed twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_three_loses_its_leader_twice() {
    let scenario = Scenario { servers: 3, ..Scenario::default() };
    survives(scenario, async |stage| {
        for _ in 0..2 {
            let leader = NatsServer::leader(stage.servers).await;
            stage.servers[leader].kill_and_restart(2 * SECOND).await;
            tokio::time::sleep(SECOND).await;
        }
        NatsServer::leader(stage.servers).await;
    })
    .await;
}
