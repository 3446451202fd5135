//! The server's handle: what it shall say, and what it saw.

mod socket_mode;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::listener::Listener;
use crate::log::{Dial, Frame, Request};
use crate::order::Order;
use crate::place::Place;
use crate::state::Shared;
use crate::{Answer, Script, User};

/// A fake Slack. It listens until it is dropped, and needs a tokio runtime.
///
/// Unless it is told otherwise it takes any token and answers rtm.connect and rtm.start with success and an address on its own host. The address works once, for
/// 30 seconds; the connection says hello, answers pings, and acknowledges messages. The other methods that a bot needs are answered from a small workspace, and what
/// they change is told to all connections.
///
/// What a method sends goes out on every connection that is open and past its greeting; it gives how many those are. Tests that need one wait for it with
/// [`wait_for_connections`](Self::wait_for_connections).
#[derive(Debug)]
pub struct FakeSlack {
    place: Place,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    #[cfg(feature = "tls")]
    pub(crate) certificate: Option<Vec<u8>>,
}

impl FakeSlack {
    pub(crate) fn serve(
        listener: Listener,
        place: Place,
        token: Option<String>,
        app_token: Option<String>,
    ) -> Self {
        let shared = Arc::new(Shared::new(token, app_token));
        let serving = listener.serve(place, shared.clone());
        let postman = shared.clone();
        // Both end when the handle is dropped.
        let task = tokio::spawn(async move {
            tokio::join!(serving, postman.redeliver());
        });
        Self {
            place,
            shared,
            task,
            #[cfg(feature = "tls")]
            certificate: None,
        }
    }

