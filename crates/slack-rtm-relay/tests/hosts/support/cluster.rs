//! Hosts of a relay as processes.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use async_nats::jetstream;
use rustix::process::Signal;
use slack_rtm_relay::config::NatsConfig;
use slack_rtm_relay::{CommandClient, Config, Name, Status, Subjects};
use tempfile::TempDir;

use super::nats::signal;
use super::{NatsServer, Workspaces, free_port, until};

/// The environment variable that names the library libfaketime, by which a process gets another wall clock.
pub(crate) const FAKETIME: &str = "SLACK_RTM_FAKETIME";

/// The configuration of a relay, of which hosts are started.
pub(crate) struct Cluster {
    folder: TempDir,
    servers: Vec<String>,
    /// The lines before the tables of the configuration.
    head: String,
    config: String,
}

pub(crate) struct Host {
    pub(crate) child: Child,
    pub(crate) health: u16,
    pub(crate) log: PathBuf,
}

impl Cluster {
    /// Configures a relay with an RTM token for each workspace: `t0`, `t1` and so on.
    pub(crate) fn new(nats: &NatsServer, workspaces: &Workspaces) -> Self {
        Self::over(vec![nats.url()], workspaces)
    }

    /// Configures a relay with an app-level token for each workspace.
    pub(crate) fn socket_mode(nats: &NatsServer, workspaces: &Workspaces) -> Self {
        let mut cluster = Self::new(nats, workspaces);
        let token = cluster.folder.path().join("app-token");
        std::fs::write(&token, "xapp-test\n").unwrap();
        let key = format!("app_file = {:?}\napi_url", token.display().to_string());
        cluster.config = cluster.config.replace("api_url", &key);
        cluster
    }

    /// Configures a relay with several NATS servers, each of which has a replica of the stream and the buckets.
    pub(crate) fn over(servers: Vec<String>, workspaces: &Workspaces) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "xoxb-test\n").unwrap();
        let mut config = format!(
            "[nats]\nservers = {servers:?}\n[stream]\nreplicas = {}\n[relay]\nlease_ttl = \"3s\"\ncheckpoint_interval = \"200ms\"\ncoverage_timeout = \"1s\"\ndials_per_second = 100\n",
            servers.len()
        );
        for (number, slack) in workspaces.slacks.iter().enumerate() {
            config += &format!(
                "[[tokens]]\nname = \"t{number}\"\nfile = {:?}\napi_url = \"{}\"\n",
                token.display().to_string(),
                slack.base_url()
            );
        }
        Self { folder, servers, head: String::new(), config }
    }

    /// Sets lines of the table `relay` of the configuration.
    pub(crate) fn with(mut self, lines: &str) -> Self {
        for key in lines.lines().filter_map(|line| line.split(" = ").next()) {
            let other: Vec<&str> = self.config.lines().filter(|line| !line.starts_with(key)).collect();
            self.config = other.join("\n") + "\n";
        }
        self.config = self.config.replace("[relay]\n", &format!("[relay]\n{lines}\n"));
        self
    }

    /// Moves the tokens from the configuration to the bucket.
    pub(crate) async fn with_tokens_in_the_bucket(mut self, workspaces: &Workspaces) -> Self {
        self.config.truncate(self.config.find("[[tokens]]").unwrap_or(self.config.len()));
        self.head = "tokens_bucket = true\n".to_owned();
        let context = jetstream::new(async_nats::connect(self.servers.clone()).await.unwrap());
        let num_replicas = self.servers.len();
        let bucket = "slack_relay_tokens".to_owned();
        let config = jetstream::kv::Config { bucket, history: 1, num_replicas, ..Default::default() };
        let bucket = context.create_key_value(config).await.unwrap();
        for (number, slack) in workspaces.slacks.iter().enumerate() {
            let entry = serde_json::json!({ "token": "xoxb-test", "api_url": slack.base_url() });
            bucket.put(format!("t{number}"), entry.to_string().into()).await.unwrap();
        }
        self
    }

    /// Starts a host.
    pub(crate) fn host(&self, name: &str) -> Host {
        self.start(name, &[])
    }

    /// Starts a host whose wall clock is off by an offset such as `+7m`, by libfaketime.
    pub(crate) fn host_with_clock(&self, name: &str, offset: &str) -> Host {
        let library = std::env::var(FAKETIME).unwrap();
        let environment = [
            ("LD_PRELOAD", &*library),
            ("FAKETIME", offset),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        self.start(name, &environment)
    }

    /// Starts a host that logs what this filter selects.
    pub(crate) fn host_with_log(&self, name: &str, filter: &str) -> Host {
        self.start(name, &[("RUST_LOG", filter)])
    }

    /// Returns the configuration file of a host that was started.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.toml"))
    }

    fn start(&self, name: &str, environment: &[(&str, &str)]) -> Host {
        let health = free_port();
        let file = self.file(name);
        let head = format!("host = \"{name}\"\nlisten = \"127.0.0.1:{health}\"\n{}", self.head);
        std::fs::write(&file, head + &self.config).unwrap();
        let log = self.folder.path().join(format!("{name}-{health}.log"));
        let child = Command::new(env!("CARGO_BIN_EXE_slack-rtm-relay"))
            .args(["run", "--config"])
            .arg(&file)
            .envs(environment.iter().copied())
            .stderr(std::fs::File::create(&log).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Host { child, health, log }
    }

    pub(crate) async fn status(&self) -> Status {
        Status::read(&self.parsed()).await.unwrap()
    }

    /// Returns whether the hosts have this number of sessions in all, and hold nothing back.
    pub(crate) async fn is_settled(&self, sessions: usize) -> bool {
        let hosts = self.status().await.hosts;
        hosts.iter().map(|host| host.connected).sum::<usize>() == sessions
            && hosts.iter().all(|host| host.lag_ms == 0)
    }

    pub(crate) fn parsed(&self) -> Config {
        Config::parse(&format!("host = \"test\"\n{}", self.config)).unwrap()
    }

    pub(crate) async fn client(&self) -> CommandClient {
        let subjects = Subjects::new(Name::new("slack").unwrap());
        CommandClient::new(&NatsConfig::new(self.servers.clone()), subjects).await.unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.servers[0]
    }
}

impl Host {
    /// Sends an HTTP request to the host.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.health)).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let status = answer.get(9..12)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())?;
        Some((status, body))
    }

    pub(crate) async fn ready(&self) {
        until("the host is ready", async || {
            self.get("/readyz").await.is_some_and(|(status, _)| status == 200)
        })
        .await;
    }

    /// Returns the time of day of the first line in the log, in seconds.
    pub(crate) fn logged_time(&self) -> i64 {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let (_, time) = text.split_once('T').unwrap();
        let parts: Vec<i64> = time[..8].split(':').map(|part| part.parse().unwrap()).collect();
        parts[0] * 3_600 + parts[1] * 60 + parts[2]
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn suspend(&self) {
        signal(&self.child, Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        signal(&self.child, Signal::CONT);
    }

    /// Sends SIGTERM, and waits until the process has ended.
    pub(crate) async fn leave(&mut self) {
        signal(&self.child, Signal::TERM);
        let child = &mut self.child;
        until("the host has left", async || child.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "--- the log of {}:\n{}",
                self.log.display(),
                lines[lines.len().saturating_sub(40)..].join("\n")
            );
        }
    }
}
