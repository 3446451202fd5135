//! The server: apps.connections.open and a message server, in a process of its own.

use std::io::{BufRead as _, BufReader as StdBufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder};

use crate::envelopes;

/// How many events a run of `rate` has, and how many of them may be unacknowledged at a time.
const RATE_EVENTS: usize = 100_000;
const WINDOW: usize = 1_000;

/// A run of `latency`: 2,000 events a second for 5 seconds, one at a time.
const LATENCY_EVENTS: usize = 10_000;
const INTERVAL: Duration = Duration::from_micros(500);

/// How many events an idle session gets before it rests.
pub(crate) const IDLE_EVENTS: usize = 20;

/// What the server does with a connection. The app-level token says it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Rate,
    Latency,
}

/// The process.
pub(crate) struct Server {
    child: Child,
    port: u16,
    results: Receiver<Vec<f64>>,
}

impl Server {
    /// The argument that makes this program the server.
    pub(crate) const ARGUMENT: &'static str = "serve";

    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program).arg(Self::ARGUMENT).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = StdBufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        let (sender, results) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let numbers = line.split(' ').map(|number| number.parse().unwrap()).collect();
                if sender.send(numbers).is_err() {
                    return;
                }
            }
        });
        Self { child, port, results }
    }

    /// Returns the address of the API, in a mode.
    pub(crate) fn api(&self, mode: &str) -> String {
        format!("http://127.0.0.1:{}/{mode}", self.port)
    }

    /// Runs a client until the server has its result.
    pub(crate) fn result_of(&self, mode: Mode, client: impl FnOnce(&str) -> Box<dyn FnOnce()>) -> Vec<f64> {
        let stop = client(&self.api(match mode {
            Mode::Rate => "rate",
            Mode::Latency => "latency",
        }));
        let result = self.results.recv_timeout(crate::LIMIT).unwrap();
        stop();
        result
    }

    /// Runs the server, until it is killed.
    pub(crate) fn run() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let sockets = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = sockets.local_addr().unwrap().port();
            println!("{}", http.local_addr().unwrap().port());
            tokio::spawn(async move {
                while let Ok((stream, _)) = http.accept().await {
                    tokio::spawn(answer(stream, port));
                }
            });
            while let Ok((stream, _)) = sockets.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream));
            }
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers apps.connections.open with an address whose path is the mode.
async fn answer(stream: TcpStream, port: u16) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut mode, mut length) = (String::new(), String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some(path) = line.strip_prefix("POST /") {
                mode = path.split('/').next().unwrap_or_default().to_owned();
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let body = format!(r#"{{"ok":true,"url":"ws://127.0.0.1:{port}/{mode}?ticket=1"}}"#);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all((head + &body).as_bytes()).await?;
    }
}

async fn serve(stream: TcpStream) -> Result<(), tokio_websockets::Error> {
    let (request, mut socket) = ServerBuilder::new().accept(stream).await?;
    let mode = request.uri().path().trim_start_matches('/').to_owned();
    let hello = r#"{"type":"hello","num_connections":1,"connection_info":{"app_id":"A01ROBOT000"},"debug_info":{"host":"x","build_number":1,"approximate_connection_time":18060}}"#;
    socket.send(Message::text(hello)).await?;
    if mode == "idle" {
        for number in 0..IDLE_EVENTS {
            socket.send(Message::text(envelopes::envelope(number))).await?;
        }
        // Reading answers pings, too.
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
        return Ok(());
    }
    // Only acknowledgements come from here on. Reading the bytes directly costs the server little.
    let (read, write) = socket.get_mut().split();
    let line = match mode.as_str() {
        "rate" => rate(read, write).await.to_string(),
        _ => latency(read, write).await.map(|value| value.to_string()).join(" "),
    };
    println!("{line}");
    std::io::stdout().flush().unwrap();
    // Until the client leaves.
    let mut rest = [0; 1024];
    while socket.get_mut().read(&mut rest).await.is_ok_and(|length| length > 0) {}
    Ok(())
}

/// Sends all events within the window. Returns how many a second were acknowledged.
async fn rate(read: ReadHalf<'_>, mut write: WriteHalf<'_>) -> f64 {
    let frames = envelopes::frames(RATE_EVENTS);
    let mut acks = Acks::new(read);
    let (mut sent, mut acked) = (0, 0);
    let began = Instant::now();
    while acked < RATE_EVENTS {
        let upto = (acked + WINDOW).min(RATE_EVENTS);
        // Half a window at a time, so that a client that is fast gets long writes as well.
        if sent < upto && (upto - sent >= WINDOW / 2 || acked + WINDOW > RATE_EVENTS || sent == 0) {
            write.write_all(&frames[sent..upto].concat()).await.unwrap();
            sent = upto;
        }
        acked += acks.next().await.len();
    }
    RATE_EVENTS as f64 / began.elapsed().as_secs_f64()
}

/// Sends events at a steady rate. Returns the median, the 99th percentile and the maximum of the time to an acknowledgement, in milliseconds.
async fn latency(read: ReadHalf<'_>, mut write: WriteHalf<'_>) -> [f64; 3] {
    let frames = envelopes::frames(LATENCY_EVENTS);
    let mut acks = Acks::new(read);
    let mut sent: Vec<Instant> = Vec::with_capacity(LATENCY_EVENTS);
    let mut times = vec![Duration::ZERO; LATENCY_EVENTS];
    let mut acked = 0;
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    let began = Instant::now();
    while acked < LATENCY_EVENTS {
        tokio::select! {
            biased;
            numbers = acks.next() => for number in numbers {
                times[number] = sent[number].elapsed();
                acked += 1;
            },
            // Timers have milliseconds, so two events leave at a time.
            _ = tick.tick(), if sent.len() < LATENCY_EVENTS => {
                let intervals = began.elapsed().as_nanos() / INTERVAL.as_nanos();
                let due: usize = usize::try_from(intervals).unwrap_or(LATENCY_EVENTS) + 1;
                while sent.len() < due.min(LATENCY_EVENTS) {
                    sent.push(Instant::now());
                    write.write_all(&frames[sent.len() - 1]).await.unwrap();
                }
            }
        }
    }
    times.sort_unstable();
    [times.len() / 2, times.len() * 99 / 100, times.len() - 1].map(|place| times[place].as_secs_f64() * 1e3)
}

/// Reads acknowledgements.
struct Acks<'a> {
    read: ReadHalf<'a>,
    bytes: Vec<u8>,
}

