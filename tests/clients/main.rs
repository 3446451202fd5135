//! The fake Slack serves the clients of other languages as Slack does. A client that is not installed is skipped, and the test says so.
//!
//! `SLACK_RTM_CLIENTS` names a folder with `node_modules` and a Python environment `venv`; without it the system's are looked at. slack-go is Debian's package
//! golang-github-slack-go-slack-dev, or under `GOPATH`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use slack_rtm_e2e::TOKEN;
use slack_rtm_test::FakeSlack;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const APP_TOKEN: &str = "xapp-1-SECRET-APP-TOKEN";
const ALICE: &str = "U01ALICE000";
const GENERAL: &str = "C01GENERAL0";

/// The folder that `.ci/run` installs clients into.
fn installed() -> Option<PathBuf> {
    std::env::var_os("SLACK_RTM_CLIENTS").map(PathBuf::from)
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// Whether a command can be run, and ends well.
async fn works(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().await.is_ok_and(|output| output.status.success())
}

struct Bot {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
}

impl Bot {
    fn start(mut command: Command, slack: &FakeSlack) -> Self {
        for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(proxy);
        }
        let command = command
            .env("SLACK_TOKEN", TOKEN)
            .env("SLACK_APP_TOKEN", APP_TOKEN)
            .env("SLACK_API_URL", format!("{}/", slack.base_url()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line that begins so.
    async fn says(&mut self, beginning: &str) -> String {
        if let Some(index) = self.seen.iter().position(|line| line.starts_with(beginning)) {
            return self.seen.remove(index);
        }
        let search = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line =
                    line.unwrap_or_else(|| panic!("no {beginning}; before the end came {:?}", self.seen));
                if line.starts_with(beginning) {
                    return line;
                }
                self.seen.push(line);
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(60), search).await;
        found.unwrap_or_else(|_| panic!("no {beginning} in a minute"))
    }
}

/// What every client does with Slack: a session, and then some methods of the Web API, of which it says what came.
async fn serves(command: Command, uses_web: &str) {
    let slack = FakeSlack::builder().token(TOKEN).start().await.unwrap();
    slack.user(ALICE).becomes("active").await;
    let mut bot = Bot::start(command, &slack);
    bot.says("hello").await;
    slack.wait_for_connections(1).await.unwrap();
    assert_eq!(bot.says("presence").await, "presence U01ALICE000 active");

    slack.user(ALICE).says(GENERAL, "ping <&> \u{1f980}").await;
    assert_eq!(bot.says("message").await, "message U01ALICE000 ping <&> \u{1f980}");
    let sent = slack.wait_for_frames("message", 1).await.unwrap();
    assert_eq!(sent[0].json()["text"], "pong");
    assert_eq!(bot.says("acked").await, "acked 1700000000.000001");

    assert_eq!(bot.says("web").await, uses_web);
    let messages = slack.messages(GENERAL);
    assert_eq!(messages[2]["reactions"][0]["users"][0], "U01ROBOT000");

    bot.says("pong").await;
    assert_eq!((slack.open_connections(), slack.dials().len()), (1, 1));
    assert!(slack.dials()[0].valid);
    bot.child.kill().await.unwrap();
}

/// The same over Socket Mode: events, commands, interactions, a second delivery, and a new connection when the server asks for one.
async fn serves_socket_mode(command: Command) {
    let slack = FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap();
    let mut bot = Bot::start(command, &slack);
    bot.says("connected").await;
    slack.wait_for_connections(1).await.unwrap();

    slack.user(ALICE).says(GENERAL, "ping").await;
    assert_eq!(bot.says("message").await, "message U01ALICE000 ping");
    assert_eq!(bot.says("posted").await, "posted pong");
    slack.slash_command(json!({ "command": "/deploy", "text": "web" })).await;
    assert_eq!(bot.says("command").await, "command /deploy web");
    slack.interaction(json!({ "type": "block_actions" })).await;
    assert_eq!(bot.says("interaction").await, "interaction block_actions");
    // The bot's own message was an event as well.
    let acks = slack.wait_for_acks(4).await.unwrap();
    let responses: Vec<_> = acks.iter().filter_map(|ack| ack.payload["text"].as_str()).collect();
    assert_eq!(responses, ["On it."]);
    assert!(slack.deliveries().iter().all(|delivered| delivered.acked.is_some()));

    slack.user(ALICE).says(GENERAL, "once more").await;
    bot.says("ignored").await;
    assert_eq!(bot.says("again").await, "again 1 http_timeout");

    slack.disconnect("refresh_requested").await;
    bot.says("connected").await;
    slack.wait_for_dials(2).await.unwrap();
    slack.wait_for_connections(1).await.unwrap();
    slack.user(ALICE).says(GENERAL, "after").await;
    assert_eq!(bot.says("message").await, "message U01ALICE000 after");
    bot.child.kill().await.unwrap();
}

fn node() -> Command {
    let mut command = Command::new("node");
    if let Some(folder) = installed() {
        command.env("NODE_PATH", folder.join("node_modules"));
    }
    command
}

fn python() -> Command {
    let python = installed().map(|folder| folder.join("venv/bin/python")).filter(|python| python.exists());
    Command::new(python.unwrap_or_else(|| "python3".into()))
}

#[tokio::test]
async fn slack_s_own_client_for_node() {
    if !works(node().args(["-e", "require('@slack/rtm-api')"])).await {
        println!("skipped: node with @slack/rtm-api is not installed");
        return;
    }
    let mut bot = node();
    bot.arg(program("rtm_api.js"));
    serves(bot, "web 2 posted tada 5").await;
}

#[tokio::test]
async fn slack_s_socket_mode_client_for_node() {
    if !works(node().args(["-e", "require('@slack/socket-mode')"])).await {
        println!("skipped: node with @slack/socket-mode is not installed");
        return;
    }
    let mut bot = node();
    bot.arg(program("socket_mode.js"));
    serves_socket_mode(bot).await;
}

#[tokio::test]
async fn slack_s_own_client_for_python() {
    if !works(python().args(["-c", "import slack_sdk.rtm_v2"])).await {
        println!("skipped: python3 with slack_sdk is not installed");
        return;
    }
    let mut bot = python();
    bot.arg(program("rtm_v2.py"));
    serves(bot, "web 2 posted tada 5").await;
}

#[tokio::test]
async fn slack_s_socket_mode_client_for_python() {
    if !works(python().args(["-c", "import slack_sdk.socket_mode"])).await {
        println!("skipped: python3 with slack_sdk is not installed");
        return;
    }
    let mut bot = python();
    bot.arg(program("socket_mode.py"));
    serves_socket_mode(bot).await;
}

#[tokio::test]
async fn slack_go() {
    let go = || {
        let mut go = Command::new("go");
        // Debian's packages are found by path, without modules.
        go.env("GO111MODULE", "off").env("GOFLAGS", "");
        if std::env::var_os("GOPATH").is_none() {
            go.env("GOPATH", "/usr/share/gocode");
        }
        go
    };
    if !works(go().args(["list", "github.com/slack-go/slack"])).await {
        println!("skipped: go with golang-github-slack-go-slack-dev is not installed");
        return;
    }
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("slack-go-{}", std::process::id()));
    let build = go().arg("build").arg("-o").arg(&built).arg(program("slack_go.go")).output().await.unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    // This version uploads in no way that Slack still takes.
    serves(Command::new(&built), "web 2 posted tada").await;
    std::fs::remove_file(built).unwrap();
}
