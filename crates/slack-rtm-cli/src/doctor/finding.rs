//! The steps and their outcomes.

use std::time::Duration;

use super::problem::Problem;
use crate::tokens::Protocol;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Token,
    BotToken,
    ApiUrl,
    Dns,
    Tcp,
    Proxy,
    Tls,
    RtmConnect,
    AuthTest,
    AppsConnectionsOpen,
    Clock,
    Upgrade,
    Hello,
    Ping,
}

const RTM: [Step; 11] = [
    Step::Token,
    Step::ApiUrl,
    Step::Dns,
    Step::Tcp,
    Step::Proxy,
    Step::Tls,
    Step::RtmConnect,
    Step::Clock,
    Step::Upgrade,
    Step::Hello,
    Step::Ping,
];

const SOCKET_MODE: [Step; 13] = [
    Step::Token,
    Step::BotToken,
    Step::ApiUrl,
    Step::Dns,
    Step::Tcp,
    Step::Proxy,
    Step::Tls,
    Step::AuthTest,
    Step::AppsConnectionsOpen,
    Step::Clock,
    Step::Upgrade,
    Step::Hello,
    Step::Ping,
];

/// Returns the steps for a protocol, in order.
pub(super) fn steps(protocol: Protocol) -> &'static [Step] {
    match protocol {
        Protocol::Rtm => &RTM,
        Protocol::SocketMode => &SOCKET_MODE,
    }
}

impl Step {
    /// Returns the name for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::BotToken => "bot token",
            Self::ApiUrl => "API URL",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::RtmConnect => "rtm.connect",
            Self::AuthTest => "auth.test",
            Self::AppsConnectionsOpen => "apps.connections.open",
            Self::Clock => "clock",
            Self::Upgrade => "upgrade",
            Self::Hello => "hello",
            Self::Ping => "ping",
        }
    }

    /// Returns why later steps are skipped if this one fails.
    fn failure(self) -> &'static str {
        match self {
            Self::Token | Self::BotToken => "there is no usable token",
            Self::ApiUrl => "the API's URL is not usable",
            Self::Dns => "the host has no address: see DNS",
            Self::Tcp => "there is no connection: see TCP",
            Self::Proxy => "the proxy does not forward the connection: see proxy",
            Self::Tls => "there is no encryption: see TLS",
            Self::RtmConnect => "rtm.connect returned no address",
            Self::AuthTest => "the bot token is refused: see auth.test",
            Self::AppsConnectionsOpen => "apps.connections.open returned no address",
            Self::Clock => "the clock is wrong",
            Self::Upgrade => "there is no WebSocket: see upgrade",
            Self::Hello => "the message server is not ready: see hello",
            Self::Ping => "a ping was not answered",
        }
    }

    /// Returns the name for programs.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::BotToken => "bot_token",
            Self::ApiUrl => "api_url",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::RtmConnect => "rtm_connect",
            Self::AuthTest => "auth_test",
            Self::AppsConnectionsOpen => "apps_connections_open",
            Self::Clock => "clock",
            Self::Upgrade => "upgrade",
            Self::Hello => "hello",
            Self::Ping => "ping",
        }
    }
}

/// The outcome of a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It succeeded, with a detail for the report.
    Ok(String),
    /// Something is unusual, but may still work.
    Warning(Problem),
    Failed(Problem),
    /// It was not taken, with the reason.
    Skipped(String),
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) step: Step,
    pub(super) outcome: Outcome,
    /// How long the step took, if it was measured.
    pub(super) elapsed: Option<Duration>,
}

/// Reports every step once, in order.
pub(super) struct Findings<'a> {
    report: &'a mut (dyn FnMut(&Finding) + Send),
    /// The steps that have not been reported yet.
    left: std::slice::Iter<'static, Step>,
    /// The last step that failed, which is why others are skipped.
    failed: Option<Step>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(steps: &'static [Step], report: &'a mut (dyn FnMut(&Finding) + Send)) -> Self {
        Self { report, left: steps.iter(), failed: None }
    }

    /// Reports a step without a time.
    pub(super) fn add(&mut self, step: Step, outcome: Outcome) {
        self.push(&Finding { step, outcome, elapsed: None });
    }

    /// Reports a step with its time.
    pub(super) fn add_timed(&mut self, step: Step, outcome: Outcome, elapsed: Duration) {
        self.push(&Finding { step, outcome, elapsed: Some(elapsed) });
    }

    /// Reports a step, and those before it that were not reported as skipped.
    fn push(&mut self, finding: &Finding) {
        let this = finding.step;
        if matches!(finding.outcome, Outcome::Failed(_)) {
            self.failed = Some(this);
        }
        self.skip_while(|step| step != this);
        self.left.next();
        (self.report)(finding);
    }

    /// Reports all remaining steps as skipped.
    pub(super) fn skip_the_rest(&mut self) {
        self.skip_while(|_| true);
    }

    fn skip_while(&mut self, is_skipped: impl Fn(Step) -> bool) {
        while let Some(step) = self.left.as_slice().first().copied().filter(|step| is_skipped(*step)) {
            self.left.next();
            let cause = self.failed.map_or("it was not reached", Step::failure);
            (self.report)(&Finding { step, outcome: Outcome::Skipped(cause.to_owned()), elapsed: None });
        }
    }
}
