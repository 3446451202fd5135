//! The steps themselves. What an error means is decided elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};
use std::{env, io};

use slack_rtm::apis::RawResponse;
use slack_rtm::apis::rtm_api::RtmConnect;
use slack_rtm::session::{Hop, Probe};
use slack_rtm::{Client, ConfigError, RetryPolicy, RtmConnectResponse, SocketUrl, Token};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::finding::{Findings, Outcome, Step};
use super::problem::Problem;
use crate::exit;
use crate::setup::{self, Unusable};

/// How long DNS may take.
const DNS: Duration = Duration::from_secs(5);
/// How long each of TCP, the proxy and TLS may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long rtm.connect may take.
const CALL: Duration = Duration::from_secs(15);
/// By how many seconds clocks may differ: the header has whole seconds, and the answer took some time.
const CLOCKS: u64 = 60;

/// Stands in for a token where none is sent.
const NO_TOKEN: &str = "none";

/// Takes every step that can be taken, and tells of each.
pub(super) async fn run(findings: &mut Findings<'_>) {
    // Those that were not reached are told of all the same.
    let _ = examine(findings).await;
    findings.skip_the_rest();
}

/// `None` where it cannot go on.
async fn examine(findings: &mut Findings<'_>) -> Option<()> {
    let has_token = token(findings);
    let client = client(has_token, findings)?;
    let probe = Probe::new(client.api().clone());
    reach(&probe, &client, findings).await?;
    if !has_token {
        return None;
    }
    let answer = call(&client, findings).await?;
    connect(&probe, &answer.url, findings).await
}

/// Takes a step that takes time, tells of it, and hands on what it gives.
async fn take<T>(
    findings: &mut Findings<'_>,
    step: Step,
    work: impl Future<Output = Result<(T, String), Problem>>,
) -> Option<T> {
    let began = Instant::now();
    let result = work.await;
    let took = began.elapsed();
    match result {
        Ok((value, detail)) => {
            findings.took(step, Outcome::Ok(detail), took);
            Some(value)
        }
        Err(problem) => {
            findings.took(step, Outcome::Failed(problem), took);
            None
        }
    }
}

/// Looks at the token's form; whether there is one that can be sent.
fn token(findings: &mut Findings<'_>) -> bool {
    if let Err(error) = Token::from_env(setup::TOKEN) {
        findings.tell(Step::Token, Outcome::Failed(Problem::NoToken(what_is_wrong(&error))));
        return false;
    }
    let text = env::var(setup::TOKEN).unwrap_or_default();
    // The beginning tells what kind of token it is, and is no secret.
    let outcome = match text.split_once('-').map(|(prefix, _)| prefix) {
        Some("xoxb") => Outcome::Ok("a bot token (xoxb-)".to_owned()),
        Some("xoxp") => Outcome::Ok("a user token (xoxp-)".to_owned()),
        Some("xoxe.xoxb" | "xoxe.xoxp") => Outcome::Ok("a token that expires (xoxe.)".to_owned()),
        Some("xoxc" | "xoxs") => Outcome::Ok("a token of Slack's own client".to_owned()),
        Some("xapp") => Outcome::Warning(Problem::AppLevelToken),
        Some("xoxe") => Outcome::Warning(Problem::RefreshToken),
        Some("xoxd") => Outcome::Warning(Problem::CookieToken),
        _ => Outcome::Warning(Problem::UnknownToken),
    };
    findings.tell(Step::Token, outcome);
    true
}

