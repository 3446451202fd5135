//! Hosts whose wall clocks differ.
//!
//! `SLACK_RTM_FAKETIME` names the library libfaketime, by which a process gets another wall clock. Without it the test is skipped, and prints that.

use std::time::Duration;

use slack_rtm_relay::{SendOutcome, SendRequest};

use crate::support::{Cluster, NatsServer, Workspaces, stored};

/// The time of day of the first line in a host's log, in seconds.
fn logged_time(log: &std::path::Path) -> i64 {
    let text = std::fs::read_to_string(log).unwrap();
    let (_, time) = text.split_once('T').unwrap();
    let parts: Vec<i64> = time[..8].split(':').map(|part| part.parse().unwrap()).collect();
    parts[0] * 3_600 + parts[1] * 60 + parts[2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_when_clocks_differ_by_minutes() {
    let Ok(library) = std::env::var("SLACK_RTM_FAKETIME") else {
        eprintln!("skipped: SLACK_RTM_FAKETIME does not name libfaketime");
        return;
    };
    let Some(nats) = NatsServer::start().await else { return };
    let mut workspaces = Workspaces::start(5).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let mut a = cluster.host_with_clock("a", &library, "+7m");
    let b = cluster.host_with_clock("b", &library, "-9m");
    let c = cluster.host("c");
    for host in [&a, &b, &c] {
        host.ready().await;
    }
    // The clocks of a and b do differ.
    let skew = (logged_time(&a.log) - logged_time(&b.log)).rem_euclid(24 * 60 * 60);
    assert!((900..1_020).contains(&skew), "{skew}");
    workspaces.post(50, Duration::from_millis(10)).await;
    // The leases of a expire, and are taken by the others.
    a.kill();
    workspaces.post(300, Duration::from_millis(10)).await;
    workspaces.connected(2).await;
    let client = cluster.client().await;
    for number in 0..10 {
        let text = format!("message {number} of ours");
        let request = SendRequest::new(format!("id-{number}"), Workspaces::channel(0, 0), text);
        let replies = (0..3).map(|_| client.send("T01ACME0000", None, &request, Duration::from_secs(30)));
        let replies = futures_util::future::join_all(replies).await;
        assert!(
            replies.iter().all(|reply| matches!(reply.outcome, SendOutcome::Acked { .. })),
            "{replies:?}"
        );
    }
    a = cluster.host_with_clock("a", &library, "-2h");
    a.ready().await;
    workspaces.post(50, Duration::from_millis(10)).await;
    stored(cluster.url(), &workspaces).await.assert_exactly(&workspaces);
    assert_eq!(workspaces.sent_once().len(), 10);
    workspaces.assert_calls_within(6);
}
