//! The HTTP side: it notes what it is asked, and answers as it was told.

use std::convert::Infallible;

use ::http::header::AUTHORIZATION;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, RtmConnectResponse};
use url::Url;

use crate::answer::Body;
use crate::listener::Place;
use crate::log::Request;
use crate::opening::Io;
use crate::state::{Shared, now};
use crate::{Answer, User};

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
    let answer = shared.change(|state| {
        state.requests.push(request.clone());
        state.answer(&request)
    });
    let answer = answer.unwrap_or_else(|| default_answer(&request));
    let body = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Success => success(place, shared),
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn default_answer(request: &Request) -> Answer {
    if request.token().is_none() {
        return Answer::refusal("not_authed");
    }
    match request.path.rsplit('/').next() {
        Some("rtm.connect" | "rtm.start") => Answer::success(),
        _ => Answer::refusal("unknown_method"),
    }
}

/// Empty if it cannot be made, which nothing here brings about.
fn success(place: Place, shared: &Shared) -> Bytes {
    let path = format!("/websocket/{}", shared.lock().ticket());
    let Ok(url) = Url::parse(&place.url("ws", &path)) else { return Bytes::new() };
    let user = ConnectedUser::new(User::ROBOT, "helpful-robot");
    let team = ConnectedTeam::new("T01ACME0000", "Acme", "acme");
    serde_json::to_string(&RtmConnectResponse::new(url, user, team)).unwrap_or_default().into()
}
