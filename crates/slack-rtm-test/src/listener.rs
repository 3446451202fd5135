//! Accepts connections over TCP or TLS, and serves HTTP or WebSocket requests.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::opening::{Io, Opening};
use crate::place::Place;
use crate::state::Shared;
use crate::{http, socket};

pub(crate) struct Listener {
    listener: TcpListener,
    #[cfg(feature = "tls")]
    acceptor: Option<tokio_rustls::TlsAcceptor>,
}

impl Listener {
    pub(crate) fn plain(listener: TcpListener) -> Self {
        Self {
            listener,
            #[cfg(feature = "tls")]
            acceptor: None,
        }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn tls(listener: TcpListener, acceptor: tokio_rustls::TlsAcceptor) -> Self {
        Self { listener, acceptor: Some(acceptor) }
    }

    pub(crate) async fn serve(self, place: Place, shared: Arc<Shared>) {
        // Connections end with the server, which owns their tasks.
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = self.listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            #[cfg(feature = "tls")]
            if let Some(acceptor) = self.acceptor.clone() {
                let shared = shared.clone();
                connections.spawn(async move {
                    // A client that does not trust the certificate leaves.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connected(stream, place, &shared).await;
                    }
                });
                continue;
            }
            connections.spawn(plain(stream, place, shared.clone()));
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn plain(stream: TcpStream, place: Place, shared: Arc<Shared>) {
    connected(stream, place, &shared).await;
}

async fn connected(stream: impl Io + 'static, place: Place, shared: &Shared) {
    let Some(Opening { stream, ticket }) = Opening::read(stream).await else { return };
    match ticket {
        Some(ticket) => socket::serve(stream, &ticket, shared).await,
        None => http::serve(stream, place, shared).await,
    }
}