impl<'a> Acks<'a> {
    fn new(read: ReadHalf<'a>) -> Self {
        Self { read, bytes: Vec::with_capacity(1 << 20) }
    }

    /// Returns the numbers of the envelopes that have been acknowledged since. Cancel safe.
    async fn next(&mut self) -> Vec<usize> {
        assert!(self.read.read_buf(&mut self.bytes).await.unwrap() > 0, "the client has left");
        let (mut numbers, mut place) = (Vec::new(), 0);
        while let Some((opcode, payload, end)) = masked_frame(&self.bytes[place..]) {
            if opcode == 1 {
                let text = String::from_utf8(payload).unwrap();
                let id = text.split("8000-").nth(1).unwrap();
                numbers.push(id.split('"').next().unwrap().parse().unwrap());
            }
            place += end;
        }
        self.bytes.drain(..place);
        numbers
    }
}

/// Reads a frame of a client, all of whose frames here are short: its opcode, its payload, and where it ends.
fn masked_frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let (opcode, mut length) = (bytes.first()? & 0x0f, usize::from(bytes.get(1)? & 0x7f));
    let mut start = 2;
    if length == 126 {
        length = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        start = 4;
    }
    let mask: [u8; 4] = bytes.get(start..start + 4)?.try_into().unwrap();
    let payload = bytes.get(start + 4..start + 4 + length)?;
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((opcode, payload, start + 4 + length))
}
