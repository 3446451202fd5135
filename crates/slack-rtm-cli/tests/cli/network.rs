//! Networks that are not as they should be.

use slack_rtm_test::FakeSlack;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::doctor::examine;
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
    let warnings = report.matches("NO_PROXY has entries that can never match").count();
    assert_eq!(warnings, 1, "{report}");
    assert!(report.contains("10.0.*"), "{report}");
}
