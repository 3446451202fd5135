//! What a session costs: its size when idle, and its number of writes.

mod suspend;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use slack_rtm_apis::SuspendClock;
use slack_rtm_models::{ConnectedTeam, ConnectedUser, MessageCommand, SocketUrl};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use url::Url;

use super::*;
use crate::address_policy::Plain;
use crate::machine::{Frame, Ticket};
use crate::queue::OverflowPolicy;
use crate::rtm_connect::{Arguments, RtmConnect};
use crate::stream::PrefixedStream;
use crate::{Config, Identity};

/// A stream over which nothing arrives, and which counts its writes.
struct Counted(Arc<AtomicUsize>);

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A session that is connected over such a stream.
struct Connected {
    driver: Driver,
    requests: mpsc::Sender<Box<Request>>,
    writes: Arc<AtomicUsize>,
}

fn connected(config: Config) -> Connected {
    let client = Client::builder().token("xoxb-1").base_url("http://127.0.0.1:1/api").build().unwrap();
    let budget = client.call_budget().clone();
    let shared = Arc::new(SharedState::new(
        Queue::new(1 << 20, OverflowPolicy::default()),
        budget.epoch(),
        SuspendClock::manual(),
    ));
    let (sender, requests) = mpsc::channel(config.send_queue);
    let mut machine = Machine::new(shared.now(), config, budget, 1);
    let identity = Identity::new(ConnectedUser::new("U1", "robot"), ConnectedTeam::new("T1", "Acme", "acme"));
    let url = SocketUrl::from(Url::parse("ws://127.0.0.1:1/x").unwrap());
    let ticket = Ticket { url, identity: Arc::new(identity), server_time: None };
    let mut connection = None;
    while let Some(action) = machine.poll() {
        match action {
            Action::RequestPermit => machine.handle(shared.now(), Input::Permit),
            Action::Call => machine.handle(shared.now(), Input::Called(Ok(ticket.clone()))),
            Action::Dial(dialed, _) => {
                machine.handle(shared.now(), Input::Dialed(dialed, Ok(())));
                let hello = Frame::read(r#"{"type":"hello"}"#.into(), true, false);
                machine.handle(shared.now(), Input::Frame(dialed, hello));
                connection = Some(dialed);
            }
            other => panic!("{other:?}"),
        }
    }
    let writes = Arc::new(AtomicUsize::new(0));
    let wire = PrefixedStream::new(Box::new(Counted(writes.clone())), bytes::Bytes::new());
    let link = Link::Open { socket: Box::new(WebSocket::over(wire, 1 << 20)), is_congested: false };
    let connector = Arc::new(RtmConnect { client: client.clone(), arguments: Arguments::default() });
    let plain = Plain::of(&client, false);
    let caller = Caller { connector, plain, budget: client.call_budget().clone(), per_minute: 6 };
    let parts = Parts {
        client,
        caller,
        connect_limit: ConnectLimit::new(1),
        max_frame: 1 << 20,
        shared,
        requests,
        opened: None,
        #[cfg(feature = "socket-mode")]
        member: None,
    };
    let mut driver = Driver::new(parts, machine, Telemetry::new(None, None));
    driver.links.push((connection.unwrap(), link));
    Connected { driver, requests: sender, writes }
}

#[tokio::test]
async fn waiting_commands_are_sent_in_two_writes() {
    let config = Config { send_interval: Duration::ZERO, ..Config::default() };
    let Connected { mut driver, requests, writes } = connected(config);
    let mut answers = Vec::new();
    for _ in 0..64 {
        let command = Command::message(&MessageCommand::new(0_u64, "C01GENERAL0", "hello")).unwrap();
        let (answer, outcome) = oneshot::channel();
        requests.try_send(Box::new(Request::Send { command, answer })).unwrap();
        answers.push(outcome);
    }
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut driver).poll(&mut cx).is_pending());
    assert_eq!(driver.machine.unacknowledged(), 64);
    // The WebSocket crate writes up to 32 frames at once.
    assert_eq!(writes.load(Ordering::Relaxed), 2);
    drop(answers);
}

/// The size of an idle session, which has no read buffer. Short-lived state belongs into a box.
#[test]
fn an_idle_session_is_small() {
    for (what, size, limit) in [
        ("the driver, with the machine", size_of::<Driver>(), 2_048),
        ("the machine", size_of::<Machine<oneshot::Sender<Outcome>>>(), 1_664),
        ("the socket", size_of::<WebSocket>(), 128),
        ("what is shared with the user", size_of::<SharedState>(), 384),
        ("an item", size_of::<Item>(), 80),
        ("an outcome", size_of::<Outcome>(), 24),
    ] {
        assert!(size <= limit, "{what} takes {size} bytes of {limit}");
    }
}
