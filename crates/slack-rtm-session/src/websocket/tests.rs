//! A connection rests without buffers, and no byte is lost by that.

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;

const TEXT: u8 = 1;
const PING: u8 = 9;

fn pair() -> (WebSocket, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    (WebSocket::over(PrefixedStream::new(Box::new(ours), Bytes::new()), 1 << 20), theirs)
}

/// Returns a frame as a server writes it.
fn frame(opcode: u8, is_final: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![opcode | if is_final { 0x80 } else { 0 }];
    match payload.len() {
        length @ 0..126 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(126);
            bytes.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// Does a turn of the driver: reads all that has arrived, writes, and rests. Returns the payloads of the messages; those of pings begin with `ping`.
fn turn(socket: &mut WebSocket) -> Vec<String> {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut seen = Vec::new();
    while let Poll::Ready(received) = socket.poll_receive(&mut cx) {
        match received.unwrap() {
            Received::Text(bytes) => seen.push(String::from_utf8(bytes.into()).unwrap()),
            Received::Ping => seen.push("ping".to_owned()),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(socket.poll_flush(&mut cx), Poll::Ready(Ok(()))));
    socket.rest();
    seen
}

#[tokio::test]
async fn a_quiet_connection_has_no_buffers() {
    let (mut socket, mut peer) = pair();
    assert!(socket.awake.is_none());
    peer.write_all(&frame(TEXT, true, b"one")).await.unwrap();
    assert_eq!(turn(&mut socket), ["one"]);
    assert!(socket.awake.is_none());
    socket.write("{}".to_owned()).unwrap();
    assert!(socket.awake.is_some());
    socket.rest();
    assert!(socket.awake.is_some(), "it is not written yet");
    assert!(turn(&mut socket).is_empty() && socket.awake.is_none());
    let mut written = [0; 8];
    peer.read_exact(&mut written).await.unwrap();
    assert_eq!(written[..2], [0x80 | TEXT, 0x80 | 2]);
}

#[tokio::test]
async fn a_frame_that_is_not_complete_keeps_the_connection_awake() {
    let (mut socket, mut peer) = pair();
    let bytes = frame(TEXT, true, &[b'x'; 300]);
    for at in [1, 3, 4, 5, 303] {
        peer.write_all(&bytes[..at]).await.unwrap();
        assert!(turn(&mut socket).is_empty() && socket.awake.is_some(), "{at}");
        peer.write_all(&bytes[at..]).await.unwrap();
        assert_eq!(turn(&mut socket), ["x".repeat(300)]);
        assert!(socket.awake.is_none(), "{at}");
    }
}

#[tokio::test]
async fn a_message_in_fragments_is_put_together() {
    let (mut socket, mut peer) = pair();
    peer.write_all(&frame(TEXT, false, b"on")).await.unwrap();
    assert!(turn(&mut socket).is_empty());
    peer.write_all(&frame(0, true, b"e")).await.unwrap();
    assert_eq!(turn(&mut socket), ["one"]);
}

#[tokio::test]
async fn a_ping_is_answered_before_the_connection_rests() {
    let (mut socket, mut peer) = pair();
    peer.write_all(&frame(PING, true, b"abc")).await.unwrap();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(matches!(socket.poll_receive(&mut cx), Poll::Ready(Ok(Received::Ping))));
    assert!(socket.poll_receive(&mut cx).is_pending());
    // The crate may have written the pong by itself; only a complete flush proves it.
    socket.rest();
    assert!(socket.awake.is_some());
    assert!(turn(&mut socket).is_empty() && socket.awake.is_none());
    let mut pong = [0; 9];
    peer.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong[..2], [0x8a, 0x83]);
}

#[tokio::test]
async fn a_connection_that_is_closing_remembers_it() {
    let (mut socket, _peer) = pair();
    socket.close().unwrap();
    assert!(turn(&mut socket).is_empty() && socket.awake.is_some());
    assert!(socket.write("{}".to_owned()).is_err());
}

#[tokio::test]
async fn the_end_is_noticed_at_rest() {
    let (mut socket, peer) = pair();
    assert!(turn(&mut socket).is_empty() && socket.awake.is_none());
    drop(peer);
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let end = socket.poll_receive(&mut cx);
    assert!(matches!(end, Poll::Ready(Err(DisconnectReason::UnexpectedEof))), "{end:?}");
}

#[tokio::test]
async fn few_events_do_not_keep_read_buffers_and_a_burst_is_not_copied() {
    let (mut socket, mut peer) = pair();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut receive = async |count: usize| {
        peer.write_all(&frame(TEXT, true, &[b'x'; 1_000]).repeat(count)).await.unwrap();
        let mut payloads = Vec::new();
        while let Poll::Ready(Ok(Received::Text(bytes))) = socket.poll_receive(&mut cx) {
            payloads.push(bytes);
        }
        assert!(matches!(socket.poll_flush(&mut cx), Poll::Ready(Ok(()))));
        let again = socket.rest();
        assert_eq!(again, socket.awake.is_some());
        (payloads, again)
    };
    let (few, again) = receive(1).await;
    assert!(!again && few.into_iter().all(|bytes| bytes.try_into_mut().unwrap().capacity() < 2_000));
    let (many, again) = receive(200).await;
    assert!(again && many.len() == 200);
    let shared = many.windows(2).filter(|two| two[0].as_ptr_range().end.addr() + 4 == two[1].as_ptr().addr());
    assert!(shared.count() > 100);
    let (none, again) = receive(0).await;
    assert!(!again && none.is_empty());
}

proptest! {
    #[test]
    fn frames_arrive_whole_however_they_are_cut(
        messages in prop::collection::vec((0..3_000_usize, 0..4_u8), 1..30),
        cuts in prop::collection::vec(1..5_000_usize, 1..60),
    ) {
        let (mut wanted, mut bytes) = (Vec::new(), Vec::new());
        for (number, (length, shape)) in messages.into_iter().enumerate() {
            let text = format!("{number:0length$}");
            match shape {
                0 => {
                    bytes.extend(frame(PING, true, b"p"));
                    wanted.push("ping".to_owned());
                    continue;
                }
                1 => {
                    let (one, two) = text.as_bytes().split_at(text.len() / 2);
                    bytes.extend(frame(TEXT, false, one));
                    bytes.extend(frame(0, true, two));
                }
                _ => bytes.extend(frame(TEXT, true, text.as_bytes())),
            }
            wanted.push(text);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // A task whose budget is used up would not see all that has arrived in a turn.
        let seen = runtime.block_on(tokio::task::unconstrained(async {
            let (mut socket, mut peer) = pair();
            let (mut seen, mut rest) = (Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                peer.write_all(now).await.unwrap();
                seen.extend(turn(&mut socket));
                rest = later;
            }
            seen
        }));
        prop_assert_eq!(seen, wanted);
    }
}
