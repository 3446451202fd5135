//! What a problem means, and what to do about it, in plain words.

use super::problem::{Certificate, Problem};
use super::refusal::refusal;

/// A problem in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// A short name; Slack's own code, if Slack gave one.
    pub(super) code: String,
    /// What is wrong.
    pub(super) meaning: String,
    /// What to do.
    pub(super) advice: String,
}

pub(super) const RIGHT_TOKEN: &str =
    "RTM takes the bot token (xoxb-) of a classic app, or a user token (xoxp-) with the scope rtm:stream.";
pub(super) const SAME_AGAIN: &str =
    "Check that it was copied whole, from the right workspace, or have a new one made.";
const NETWORK: &str =
    "Check the network. If it needs a proxy, set HTTPS_PROXY, such as http://proxy.example.com:3128.";
const PROXY: &str = "Check HTTPS_PROXY, or list the host in NO_PROXY if it is to be reached without a proxy.";
pub(super) const API_URL: &str =
    "Unset SLACK_API_URL to use Slack itself, or set it to https://slack-gov.com/api for GovSlack.";
const FIREWALL: &str = "Have the firewall or proxy let WebSockets pass to Slack's message servers, which have other hosts than the API.";
pub(super) const LATER: &str = "Wait a minute, and run it again.";

impl Problem {
    /// In words.
    pub(super) fn diagnosis(&self) -> Diagnosis {
        let (code, meaning, advice) = self.words();
        Diagnosis { code: code.to_owned(), meaning, advice }
    }

