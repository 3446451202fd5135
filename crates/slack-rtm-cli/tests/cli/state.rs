//! `slack-rtm listen --state`: nothing is lost over restarts, kills and lost connections.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use slack_rtm_test::{Answer, FakeSlack};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::Instant;

use crate::listener::Listener;
use crate::{TOKEN, command};

fn state(folder: &tempfile::TempDir) -> String {
    folder.path().join("state.json").to_str().unwrap().to_owned()
}

/// Waits until the file says that the channel was read up to there.
async fn wait_for_state(path: &str, channel: &str, ts: &str) {
    for _ in 0..2_000 {
        let json = tokio::fs::read(path).await.unwrap_or_default();
        let state: Value = serde_json::from_slice(&json).unwrap_or_default();
        if state["channels"][channel] == ts {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} never says {channel} {ts}");
}

#[tokio::test]
async fn a_restart_resumes_where_the_last_process_ended() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    let alice = slack.user("U01ALICE000");
    let mut listener = Listener::start(&slack, &["--state", &path]);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    let before = alice.says("C01GENERAL0", "before").await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    assert_eq!(listener.next("event").await["event"]["ts"], *before);
    listener.write(r#"{"close":{}}"#).await;
    assert_eq!(listener.code().await, Some(0));

    let first = alice.says("C01GENERAL0", "first").await;
    let dm = alice.says("D01ROBOT000", "in a channel that was never seen").await;
    let reply = alice.replies("C01GENERAL0", &before, "in a thread that was never seen").await;
    alice.edits("C01GENERAL0", &first, "first, edited").await;

    let mut listener = Listener::start(&slack, &["--state", &path]);
    listener.connected().await;
    let gap = listener.next("gap").await;
    assert_eq!(gap["channels"], json!({ "C01GENERAL0": before }));
    assert_eq!(gap["reason"], "the process was restarted");
    let mut missed = Vec::new();
    for _ in 0..3 {
        missed.push(listener.next("missed").await);
    }
    let of = |channel: &str| -> Vec<&str> {
        let of = missed.iter().filter(|line| line["event"]["channel"] == channel);
        of.map(|line| line["event"]["ts"].as_str().unwrap()).collect()
    };
    assert_eq!(of("C01GENERAL0"), [&first, &reply]);
    assert_eq!(of("D01ROBOT000"), [&dm]);
    let edited = missed.iter().find(|line| line["event"]["ts"] == *first).unwrap();
    assert_eq!((&edited["edited"], &edited["event"]["text"]), (&json!(true), &json!("first, edited")));
    let filled = listener.next("backfilled").await;
    assert_eq!(filled["complete"], true, "{filled}");
    assert_eq!((&filled["messages"], &filled["channels"]), (&json!(3), &json!(2)));
    let live = alice.says("C01GENERAL0", "live").await;
    assert_eq!(listener.next("event").await["event"]["ts"], *live);
}

#[tokio::test]
async fn refused_channels_are_reported_and_the_rest_continues() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    tokio::fs::write(
        &path,
        r#"{"version":1,"newest":"1600000000.0","channels":{"C01GENERAL0":"1600000000.0"}}"#,
    )
    .await
    .unwrap();
    let said = slack.user("U01ALICE000").says("C01GENERAL0", "hi").await;
    slack.answer_next_to("users.conversations", Answer::refusal("missing_scope"));
    let mut listener = Listener::start(&slack, &["--state", &path]);
    assert_eq!(listener.next("missed").await["event"]["ts"], *said);
    let filled = listener.next("backfilled").await;
    assert_eq!(filled["complete"], false);
    assert_eq!(filled["missing"][0]["code"], "missing_scope");
}

