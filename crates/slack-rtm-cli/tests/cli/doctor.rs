//! `slack-rtm doctor`.

use std::time::{Duration, SystemTime};

use slack_rtm_test::{Answer, FakeSlack, Script};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::{TOKEN, command};

/// Everything that it says and how it ends, without what differs from run to run.
pub(crate) async fn examine(
    url: &str,
    token: Option<&str>,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> String {
    let mut command = command(&[&["doctor"], arguments].concat());
    command.env("SLACK_API_URL", url).envs(environment.iter().copied());
    if let Some(token) = token {
        command.env("SLACK_TOKEN", token);
    }
    let output = tokio::time::timeout(Duration::from_secs(40), command.output()).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!out.contains("SECRET") && !err.contains("SECRET") && !out.contains("ticket-"), "{out}{err}");
    let text = format!("{out}-- standard error\n{err}-- exit {}\n", output.status.code().unwrap());
    // The numbers of errors differ from system to system.
    filtered(&text.replace(" (os error 111)", "").replace(" (os error 61)", ""))
}

/// Times and ports are random.
fn filtered(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let line = match (line.find("\"ms\":"), line.find(",\"code\":")) {
            (Some(from), Some(to)) if !line[from..to].ends_with("null") => {
                format!("{}\"ms\":N{}", &line[..from], &line[to..])
            }
            _ => line.to_owned(),
        };
        let words = line.split(' ').collect::<Vec<_>>();
        let is_time = |n: usize| words.get(n + 1) == Some(&"ms") && words[n].parse::<u64>().is_ok();
        let words = words.iter().enumerate().map(|(n, word)| match word.split_once("127.0.0.1:") {
            _ if is_time(n) => "N".to_owned(),
            Some((before, after)) => {
                format!("{before}127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => (*word).to_owned(),
        });
        // However wide the time is.
        let line = words.collect::<Vec<_>>().join(" ");
        let line = match line.split_once("N ms") {
            Some((before, after)) => format!("{} N ms{after}", before.trim_end()),
            None => line,
        };
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// The fake's clock goes with its messages, which are of another year; this answer has the time of this machine.
fn at_this_time() -> Answer {
    Answer::success().with_header("date", &httpdate::fmt_http_date(SystemTime::now()))
}

#[tokio::test]
async fn all_is_well() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_always(at_this_time());
    insta::assert_snapshot!(examine(&slack.base_url(), Some(TOKEN), &[], &[]).await);
    assert_eq!((slack.requests().len(), slack.dials().len()), (1, 1));
    let json =
        examine(&slack.base_url(), Some(TOKEN), &[], &["--json"]).await.replace("\"ms\":N", "\"ms\":1.5");
    let lines: Vec<serde_json::Value> = json
        .lines()
        .take_while(|line| !line.starts_with("--"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 12);
    assert!(lines[..11].iter().all(|line| line["kind"] == "step" && line["code"].is_null()), "{json}");
    assert!(lines[6]["step"] == "rtm_connect" && lines[6]["ms"].is_number(), "{json}");
    assert_eq!(
        lines[11],
        serde_json::json!({ "kind": "result", "ok": true, "exit": 0, "code": null, "warnings": 0 })
    );
}

#[tokio::test]
async fn refusals_are_explained() {
    let slack = FakeSlack::start().await.unwrap();
    for code in ["invalid_auth", "not_allowed_token_type", "migration_in_progress"] {
        slack.answer_next(Answer::refusal(code));
        insta::assert_snapshot!(code, examine(&slack.base_url(), Some(TOKEN), &[], &[]).await);
    }
    // Never again by itself, whatever the answer is.
    assert_eq!(slack.requests().len(), 3);
    slack.answer_next(Answer::refusal("the token xoxb-SECRET is bad"));
    let report = examine(&slack.base_url(), Some(TOKEN), &[], &["--json"]).await;
    assert!(report.contains(r#""code":"code_of_unknown_form""#), "{report}");
    slack.answer_next(Answer::rate_limited("42"));
    insta::assert_snapshot!(
        "rate_limited",
        examine(&slack.base_url(), Some(TOKEN), &[], &["--json"])
            .await
            .lines()
            .skip(6)
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[tokio::test]
async fn what_is_not_slack_is_told_apart() {
    let slack = FakeSlack::start().await.unwrap();
    let answers = [
        ("portal", Answer::html(200, "<html>Sign in</html>")),
        ("redirect", Answer::redirect("https://portal.example/")),
        ("not_found", Answer::html(404, "<html>")),
        ("proxy_credentials", Answer::html(407, "")),
        ("not_slack", Answer::json(r#"{"hello":"world"}"#)),
        ("status", Answer::json("").with_status(503)),
    ];
    for (name, answer) in answers {
        slack.answer_next(answer);
        let report = examine(&slack.base_url(), Some(TOKEN), &[], &[]).await;
        let from = report.find("rtm.connect").unwrap();
        insta::assert_snapshot!(name, report[from..]);
    }
}

#[tokio::test]
async fn connections_that_fail_are_explained() {
    let slack = FakeSlack::start().await.unwrap();
    let scripts = [
        ("upgrade_refused", Script::refused(503)),
        ("expired", Script::error_first(1, "Socket URL has expired")),
        ("refused_token", Script::error_first(401, "invalid_auth")),
        (
            "refused_later",
            Script::healthy()
                .sending([r#"{"type":"error","error":{"msg":"account_inactive","code":403}}"#])
                .half_open_after(0),
        ),
        ("lost", Script::healthy().half_open_after(0)),
    ];
    for (name, script) in scripts {
        slack.script_next(script);
        let report = examine(&slack.base_url(), Some(TOKEN), &[], &[]).await;
        let from = report.find("upgrade").unwrap();
        insta::assert_snapshot!(name, report[from..]);
    }
    assert_eq!(slack.requests().len(), 5);
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_warning() {
    let slack = FakeSlack::start().await.unwrap();
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    slack
        .answer_next(Answer::refusal("invalid_auth").with_header("date", &httpdate::fmt_http_date(hour_ago)));
    let report = examine(&slack.base_url(), Some(TOKEN), &[], &[]).await;
    assert!(report.contains("warning  clock"), "{report}");
    assert!(report.contains("s ahead of Slack's."), "{report}");
    assert!(report.contains("-- exit 3"), "{report}");
}

#[tokio::test]
async fn the_environment_is_looked_at_first() {
    let slack = FakeSlack::start().await.unwrap();
    let url = slack.base_url();
    insta::assert_snapshot!("no_token", examine(&url, None, &[], &[]).await);
    assert!(slack.requests().is_empty());
    slack.answer_always(at_this_time());
    for (token, expected) in
        [("xoxe-1-SECRET", "refresh_token"), ("xoxd-SECRET", "cookie"), ("SECRET", "unknown_token")]
    {
        let report = examine(&url, Some(token), &[], &[]).await;
        assert!(report.contains(expected) && report.contains("-- exit 0"), "{report}");
    }
    for url in ["", "https://", "http://slack.com/api", "https://user:SECRET@slack.com"] {
        let report = examine(url, Some(TOKEN), &[], &[]).await;
        assert!(report.contains("api_url") && report.contains("-- exit 2"), "{report}");
    }
    insta::assert_snapshot!("no_api_url", examine("https://", Some("\"SECRET\""), &[], &[]).await);
}

/// A server that gives each connection this answer, and then no more.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address.to_string()
}

#[tokio::test]
async fn the_way_to_the_host_is_gone_step_by_step() {
    // Nothing listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    insta::assert_snapshot!("refused", examine(&format!("https://{gone}"), Some(TOKEN), &[], &[]).await);
    let plain = answering("HTTP/1.1 400 Bad\r\n\r\n").await;
    insta::assert_snapshot!("no_tls", examine(&format!("https://{plain}"), Some(TOKEN), &[], &[]).await);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let report = examine(&slack.base_url(), Some(TOKEN), &[], &[]).await;
    let from = report.find("TLS").unwrap();
    insta::assert_snapshot!(report[from..]);
    assert!(slack.requests().is_empty());
}

/// A certificate in the form that `SSL_CERT_FILE` has.
fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in der.chunks(3) {
        let bits =
            group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let is_there = digit <= group.len();
            text.push(if is_there { char::from(DIGITS[bits >> (18 - 6 * digit) & 63]) } else { '=' });
        }
    }
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_that_the_system_trusts_is_trusted() {
    let slack = FakeSlack::start_tls().await.unwrap();
    slack.answer_next(at_this_time());
    let file = std::env::temp_dir().join(format!("slack-rtm-cli-{}.pem", std::process::id()));
    std::fs::write(&file, pem(slack.certificate().unwrap())).unwrap();
    let certificates = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let report = examine(&slack.base_url(), Some(TOKEN), &certificates, &[]).await;
    std::fs::remove_file(&file).unwrap();
    let from = report.find("skipped  proxy").unwrap();
    insta::assert_snapshot!(report[from..]);
    assert_eq!((slack.requests().len(), slack.dials().len()), (1, 1));
}

#[tokio::test]
async fn a_proxy_is_a_step_of_its_own() {
    for (name, answer) in [
        ("proxy_wants_credentials", "HTTP/1.1 407 No\r\n\r\n"),
        ("proxy_refuses", "HTTP/1.1 403 No\r\n\r\n"),
        ("proxy_is_none", "SSH-2.0-x\r\n\r\n"),
    ] {
        let proxy = format!("http://user:SECRET@{}", answering(answer).await);
        let report = examine(
            "https://slack.invalid/api",
            Some(TOKEN),
            &[("HTTPS_PROXY", &proxy), ("NO_PROXY", "")],
            &[],
        )
        .await;
        insta::assert_snapshot!(name, report);
    }
}

/// A proxy that leads everybody to one address.
async fn leading_to(target: std::net::SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut target = tokio::net::TcpStream::connect(target).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
            });
        }
    });
    address.to_string()
}

#[tokio::test]
async fn a_proxy_that_leads_on_is_not_to_blame() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let proxy = format!("http://user:SECRET@{}", leading_to(slack.address()).await);
    let environment = [("HTTPS_PROXY", proxy.as_str()), ("NO_PROXY", "")];
    let report = examine("https://slack.invalid/api", Some(TOKEN), &environment, &[]).await;
    assert!(report.contains("127.0.0.1 forwards the connection"), "{report}");
    assert!(report.contains("failed   TLS") && report.contains("-- exit 1"), "{report}");
}
