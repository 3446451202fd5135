//! Networks that are not as they should be.

use std::time::Duration;

use slack_rtm_test::{FakeSlack, Script};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::doctor::examine;
use crate::listener::Listener;
use crate::{TOKEN, command};

/// An environment without any certificates.
const NO_CERTIFICATES: [(&str, &str); 2] =
    [("SSL_CERT_FILE", "/nonexistent/certificates.pem"), ("SSL_CERT_DIR", "/nonexistent")];

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_system_without_certificates_can_do_what_needs_none() {
    let slack = FakeSlack::start().await.unwrap();
    let report = examine(&slack.base_url(), Some(TOKEN), &NO_CERTIFICATES, &[]).await;
    assert!(report.contains("-- exit 0"), "{report}");

    let mut demo = command(&["listen", "--demo"]).envs(NO_CERTIFICATES).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if line.contains("connected") {
            break;
        }
    }

    let slack = FakeSlack::start_tls().await.unwrap();
    let report = examine(&slack.base_url(), Some(TOKEN), &NO_CERTIFICATES, &[]).await;
    let from = report.find("failed   TLS").unwrap();
    insta::assert_snapshot!("no_certificates", report[from..]);
    let send = command(&["send", "C01GENERAL0", "hi", "--timeout", "5"])
        .envs(NO_CERTIFICATES)
        .env("SLACK_TOKEN", TOKEN)
        .env("SLACK_API_URL", slack.base_url())
        .output()
        .await
        .unwrap();
    assert_eq!(send.status.code(), Some(1));
    assert!(slack.requests().is_empty());
}

/// A proxy that answers every request with the same, and hands out what it was asked.
async fn proxy(answer: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap_or(0);
            let _ = asked.send(String::from_utf8_lossy(&head[..length]).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (format!("http://{address}"), requests)
}

#[tokio::test]
async fn a_proxy_is_told_who_asks_and_its_schemes_are_named() {
    let (proxy, mut requests) = proxy(
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let report = examine("https://slack.invalid/api", Some(TOKEN), &[("HTTPS_PROXY", &proxy)], &[]).await;
    assert!(
        report.contains("proxy_credentials") && report.contains("It offers Negotiate, NTLM."),
        "{report}"
    );
    assert!(report.contains("Only Basic is supported."), "{report}");
    let asked = requests.recv().await.unwrap();
    assert!(asked.starts_with("CONNECT slack.invalid:443 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("\r\nUser-Agent: slack-rtm-cli/"), "{asked}");
}

#[tokio::test]
async fn hosts_that_need_no_proxy_are_named_in_many_ways() {
    let (proxy, _requests) = proxy("HTTP/1.1 403 No\r\n\r\n").await;
    for (list, uses_proxy) in [
        ("*.invalid", false),
        ("*", false),
        ("slack.invalid:443", false),
        (".invalid", false),
        ("slack.invalid:8443", true),
        ("*.slack.invalid", true),
    ] {
        let environment = [("HTTPS_PROXY", &*proxy), ("NO_PROXY", list)];
        let report = examine("https://slack.invalid/api", Some(TOKEN), &environment, &[]).await;
        assert_eq!(report.contains("proxy_refuses"), uses_proxy, "{list}: {report}");
        assert_eq!(report.contains("no_such_host"), !uses_proxy, "{list}: {report}");
    }
}

#[tokio::test]
async fn an_exception_that_can_never_match_is_warned_of_once() {
    let (proxy, _requests) = proxy("HTTP/1.1 403 No\r\n\r\n").await;
    let environment =
        [("HTTPS_PROXY", &*proxy), ("NO_PROXY", "https://slack.com/,10.0.*"), ("RUST_LOG", "warn")];
    let report = examine("https://slack.invalid/api", Some(TOKEN), &environment, &[]).await;
    let warnings = report.matches("NO_PROXY contains invalid entries").count();
    assert_eq!(warnings, 1, "{report}");
    assert!(report.contains("10.0.*"), "{report}");
}

#[tokio::test]
async fn a_slow_server_is_waited_for_within_the_limits_that_are_set() {
    let slack = FakeSlack::start().await.unwrap();
    let half = Duration::from_millis(500);
    slack.script_always(Script::healthy().hello_after(half).pong_after(half));
    let limits = ["--connect-timeout", "0.2", "--max-connect-timeout", "2"];
    let pongs = ["--pong-timeout", "0.1", "--max-pong-timeout", "0.1"];
    let mut listener = Listener::start(&slack, &[limits, pongs].concat());
    let mut codes = Vec::new();
    loop {
        let state = listener.next("state").await;
        codes.extend(state["code"].as_str().map(str::to_owned));
        if state["state"] == "connected" {
            break;
        }
    }
    // A machine that is busy may also be slow to connect.
    let is_timeout = |code: &String| code == "hello_timeout" || code == "dial_timeout";
    assert!(codes.len() >= 2 && codes.iter().all(is_timeout), "{codes:?}");
    // The first ping is answered later than may be.
    assert_eq!(listener.next("state").await["code"], "pong_timeout");
    for arguments in [["--pong-timeout", "0"], ["--max-connect-timeout", "soon"]] {
        let output = command(&[&["listen"][..], &arguments].concat()).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("not a number from 0.1 to 3600"));
    }
}

/// The answer to a ping, and more, wait until the process goes on.
#[cfg(unix)]
#[tokio::test]
async fn a_process_that_was_stopped_keeps_its_connection() {
    let slack = FakeSlack::start().await.unwrap();
    slack.script_always(Script::healthy().pong_after(Duration::from_millis(300)));
    let mut listener = Listener::start(&slack, &["--pong-timeout", "0.6", "--max-pong-timeout", "0.6"]);
    listener.connected().await;
    slack.wait_for_frames("ping", 2).await.unwrap();
    listener.signal("-STOP").await;
    slack.user("U01ALICE000").says("C01GENERAL0", "are you there?").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    listener.signal("-CONT").await;
    assert_eq!(listener.next("event").await["event"]["type"], "hello");
    assert_eq!(listener.next("event").await["event"]["text"], "are you there?");
    slack.wait_for_frames("ping", 3).await.unwrap();
    listener.signal("-TERM").await;
    assert_eq!(listener.next("state").await["state"], "closed");
    assert_eq!(slack.dials().len(), 1);
}
