//! Health and metrics over HTTP.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use slack_rtm_relay::{Error, RelayWatch};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How long a client may take to send the request's head.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of connections at a time. A further one closes the oldest, so that nobody can use up the file descriptors of the host, or keep a probe from being answered.
const MAX_CONNECTIONS: usize = 64;

/// Converts an error of the program's environment.
pub(crate) fn usage(error: impl std::error::Error) -> Error {
    Error::usage(error.to_string())
}

/// Installs the recorder of metrics.
pub(crate) fn metrics() -> Result<PrometheusHandle, Error> {
    PrometheusBuilder::new().install_recorder().map_err(usage)
}

/// An HTTP server that is bound to its address.
pub(crate) struct Server {
    listener: TcpListener,
    metrics: PrometheusHandle,
}

impl Server {
    pub(crate) async fn bind(address: SocketAddr, metrics: PrometheusHandle) -> Result<Self, Error> {
        let listener = TcpListener::bind(address).await;
        let listener =
            listener.map_err(|error| Error::usage(format!("cannot listen on {address}: {error}")))?;
        Ok(Self { listener, metrics })
    }

    /// Serves requests until the future is dropped. The relay is `None` until it has started.
    pub(crate) async fn serve(self, relay: watch::Receiver<Option<RelayWatch>>) {
        let Self { listener, metrics } = self;
        let mut connections: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            connections.retain(|connection| !connection.is_finished());
            if connections.len() >= MAX_CONNECTIONS
                && let Some(oldest) = connections.pop_front()
            {
                oldest.abort();
            }
            let (relay, metrics) = (relay.clone(), metrics.clone());
            let connection = tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let response = respond(request.uri().path(), relay.borrow().as_ref(), &metrics);
                    async move { Ok::<_, Infallible>(response) }
                });
                let mut server = hyper::server::conn::http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
            connections.push_back(connection.abort_handle());
        }
    }
}

fn respond(path: &str, relay: Option<&RelayWatch>, metrics: &PrometheusHandle) -> Response<Full<Bytes>> {
    let starting = || Some("the host is starting".to_owned());
    let (status, body) = match path {
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => match relay.map_or_else(starting, RelayWatch::not_ready_reason) {
            None => (StatusCode::OK, "ready\n".to_owned()),
            Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
        },
        "/metrics" => (StatusCode::OK, metrics.render()),
        _ => (StatusCode::NOT_FOUND, "not found; try /healthz, /readyz or /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
