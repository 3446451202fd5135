//! Calls the three methods of `methods.yaml`, vendored, against a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use slack_rtm_apis::Client;
use slack_rtm_models::{ChannelId, FileId, OauthDeskResponsePinsItem, RawJson, Ts, UserId};

/// Answers by the path, and gives back what came: the request line, whether the token was in its header, and the body.
fn answer(mut stream: TcpStream) -> (String, bool, String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length, mut is_authorized) = (String::new(), 0, false);
    reader.read_line(&mut line).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim_end().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(text) = header.strip_prefix("content-length: ") {
            length = text.parse().unwrap();
        }
        is_authorized |= header == "authorization: bearer xoxb-1";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let json = match line.as_str() {
        line if line.contains("cursor=second") => {
            r#"{"ok":true,"desks":[{"id":"b","kind":{"size":3}}],"response_metadata":{"next_cursor":""}}"#
        }
        line if line.contains("/desks.list") => {
            r#"{"ok":true,"desks":[{"id":"a","since":"1700000000.000100","owner":{"id":"U01ALICE000"},"channel":"C01GENERAL0"}],"total":2,"response_metadata":{"next_cursor":"second"}}"#
        }
        line if line.contains("/files.pinToDesk") => r#"{"ok":true}"#,
        line if line.contains("/oauth.desk") => r#"{"ok":true,"pins":[{"type":"note","note":"hi"},{"type":"file","file":"F01REPORT00"}]}"#,
        _ => r#"{"ok":false,"error":"unknown_method"}"#,
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", json.len());
    stream.write_all((head + json).as_bytes()).unwrap();
    (line.trim_end().to_owned(), is_authorized, String::from_utf8(body).unwrap())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || listener.incoming().take(4).map(|it| answer(it.unwrap())).collect::<Vec<_>>());
    let client = Client::builder().token("xoxb-1").base_url(base).build().unwrap();

    let thread = Ts::from("1700000000.000100");
    let mut desks = client.desks_list().user_ids(["U01ALICE000", "U02BOB00000"]).thread_ts(thread.clone()).items();
    let first = desks.next().await.unwrap().unwrap();
    let (since, channel): (Option<Ts>, Option<ChannelId>) = (first.since, first.channel);
    assert_eq!((since, channel), (Some(thread), Some(ChannelId::from("C01GENERAL0"))));
    assert_eq!(first.owner.unwrap().id, Some(UserId::from("U01ALICE000")));
    let second = desks.next().await.unwrap().unwrap();
    let kind = second.kind.unwrap();
    assert_eq!((kind.size, kind.side), (Some(3), None));
    assert!(desks.next().await.is_none());

    let view = RawJson::new(r#"{"type":"modal"}"#).unwrap();
    client.files_pin_to_desk(FileId::from("F01REPORT00")).view(view).send().await.unwrap();

    let pins = client.oauth_desk().send().await.unwrap().pins.unwrap();
    assert!(matches!(&pins[0], OauthDeskResponsePinsItem::Note(note) if note.note.as_deref() == Some("hi")));
    assert!(matches!(&pins[1], OauthDeskResponsePinsItem::File(file) if file.file == Some(FileId::from("F01REPORT00"))));

    let requests = server.join().unwrap();
    assert!(requests.iter().all(|(line, is_authorized, body)| *is_authorized && !format!("{line}{body}").contains("xoxb")));
    for (request, part) in requests.iter().zip(["user_ids=U01ALICE000%2CU02BOB00000", "cursor=second", "view=%7B%22type%22%3A%22modal%22%7D", "/oauth.desk"]) {
        assert!(format!("{} {}", request.0, request.2).contains(part), "no {part} in {request:?}");
    }
    println!("all three were called");
}