/// Makes the client, which checks the URL, and finds the certificates that the system trusts.
fn client(has_token: bool, findings: &mut Findings<'_>) -> Option<Client> {
    let made = setup::builder().and_then(|builder| {
        let builder = if has_token { builder.token_from_env(setup::TOKEN) } else { builder.token(NO_TOKEN) };
        builder.build().map_err(Unusable::Setting)
    });
    match made {
        Ok(client) => {
            findings.tell(Step::ApiUrl, Outcome::Ok(client.base_url().to_string()));
            return Some(client);
        }
        Err(Unusable::Setting(error)) if error.setting() == "tls" => {
            findings.tell(Step::ApiUrl, Outcome::Ok("it can be used".to_owned()));
            findings.tell(Step::Tls, Outcome::Failed(Problem::NoCertificates(what_is_wrong(&error))));
        }
        Err(Unusable::Setting(error)) if error.setting() == "proxy" => {
            findings.tell(Step::ApiUrl, Outcome::Ok("it can be used".to_owned()));
            findings.tell(Step::Proxy, Outcome::Failed(Problem::ProxyKind(what_is_wrong(&error))));
        }
        Err(Unusable::Setting(error)) => {
            findings.tell(Step::ApiUrl, Outcome::Failed(Problem::ApiUrl(what_is_wrong(&error))));
        }
        Err(unusable @ Unusable::ApiUrlIsNoText) => {
            findings.tell(Step::ApiUrl, Outcome::Failed(Problem::ApiUrl(unusable.to_string())));
        }
    }
    None
}

/// Without the name of the setting, which the step has.
fn what_is_wrong(error: &ConfigError) -> String {
    let text = exit::describe(error);
    text.strip_prefix(&format!("{}: ", error.setting())).unwrap_or(&text).to_owned()
}

/// DNS, TCP, proxy and TLS of the API's host.
async fn reach(probe: &Probe, client: &Client, findings: &mut Findings<'_>) -> Option<()> {
    let url = client.base_url().as_url();
    let is_https = client.base_url().is_https();
    let hop = match probe.first_hop(url) {
        Ok(hop) => hop,
        Err(error) => {
            findings.tell(Step::Proxy, Outcome::Failed(Problem::ProxyKind(error.to_string())));
            return None;
        }
    };
    let via = hop.is_proxy.then(|| match named_by(is_https) {
        Some(name) => format!("{}:{}, named by {name}", hop.host, hop.port),
        None => format!("{}:{}", hop.host, hop.port),
    });
    let via = via.as_deref();
    let addresses = resolve(probe, &hop, via, findings).await?;
    let dial = async { dial(probe, &hop, &addresses).await.map_err(|problem| problem.via(via)) };
    let stream = take(findings, Step::Tcp, dial).await?;
    let tunnel = async {
        match timeout(CONNECT, probe.tunnel(stream, url)).await {
            Ok(Ok(link)) => {
                let named = named_by(is_https).map_or_else(String::new, |name| format!(", named by {name}"));
                Ok((link, format!("{} leads on (port {}{named})", hop.host, hop.port)))
            }
            Ok(Err(error)) => Err(Problem::proxy(&error).via(via)),
            Err(_) => Err(Problem::ProxyFails("it does not answer".to_owned()).via(via)),
        }
    };
    let link = if hop.is_proxy {
        take(findings, Step::Proxy, tunnel).await?
    } else {
        let none = match named_by(is_https) {
            Some(name) => {
                format!("{name} is not used for this host, which is on this machine or in NO_PROXY")
            }
            None => "none is set for this host".to_owned(),
        };
        findings.tell(Step::Proxy, Outcome::Skipped(none));
        // Without a proxy there is nothing that could fail.
        tunnel.await.ok()?.0
    };
    if !client.base_url().is_https() {
        findings.tell(Step::Tls, Outcome::Skipped("the API is plain http, on this machine".to_owned()));
        return Some(());
    }
    let encrypt = async {
        match timeout(CONNECT, probe.encrypt(link, url)).await {
            Ok(Ok(_)) => Ok(((), "the certificate is trusted".to_owned())),
            Ok(Err(error)) => Err(Problem::tls(&error)),
            Err(_) => Err(Problem::NoTls("it does not answer".to_owned())),
        }
    };
    take(findings, Step::Tls, encrypt).await
}

/// The variable of the environment that names a proxy for a URL, whether or not it is used for its host.
fn named_by(is_https: bool) -> Option<&'static str> {
    let own = if is_https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let names = own.into_iter().chain(["ALL_PROXY", "all_proxy"]);
    names.into_iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