#[tokio::test]
async fn a_file_of_another_team_is_refused_and_left_alone() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    let other = r#"{"version":1,"team":"T0OTHER0000","channels":{"C01GENERAL0":"1600000000.000000"}}"#;
    tokio::fs::write(&path, other).await.unwrap();
    slack.user("U01ALICE000").says("C01GENERAL0", "hi").await;
    let listener = Listener::start(&slack, &["--state", &path]);
    let output = finish(listener).await;
    assert_eq!(output.0, Some(2), "{}", output.2);
    assert!(!output.1.contains("missed"), "{}", output.1);
    assert!(output.2.contains("T0OTHER0000") && output.2.contains("T01ACME0000"), "{}", output.2);
    assert_eq!(tokio::fs::read_to_string(&path).await.unwrap(), other);
}

/// Waits for the end: the exit code, and what was written.
async fn finish(listener: Listener) -> (Option<i32>, String, String) {
    let Listener { mut child, input, mut lines, .. } = listener;
    let mut out = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        out += &line;
        out.push('\n');
    }
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
    let code = child.wait().await.unwrap().code();
    drop(input);
    (code, out, err)
}

#[tokio::test]
async fn an_unreadable_file_is_renamed_and_a_locked_file_is_refused() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    tokio::fs::write(&path, "{\"version\":1,\"chan").await.unwrap();
    let mut listener = Listener::start(&slack, &["--state", &path]);
    listener.connected().await;
    let second = finish(Listener::start(&slack, &["--state", &path])).await;
    assert_eq!(second.0, Some(2));
    assert!(second.2.contains("in use by another process"), "{}", second.2);
    listener.write(r#"{"close":{}}"#).await;
    let first = finish(listener).await;
    assert_eq!(first.0, Some(0));
    assert!(first.2.starts_with("warning: ") && first.2.contains("cannot be read"), "{}", first.2);
    assert!(first.2.contains("starts from now"), "{}", first.2);
    assert!(Path::new(&format!("{path}.unreadable")).exists());
}

#[tokio::test]
async fn the_file_of_another_token_is_refused_by_name() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    let other = r#"{"version":1,"team":"T99OTHER000","user":"U99OTHER000"}"#;
    tokio::fs::write(&path, other).await.unwrap();
    let (code, _, errors) = finish(Listener::start(&slack, &["--state", &path])).await;
    assert_eq!(code, Some(2));
    assert!(errors.contains("state.json belongs to user U99OTHER000 in team T99OTHER000"), "{errors}");
    assert!(errors.contains("name another file"), "{errors}");
    assert_eq!(tokio::fs::read_to_string(&path).await.unwrap(), other);
}

/// `/dev/full` takes nothing, as a disk that is full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_reported_and_the_session_continues() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    std::os::unix::fs::symlink("/dev/full", format!("{path}.new")).unwrap();
    let mut listener = Listener::start(&slack, &["--state", &path]);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    let mut stderr = BufReader::new(listener.child.stderr.take().unwrap()).lines();
    let complaint = stderr.next_line().await.unwrap().unwrap();
    assert!(complaint.contains("cannot be written, and the session continues"), "{complaint}");
    slack.user("U01ALICE000").says("C01GENERAL0", "still here").await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    assert_eq!(listener.next("event").await["event"]["text"], "still here");
}

