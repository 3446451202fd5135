//! What a step has found out.

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
    Skipped(&'static str),
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) step: Step,
    pub(super) outcome: Outcome,
    /// How long the step took, if it was taken.
    pub(super) took: Option<Duration>,
}

impl Finding {
    pub(super) fn new(step: Step, outcome: Outcome) -> Self {
        Self { step, outcome, took: None }
    }
}