    fn words(&self) -> (&str, String, String) {
        match self {
            Self::Via { proxy, problem } => {
                let (code, meaning, advice) = problem.words();
                (code, format!("{meaning} The proxy is {proxy}."), advice)
            }
            Self::NoToken(why) => (
                "no_token",
                format!("There is no token that could be sent: {why}."),
                format!("Set SLACK_TOKEN to the token alone, without quotation marks, blanks or line ends. {RIGHT_TOKEN}"),
            ),
            Self::AppLevelToken => (
                "app_level_token",
                "This is an app-level token (xapp-), which is for Socket Mode.".to_owned(),
                format!("{RIGHT_TOKEN} With an app-level token, use a Socket Mode client."),
            ),
            Self::RefreshToken => (
                "refresh_token",
                "This is a refresh token (xoxe-), which calls nothing by itself.".to_owned(),
                format!("Exchange it with oauth.v2.access, and use the token that comes back. {RIGHT_TOKEN}"),
            ),
            Self::CookieToken => {
                ("cookie", "This is a browser's cookie (xoxd-), and no token.".to_owned(), RIGHT_TOKEN.to_owned())
            }
            Self::UnknownToken => (
                "unknown_token",
                "This has none of the forms that Slack's tokens have (xoxb-, xoxp-, ...).".to_owned(),
                format!("{SAME_AGAIN} {RIGHT_TOKEN}"),
            ),
            Self::ApiUrl(why) => ("api_url", format!("SLACK_API_URL cannot be used: {why}."), API_URL.to_owned()),
            Self::ProxyKind(why) => (
                "proxy_kind",
                format!("The proxy that the environment names cannot be used: {why}."),
                "Name a proxy over http, https or SOCKS, such as http://proxy.example.com:3128.".to_owned(),
            ),
            Self::NoSuchHost { host, is_proxy } => (
                "no_such_host",
                format!("The name {host} is not known to DNS."),
                if *is_proxy { PROXY.to_owned() } else { format!("{NETWORK} If SLACK_API_URL is set, check its host.") },
            ),
            Self::NoConnection { why, is_timeout, is_proxy } => (
                if *is_timeout { "no_connection_in_time" } else { "no_connection" },
                format!("The {} cannot be reached: {why}.", if *is_proxy { "proxy" } else { "host" }),
                (if *is_proxy { PROXY } else { NETWORK }).to_owned(),
            ),
            Self::ProxyWantsCredentials(schemes) => {
                let has_basic = schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic"));
                let offers = match &**schemes {
                    [] => String::new(),
                    schemes => format!(" It offers {}.", schemes.join(", ")),
                };
                (
                    "proxy_credentials",
                    format!("The proxy wants a user and a password, or other ones (HTTP 407).{offers}"),
                    if schemes.is_empty() || has_basic {
                        "Put them into HTTPS_PROXY: http://user:password@proxy.example.com:3128, with special characters as %XX.".to_owned()
                    } else {
                        "Only Basic is supported. Ask whoever runs the proxy to offer it, or put a proxy of your own before it that speaks the other scheme, such as px or cntlm.".to_owned()
                    },
                )
            }
            Self::ProxyRefuses(status) => (
                "proxy_refuses",
                format!("The proxy does not lead to this host (HTTP {status})."),
                "Ask whoever runs the proxy to allow CONNECT to slack.com and to Slack's message servers on port 443."
                    .to_owned(),
            ),
            Self::ProxyFails(why) => {
                ("proxy_fails", format!("The proxy does not do what a proxy does: {why}."), PROXY.to_owned())
            }
            Self::Certificate(certificate) => certificate.words(),
            Self::NoCertificates(why) => (
                "no_certificates",
                format!("The host's certificate cannot be checked: {why}."),
                "Install the system's certificates. Check SSL_CERT_FILE and SSL_CERT_DIR, if they are set.".to_owned(),
            ),
            Self::NoTls(why) => (
                "no_tls",
                format!("The host does not speak TLS with us: {why}."),
                format!("Something on the way may cut TLS off. {NETWORK}"),
            ),
            Self::Refused { code, is_fatal } => refusal(code, *is_fatal),
            Self::RateLimited(wait) => (
                "ratelimited",
                "There were too many calls with this token. Slack allows about one rtm.connect a minute.".to_owned(),
                format!(
                    "Wait {} s. If it happens again, look for another program that uses the token and connects again and again.",
                    wait.as_secs()
                ),
            ),
            Self::Page(status) => (
                "page",
                format!("A page for people came in place of Slack's answer (HTTP {status})."),
                "A proxy or the network's sign-in page has answered, or SLACK_API_URL names a website. Sign in with a browser, or correct the URL.".to_owned(),
            ),
            Self::Redirect(status) => (
                "redirect",
                format!("The answer leads to another host (HTTP {status}), where the token is not sent."),
                "The network's sign-in page has answered, or SLACK_API_URL is out of date. Sign in with a browser, or correct the URL.".to_owned(),
            ),
            Self::NotFound => {
                ("not_found", "There is no rtm.connect at this URL (HTTP 404).".to_owned(), API_URL.to_owned())
            }
            Self::Status(status) => (
                "status",
                format!("The answer was HTTP {status}, with nothing that says why."),
                format!("If it is 500 or more, Slack or a proxy has a fault. {LATER}"),
            ),
            Self::NotSlack => (
                "not_slack",
                "What answered is not Slack's API.".to_owned(),
                format!("{API_URL} If it is not set, something on the way has answered."),
            ),
            Self::NoAnswer { why, is_timeout } => (
                if *is_timeout { "no_answer_in_time" } else { "no_answer" },
                format!("The call had no answer: {why}."),
                format!("{LATER} {NETWORK}"),
            ),
            Self::Clock(seconds) => (
                "clock",
                format!(
                    "This machine's clock is {} s {}, by Slack's clock.",
                    seconds.unsigned_abs(),
                    if *seconds > 0 { "ahead" } else { "behind" }
                ),
                "Have the clock set by NTP. If it is far off, no certificate is valid any more.".to_owned(),
            ),
            Self::NoMessageServer(why) => (
                "no_message_server",
                format!("The API answers, and the message server does not: {why}."),
                FIREWALL.to_owned(),
            ),
            Self::UpgradeRefused(status) => (
                "upgrade_refused",
                format!("The upgrade to a WebSocket was answered with HTTP {status}."),
                format!("If it is 500 or more, it may pass: wait a minute. {FIREWALL}"),
            ),
            Self::NoHello(why) => (
                "no_hello",
                format!("The message server took the connection and did not say hello: {why}."),
                format!("{LATER} {FIREWALL}"),
            ),
            Self::ServerError(code) => (
                "server_error",
                match code {
                    Some(code) => format!("The message server answered with error {code} in place of hello."),
                    None => "The message server answered with an error in place of hello.".to_owned(),
                },
                LATER.to_owned(),
            ),
            Self::ServerRefuses { code, is_fatal } => {
                let (code, meaning, advice) = refusal(code, *is_fatal);
                let who = if *is_fatal { "the token" } else { "the connection" };
                (code, format!("The message server refuses {who}, though rtm.connect accepts it. {meaning}"), advice)
            }
            Self::NoPong(why) => (
                "no_pong",
                format!("The connection stood, and a ping had no answer: {why}."),
                format!("Something on the way may hold frames back. {FIREWALL}"),
            ),
        }
    }
}