    /// The base URL to give to a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.place.url("http", "/api")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.place.address
    }

    /// The certificate of one that speaks TLS, in DER. It has signed itself, so it can be trusted as a root.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Gives this answer once, after those that were set before it. It goes to the next call, whatever its method.
    pub fn answer_next(&self, answer: Answer) {
        self.shared.lock().answers.push_next(None, answer);
    }

    /// Gives this answer once, to the next call of a method such as `users.info`, after those that were set before it.
    pub fn answer_next_to(&self, method: &str, answer: Answer) {
        self.shared.lock().answers.push_next(Some(method), answer);
    }

    /// Gives this answer to every call of a method such as `users.info` for which nothing else was set for the moment.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm_test::{Answer, FakeSlack};
    ///
    /// let slack = FakeSlack::start().await?;
    /// slack.answer_to("users.info", Answer::refusal("user_not_found"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_to(&self, method: &str, answer: Answer) {
        self.shared.lock().answers.set_for(method, answer);
    }

    /// Gives this answer whenever no other was set.
    pub fn answer_always(&self, answer: Answer) {
        self.shared.lock().answers.set_always(answer);
    }

    /// Lets a function answer calls, in place of the function that was set before. A call for which it returns `None` gets what it would get without the function.
    ///
    /// The order in which answers are looked for is: those that are given once, this function, those that are set for a method, the one for always, and at last
    /// what the fake Slack answers by itself.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use slack_rtm_test::{Answer, FakeSlack};
    ///
    /// let slack = FakeSlack::start().await?;
    /// slack.answer_with(|request| {
    ///     let user = request.argument("user")?;
    ///     let body = format!(r#"{{"ok":true,"user":{{"id":"{user}","name":"someone"}}}}"#);
    ///     (request.api_method() == "users.info").then(|| Answer::json(body))
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_with(&self, handler: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) {
        self.shared.lock().answers.set_handler(Arc::new(handler));
    }

    /// Lets the next connection go like this, after those that were set before it.
    pub fn script_next(&self, script: Script) {
        self.shared.lock().next_scripts.push_back(script);
    }

    /// Lets every connection go like this for which no other script was set.
    pub fn script_always(&self, script: Script) {
        self.shared.lock().always_script = script;
    }

    /// A user of the workspace, who can say something.
    pub fn user<'a>(&'a self, id: &'a str) -> User<'a> {
        User::new(&self.shared, id)
    }

    /// Sends a text frame, as it is.
    ///
    /// A message with a channel and a timestamp is kept in the history.
    pub async fn send(&self, frame: impl Into<String>) -> usize {
        let frame = frame.into();
        self.shared.lock().world.overhear(&frame);
        self.order(Order::Text(frame)).await
    }

    /// Sends a binary frame.
    pub async fn send_binary(&self, frame: impl Into<Vec<u8>>) -> usize {
        self.order(Order::Binary(frame.into())).await
    }

    /// Sends bytes below the protocol: broken frames, fragments, no frames at all.
    pub async fn send_raw(&self, bytes: impl Into<Vec<u8>>) -> usize {
        self.order(Order::Raw(bytes.into())).await
    }

    /// Sends a message of a user to a conversation, with a timestamp of one's own. [`User::says`] chooses one.
    pub async fn say(&self, channel: &str, user: &str, text: &str, ts: &str) -> usize {
        self.user(user).says_at(channel, text, ts).await
    }

    /// Says goodbye.
    pub async fn goodbye(&self) -> usize {
        self.send(r#"{"type":"goodbye"}"#).await
    }

    /// Sends a close frame, with or without a code.
    pub async fn close(&self, code: Option<u16>) -> usize {
        self.order(Order::Close(code)).await
    }

    /// Drops the connections without a close frame.
    pub async fn drop_connections(&self) -> usize {
        self.order(Order::Die).await
    }

    /// How many connections are open and past their greeting.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.lock().sockets.len()
    }

    /// Every request so far, the oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Every connection so far, the oldest first.
    #[must_use]
    pub fn dials(&self) -> Vec<Dial> {
        self.shared.lock().dials.clone()
    }

    /// Every text frame that clients sent so far, the oldest first.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        self.shared.lock().frames.clone()
    }

    /// Waits until so many connections are open and past their greeting.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_connections(&self, n: usize) -> io::Result<()> {
        let found = self.shared.wait(|state| (state.sockets.len() == n).then_some(())).await;
        found.ok_or_else(|| late(&format!("{n} connections, there are {}", self.open_connections())))
    }

    /// Waits until clients have made so many connections in all, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_dials(&self, n: usize) -> io::Result<Vec<Dial>> {
        let found = self.shared.wait(|state| (state.dials.len() >= n).then(|| state.dials.clone())).await;
        found.ok_or_else(|| late(&format!("{n} dials, there were {}", self.dials().len())))
    }

    /// Waits until clients have made so many calls in all, answered or not, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_requests(&self, n: usize) -> io::Result<Vec<Request>> {
        let enough = |requests: &[Request]| (requests.len() >= n).then(|| requests.to_vec());
        let found = self.shared.wait(|state| enough(&state.requests)).await;
        found.ok_or_else(|| late(&format!("{n} requests, there were {}", self.requests().len())))
    }

    /// Waits until clients have made so many calls of a method such as `users.info` in all, answered or not, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_requests_to(&self, method: &str, n: usize) -> io::Result<Vec<Request>> {
        let of_method = |requests: &[Request]| -> Vec<Request> {
            requests.iter().filter(|request| request.api_method() == method).cloned().collect()
        };
        let enough = |requests: &Vec<Request>| requests.len() >= n;
        let found = self.shared.wait(|state| Some(of_method(&state.requests)).filter(enough)).await;
        found.ok_or_else(|| {
            late(&format!("{n} calls of {method}, there were {}", of_method(&self.requests()).len()))
        })
    }

    /// Waits until clients have sent so many frames of a type in all, and gives them.
    ///
    /// # Errors
    /// If that does not happen in a minute.
    pub async fn wait_for_frames(&self, kind: &str, n: usize) -> io::Result<Vec<Frame>> {
        let of_kind = |frames: &[Frame]| -> Vec<Frame> {
            frames.iter().filter(|frame| frame.kind() == kind).cloned().collect()
        };
        let found = self.shared.wait(|state| Some(of_kind(&state.frames)).filter(|frames| frames.len() >= n));
        found.await.ok_or_else(|| {
            late(&format!("{n} frames `{kind}`, there were {}", of_kind(&self.frames()).len()))
        })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn order(&self, order: Order) -> usize {
        self.shared.order(order).await
    }
}

pub(crate) fn late(waited_for: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("waited in vain for {waited_for}"))
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.task.abort();
    }
}
