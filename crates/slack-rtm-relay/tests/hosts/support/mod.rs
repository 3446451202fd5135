//! What the tests need: a NATS server, hosts, workspaces, and a look into the stream.

mod cluster;
mod nats;
mod stream;
mod workspaces;

pub(crate) use self::cluster::Cluster;
pub(crate) use self::nats::NatsServer;
pub(crate) use self::stream::stored;
pub(crate) use self::workspaces::Workspaces;

use std::time::Duration;

use tokio::time::Instant;

/// How long a test waits for something at the most.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until something is so.
pub(crate) async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look().await {
        assert!(Instant::now() < deadline, "waited for {PATIENCE:?} and it did not come true: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A free port of this machine.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How long the tests go on where the environment asks for more.
pub(crate) fn soak() -> Option<Duration> {
    std::env::var("SLACK_RTM_RELAY_SOAK").ok().map(|secs| Duration::from_secs(secs.parse().unwrap()))
}