async fn resolve(
    probe: &Probe,
    hop: &Hop,
    via: Option<&str>,
    findings: &mut Findings<'_>,
) -> Option<Vec<SocketAddr>> {
    if hop.host.parse::<IpAddr>().is_ok() {
        findings.tell(Step::Dns, Outcome::Skipped("the host is an address already".to_owned()));
        return probe.resolve(hop).await.ok();
    }
    let look_up = async {
        match timeout(DNS, probe.resolve(hop)).await {
            Ok(Ok(addresses)) => {
                let detail = format!("{} has {} addresses", hop.host, addresses.len());
                Ok((addresses, detail))
            }
            _ => Err(Problem::NoSuchHost { host: hop.host.clone(), is_proxy: hop.is_proxy }.via(via)),
        }
    };
    take(findings, Step::Dns, look_up).await
}

/// As a session does it: an address that leads nowhere is passed over, and named.
async fn dial(probe: &Probe, hop: &Hop, addresses: &[SocketAddr]) -> Result<(TcpStream, String), Problem> {
    let problem = |why: String, is_timeout| Problem::NoConnection { why, is_timeout, is_proxy: hop.is_proxy };
    match timeout(CONNECT, probe.dial(addresses)).await {
        Ok(Ok(dialed)) => {
            let mut detail =
                format!("connected to {}{}", dialed.peer, if hop.is_proxy { ", the proxy" } else { "" });
            let failed_attempts = dialed.failed_attempts.iter();
            let named: Vec<_> = failed_attempts.map(|(address, why)| format!("{address} ({why})")).collect();
            if !named.is_empty() {
                detail = format!("{detail}; passed over {}", named.join(", "));
            }
            Ok((dialed.stream, detail))
        }
        Ok(Err(error)) => Err(problem(error.to_string(), error.kind() == io::ErrorKind::TimedOut)),
        Err(_) => Err(problem("nothing answers".to_owned(), true)),
    }
}

/// Calls rtm.connect, once, and compares the clocks.
async fn call(client: &Client, findings: &mut Findings<'_>) -> Option<RtmConnectResponse> {
    let mut clock = Outcome::Skipped("the answer does not say what time it is".to_owned());
    let call = async {
        let call = client.rtm_connect().with_retry(RetryPolicy::with_max_attempts(1)).with_timeout(CALL);
        let raw = call.send_raw().await.map_err(|error| {
            clock = Outcome::Skipped("rtm.connect had no answer".to_owned());
            Problem::call(&error)
        })?;
        if let Some(outcome) = compare_clocks(&raw) {
            clock = outcome;
        }
        let response = raw.decode::<RtmConnect>().map_err(|error| Problem::call(&error))?;
        let answer = response.value;
        let detail = format!("as {} in {}", answer.self_.name, answer.team.name);
        Ok((answer, detail))
    };
    let answer = take(findings, Step::RtmConnect, call).await;
    findings.tell(Step::Clock, clock);
    answer
}

fn compare_clocks(raw: &RawResponse) -> Option<Outcome> {
    let theirs = httpdate::parse_http_date(raw.headers.text("date")?).ok()?;
    let (ahead, off) = match SystemTime::now().duration_since(theirs) {
        Ok(off) => (1, off.as_secs()),
        Err(error) => (-1, error.duration().as_secs()),
    };
    Some(if off <= CLOCKS {
        Outcome::Ok("it agrees with Slack's".to_owned())
    } else {
        Outcome::Warning(Problem::Clock(ahead * i64::try_from(off).unwrap_or(i64::MAX)))
    })
}

/// Upgrade, hello and ping.
async fn connect(probe: &Probe, url: &SocketUrl, findings: &mut Findings<'_>) -> Option<()> {
    let open = async {
        let opened = probe.open(url).await.map_err(|error| Problem::upgrade(&error))?;
        Ok((opened, "it is a WebSocket".to_owned()))
    };
    let mut opened = take(findings, Step::Upgrade, open).await?;
    let hello = async {
        opened.hello().await.map_err(|error| Problem::hello(&error))?;
        Ok(((), "the message server is ready".to_owned()))
    };
    take(findings, Step::Hello, hello).await?;
    let ping = async {
        opened.ping().await.map_err(Problem::ping)?;
        Ok(((), "a pong came back".to_owned()))
    };
    take(findings, Step::Ping, ping).await?;
    opened.close().await;
    Some(())
}
