//! Workspaces, each with a fake Slack, and the messages that were posted there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use slack_rtm_test::FakeSlack;

const ALICE: &str = "U01ALICE000";

/// The number of channels of a workspace. All fakes have the same workspace id, so the ids of their channels differ.
const CHANNELS: usize = 3;

pub(crate) struct Workspaces {
    pub(crate) slacks: Vec<FakeSlack>,
    posted: Mutex<BTreeMap<String, Vec<String>>>,
    round: AtomicUsize,
}

impl Workspaces {
    pub(crate) async fn start(count: usize) -> Self {
        let mut slacks = Vec::new();
        for _ in 0..count {
            slacks.push(FakeSlack::start().await.unwrap());
        }
        Self { slacks, posted: Mutex::default(), round: AtomicUsize::default() }
    }

    /// Returns a channel of a workspace.
    pub(crate) fn channel(workspace: usize, number: usize) -> String {
        format!("C{workspace:02}{number}CHAN00")
    }

    /// Posts messages to every workspace, with a pause after each.
    pub(crate) async fn post(&self, messages: usize, pause: Duration) {
        for _ in 0..messages {
            let number = self.round.fetch_add(1, Ordering::Relaxed);
            for (workspace, slack) in self.slacks.iter().enumerate() {
                let channel = Self::channel(workspace, number % CHANNELS);
                let ts = slack.user(ALICE).says(&channel, &format!("message {number}")).await;
                self.posted.lock().unwrap().entry(channel).or_default().push(ts);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns the timestamps of all messages, by channel.
    pub(crate) fn posted(&self) -> BTreeMap<String, Vec<String>> {
        self.posted.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.posted.lock().unwrap().values().map(Vec::len).sum()
    }

    /// Waits until each token has this number of connections, which are more during a handover.
    pub(crate) async fn connected(&self, connections: usize) {
        for (workspace, slack) in self.slacks.iter().enumerate() {
            super::until(&format!("workspace {workspace} has {connections} connections"), async || {
                slack.open_connections() == connections
            })
            .await;
        }
    }

    /// Asserts that no minute had more calls of rtm.connect than the budget allows.
    pub(crate) fn assert_calls_within(&self, per_minute: usize) {
        for (workspace, slack) in self.slacks.iter().enumerate() {
            let requests = slack.requests();
            let calls: Vec<_> = requests
                .iter()
                .filter(|request| matches!(request.api_method(), "rtm.connect" | "apps.connections.open"))
                .collect();
            let is_over = calls
                .windows(per_minute + 1)
                .any(|calls| calls[per_minute].at.duration_since(calls[0].at) < Duration::from_secs(60));
            assert!(
                !is_over,
                "workspace {workspace} had more than {per_minute} calls in a minute: {}",
                calls.len()
            );
        }
    }

    /// Asserts that no text was sent twice over the sockets, and returns those that were sent.
    pub(crate) fn sent_once(&self) -> BTreeSet<String> {
        let mut sent = BTreeSet::new();
        for frame in self.slacks.iter().flat_map(FakeSlack::frames) {
            let json = frame.json();
            if json["type"] == "message" {
                let text = json["text"].as_str().unwrap().to_owned();
                assert!(sent.insert(text.clone()), "sent twice: {text}");
            }
        }
        sent
    }
}
