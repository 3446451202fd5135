//! The other end: rtm.connect and a message server that does as little as will do.

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder};

use crate::corpus;

/// What the server does on a connection after hello.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// Sends that many events, then answers pings.
    Flood(usize),
    /// Acknowledges every command, by a write of its own.
    Ack,
    /// Acknowledges every command; what has come together is answered by one write.
    AckTogether,
}

/// Where a server listens: HTTP, and sockets.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) socket: u16,
}

/// Starts a server in a thread of its own.
pub(crate) fn start(role: Role) -> Ports {
    let (sender, ports) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let sockets = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = sockets.local_addr().unwrap().port();
            sender.send(Ports { http: http.local_addr().unwrap().port(), socket: port }).unwrap();
            tokio::spawn(async move {
                while let Ok((stream, _)) = http.accept().await {
                    tokio::spawn(answer(stream, port));
                }
            });
            while let Ok((stream, _)) = sockets.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(talk(stream, role));
            }
        });
    });
    ports.recv().unwrap()
}

/// A server in a process of its own, so that its memory does not count.
pub(crate) struct Process(std::process::Child, pub(crate) Ports);

impl Process {
    /// The argument that makes this program such a server.
    pub(crate) const ARGUMENT: &'static str = "serve";

    pub(crate) fn start(events: usize) -> Self {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([Self::ARGUMENT, &events.to_string()])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
            .unwrap();
        let (http, socket) = line.trim().split_once(' ').unwrap();
        Self(child, Ports { http: http.parse().unwrap(), socket: socket.parse().unwrap() })
    }

    /// What the process does, for ever.
    pub(crate) fn run(events: usize) {
        let ports = start(Role::Flood(events));
        println!("{} {}", ports.http, ports.socket);
        loop {
            std::thread::park();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn answer(stream: TcpStream, port: u16) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
        }
        let body = format!(
            r#"{{"ok":true,"url":"ws://127.0.0.1:{port}/x","self":{{"id":"U1","name":"r"}},"team":{{"id":"T1","name":"A","domain":"a"}}}}"#
        );
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all((head + &body).as_bytes()).await?;
    }
}

fn ack(command: &str) -> String {
    let id = command.split("\"id\":").nth(1).unwrap_or("0").split([',', '}']).next().unwrap();
    format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.0"}}"#)
}

async fn talk(stream: TcpStream, role: Role) -> Result<(), tokio_websockets::Error> {
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    socket.send(Message::text(r#"{"type":"hello"}"#)).await?;
    match role {
        Role::Flood(count) => {
            let frames = corpus::frames();
            let bytes = corpus::wire(&frames[..count.min(frames.len())]);
            for _ in 0..count.div_ceil(frames.len()) {
                socket.get_mut().write_all(&bytes).await?;
            }
        }
        Role::Ack => {
            let mut next = socket.next().await;
            while let Some(Ok(message)) = next {
                let ack = ack(message.as_text().unwrap_or_default());
                socket.feed(Message::text(ack)).await?;
                // What has come together is flushed together; reading on has written each acknowledgement, though.
                next = match socket.next().now_or_never() {
                    Some(next) => next,
                    None => {
                        socket.flush().await?;
                        socket.next().await
                    }
                };
            }
        }
        Role::AckTogether => {
            let mut acks = Vec::new();
            let mut next = socket.next().await;
            while let Some(Ok(message)) = next {
                corpus::put_frame(&mut acks, ack(message.as_text().unwrap_or_default()).as_bytes());
                next = match socket.next().now_or_never() {
                    Some(next) => next,
                    None => {
                        socket.get_mut().write_all(&acks).await?;
                        acks.clear();
                        socket.next().await
                    }
                };
            }
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        if let Some(text) = message.as_text()
            && let Some(id) = text.strip_prefix(r#"{"type":"ping","id":"#)
        {
            socket.send(Message::text(format!(r#"{{"type":"pong","reply_to":{id}"#))).await?;
        }
    }
    let mut rest = [0; 64];
    while socket.get_mut().read(&mut rest).await? > 0 {}
    Ok(())
}
