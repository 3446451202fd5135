//! The handle of the fake Slack: its settings, its actions, and its logs.

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

/// A fake Slack. It listens until it is dropped, and requires a tokio runtime.
///
/// By default it accepts any token, and answers rtm.connect and rtm.start with an address on its own host. The address can be used once, within
/// 30 seconds; the connection says hello, answers pings, and acknowledges messages. The other methods that a bot needs are answered from a small workspace, and
/// their changes are sent as events to all connections.
///
/// Methods that send a frame send it over every connection that is open and has said hello, and return the number of these connections. Wait for a connection with
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
        let redelivering = shared.clone();
        // Both end when the handle is dropped.
        let task = tokio::spawn(async move {
            tokio::join!(serving, redelivering.redeliver());
        });
        Self {
            place,
            shared,
            task,
            #[cfg(feature = "tls")]
            certificate: None,
        }
    }

    /// Returns the base URL for a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.place.url("http", "/api")
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.place.address
    }

    /// Returns the certificate of the server in DER, or `None` without TLS. It is self-signed, so a client can trust it as a root.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Sets the answer of the next call of any method, after answers that were set before.
    pub fn answer_next(&self, answer: Answer) {
        self.shared.lock().answers.push_next(None, answer);
    }

    /// Sets the answer of the next call of a method such as `users.info`, after answers that were set before.
    pub fn answer_next_to(&self, method: &str, answer: Answer) {
        self.shared.lock().answers.push_next(Some(method), answer);
    }

    /// Sets the answer of every call of a method such as `users.info` that has no other answer.
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

    /// Sets the answer of every call that has no other answer.
    pub fn answer_always(&self, answer: Answer) {
        self.shared.lock().answers.set_always(answer);
    }

    /// Sets a function that answers calls, in place of any previous one. If it returns `None`, the call is answered as without it.
    ///
    /// Answers take precedence in this order: answers of next calls, this function, answers of a method, the answer of every call, and finally
    /// the default answers.
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

    /// Sets the script of the next connection, after scripts that were set before.
    pub fn script_next(&self, script: Script) {
        self.shared.lock().next_scripts.push_back(script);
    }

    /// Sets the script of every connection that has no other script.
    pub fn script_always(&self, script: Script) {
        self.shared.lock().always_script = script;
    }

    /// Returns a handle of a user, with which the test acts as that user.
    pub fn user<'a>(&'a self, id: &'a str) -> User<'a> {
        User::new(&self.shared, id)
    }

    /// Sends a text frame unchanged.
    ///
    /// A message with a channel and a timestamp is added to the history.
    pub async fn send(&self, frame: impl Into<String>) -> usize {
        let frame = frame.into();
        self.shared.lock().world.record_frame(&frame);
        self.order(Order::Text(frame)).await
    }

    /// Sends a binary WebSocket frame.
    pub async fn send_binary(&self, frame: impl Into<Vec<u8>>) -> usize {
        self.order(Order::Binary(frame.into())).await
    }

    /// Sends bytes below the WebSocket, for instance invalid frames or fragments.
    pub async fn send_raw(&self, bytes: impl Into<Vec<u8>>) -> usize {
        self.order(Order::Raw(bytes.into())).await
    }

    /// Posts a message of a user in a conversation, with this timestamp. [`User::says`] chooses the timestamp.
    pub async fn say(&self, channel: &str, user: &str, text: &str, ts: &str) -> usize {
        self.user(user).says_at(channel, text, ts).await
    }

    /// Sends a goodbye frame.
    pub async fn goodbye(&self) -> usize {
        self.send(r#"{"type":"goodbye"}"#).await
    }

    /// Sends a close frame with or without a code.
    pub async fn close(&self, code: Option<u16>) -> usize {
        self.order(Order::Close(code)).await
    }

    /// Drops all connections without a close frame.
    pub async fn drop_connections(&self) -> usize {
        self.order(Order::Die).await
    }

    /// Returns the number of connections that are open and have said hello.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.lock().sockets.len()
    }

    /// Returns all requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Returns all connections so far, oldest first.
    #[must_use]
    pub fn dials(&self) -> Vec<Dial> {
        self.shared.lock().dials.clone()
    }

    /// Returns all text frames that clients have sent so far, oldest first.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        self.shared.lock().frames.clone()
    }

    /// Waits until `n` connections are open and have said hello.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
    pub async fn wait_for_connections(&self, n: usize) -> io::Result<()> {
        let found = self.shared.wait(|state| (state.sockets.len() == n).then_some(())).await;
        found.ok_or_else(|| late(&format!("{n} connections, there are {}", self.open_connections())))
    }

    /// Waits until clients have made `n` connections in total, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
    pub async fn wait_for_dials(&self, n: usize) -> io::Result<Vec<Dial>> {
        let found = self.shared.wait(|state| (state.dials.len() >= n).then(|| state.dials.clone())).await;
        found.ok_or_else(|| late(&format!("{n} dials, there were {}", self.dials().len())))
    }

    /// Waits until clients have made `n` calls in total, answered or not, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
    pub async fn wait_for_requests(&self, n: usize) -> io::Result<Vec<Request>> {
        let enough = |requests: &[Request]| (requests.len() >= n).then(|| requests.to_vec());
        let found = self.shared.wait(|state| enough(&state.requests)).await;
        found.ok_or_else(|| late(&format!("{n} requests, there were {}", self.requests().len())))
    }

    /// Waits until clients have made `n` calls of a method such as `users.info` in total, answered or not, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
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

    /// Waits until clients have sent `n` frames of a type in total, and returns them.
    ///
    /// # Errors
    /// Returns an error if that does not happen within a minute.
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
