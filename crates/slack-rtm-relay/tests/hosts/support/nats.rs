//! A NATS server with a store of its own, which is gone with it.

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
    child: Child,
}

impl NatsServer {
    /// Starts one, or says that there is none.
    pub(crate) async fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("SLACK_RTM_NATS_SERVER") else {
            eprintln!("skipped: SLACK_RTM_NATS_SERVER names no NATS server");
            return None;
        };
        let (program, store, port) = (PathBuf::from(program), tempfile::tempdir().unwrap(), free_port());
        let child = spawn(&program, &store, port);
        let server = Self { program, store, port, child };
        server.listens().await;
        Some(server)
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

    /// Kills it, and starts it again with the same store.
    pub(crate) async fn kill_and_restart(&mut self, pause: Duration) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        tokio::time::sleep(pause).await;
        self.child = spawn(&self.program, &self.store, self.port);
        self.listens().await;
    }

    /// Stops it for a while.
    pub(crate) async fn pause(&self, time: Duration) {
        signal(&self.child, Signal::STOP);
        tokio::time::sleep(time).await;
        signal(&self.child, Signal::CONT);
    }
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn spawn(program: &PathBuf, store: &TempDir, port: u16) -> Child {
    Command::new(program)
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"])
        .arg(store.path())
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
