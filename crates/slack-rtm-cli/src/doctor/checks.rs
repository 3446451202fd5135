//! Takes the steps.

use std::time::Instant;

use slack_rtm::session::Probe;
use slack_rtm::{Client, ConfigError, Token};

use super::finding::{Findings, Outcome, Step};
use super::network;
use super::problem::Problem;
use super::protocols;
use crate::exit;
use crate::limits::Limits;
use crate::setup::{self, SetupError};
use crate::tokens::{BOT_TOKEN, Kind, Protocol, TOKEN, Tokens};

/// Stands in for the token if there is none. It is not sent.
const NO_TOKEN: &str = "none";

/// Takes every step that can be taken, and reports all of them.
pub(super) async fn run(tokens: Tokens, limits: Limits, findings: &mut Findings<'_>) {
    // Steps that were not reached are reported as skipped.
    let _ = examine(tokens, limits, findings).await;
    findings.skip_the_rest();
}

/// Returns `None` after a failure that ends it.
async fn examine(tokens: Tokens, limits: Limits, findings: &mut Findings<'_>) -> Option<()> {
    let has_token = check_tokens(tokens, findings);
    let client = client(has_token.then_some(tokens), findings)?;
    let probe = Probe::new(client.api().clone()).with_config(limits.of_one_attempt());
    network::reach(&probe, &client, limits, findings).await?;
    if !has_token {
        return None;
    }
    match tokens.protocol() {
        Protocol::Rtm => protocols::rtm(&probe, &client, findings).await,
        Protocol::SocketMode => protocols::socket_mode(&probe, &client, findings).await,
    }
}

/// Takes a step and reports it with its time. Returns what it gives, or `None` if it fails.
pub(super) async fn take<T>(
    findings: &mut Findings<'_>,
    step: Step,
    work: impl Future<Output = Result<(T, String), Problem>>,
) -> Option<T> {
    let began = Instant::now();
    let result = work.await;
    let elapsed = began.elapsed();
    match result {
        Ok((value, detail)) => {
            findings.add_timed(step, Outcome::Ok(detail), elapsed);
            Some(value)
        }
        Err(problem) => {
            findings.add_timed(step, Outcome::Failed(problem), elapsed);
            None
        }
    }
}

/// Checks the kinds of the tokens. Returns whether they can be sent.
fn check_tokens(tokens: Tokens, findings: &mut Findings<'_>) -> bool {
    if let Err(error) = Token::from_env(TOKEN) {
        let problem = Problem::NoToken { variable: TOKEN, why: without_setting(&error) };
        findings.add(Step::Token, Outcome::Failed(problem));
        return false;
    }
    if tokens.protocol() == Protocol::Rtm {
        if tokens.are_mixed_up() {
            findings.add(Step::Token, Outcome::Failed(Problem::TokensMixedUp));
            return false;
        }
        let outcome = match tokens.main {
            Kind::Bot if tokens.bot.is_some() => Outcome::Warning(Problem::BotTokenForAppToken),
            kind => known_kind(kind),
        };
        findings.add(Step::Token, outcome);
        return true;
    }
    findings.add(Step::Token, Outcome::Ok("an app-level token (xapp-), for Socket Mode".to_owned()));
    let Some(kind) = tokens.bot else {
        let reason = format!("{BOT_TOKEN} is not set: events are received, and messages cannot be sent");
        findings.add(Step::BotToken, Outcome::Skipped(reason));
        return true;
    };
    let outcome = match Token::from_env(BOT_TOKEN) {
        Err(error) => Outcome::Failed(Problem::NoToken { variable: BOT_TOKEN, why: without_setting(&error) }),
        Ok(_) if tokens.are_mixed_up() => Outcome::Failed(Problem::TokensMixedUp),
        Ok(_) => known_kind(kind),
    };
    let is_usable = !matches!(outcome, Outcome::Failed(_));
    findings.add(Step::BotToken, outcome);
    is_usable
}

/// Returns whether a token of this kind may work.
fn known_kind(kind: Kind) -> Outcome {
    match kind {
        Kind::Bot => Outcome::Ok("a bot token (xoxb-)".to_owned()),
        Kind::User => Outcome::Ok("a user token (xoxp-)".to_owned()),
        Kind::Rotated => Outcome::Ok("a token that expires (xoxe.)".to_owned()),
        Kind::SlackClient => Outcome::Ok("a token of Slack's own client".to_owned()),
        Kind::Refresh => Outcome::Warning(Problem::RefreshToken),
        Kind::Cookie => Outcome::Warning(Problem::CookieToken),
        Kind::AppLevel | Kind::Unknown => Outcome::Warning(Problem::UnknownToken),
    }
}

/// Sets up the client, which checks the URL and loads the system's certificates.
fn client(tokens: Option<Tokens>, findings: &mut Findings<'_>) -> Option<Client> {
    let made = setup::builder().and_then(|builder| {
        let builder = match tokens {
            Some(tokens) => tokens.apply(builder),
            None => builder.token(NO_TOKEN),
        };
        builder.build().map_err(SetupError::Config)
    });
    let error = match made {
        Ok(client) => {
            findings.add(Step::ApiUrl, Outcome::Ok(client.base_url().to_string()));
            return Some(client);
        }
        Err(error) => error,
    };
    let failed = match &error {
        SetupError::Config(error) if error.setting() == "tls" => {
            (Step::Tls, Problem::NoCertificates(without_setting(error)))
        }
        SetupError::Config(error) if error.setting() == "proxy" => {
            (Step::Proxy, Problem::ProxyKind(without_setting(error)))
        }
        SetupError::Config(error) => (Step::ApiUrl, Problem::ApiUrl(without_setting(error))),
        error => (Step::ApiUrl, Problem::ApiUrl(error.to_string())),
    };
    if failed.0 != Step::ApiUrl {
        findings.add(Step::ApiUrl, Outcome::Ok("it is usable".to_owned()));
    }
    findings.add(failed.0, Outcome::Failed(failed.1));
    None
}

/// Describes an error without the name of the setting, which the step says.
fn without_setting(error: &ConfigError) -> String {
    let text = exit::describe(error);
    text.strip_prefix(&format!("{}: ", error.setting())).unwrap_or(&text).to_owned()
}
