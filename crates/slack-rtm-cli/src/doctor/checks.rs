//! The steps themselves. What an error means is decided elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};
use std::{env, io};

use slack_rtm::apis::RawResponse;
use slack_rtm::apis::rtm_api::RtmConnect;
use slack_rtm::session::{Hop, Link, Opened, Probe};
use slack_rtm::{Client, ConfigError, RetryPolicy, RtmConnectResponse, SocketUrl, Token};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::finding::{Finding, Outcome, Step};
use super::problem::Problem;
use crate::{exit, setup};

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

const FAILED_BEFORE: &str = "a step before it failed";

type Tell<'a> = dyn FnMut(Finding) + Send + 'a;

/// Takes every step that can be taken, and tells of each.
pub(super) async fn run(tell: &mut Tell<'_>) {
    let (has_token, finding) = token();
    tell(finding);
    let Some(client) = client(tell) else { return };
    let probe = Probe::new(client.api().clone());
    let is_reachable = reach(&probe, &client, tell).await.is_some();
    if !is_reachable || !has_token {
        return skip(tell, &STEPS[4..]);
    }
    let Some(answer) = call(&client, tell).await else { return skip(tell, &STEPS[6..]) };
    connect(&probe, &answer.url, tell).await;
}

/// Those that follow the two about the environment.
const STEPS: [Step; 9] = [
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

fn skip(tell: &mut Tell<'_>, steps: &[Step]) {
    for step in steps {
        tell(Finding::new(*step, Outcome::Skipped(FAILED_BEFORE)));
    }
}

/// Takes a step that takes time, tells of it, and hands on what it gives.
async fn take<T>(
    tell: &mut Tell<'_>,
    step: Step,
    work: impl Future<Output = Result<(T, String), Problem>>,
) -> Option<T> {
    let began = Instant::now();
    let result = work.await;
    let took = Some(began.elapsed());
    match result {
        Ok((value, detail)) => {
            tell(Finding { step, outcome: Outcome::Ok(detail), took });
            Some(value)
        }
        Err(problem) => {
            tell(Finding { step, outcome: Outcome::Failed(problem), took });
            None
        }
    }
}

/// Looks at the token's form; whether there is one that can be sent.
fn token() -> (bool, Finding) {
    let finding = |outcome| Finding::new(Step::Token, outcome);
    if let Err(error) = Token::from_env(setup::TOKEN) {
        return (false, finding(Outcome::Failed(Problem::NoToken(what_is_wrong(&error)))));
    }
    let text = env::var(setup::TOKEN).unwrap_or_default();
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
    (true, finding(outcome))
}

/// Makes the client, which checks the URL, and finds the certificates that the system trusts.
fn client(tell: &mut Tell<'_>) -> Option<Client> {
    let has_token = Token::from_env(setup::TOKEN).is_ok();
    let made = setup::builder().and_then(|builder| {
        let builder = if has_token { builder.token_from_env(setup::TOKEN) } else { builder.token(NO_TOKEN) };
        builder.build().map_err(setup::Unusable::Setting)
    });
    let unusable = match made {
        Ok(client) => {
            tell(Finding::new(Step::ApiUrl, Outcome::Ok(client.base_url().to_string())));
            return Some(client);
        }
        Err(unusable) => unusable,
    };
    match unusable {
        setup::Unusable::Setting(error) if error.setting() == "tls" => {
            tell(Finding::new(Step::ApiUrl, Outcome::Ok("it can be used".to_owned())));
            skip(tell, &STEPS[..3]);
            tell(Finding::new(Step::Tls, Outcome::Failed(Problem::NoCertificates(what_is_wrong(&error)))));
            skip(tell, &STEPS[4..]);
        }
        setup::Unusable::Setting(error) => refuse_url(tell, what_is_wrong(&error)),
        setup::Unusable::ApiUrlIsNoText => refuse_url(tell, unusable.to_string()),
    }
    None
}

fn refuse_url(tell: &mut Tell<'_>, why: String) {
    tell(Finding::new(Step::ApiUrl, Outcome::Failed(Problem::ApiUrl(why))));
    skip(tell, &STEPS);
}

/// Without the name of the setting, which the step has.
fn what_is_wrong(error: &ConfigError) -> String {
    let text = exit::describe(error);
    text.strip_prefix(&format!("{}: ", error.setting())).unwrap_or(&text).to_owned()
}

/// DNS, TCP, proxy and TLS of the API's host.
async fn reach(probe: &Probe, client: &Client, tell: &mut Tell<'_>) -> Option<()> {
    let url = client.base_url().as_url();
    let hop = match probe.first_hop(url) {
        Ok(hop) => hop,
        Err(error) => {
            skip(tell, &STEPS[..2]);
            tell(Finding::new(Step::Proxy, Outcome::Failed(Problem::ProxyKind(error.to_string()))));
            skip(tell, &STEPS[3..4]);
            return None;
        }
    };
    let Some(addresses) = resolve(&hop, tell).await else {
        skip(tell, &STEPS[1..4]);
        return None;
    };
    let Some(stream) = take(tell, Step::Tcp, dial(&hop, &addresses)).await else {
        skip(tell, &STEPS[2..4]);
        return None;
    };
    let tunnel = async {
        match timeout(CONNECT, probe.tunnel(stream, url)).await {
            Ok(Ok(link)) => Ok((link, format!("{} leads on", hop.host))),
            Ok(Err(error)) => Err(Problem::proxy(&error)),
            Err(_) => Err(Problem::ProxyFails("it does not answer".to_owned())),
        }
    };
    let link: Link = if hop.is_proxy {
        let Some(link) = take(tell, Step::Proxy, tunnel).await else {
            skip(tell, &STEPS[3..4]);
            return None;
        };
        link
    } else {
        tell(Finding::new(Step::Proxy, Outcome::Skipped("none is set for this host")));
        // Without a proxy there is nothing that could fail.
        tunnel.await.ok()?.0
    };
    if !client.base_url().is_https() {
        tell(Finding::new(Step::Tls, Outcome::Skipped("the API is plain http, on this machine")));
        return Some(());
    }
    let encrypt = async {
        match timeout(CONNECT, probe.encrypt(link, url)).await {
            Ok(Ok(_)) => Ok(((), "the certificate is trusted".to_owned())),
            Ok(Err(error)) => Err(Problem::tls(&error)),
            Err(_) => Err(Problem::NoTls("it does not answer".to_owned())),
        }
    };
    take(tell, Step::Tls, encrypt).await
}

async fn resolve(hop: &Hop, tell: &mut Tell<'_>) -> Option<Vec<SocketAddr>> {
    if let Ok(ip) = hop.host.parse::<IpAddr>() {
        tell(Finding::new(Step::Dns, Outcome::Skipped("the host is an address already")));
        return Some(vec![SocketAddr::new(ip, hop.port)]);
    }
    let look_up = async {
        match timeout(DNS, lookup_host((&*hop.host, hop.port))).await {
            Ok(Ok(addresses)) => {
                let addresses: Vec<_> = addresses.collect();
                let detail = format!("{} has {} addresses", hop.host, addresses.len());
                Ok((addresses, detail))
            }
            _ => Err(Problem::NoSuchHost { host: hop.host.clone(), is_proxy: hop.is_proxy }),
        }
    };
    take(tell, Step::Dns, look_up).await
}

async fn dial(hop: &Hop, addresses: &[SocketAddr]) -> Result<(TcpStream, String), Problem> {
    let problem = |why: String, is_timeout| Problem::NoConnection { why, is_timeout, is_proxy: hop.is_proxy };
    match timeout(CONNECT, TcpStream::connect(addresses)).await {
        Ok(Ok(stream)) => {
            let peer = stream.peer_addr().map(|peer| peer.to_string()).unwrap_or_default();
            Ok((stream, format!("connected to {peer}{}", if hop.is_proxy { ", the proxy" } else { "" })))
        }
        Ok(Err(error)) => Err(problem(error.to_string(), error.kind() == io::ErrorKind::TimedOut)),
        Err(_) => Err(problem("nothing answers".to_owned(), true)),
    }
}

/// Calls rtm.connect, once, and compares the clocks.
async fn call(client: &Client, tell: &mut Tell<'_>) -> Option<RtmConnectResponse> {
    let mut clock = Outcome::Skipped("the answer does not say what time it is");
    let call = async {
        let call = client.rtm_connect().with_retry(RetryPolicy::attempts(1)).with_timeout(CALL);
        let raw = call.send_raw().await.map_err(|error| Problem::call(&error))?;
        if let Some(outcome) = compare_clocks(&raw) {
            clock = outcome;
        }
        let response = raw.decode::<RtmConnect>().map_err(|error| Problem::call(&error))?;
        let answer = response.value;
        let detail = format!("as {} in {}", answer.self_.name, answer.team.name);
        Ok((answer, detail))
    };
    let answer = take(tell, Step::RtmConnect, call).await;
    tell(Finding::new(Step::Clock, clock));
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
async fn connect(probe: &Probe, url: &SocketUrl, tell: &mut Tell<'_>) {
    let open = async {
        let opened = probe.open(url).await.map_err(|error| Problem::upgrade(&error))?;
        Ok((opened, "it is a WebSocket".to_owned()))
    };
    let Some(mut opened): Option<Opened> = take(tell, Step::Upgrade, open).await else {
        return skip(tell, &STEPS[7..]);
    };
    let hello = async {
        opened.hello().await.map_err(|error| Problem::hello(&error))?;
        Ok(((), "the message server is ready".to_owned()))
    };
    if take(tell, Step::Hello, hello).await.is_none() {
        return skip(tell, &STEPS[8..]);
    }
    let ping = async {
        opened.ping().await.map_err(Problem::ping)?;
        Ok(((), "a pong came back".to_owned()))
    };
    take(tell, Step::Ping, ping).await;
    opened.close().await;
}
