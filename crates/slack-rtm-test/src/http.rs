//! The HTTP server: it records requests, and answers them.

use std::convert::Infallible;
use std::time::{Duration, UNIX_EPOCH};

use ::http::HeaderValue;
use ::http::header::{AUTHORIZATION, DATE};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, RtmConnectResponse};
use tokio::time::Instant;
use url::Url;

use crate::Answer;
use crate::answer::Body;
use crate::arguments::Arguments;
use crate::clock::now;
use crate::log::Request;
use crate::opening::Io;
use crate::place::Place;
use crate::state::{Kind, Shared, State};
use crate::web::{self, Call, UPLOAD};
use crate::world::{ROBOT, TEAM};

/// The end of the year 9999 in seconds since 1970. An HTTP date cannot be later.
const LAST_DATE: u64 = 253_402_300_799;

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
    let answer = choose(&request, place, shared).await;
    let mut headers = answer.headers;
    let body = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Success => {
            headers.entry(DATE).or_insert_with(|| date(shared));
            success(&request, place, shared)
        }
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    response
}

/// Chooses the answer to a request. Answers that the test has set take precedence over the default ones.
async fn choose(request: &Request, place: Place, shared: &Shared) -> Answer {
    let method = request.api_method();
    let (next, handler) = shared.change(|state| {
        state.requests.push(request.clone());
        (state.answers.take_next(method), state.answers.handler())
    });
    // The function may look at the fake Slack, so the lock is free while it runs.
    let chosen = next
        .or_else(|| handler.and_then(|handler| handler(request)))
        .or_else(|| shared.lock().answers.standing(method));
    match chosen {
        Some(answer) => answer,
        None => default_answer(request, place, shared).await,
    }
}

async fn default_answer(request: &Request, place: Place, shared: &Shared) -> Answer {
    if let Some(file) = request.path.strip_prefix(UPLOAD) {
        return upload(request, file, shared);
    }
    if let Err(code) = authorize(request, shared) {
        return Answer::refusal(code);
    }
    if let Some(path) = request.path.strip_prefix("/files/") {
        let id = path.split('/').next().unwrap_or_default();
        let content = web::download(&shared.lock().world, id);
        return content.map_or_else(
            || Answer::html(404, ""),
            |content| Answer::json(content).with_header("content-type", "application/octet-stream"),
        );
    }
    let method = request.api_method();
    let arguments = match Arguments::read(request) {
        Ok(arguments) => arguments,
        Err(code) => return Answer::refusal(code),
    };
    {
        let mut state = shared.lock();
        if let Err(seconds) = state.limits.count(method, Instant::now()) {
            return Answer::rate_limited(&seconds.to_string());
        }
        if let Some(refusal) = missing_scope(&state, method, &arguments) {
            return refusal;
        }
    }
    match method {
        "rtm.connect" | "rtm.start" => Answer::success(),
        "apps.connections.open" => {
            let ticket = shared.change(|state| {
                state.deliveries.is_on = true;
                state.ticket(Kind::SocketMode)
            });
            let url = place.url("ws", &format!("/websocket/{ticket}"));
            Answer::json(json!({ "ok": true, "url": url }).to_string())
        }
        _ => call(method, &arguments, place, shared).await,
    }
}

/// Checks the token and its kind: apps.connections.open takes an app-level token in the header, all other methods another token.
fn authorize(request: &Request, shared: &Shared) -> Result<(), &'static str> {
    let token = request.credential().ok_or("not_authed")?;
    let is_app_level = token.starts_with("xapp-");
    let right = if is_app_level { &shared.app_token } else { &shared.token };
    if right.as_ref().is_some_and(|right| *right != token) {
        return Err("invalid_auth");
    }
    match request.api_method() {
        "apps.connections.open" if !is_app_level => Err("not_allowed_token_type"),
        "apps.connections.open" if request.method != ::http::Method::POST => Err("insecure_request"),
        "apps.connections.open" if request.token().is_none() => Err("invalid_auth"),
        "apps.connections.open" | "api.test" => Ok(()),
        _ if is_app_level => Err("not_allowed_token_type"),
        _ => Ok(()),
    }
}

/// Calls a method of the workspace, and sends the resulting events to all connections.
async fn call(method: &str, arguments: &Arguments, place: Place, shared: &Shared) -> Answer {
    let base = place.url("http", "");
    let act = |state: &mut State| {
        let page_limit = state.limits.page(method);
        let mut call =
            Call { world: &mut state.world, arguments, base: &base, page_limit, events: Vec::new() };
        let outcome = call.answer(method);
        (outcome, call.events)
    };
    let (outcome, _) = shared.act(act).await;
    Answer::json(outcome.unwrap_or_else(|refusal| refusal.body()).to_string())
}

/// Returns the refusal of a call for which the token lacks a scope.
fn missing_scope(state: &State, method: &str, arguments: &Arguments) -> Option<Answer> {
    let scopes = state.scopes.as_ref()?;
    let needed = web::needed_scopes(method, arguments, &state.world);
    let needed = needed.into_iter().find(|scope| !scopes.contains(scope))?;
    let provided = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let refusal = json!({ "ok": false, "error": "missing_scope", "needed": needed, "provided": provided });
    Some(Answer::json(refusal.to_string()))
}

/// Handles the second step of an upload: the content, as the body or as a form field. It needs no token, since the URL itself is a secret.
fn upload(request: &Request, file: &str, shared: &Shared) -> Answer {
    let content = if request.content_type().starts_with("multipart/form-data") {
        request.parts().into_iter().next().map(|(_, content)| content).unwrap_or_default()
    } else {
        request.body.clone()
    };
    let length = content.len();
    match web::upload(&mut shared.lock().world, file, content) {
        Some(()) => Answer::html(200, &format!("OK - {length}")),
        None => Answer::html(400, "there is no such upload, or it is not as long as it was announced"),
    }
}

/// What time it is in the workspace, by its messages: a second ago the next one was still to come.
fn date(shared: &Shared) -> HeaderValue {
    let seconds = shared.lock().world.now().seconds().saturating_sub(1);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST_DATE)));
    HeaderValue::try_from(date).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Returns the body of a successful rtm.connect; empty if it cannot be serialized, which does not happen.
fn success(request: &Request, place: Place, shared: &Shared) -> Bytes {
    let is_batch_aware =
        request.argument("batch_presence_aware").is_some_and(|value| matches!(&*value, "1" | "true"));
    let path = format!("/websocket/{}", shared.lock().ticket(Kind::Rtm { is_batch_aware }));
    let Ok(url) = Url::parse(&place.url("ws", &path)) else { return Bytes::new() };
    let user = ConnectedUser::new(ROBOT, "helpful-robot");
    let team = ConnectedTeam::new(TEAM, "Acme", "acme");
    serde_json::to_string(&RtmConnectResponse::new(url, user, team)).unwrap_or_default().into()
}
