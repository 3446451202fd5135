//! The server.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, RtmConnectResponse};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::{Answer, Request};

/// A fake Slack. It listens until it is dropped, and needs a tokio runtime.
///
/// Unless it is told otherwise it takes any token and answers rtm.connect and rtm.start with success, with an address on its own host that is new each time.
#[derive(Debug)]
pub struct FakeSlack {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    next: Mutex<VecDeque<Answer>>,
    always: Mutex<Option<Answer>>,
    requests: Mutex<Vec<Request>>,
    tickets: AtomicU64,
}

/// A poisoned lock means that a test has failed already; what it guards is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        lock(&self.state.next).push_back(answer);
    }

    /// Gives this answer whenever no other was set for the moment.
    pub fn answer_always(&self, answer: Answer) {
        *lock(&self.state.always) = Some(answer);
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
        let service = service_fn(move |request| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(respond(request, address, &state).await) }
        });
        connections.spawn(async move {
            // A client may hang up whenever it likes.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(
    request: hyper::Request<Incoming>,
    address: SocketAddr,
    state: &State,
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let request = Request {
        at: Instant::now(),
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let scripted = lock(&state.next).pop_front().or_else(|| lock(&state.always).clone());
    let answer = scripted.unwrap_or_else(|| default_answer(&request, address, state));
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
    let ticket = state.tickets.fetch_add(1, Ordering::Relaxed);
    let Ok(url) = Url::parse(&format!("ws://{address}/websocket/ticket-{ticket}")) else {
        return Answer::refusal("fatal_error");
    };
    let user = ConnectedUser::new("U01ROBOT000", "helpful-robot");
    let team = ConnectedTeam::new("T01ACME0000", "Acme", "acme");
    match serde_json::to_string(&RtmConnectResponse::new(url, user, team)) {
        Ok(body) => Answer::json(body),
        Err(_) => Answer::refusal("fatal_error"),
    }
}
