//! Calls everything that `wire.yaml` describes, and looks at what arrives. It is compiled against the crates that are generated from it.

#![allow(deprecated)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use slack_rtm_apis::chat_api::ChatPostMessage;
use slack_rtm_apis::files_api::GetPartAnswer;
use slack_rtm_apis::{Binary, Client, FileContent, FilePart, Method, NoContent, RetryPolicy, Text};
use slack_rtm_models as models;

/// What arrived.
struct Request {
    line: String,
    headers: HashMap<String, String>,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Answers every request with what the path asks for, and hands it over.
fn serve(listener: TcpListener) -> Receiver<Request> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&mut BufReader::new(stream.try_clone().unwrap()));
            let (status, kind, body) = answer(&request);
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
            sender.send(request).unwrap();
        }
    });
    receiver
}

fn read(reader: &mut impl BufRead) -> Request {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        body.resize(length.parse().unwrap(), 0);
        reader.read_exact(&mut body).unwrap();
    } else if headers.contains_key("transfer-encoding") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).unwrap();
            body.extend(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    }
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Request { line, headers, body: String::from_utf8(body).unwrap() }
}

fn answer(request: &Request) -> (&'static str, &'static str, Vec<u8>) {
    let json = |status, text: &str| (status, "application/json", text.as_bytes().to_vec());
    match request.line.as_str() {
        line if line.starts_with("GET /api/files/later/") => json("202 Accepted", r#"{"wait":5}"#),
        line if line.starts_with("GET /api/files/none/") => ("204 No Content", "text/plain", Vec::new()),
        line if line.starts_with("GET /api/files/new/") => json("226 IM Used", PART),
        line if line.starts_with("GET /api/files/refused/") => json("404 Not Found", r#"{"ok":false,"error":"not-found"}"#),
        line if line.starts_with("GET /api/files/") => json("200 OK", PART),
        line if line.starts_with("PUT ") => ("204 No Content", "text/plain", Vec::new()),
        line if line.starts_with("PATCH ") => ("200 OK", "text/plain", "schön".into()),
        line if line.starts_with("DELETE ") => json("200 OK", r#"{"ok":true}"#),
        line if line.starts_with("POST /api/upload") => json("201 Created", r#"{"a":1.0}"#),
        line if line.starts_with("POST /api/blob") => ("200 OK", "image/png", vec![0x89, 0xff]),
        line if line.contains("chat.postMessage") => json("200 OK", r#"{"ok":true,"ts":"1.2"}"#),
        line if line.starts_with("POST /api/echo") => json("200 OK", &request.body),
        line if line.starts_with("GET /api/list") => json("200 OK", "[[1,2],[]]"),
        _ => json("200 OK", "{}"),
    }
}

const PART: &str = r#"{"id":"F1","state":null,"parent":{"id":"F0","state":"on","parent":null},"children":[{"id":"F2","state":"x","parent":null}],"named":{"a":{"id":"F3","state":null,"parent":null}},"matrix":[[1.5],[]],"gaps":[1,null],"day":"2026-02-30","odd":"o","small":-1,"large":9007199254740993,"count":18446744073709551615,"rate":0.1,"anything":{"x":[1.0]},"self":true,"type":"other","async":"a","1st":"b","foo-bar":"c","foo_bar":"d","größe":"e","👍":1,"":"f"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let requests = serve(listener);
    let client = Client::builder().token("xoxb-token").base_url(url).retry(RetryPolicy::default()).build().unwrap();
    let arrived = || requests.recv_timeout(std::time::Duration::from_secs(10)).unwrap();

    parameters(&client, &arrived).await;
    answers(&client, &arrived).await;
    bodies(&client, &arrived).await;
    forms(&client, &arrived).await;
    files(&client, &arrived).await;
    shapes(&client, &arrived).await;
    println!("everything arrived");
}

async fn parameters(client: &Client, arrived: &impl Fn() -> Request) {
    let call = client.get_part("a/b?c%é", 7, "2026-01-02", "trace");
    let call = call
        .tags(vec!["x y".to_owned(), "z,&".to_owned()])
        .ids(vec![models::FileId::new("F1"), models::FileId::new("F2")])
        .bars(vec![1, 2])
        .filter(models::Filter::new().set_kind("pdf").set_shared(true))
        .range(models::GetPartRange::new().set_from(1).set_to(2))
        .raw(vec![1.5, 2.0])
        .order(models::GetPartOrder::Down)
        .r#type("t")
        .send_2(true)
        .x_list(vec!["a".to_owned(), "b".to_owned()])
        .flavour("mint; x=1");
    let GetPartAnswer::Status200(part) = call.send().await.unwrap() else { panic!("another status") };
    assert_eq!(serde_json::to_string(&part).unwrap(), PART);
    assert_eq!((part.count, part.large), (Some(u64::MAX), Some(9_007_199_254_740_993)));
    let request = arrived();
    assert_eq!(
        request.line,
        "GET /api/files/a%2Fb%3Fc%25%C3%A9/parts/7?since=2026-01-02&tags=x+y&tags=z%2C%26&ids=F1%2CF2&bars=1%7C2\
         &filter%5Bkind%5D=pdf&filter%5Bshared%5D=true&from=1&to=2&raw=%5B1.5%2C2.0%5D&order=down&type=t&send=true"
    );
    assert_eq!(request.header("x-trace"), "trace");
    assert_eq!(request.header("x-list"), "a,b");
    assert_eq!(request.header("cookie"), "flavour=mint%3B%20x%3D1");
    assert_eq!(request.header("authorization"), "Bearer xoxb-token");

    // What is not set is not sent, and a form takes the arguments as well.
    client.get_part("f", 1, "d", "t").with_method(Method::Post).send_raw().await.unwrap();
    let request = arrived();
    assert_eq!((request.line.as_str(), request.body.as_str()), ("POST /api/files/f/parts/1", "since=d"));
    assert!(client.get_part("..", 1, "d", "t").send().await.is_err());
    assert!(client.get_part("f", 1, "d", "t\r\nX-Evil: 1").send().await.is_err());
    assert!(client.get_part("f", 1, "d", "t").with_method(Method::Delete).send().await.is_err());

    client.get_many("a", "b", "c", "d", "e", "f", "g", "h").send().await.unwrap();
    assert_eq!(arrived().line, "GET /api/many?a=a&b=b&c=c&d=d&e=e&f=f&g=g&h=h");
}

async fn answers(client: &Client, arrived: &impl Fn() -> Request) {
    let get = async |file: &str| client.get_part(file, 1, "d", "t").send().await;
    assert!(matches!(get("later").await.unwrap(), GetPartAnswer::Status202(later) if later.wait == Some(5)));
    assert!(matches!(get("none").await.unwrap(), GetPartAnswer::Status204(NoContent)));
    assert!(matches!(get("new").await.unwrap(), GetPartAnswer::Status200(_)), "an unknown success");
    let error = get("refused").await.unwrap_err();
    assert_eq!((error.code(), error.status().map(|status| status.as_u16())), (None, Some(404)));
    let slack_rtm_apis::Error::Refused(refusal) = error else { panic!("no refusal") };
    assert_eq!(refusal.body.error, Some(models::RefusalError::NotFound2));
    assert_eq!(client.client().send().await.unwrap(), [vec![1, 2], vec![]]);
    for _ in 0..5 {
        arrived();
    }
}

async fn bodies(client: &Client, arrived: &impl Fn() -> Request) {
    let part = models::Part::new("F1", None, models::Part::new("F0", "on".to_owned(), None));
    let answer: NoContent = client.put_part("f", 2, part).dry(true).send().await.unwrap();
    assert_eq!(answer, NoContent);
    let request = arrived();
    assert_eq!(request.line, "PUT /api/files/f/parts/2?dry=true");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.body, r#"{"id":"F1","state":null,"parent":{"id":"F0","state":"on","parent":null}}"#);

    let Text(text) = client.patch_part("f", 3).body("grün").send().await.unwrap();
    let request = arrived();
    assert_eq!((text.as_str(), request.body.as_str(), request.header("content-type")), ("schön", "grün", "text/plain"));
    assert_eq!(request.line, "PATCH /api/files/f/parts/3");

    client.delete_part("f", 4).reason("old").send().await.unwrap();
    let request = arrived();
    assert_eq!((request.line.as_str(), request.body.as_str()), ("DELETE /api/files/f/parts/4?reason=old", ""));

    client.client_2().body(vec!["a".to_owned()]).send().await.unwrap();
    assert_eq!(arrived().body, r#"["a"]"#);
    client.client_2().send().await.unwrap();
    assert_eq!(arrived().body, "");
    assert!(client.client_2().body(Vec::<String>::new()).with_method(Method::Get).send().await.is_err());
}

async fn forms(client: &Client, arrived: &impl Fn() -> Request) {
    let blocks = vec![models::Block::from(models::Section::new().set_text("hi")), models::Divider::new().into()];
    let post = || client.chat_post_message("a&b").channels(vec!["C1".to_owned(), "C2".to_owned()]);
    let answer = post().blocks(blocks.clone()).unfurl(false).trace("x").send().await.unwrap();
    assert_eq!(answer.ts, "1.2");
    let request = arrived();
    assert_eq!(request.line, "POST /api/chat.postMessage?trace=x");
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        request.body,
        "text=a%26b&channels=C1%2CC2&blocks=%5B%7B%22kind%22%3A%22section%22%2C%22text%22%3A%22hi%22%7D%2C%7B%22kind%22%3A%22divider%22%7D%5D&unfurl=false"
    );
    post().with_method(Method::Get).send().await.unwrap();
    assert_eq!(arrived().line, "GET /api/chat.postMessage?text=a%26b&channels=C1%2CC2");
    let request = ChatPostMessage::new("made by hand");
    client.call(request).send().await.unwrap();
    assert_eq!(arrived().body, "text=made+by+hand");
}

async fn files(client: &Client, arrived: &impl Fn() -> Request) {
    let large = vec![b'x'; 300_000];
    let reader = std::io::Cursor::new(large.clone());
    let file = FilePart::new("a.txt", FileContent::from_reader(reader)).with_media_type("text/plain");
    let more = vec![FilePart::new("b", "B"), FilePart::new("c", vec![b'C'])];
    let meta = HashMap::from([("n".to_owned(), 1)]);
    let call = client.upload("größe", file.clone()).tags(vec!["p".to_owned(), "q".to_owned()]).meta(meta).more(more);
    let answer = call.send().await.unwrap();
    assert_eq!(answer.as_str(), r#"{"a":1.0}"#);
    let request = arrived();
    let boundary = request.header("content-type").strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(request.header("transfer-encoding"), "chunked");
    let part = |head: &str, content: &str| format!("--{boundary}\r\nContent-Disposition: form-data; name={head}\r\n\r\n{content}\r\n");
    let expected = [
        part("\"title\"", "größe"),
        part("\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain", &String::from_utf8(large).unwrap()),
        part("\"tags\"", "p,q"),
        part("\"meta\"\r\nContent-Type: application/json", r#"{"n":1}"#),
        part("\"more\"; filename=\"b\"\r\nContent-Type: application/octet-stream", "B"),
        part("\"more\"; filename=\"c\"\r\nContent-Type: application/octet-stream", "C"),
        format!("--{boundary}--\r\n"),
    ];
    assert!(request.body == expected.concat(), "{} bytes", request.body.len());
    // Its reader is gone.
    assert!(client.upload("again", file).send().await.is_err());

    let Binary(picture) = client.blob(FileContent::from_reader(&b"abc"[..]).with_length(3)).send().await.unwrap();
    assert_eq!(picture.as_ref(), [0x89, 0xff]);
    let request = arrived();
    assert_eq!((request.body.as_str(), request.header("content-length")), ("abc", "3"));
    assert_eq!(request.header("content-type"), "application/octet-stream");
}

async fn shapes(client: &Client, arrived: &impl Fn() -> Request) {
    let json = concat!(
        r#"{"block":{"kind":"section","text":"t"},"again":{"kind":"new","x":[1.0]},"#,
        r#""pets":[{"pet":"tom","lives":9},{"pet":"rex","tricks":2},{"pet":"fish"}],"#,
        r#""any":[{"name":"n"},{"name":"n","more":1},5,"five",["a"],true],"either":["F1",{"name":"w"}],"#,
        r#""both":{"kind":"k","extra":"e"},"tree":[[[]]],"list":["a"],"self":"only","numbers":{"a":[1]},"inline":{"b":"c"}}"#
    );
    let shapes: models::Shapes = serde_json::from_str(json).unwrap();
    let echoed = client.echo(shapes.clone()).send().await.unwrap();
    assert_eq!(echoed, shapes);
    assert_eq!(arrived().body, json);
    let any = shapes.any.unwrap();
    assert!(matches!(
        any.as_slice(),
        [
            models::Any::Narrow(_),
            models::Any::Wide(_),
            models::Any::Integer(5),
            models::Any::Text(_),
            models::Any::List(_),
            models::Any::Unrecognized(_)
        ]
    ));
    let pets = shapes.pets.unwrap();
    assert!(matches!(pets.as_slice(), [models::Pet::Tom(_), models::Pet::Rex(_), models::Pet::Unknown(_)]));
    assert!(matches!(shapes.inline, Some(models::ShapesInline::Two(_))));
    assert!(matches!(shapes.again, Some(models::Blocks::Unknown(_))));
}
