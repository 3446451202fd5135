//! A NATS server, hosts, workspaces, and the content of the stream.

mod cluster;
mod nats;
mod proof;
mod stream;
mod workspaces;

pub(crate) use self::cluster::{Cluster, Host};
pub(crate) use self::nats::NatsServer;
pub(crate) use self::proof::{Scenario, survives};
pub(crate) use self::stream::{read, stored};
pub(crate) use self::workspaces::Workspaces;

use std::time::Duration;

use tokio::time::Instant;

/// How long a test waits for a condition. A host may have to wait for a minute before it may call rtm.connect.
const TIMEOUT: Duration = Duration::from_secs(100);

/// Waits until a condition is true.
pub(crate) async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !look().await {
        assert!(Instant::now() < deadline, "timed out: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns a free port.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
