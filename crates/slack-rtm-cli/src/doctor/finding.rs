//! What the steps have found out.

use std::time::Duration;

use super::problem::Problem;

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Token,
    ApiUrl,
    Dns,
    Tcp,
    Proxy,
    Tls,
    RtmConnect,
    Clock,
    Upgrade,
    Hello,
    Ping,
}

const STEPS: [Step; 11] = [
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

impl Step {
    /// For people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ApiUrl => "API URL",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::RtmConnect => "rtm.connect",
            Self::Clock => "clock",
            Self::Upgrade => "upgrade",
            Self::Hello => "hello",
            Self::Ping => "ping",
        }
    }

    /// What its failure means for the steps that need it.
    fn failure(self) -> &'static str {
        match self {
            Self::Token => "there is no token to call rtm.connect with",
            Self::ApiUrl => "the API's URL cannot be used",
            Self::Dns => "the host has no address: see DNS",
            Self::Tcp => "there is no connection: see TCP",
            Self::Proxy => "there is no way through the proxy: see proxy",
            Self::Tls => "there is no encryption: see TLS",
            Self::RtmConnect => "rtm.connect gave no address",
            Self::Clock => "the clock is off",
            Self::Upgrade => "there is no WebSocket: see upgrade",
            Self::Hello => "the message server is not ready: see hello",
            Self::Ping => "a ping had no answer",
        }
    }

    /// For programs.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ApiUrl => "api_url",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::RtmConnect => "rtm_connect",
            Self::Clock => "clock",
            Self::Upgrade => "upgrade",
            Self::Hello => "hello",
            Self::Ping => "ping",
        }
    }
}

/// How a step went.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Well, with what is worth knowing.
    Ok(String),
    /// Not as it should, and it may work all the same.
    Warning(Problem),
    Failed(Problem),
    /// Not taken, and why.
    Skipped(String),
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) step: Step,
    pub(super) outcome: Outcome,
    /// How long the step took, if it was taken.
    pub(super) took: Option<Duration>,
}

/// Tells of every step once, in their order.
pub(super) struct Findings<'a> {
    tell: &'a mut (dyn FnMut(&Finding) + Send),
    /// Those that were not told of yet.
    left: std::slice::Iter<'static, Step>,
    /// The last step that failed, which is why others are not taken.
    failed: Option<Step>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(tell: &'a mut (dyn FnMut(&Finding) + Send)) -> Self {
        Self { tell, left: STEPS.iter(), failed: None }
    }

    /// Tells of a step that took no time worth speaking of.
    pub(super) fn tell(&mut self, step: Step, outcome: Outcome) {
        self.add(&Finding { step, outcome, took: None });
    }

    /// Tells of a step that took some time.
    pub(super) fn took(&mut self, step: Step, outcome: Outcome, took: Duration) {
        self.add(&Finding { step, outcome, took: Some(took) });
    }

    /// Tells of a step; those before it that nobody told of were skipped.
    fn add(&mut self, finding: &Finding) {
        let this = finding.step;
        if matches!(finding.outcome, Outcome::Failed(_)) {
            self.failed = Some(this);
        }
        self.skip_while(|step| step != this);
        self.left.next();
        (self.tell)(finding);
    }

    /// Those that nobody told of were skipped.
    pub(super) fn skip_the_rest(&mut self) {
        self.skip_while(|_| true);
    }

    fn skip_while(&mut self, is_skipped: impl Fn(Step) -> bool) {
        while let Some(step) = self.left.as_slice().first().copied().filter(|step| is_skipped(*step)) {
            self.left.next();
            let cause = self.failed.map_or("it was not reached", Step::failure);
            (self.tell)(&Finding { step, outcome: Outcome::Skipped(cause.to_owned()), took: None });
        }
    }
}
