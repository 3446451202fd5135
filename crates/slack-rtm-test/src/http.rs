//! The HTTP side: it notes what it is asked, and answers as it was told.

use std::convert::Infallible;

use ::http::header::AUTHORIZATION;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, RtmConnectResponse};
use url::Url;

use crate::Answer;
use crate::answer::Body;
use crate::log::Request;
use crate::opening::Io;
use crate::place::Place;
use crate::state::{ROBOT, Shared, now};

pub(crate) async fn serve(stream: Box<dyn Io>, place: Place, shared: &Shared) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(respond(request, place, shared).await) });
    // A client may hang up whenever it likes.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: hyper::Request<Incoming>,
    place: Place,
    shared: &Shared,
) -> hyper::Response<Full<Bytes>> {
    let (mut head, body) = request.into_parts();
    // Tests print what they saw.
    if let Some(token) = head.headers.get_mut(AUTHORIZATION) {
        token.set_sensitive(true);
    }
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let request = Request {
        at: now(),
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let answer = choose(&request, place, shared);
    let body = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Success => success(&request, place, shared),
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// What the test has set goes before what the fake Slack says by itself.
fn choose(request: &Request, place: Place, shared: &Shared) -> Answer {
    let method = request.api_method();
    let (next, handler) = shared.change(|state| {
        state.requests.push(request.clone());
        (state.answers.take_next(method), state.answers.handler())
    });
    // The function may look at the fake Slack, so the lock is free while it runs.
    next.or_else(|| handler.and_then(|handler| handler(request)))
        .or_else(|| shared.lock().answers.standing(method))
        .unwrap_or_else(|| default_answer(request, place, shared))
}

fn default_answer(request: &Request, place: Place, shared: &Shared) -> Answer {
    match (request.credential(), &shared.token) {
        (None, _) => return Answer::refusal("not_authed"),
        (Some(token), Some(right)) if token != *right => return Answer::refusal("invalid_auth"),
        _ => {}
    }
    match request.api_method() {
        "rtm.connect" | "rtm.start" => Answer::success(),
        "auth.test" => Answer::json(
            json!({
                "ok": true, "url": place.url("http", "/"), "team": "Acme", "team_id": "T01ACME0000",
                "user": "helpful-robot", "user_id": ROBOT, "bot_id": "B01ROBOT000",
            })
            .to_string(),
        ),
        _ => Answer::refusal("unknown_method"),
    }
}

/// Empty if it cannot be made, which nothing here brings about.
fn success(request: &Request, place: Place, shared: &Shared) -> Bytes {
    let is_batch_aware =
        request.argument("batch_presence_aware").is_some_and(|value| matches!(&*value, "1" | "true"));
    let path = format!("/websocket/{}", shared.lock().ticket(is_batch_aware));
    let Ok(url) = Url::parse(&place.url("ws", &path)) else { return Bytes::new() };
    let user = ConnectedUser::new(ROBOT, "helpful-robot");
    let team = ConnectedTeam::new("T01ACME0000", "Acme", "acme");
    serde_json::to_string(&RtmConnectResponse::new(url, user, team)).unwrap_or_default().into()
}
