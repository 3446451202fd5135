//! The server.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, MessageEvent, RtmConnectResponse};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use crate::socket::{self, Order};
use crate::state::{State, lock};
use crate::{Answer, Dial, Frame, Request, Script};

/// A fake Slack. It listens until it is dropped, and needs a tokio runtime.
///
/// Unless it is told otherwise it takes any token and answers rtm.connect and rtm.start with success and an address on its own host. The address works once, for
/// 30 seconds; the connection says hello, answers pings, and acknowledges messages.
#[derive(Debug)]
pub struct FakeSlack {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl FakeSlack {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If it cannot listen there.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let task = tokio::spawn(serve(listener, address, state.clone()));
        Ok(Self { address, state, task })
    }

    /// The base URL to give to a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives this answer once, after those that were set before it.
    pub fn answer_next(&self, answer: Answer) {
        lock(&self.state.next_answers).push_back(answer);
    }

    /// Gives this answer whenever no other was set for the moment.
    pub fn answer_always(&self, answer: Answer) {
        *lock(&self.state.always_answer) = Some(answer);
    }

    /// Lets the next connection go like this, after those that were set before it.
    pub fn script_next(&self, script: Script) {
        lock(&self.state.next_scripts).push_back(script);
    }

    /// Lets every connection go like this for which no other script was set.
    pub fn script_always(&self, script: Script) {
        *lock(&self.state.always_script) = script;
    }

    /// Sends a text frame, as it is, on every open connection. Gives how many there are.
    pub async fn send(&self, frame: impl Into<String>) -> usize {
        self.order(Order::Text(frame.into())).await
    }

    /// Sends a binary frame on every open connection.
    pub async fn send_binary(&self, frame: impl Into<Vec<u8>>) -> usize {
        self.order(Order::Binary(frame.into())).await
    }

    /// Sends a message of a user to a conversation, on every open connection.
    pub async fn say(&self, channel: &str, user: &str, text: &str, ts: &str) -> usize {
        let event = MessageEvent::new().set_channel(channel).set_user(user).set_text(text).set_ts(ts);
        match serde_json::to_string(&event) {
            Ok(frame) => self.send(frame).await,
            // A message of four strings always serializes.
            Err(_) => 0,
        }
    }

    /// Says goodbye on every open connection.
    pub async fn goodbye(&self) -> usize {
        self.send(r#"{"type":"goodbye"}"#).await
    }

    /// Sends a close frame on every open connection, with or without a code.
    pub async fn close(&self, code: Option<u16>) -> usize {
        self.order(Order::Close(code)).await
    }

    /// Drops every open connection without a close frame.
    pub async fn drop_connections(&self) -> usize {
        self.order(Order::Die).await
    }

    /// How many connections are open and past their greeting.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        lock(&self.state.sockets).len()
    }

    /// Every connection so far, the oldest first.
    #[must_use]
    pub fn dials(&self) -> Vec<Dial> {
        lock(&self.state.dials).clone()
    }

    /// Every frame that clients sent so far, the oldest first.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        lock(&self.state.frames).clone()
    }

    async fn order(&self, order: Order) -> usize {
        let open = lock(&self.state.sockets).clone();
        for (_, socket) in &open {
            // A connection that has just ended takes no orders.
            let _ = socket.send(order.clone()).await;
        }
        open.len()
    }

    /// Every request so far, the oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state.requests).clone()
    }
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, address: SocketAddr, state: Arc<State>) {
    // Connections end with the server: they are its children.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let state = state.clone();
        connections.spawn(async move {
            if wants_socket(&stream).await {
                return socket::serve(stream, &state).await;
            }
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(respond(request, address, &state).await) });
            // A client may hang up whenever it likes.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Whether a connection asks for the message server, told without taking a byte.
async fn wants_socket(stream: &TcpStream) -> bool {
    const START: &[u8] = b"GET /websocket/";
    let mut first = [0; START.len()];
    loop {
        match stream.peek(&mut first).await {
            Ok(n) if n == START.len() => return first == *START,
            Ok(n) if n > 0 && START.starts_with(&first[..n]) => tokio::task::yield_now().await,
            _ => return false,
        }
    }
}

async fn respond(
    request: hyper::Request<Incoming>,
    address: SocketAddr,
    state: &State,
) -> hyper::Response<Full<Bytes>> {
    let (mut head, body) = request.into_parts();
    // Tests print what they saw.
    if let Some(token) = head.headers.get_mut(http::header::AUTHORIZATION) {
        token.set_sensitive(true);
    }
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let request = Request {
        at: Instant::now(),
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let answer = state.answer().unwrap_or_else(|| default_answer(&request, address, state));
    lock(&state.requests).push(request);
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = hyper::Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn default_answer(request: &Request, address: SocketAddr, state: &State) -> Answer {
    if request.token().is_none() {
        return Answer::refusal("not_authed");
    }
    match request.path.rsplit('/').next() {
        Some("rtm.connect" | "rtm.start") => success(address, state),
        _ => Answer::refusal("unknown_method"),
    }
}

fn success(address: SocketAddr, state: &State) -> Answer {
    let Ok(url) = Url::parse(&format!("ws://{address}/websocket/{}", state.ticket())) else {
        return Answer::refusal("fatal_error");
    };
    let user = ConnectedUser::new("U01ROBOT000", "helpful-robot");
    let team = ConnectedTeam::new("T01ACME0000", "Acme", "acme");
    match serde_json::to_string(&RtmConnectResponse::new(url, user, team)) {
        Ok(body) => Answer::json(body),
        Err(_) => Answer::refusal("fatal_error"),
    }
}
