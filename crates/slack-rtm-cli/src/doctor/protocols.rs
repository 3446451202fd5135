//! The steps with Slack itself, for each protocol.

use std::time::{Duration, SystemTime};

use slack_rtm::apis::apps_api::AppsConnectionsOpen;
use slack_rtm::apis::auth_api::AuthTest;
use slack_rtm::apis::rtm_api::RtmConnect;
use slack_rtm::apis::{Call, Operation, RawResponse};
use slack_rtm::models::ErrorResponse;
use slack_rtm::session::{Probe, ProbeConnection};
use slack_rtm::{Client, RetryPolicy, SocketUrl};

use super::checks::take;
use super::finding::{Findings, Outcome, Step};
use super::method::Method;
use super::problem::Problem;

/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// The difference of the clocks that is not reported, in seconds: the header has whole seconds, and the answer took some time.
const CLOCK_TOLERANCE: u64 = 60;

/// Opens a connection of RTM.
pub(super) async fn rtm(probe: &Probe, client: &Client, findings: &mut Findings<'_>) -> Option<()> {
    let mut clock = no_answer(Method::RtmConnect);
    let call = async {
        let answer = call::<RtmConnect>(client.rtm_connect(), Method::RtmConnect, &mut clock).await?;
        let detail = format!("as {} in {}", answer.self_.name, answer.team.name);
        Ok((answer, detail))
    };
    let answer = take(findings, Step::RtmConnect, call).await;
    findings.add(Step::Clock, clock);
    let mut opened = open(probe, &answer?.url, findings).await?;
    let hello = async {
        opened.hello().await.map_err(|error| Problem::hello(&error))?;
        Ok(((), "the message server is ready".to_owned()))
    };
    take(findings, Step::Hello, hello).await?;
    let ping = async {
        opened.ping().await.map_err(Problem::ping)?;
        Ok(((), "the pong arrived".to_owned()))
    };
    take(findings, Step::Ping, ping).await?;
    opened.close().await;
    Some(())
}

/// Opens a connection of Socket Mode.
pub(super) async fn socket_mode(probe: &Probe, client: &Client, findings: &mut Findings<'_>) -> Option<()> {
    let mut clock = no_answer(Method::AppsConnectionsOpen);
    if client.has_bot_token() {
        let call = async {
            let bot = call::<AuthTest>(client.auth_test(), Method::AuthTest, &mut clock).await?;
            Ok(((), format!("as {} in {}", bot.user, bot.team)))
        };
        // The app-level token is tested even if the bot token is refused.
        let _ = take(findings, Step::AuthTest, call).await;
    } else {
        findings.add(Step::AuthTest, Outcome::Skipped("there is no bot token".to_owned()));
    }
    let call = async {
        let app = client.app_client().map_err(|error| Problem::NoToken {
            variable: Method::AppsConnectionsOpen.variable(),
            why: error.to_string(),
        })?;
        let method = Method::AppsConnectionsOpen;
        let answer = call::<AppsConnectionsOpen>(app.apps_connections_open(), method, &mut clock).await?;
        Ok((answer, "Socket Mode is enabled for the app".to_owned()))
    };
    let answer = take(findings, Step::AppsConnectionsOpen, call).await;
    findings.add(Step::Clock, clock);
    let mut opened = open(probe, &answer?.url, findings).await?;
    let began = std::time::Instant::now();
    let hello = opened.socket_mode_hello().await;
    let outcome = match &hello {
        Ok(Some(total)) if *total > 1 => Outcome::Warning(Problem::OtherConnections(total - 1)),
        Ok(_) => Outcome::Ok("the message server is ready, and no other connection is open".to_owned()),
        Err(error) => Outcome::Failed(Problem::hello(error)),
    };
    findings.add_timed(Step::Hello, outcome, began.elapsed());
    hello.ok()?;
    let ping = async {
        opened.socket_mode_ping().await.map_err(Problem::ping)?;
        Ok(((), "the pong arrived".to_owned()))
    };
    take(findings, Step::Ping, ping).await?;
    opened.close().await;
    Some(())
}

async fn open(probe: &Probe, url: &SocketUrl, findings: &mut Findings<'_>) -> Option<ProbeConnection> {
    let open = async {
        let opened = probe.open(url).await.map_err(|error| Problem::upgrade(&error))?;
        Ok((opened, "it is a WebSocket".to_owned()))
    };
    take(findings, Step::Upgrade, open).await
}

/// Calls a method once, and compares the clocks.
async fn call<O: Operation<Refusal = ErrorResponse>>(
    call: Call<O>,
    method: Method,
    clock: &mut Outcome,
) -> Result<O::Response, Problem> {
    let call = call.with_retry(RetryPolicy::with_max_attempts(1)).with_timeout(CALL_TIMEOUT);
    let raw = call.send_raw().await.map_err(|error| Problem::call(method, &error))?;
    *clock = compare_clocks(&raw);
    let response = raw.decode::<O>().map_err(|error| Problem::call(method, &error))?;
    Ok(response.value)
}

fn no_answer(method: Method) -> Outcome {
    Outcome::Skipped(format!("{} was not answered", method.as_str()))
}

fn compare_clocks(raw: &RawResponse) -> Outcome {
    let date = raw.headers.text("date").and_then(|date| httpdate::parse_http_date(date).ok());
    let Some(theirs) = date else {
        return Outcome::Skipped("the answer has no date".to_owned());
    };
    let (sign, difference) = match SystemTime::now().duration_since(theirs) {
        Ok(ahead) => (1, ahead.as_secs()),
        Err(behind) => (-1, behind.duration().as_secs()),
    };
    if difference <= CLOCK_TOLERANCE {
        Outcome::Ok("it agrees with Slack's".to_owned())
    } else {
        Outcome::Warning(Problem::Clock(sign * i64::try_from(difference).unwrap_or(i64::MAX)))
    }
}
