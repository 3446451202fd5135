//! The steps to the API's host: DNS, TCP, the proxy and TLS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use std::{env, io};

use slack_rtm::Client;
use slack_rtm::session::{Hop, Probe};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::checks::take;
use super::finding::{Findings, Outcome, Step};
use super::problem::Problem;
use crate::limits::Limits;

/// How long DNS may take.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects to the API's host, as far as TLS.
pub(super) async fn reach(
    probe: &Probe,
    client: &Client,
    limits: Limits,
    findings: &mut Findings<'_>,
) -> Option<()> {
    let limit = limits.connect();
    let url = client.base_url().as_url();
    let is_https = client.base_url().is_https();
    let hop = match probe.first_hop(url) {
        Ok(hop) => hop,
        Err(error) => {
            findings.add(Step::Proxy, Outcome::Failed(Problem::ProxyKind(error.to_string())));
            return None;
        }
    };
    let via = hop.is_proxy.then(|| match named_by(is_https) {
        Some(name) => format!("{}:{}, named by {name}", hop.host, hop.port),
        None => format!("{}:{}", hop.host, hop.port),
    });
    let via = via.as_deref();
    let addresses = resolve(probe, &hop, via, findings).await?;
    let dial = async { dial(probe, &hop, &addresses, limit).await.map_err(|problem| problem.via(via)) };
    let stream = take(findings, Step::Tcp, dial).await?;
    let tunnel = async {
        match timeout(limit, probe.tunnel(stream, url)).await {
            Ok(Ok(link)) => {
                let named = named_by(is_https).map_or_else(String::new, |name| format!(", named by {name}"));
                Ok((link, format!("{} forwards the connection (port {}{named})", hop.host, hop.port)))
            }
            Ok(Err(error)) => Err(Problem::proxy(&error).via(via)),
            Err(_) => Err(Problem::ProxyFails("no answer".to_owned()).via(via)),
        }
    };
    let link = if hop.is_proxy {
        take(findings, Step::Proxy, tunnel).await?
    } else {
        let none = match named_by(is_https) {
            Some(name) => {
                format!("{name} is not used for this host, which is local or in NO_PROXY")
            }
            None => "none is set for this host".to_owned(),
        };
        findings.add(Step::Proxy, Outcome::Skipped(none));
        // Without a proxy this cannot fail.
        tunnel.await.ok()?.0
    };
    if !client.base_url().is_https() {
        findings.add(Step::Tls, Outcome::Skipped("the API uses plain HTTP on this machine".to_owned()));
        return Some(());
    }
    let encrypt = async {
        match timeout(limit, probe.encrypt(link, url)).await {
            Ok(Ok(_)) => Ok(((), "the certificate is trusted".to_owned())),
            Ok(Err(error)) => Err(Problem::tls(&error)),
            Err(_) => Err(Problem::NoTls("no answer".to_owned())),
        }
    };
    take(findings, Step::Tls, encrypt).await
}

/// Returns the environment variable that sets a proxy, whether or not it is used for the host.
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
        findings.add(Step::Dns, Outcome::Skipped("the host is an IP address".to_owned()));
        return probe.resolve(hop).await.ok();
    }
    let look_up = async {
        match timeout(DNS_TIMEOUT, probe.resolve(hop)).await {
            Ok(Ok(addresses)) => {
                let detail = format!("{} has {} addresses", hop.host, addresses.len());
                Ok((addresses, detail))
            }
            _ => Err(Problem::NoSuchHost { host: hop.host.clone(), is_proxy: hop.is_proxy }.via(via)),
        }
    };
    take(findings, Step::Dns, look_up).await
}

/// Connects as a session does: tries each address, and reports those that failed.
async fn dial(
    probe: &Probe,
    hop: &Hop,
    addresses: &[SocketAddr],
    limit: Duration,
) -> Result<(TcpStream, String), Problem> {
    let problem = |why: String, is_timeout| Problem::NoConnection { why, is_timeout, is_proxy: hop.is_proxy };
    match timeout(limit, probe.dial(addresses)).await {
        Ok(Ok(dialed)) => {
            let mut detail =
                format!("connected to {}{}", dialed.peer, if hop.is_proxy { ", the proxy" } else { "" });
            let failed_attempts = dialed.failed_attempts.iter();
            let named: Vec<_> = failed_attempts.map(|(address, why)| format!("{address} ({why})")).collect();
            if !named.is_empty() {
                detail = format!("{detail}; skipped {}", named.join(", "));
            }
            Ok((dialed.stream, detail))
        }
        Ok(Err(error)) => Err(problem(error.to_string(), error.kind() == io::ErrorKind::TimedOut)),
        Err(_) => Err(problem("no answer".to_owned(), true)),
    }
}
