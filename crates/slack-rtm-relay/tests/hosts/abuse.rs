//! What a host does with a misconfiguration, a full disk, a reader that has gone, and too many connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream;

use crate::support::{Cluster, NatsServer, Workspaces, until};

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_slack-rtm-relay"))
}

fn full_disk() -> Option<std::fs::File> {
    std::fs::OpenOptions::new().write(true).open("/dev/full").ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_ends_when_its_reader_has_gone() {
    let Some(_nats) = NatsServer::start().await else { return };
    let mut child = command().arg("demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.contains("the stream stores it once"), "{line}");
    drop(output);
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success() && !errors.contains("panicked"), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_reported() {
    let Some(nats) = NatsServer::start().await else { return };
    let Some(full) = full_disk() else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let a = cluster.host("a");
    a.ready().await;
    let ended = command().args(["status", "--config"]).arg(cluster.file("a")).stdout(full).output().unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("error: standard output cannot be written"), "{errors}");
}

#[test]
fn the_demo_reports_a_server_that_ends_at_once() {
    let begun = Instant::now();
    let ended = command().args(["demo", "--nats-server", "/bin/false"]).output().unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert!(errors.contains("/bin/false has ended: exit status: 1"), "{errors}");
    assert!(begun.elapsed() < Duration::from_secs(8));
}

/// A server of NATS that accepts connections and says nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_served_while_the_host_starts() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let empty = Workspaces::start(1).await;
    let cluster = Cluster::over(vec![format!("nats://{}", silent.local_addr().unwrap())], &empty);
    let a = cluster.host("a");
    let begun = Instant::now();
    until("the host is alive", async || a.get("/healthz").await.is_some_and(|(status, _)| status == 200))
        .await;
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(a.get("/readyz").await.unwrap(), (503, "the host is starting\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_connections_give_way() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let empty = Workspaces::start(1).await;
    let cluster = Cluster::over(vec![format!("nats://{}", silent.local_addr().unwrap())], &empty);
    let a = cluster.host("a");
    until("the host is alive", async || a.get("/healthz").await.is_some()).await;
    let connect = || TcpStream::connect(("127.0.0.1", a.health)).unwrap();
    let mut first = connect();
    first.write_all(b"GET /hea").unwrap();
    let _others: Vec<_> = (0..200).map(|_| connect()).collect();
    assert_eq!(a.get("/healthz").await.unwrap().0, 200);
    first.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    // The end, or a reset, but no timeout.
    let closed = first
        .read(&mut [0; 64])
        .map_or_else(|error| error.kind() == std::io::ErrorKind::ConnectionReset, |len| len == 0);
    assert!(closed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_not_logged_at_any_level() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces).with_tokens_in_the_bucket(&workspaces).await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let tokens = context.get_key_value("slack_relay_tokens").await.unwrap();
    for (name, entry) in [
        ("text", "xoxb-1"),
        ("number", r#"{"token":5,"app_token":"xapp-1"}"#),
        ("misspelt", r#"{"token":"xoxb-4","appToken":"xapp-4"}"#),
        ("url", r#"{"token":"xoxb-2","api_url":"::"}"#),
    ] {
        tokens.put(name, entry.into()).await.unwrap();
    }
    let a = cluster.host_with_log("a", "trace,async_nats::connection=trace");
    let log = || std::fs::read_to_string(&a.log).unwrap();
    for reason in [
        "token, app_token and api_url token=text",
        "token, app_token and api_url token=number",
        "token, app_token and api_url token=misspelt",
        "base_url: not an absolute URL",
    ] {
        until(reason, async || log().contains(reason)).await;
    }
    workspaces.connected(1).await;
    // The bucket is read again, and the entries that have not changed are not reported again.
    tokens.put("late", "xoxb-3".into()).await.unwrap();
    until("the entry is reported", async || log().contains("token=late")).await;
    assert_eq!(log().matches("api_url token=text").count(), 1);
    let line = |secret: &str| log().lines().find(|line| line.contains(secret)).map(str::to_owned);
    assert_eq!((line("xoxb-"), line("xapp-")), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_of_one_name_are_reported() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let cluster = Cluster::new(&nats, &workspaces);
    let a = cluster.host("a");
    a.ready().await;
    let text = "another process runs with the name of this host";
    let log = |host: &crate::support::Host| std::fs::read_to_string(&host.log).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!log(&a).contains(text));
    let twin = cluster.host("a");
    until("both report it", async || [&a, &twin].iter().all(|host| log(host).contains(text))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_refuses_events_is_reported() {
    let Some(nats) = NatsServer::start().await else { return };
    let workspaces = Workspaces::start(1).await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let subjects = ["event", "interaction", "command", "gap"].map(|kind| format!("slack.*.{kind}.>"));
    let config = jetstream::stream::Config {
        name: "slack".to_owned(),
        subjects: subjects.to_vec(),
        max_messages: 1,
        discard: jetstream::stream::DiscardPolicy::New,
        ..Default::default()
    };
    context.create_stream(config).await.unwrap();
    let cluster = Cluster::new(&nats, &workspaces);
    let a = cluster.host("a");
    a.ready().await;
    workspaces.post(5, Duration::ZERO).await;
    let log = || std::fs::read_to_string(&a.log).unwrap();
    until("the reason is logged", async || log().contains("maximum messages exceeded")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(log().matches("maximum messages exceeded").count(), 1);
}
