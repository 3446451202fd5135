//! Accepts connections to the message server, and serves them by their protocol.

use tokio::io::AsyncWriteExt as _;
use tokio_websockets::{Limits, ServerBuilder};

use crate::clock::now;
use crate::log::Dial;
use crate::opening::Io;
use crate::script::{Script, Upgrade};
use crate::state::{Kind, Shared};
use crate::websocket::{WebSocket, wait_for_end};
use crate::{rtm, socket_mode};

/// The maximum size of a frame of a client, in bytes.
const MAX_FRAME: usize = 16 << 20;

/// Serves a connection that asks for the message server.
pub(crate) async fn serve(stream: Box<dyn Io>, ticket: &str, shared: &Shared) {
    let ((dial, kind), script) = shared.change(|state| (state.dialed(ticket), state.script()));
    let connection = dial.connection;
    // `None` only means that the connection has ended.
    let _ = upgraded(stream, &dial, kind, script, shared).await;
    shared.change(|state| {
        state.sockets.retain(|open| open.connection != connection);
        if let Some(dial) = state.dial_mut(connection) {
            dial.ended = Some(now());
        }
    });
}

async fn upgraded(
    mut stream: Box<dyn Io>,
    dial: &Dial,
    kind: Kind,
    script: Script,
    shared: &Shared,
) -> Option<()> {
    if script.upgrade != Upgrade::Unanswered {
        tokio::time::sleep(script.upgrade_after).await;
        shared.change(|state| {
            if let Some(dial) = state.dial_mut(dial.connection) {
                dial.answered = Some(now());
            }
        });
    }
    match script.upgrade {
        Upgrade::Accepted => {}
        Upgrade::Answered(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            return stream.shutdown().await.ok();
        }
        Upgrade::Unanswered => return wait_for_end(&mut stream).await,
    }
    let limits = Limits::default().max_payload_len(Some(MAX_FRAME));
    let (_, socket) = ServerBuilder::new().limits(limits).accept(stream).await.ok()?;
    let socket = WebSocket(socket);
    match kind {
        Kind::Rtm { is_batch_aware } => rtm::serve(socket, is_batch_aware, dial, script, shared).await,
        Kind::SocketMode => socket_mode::serve(socket, dial, script, shared).await,
    }
}
