//! Calls with slack-rtm and with the crates of another document in one program.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Answers by the path.
fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut header = String::from("x");
    while !header.trim_end().is_empty() {
        header.clear();
        reader.read_line(&mut header).unwrap();
    }
    let json = match line.contains("/lacks.ok") {
        true => r#"{"ok":true,"name":"n"}"#,
        false => r#"{"ok":true,"url":"wss://127.0.0.1/ticket","self":{"id":"U1","name":"bot"},"team":{"id":"T1","name":"Acme","domain":"acme"}}"#,
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", json.len());
    stream.write_all((head + json).as_bytes()).unwrap();
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap())));

    let rtm = slack_rtm::Client::builder().token("xoxb-1").base_url(base.clone()).build().unwrap();
    let connected = rtm.rtm_connect().send().await.unwrap();
    assert_eq!(connected.team.domain, "acme");

    let web = web_apis::Client::builder().token("xoxb-1").base_url(base).build().unwrap();
    let answer: web_models::LacksOkResponse = web.lacks_ok().send().await.unwrap();
    assert_eq!(answer.name.as_deref(), Some("n"));
    println!("both were called");
}