impl Certificate {
    fn words(&self) -> (&str, String, String) {
        let words = |code, meaning: &str, advice: &str| (code, meaning.to_owned(), advice.to_owned());
        match self {
            Self::NotYetValid => words(
                "certificate_not_yet_valid",
                "The host's certificate is not valid yet, by this machine's clock.",
                "The clock is behind, most likely. Have it set by NTP.",
            ),
            Self::Expired => words(
                "certificate_expired",
                "The host's certificate is not valid any more, by this machine's clock.",
                "If the clock is ahead, have it set by NTP. If it is right, something other than Slack has answered.",
            ),
            Self::UnknownIssuer => words(
                "certificate_unknown_issuer",
                "The host's certificate was issued by somebody whom this system does not trust.",
                "A proxy that reads along may have its own: have its certificate installed on the system. A container may lack the package ca-certificates.",
            ),
            Self::OtherName => words(
                "certificate_other_name",
                "The host's certificate is for another name.",
                "Something other than Slack has answered, such as the network's sign-in page: sign in with a browser. If SLACK_API_URL is set, check its host.",
            ),
            Self::Other(why) => (
                "certificate",
                format!("The host's certificate is not accepted: {why}."),
                "Something other than Slack may have answered. Check the network, and the system's certificates.".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm::ErrorCode;
    use std::fmt::Write as _;
    use std::time::Duration;

    /// Every problem, in words.
    #[test]
    fn every_problem_has_a_meaning_and_an_advice() {
        let why = || "the reason".to_owned();
        let mut problems = vec![
            Problem::NoToken("the token is empty".to_owned()),
            Problem::AppLevelToken,
            Problem::RefreshToken,
            Problem::CookieToken,
            Problem::UnknownToken,
            Problem::ApiUrl(why()),
            Problem::ProxyKind(why()),
            Problem::NoSuchHost { host: "slack.com".to_owned(), is_proxy: false },
            Problem::NoSuchHost { host: "proxy".to_owned(), is_proxy: true },
            Problem::NoConnection { why: why(), is_timeout: false, is_proxy: false },
            Problem::NoConnection { why: why(), is_timeout: true, is_proxy: true },
            Problem::ProxyWantsCredentials(Vec::new()),
            Problem::ProxyWantsCredentials(vec!["Negotiate".to_owned(), "NTLM".to_owned()]),
            Problem::ProxyRefuses(403),
            Problem::ProxyFails(why()),
            Problem::Certificate(Certificate::NotYetValid),
            Problem::Certificate(Certificate::Expired),
            Problem::Certificate(Certificate::UnknownIssuer),
            Problem::Certificate(Certificate::OtherName),
            Problem::Certificate(Certificate::Other(why())),
            Problem::NoCertificates(why()),
            Problem::NoTls(why()),
            Problem::RateLimited(Duration::from_secs(42)),
            Problem::Page(200),
            Problem::Redirect(302),
            Problem::NotFound,
            Problem::Status(503),
            Problem::NotSlack,
            Problem::NoAnswer { why: why(), is_timeout: false },
            Problem::NoAnswer { why: why(), is_timeout: true },
            Problem::Clock(400),
            Problem::Clock(-86_400),
            Problem::NoMessageServer(why()),
            Problem::UpgradeRefused(503),
            Problem::NoHello(why()),
            Problem::ServerError(Some(1)),
            Problem::ServerError(None),
            Problem::ServerRefuses { code: "invalid_auth".to_owned(), is_fatal: true },
            Problem::ServerRefuses { code: "brand_new".to_owned(), is_fatal: false },
            Problem::NoPong(why()),
            Problem::ProxyRefuses(503).via(Some("proxy.example.com:3128, named by HTTPS_PROXY")),
        ];
        for text in ErrorCode::KNOWN.iter().chain(&["brand_new"]).filter(|text| **text != "ratelimited") {
            let is_fatal = ErrorCode::from(*text).is_fatal();
            problems.push(Problem::Refused { code: (*text).to_owned(), is_fatal });
        }
        problems.push(Problem::Refused { code: "brand_new".to_owned(), is_fatal: true });
        let mut table = String::new();
        for problem in problems {
            let Diagnosis { code, meaning, advice } = problem.diagnosis();
            let _ = writeln!(table, "{code} (exit {})\n  {meaning}\n  {advice}", problem.exit());
        }
        insta::assert_snapshot!(table);
    }
}