#[tokio::test]
async fn the_state_moves_only_over_acknowledged_lines() {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    let alice = slack.user("U01ALICE000");
    let mut listener = Listener::start(&slack, &["--state", &path, "--ack", "--type", "message"]);
    listener.connected().await;
    slack.wait_for_connections(1).await.unwrap();
    let first = alice.says("C01GENERAL0", "first").await;
    assert_eq!(listener.next("event").await["number"], 1);
    listener.write(r#"{"ack":1}"#).await;
    wait_for_state(&path, "C01GENERAL0", &first).await;
    let second = alice.says("C01GENERAL0", "second").await;
    assert_eq!(listener.next("event").await["number"], 2);
    listener.write(r#"{"ack":7}"#).await;
    assert_eq!(listener.next("error").await["code"], "bad_command");
    listener.write(r#"{"close":{}}"#).await;
    assert_eq!(listener.code().await, Some(0));

    // The second one was written, and nobody said that it was dealt with.
    let mut listener = Listener::start(&slack, &["--state", &path, "--ack", "--type", "message"]);
    let missed = listener.next("missed").await;
    assert_eq!((&missed["event"]["ts"], &missed["number"]), (&json!(second), &json!(1)));
    listener.write(r#"{"ack":1}"#).await;
    wait_for_state(&path, "C01GENERAL0", &second).await;
}

/// Runs for as many seconds as `SLACK_RTM_SOAK` says: a channel of fifty gets a message twenty times a second.
#[tokio::test]
async fn kills_and_lost_connections_lose_nothing() {
    let seconds: u64 = std::env::var("SLACK_RTM_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    soak(Duration::from_secs(seconds), true).await;
}

#[tokio::test]
async fn without_a_kill_everything_comes_once() {
    let seconds: u64 = std::env::var("SLACK_RTM_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    soak(Duration::from_secs(seconds), false).await;
}

async fn soak(length: Duration, kills: bool) {
    let (slack, folder) = (FakeSlack::start().await.unwrap(), tempfile::tempdir().unwrap());
    let path = state(&folder);
    let arguments = ["listen", "--state", &path, "--type", "message", "--backfill-rate", "0"];
    let (lines, mut came) = tokio::sync::mpsc::unbounded_channel::<Value>();
    let start = || {
        let mut command = command(&arguments);
        command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", slack.base_url());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = lines.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = out.next_line().await {
                // A kill may tear the last line.
                if let Ok(line) = serde_json::from_str(&line) {
                    let _ = lines.send(line);
                }
            }
        });
        child
    };
    let mut child = start();
    slack.wait_for_connections(1).await.unwrap();
    // The state begins with the first message that was seen.
    let first = slack.user("U01ALICE000").says("C00", "first").await;
    wait_for_state(&path, "C00", &first).await;

    let mut sent = vec![("C00".to_owned(), first)];
    let end = Instant::now() + length;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    let count = usize::try_from(length.as_millis() / 50).unwrap();
    // Ten kills and ten losses, at random.
    let mut deaths: Vec<usize> = (0..10).map(|_| fastrand::usize(..count)).collect();
    let mut losses: Vec<usize> = (0..10).map(|_| fastrand::usize(..count)).collect();
    deaths.sort_unstable();
    losses.sort_unstable();
    for number in 0..count {
        ticks.tick().await;
        let channel = format!("C{:02}", fastrand::u32(..50));
        let user = slack.user("U01ALICE000");
        let ts = user.says(&channel, "x").await;
        sent.push((channel, ts));
        if kills && deaths.contains(&number) {
            child.kill().await.unwrap();
            child = start();
        }
        if losses.contains(&number) {
            slack.drop_connections().await;
        }
    }
    assert!(Instant::now() + Duration::from_secs(1) > end);
    let sent: HashSet<(String, String)> = sent.into_iter().collect();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let patience = tokio::time::sleep(Duration::from_secs(90));
    tokio::pin!(patience);
    while seen.len() < sent.len() {
        tokio::select! {
            line = came.recv() => {
                let line = line.unwrap();
                if line["kind"] == "event" || line["kind"] == "missed" {
                    let text = |key: &str| line["event"][key].as_str().unwrap().to_owned();
                    *seen.entry((text("channel"), text("ts"))).or_default() += 1;
                }
            }
            () = &mut patience => break,
        }
    }
    let lost: Vec<_> = sent.iter().filter(|message| !seen.contains_key(*message)).collect();
    assert!(lost.is_empty(), "{} of {} were lost: {lost:?}", lost.len(), sent.len());
    if !kills {
        tokio::time::sleep(Duration::from_millis(500)).await;
        while let Ok(line) = came.try_recv() {
            assert!(line["kind"] != "event" && line["kind"] != "missed", "twice: {line}");
        }
        assert!(seen.values().all(|times| *times == 1));
    }
    let _ = child.stdin.take().unwrap().write_all(b"{\"close\":{}}\n").await;
    let _ = child.wait().await;
}
