//! A minimal HTTP client for well-formed and malformed requests.

use serde_json::{Value, json};
use slack_rtm_e2e::TOKEN;
use slack_rtm_test::FakeSlack;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends a request and returns the head and the body of the response.
pub(crate) async fn exchange(slack: &FakeSlack, line: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(slack.address()).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: slack\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

/// Calls a method with a JSON object as arguments.
pub(crate) async fn call(slack: &FakeSlack, method: &str, arguments: Value) -> Value {
    let headers =
        format!("authorization: Bearer {TOKEN}\r\ncontent-type: application/json; charset=utf-8\r\n");
    let body = arguments.to_string();
    let (_, body) = exchange(slack, &format!("POST /api/{method}"), &headers, body.as_bytes()).await;
    serde_json::from_slice(&body).unwrap()
}

/// Calls a method that must succeed.
pub(crate) async fn ok(slack: &FakeSlack, method: &str, arguments: Value) -> Value {
    let answer = call(slack, method, arguments).await;
    assert_eq!(answer["ok"], true, "{method}: {answer}");
    answer
}

/// Calls a method that must be refused, and returns the error code.
pub(crate) async fn refused(slack: &FakeSlack, method: &str, arguments: Value) -> String {
    let answer = call(slack, method, arguments).await;
    assert_eq!(answer["ok"], json!(false), "{method}: {answer}");
    answer["error"].as_str().unwrap().to_owned()
}
