//! A NATS server as a process, with a temporary store.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{free_port, until};

pub(crate) struct NatsServer {
    program: PathBuf,
    store: TempDir,
    port: u16,
    /// Further arguments.
    more: Vec<String>,
    child: Child,
}

impl NatsServer {
    /// Starts a server. Without a program, it prints that the test is skipped.
    pub(crate) async fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("SLACK_RTM_NATS_SERVER") else {
            eprintln!("skipped: SLACK_RTM_NATS_SERVER names no NATS server");
            return None;
        };
        let server = Self::spawn(PathBuf::from(program), free_port(), Vec::new());
        server.listens().await;
        Some(server)
    }

    /// Starts a cluster of three servers, `n0`, `n1` and `n2`. Without a program, it prints that the test is skipped.
    pub(crate) async fn start_three() -> Option<[Self; 3]> {
        let program = PathBuf::from(std::env::var_os("SLACK_RTM_NATS_SERVER").or_else(|| {
            eprintln!("skipped: SLACK_RTM_NATS_SERVER names no NATS server");
            None
        })?);
        let routes = [free_port(), free_port(), free_port()].map(|port| format!("nats://127.0.0.1:{port}"));
        let servers = [0, 1, 2].map(|number: usize| {
            let more = [
                ("--server_name", format!("n{number}")),
                ("--cluster_name", "three".to_owned()),
                ("--cluster", routes[number].clone()),
                ("--routes", routes.join(",")),
            ];
            let more = more.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
            Self::spawn(program.clone(), free_port(), more)
        });
        for server in &servers {
            server.listens().await;
        }
        let client = async_nats::connect(servers[0].url()).await.unwrap();
        let context = async_nats::jetstream::new(client);
        let config = || async_nats::jetstream::stream::Config {
            name: "probe".to_owned(),
            num_replicas: 3,
            ..Default::default()
        };
        until("the cluster has a leader", async || context.create_stream(config()).await.is_ok()).await;
        context.delete_stream("probe").await.unwrap();
        Some(servers)
    }

    /// Waits until the stream has a leader, and returns the server's number.
    pub(crate) async fn leader(servers: &[Self]) -> usize {
        let urls: Vec<_> = servers.iter().map(Self::url).collect();
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

    fn spawn(program: PathBuf, port: u16, more: Vec<String>) -> Self {
        let store = tempfile::tempdir().unwrap();
        let child = spawn(&program, &store, port, &more);
        Self { program, store, port, more, child }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    async fn listens(&self) {
        let port = self.port;
        until("the NATS server listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
    }

    /// Kills the server, and starts it again with the same store.
    pub(crate) async fn kill_and_restart(&mut self, pause: Duration) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        tokio::time::sleep(pause).await;
        self.child = spawn(&self.program, &self.store, self.port, &self.more);
        self.listens().await;
    }

    pub(crate) fn suspend(&self) {
        signal(&self.child, Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        signal(&self.child, Signal::CONT);
    }

    /// Suspends the server for a while.
    pub(crate) async fn pause(&self, time: Duration) {
        self.suspend();
        tokio::time::sleep(time).await;
        self.resume();
    }
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn spawn(program: &PathBuf, store: &TempDir, port: u16, more: &[String]) -> Child {
    Command::new(program)
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"])
        .arg(store.path())
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
