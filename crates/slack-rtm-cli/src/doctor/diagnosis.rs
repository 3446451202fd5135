//! What a problem means, and what to do about it.

use super::method::Method;
use super::problem::{Certificate, Problem};
use super::refusal::refusal;

/// A problem described for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// Slack's error code, or a short name of our own.
    pub(super) code: String,
    /// What is wrong.
    pub(super) meaning: String,
    /// What to do.
    pub(super) advice: String,
}

const ACCEPTED_TOKENS: &str = "SLACK_TOKEN is a token for RTM, which is the bot token (xoxb-) of a classic app or a user token (xoxp-) with the scope rtm:stream; or an app-level token (xapp-) for Socket Mode.";
const TOKENS_OF_SOCKET_MODE: &str = "For Socket Mode, set SLACK_TOKEN to the app-level token (xapp-) and SLACK_BOT_TOKEN to the bot token (xoxb-) of the same app.";
pub(super) const CHECK_TOKEN: &str =
    "Check that the token is complete and belongs to the right workspace, or create a new one.";
const NETWORK: &str =
    "Check the network. If it needs a proxy, set HTTPS_PROXY, such as http://proxy.example.com:3128.";
const PROXY: &str = "Check HTTPS_PROXY, or add the host to NO_PROXY to connect without a proxy.";
pub(super) const API_URL: &str =
    "Unset SLACK_API_URL to use Slack itself, or set it to https://slack-gov.com/api for GovSlack.";
const FIREWALL: &str = "Allow WebSockets to Slack's message servers in the firewall or proxy; their hosts are not those of the API.";
pub(super) const LATER: &str = "Wait a minute and try again.";

impl Problem {
    /// Describes the problem.
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
            Self::NoToken { variable, why } => (
                "no_token",
                format!("There is no token that can be sent: {why}."),
                format!("Set {variable} to the token itself, without quotation marks, blanks or line ends. {ACCEPTED_TOKENS}"),
            ),
            Self::TokensMixedUp => (
                "tokens_mixed_up",
                "SLACK_BOT_TOKEN has an app-level token (xapp-), which cannot post messages.".to_owned(),
                TOKENS_OF_SOCKET_MODE.to_owned(),
            ),
            Self::BotTokenForAppToken => (
                "bot_token_for_app_token",
                "SLACK_TOKEN has a bot token (xoxb-), so this tests RTM, and SLACK_BOT_TOKEN is not used.".to_owned(),
                format!("{TOKENS_OF_SOCKET_MODE} For RTM, unset SLACK_BOT_TOKEN."),
            ),
            Self::RefreshToken => (
                "refresh_token",
                "This is a refresh token (xoxe-), with which only a new token can be requested.".to_owned(),
                format!("Exchange it with oauth.v2.access, and use the token in the answer. {ACCEPTED_TOKENS}"),
            ),
            Self::CookieToken => (
                "cookie",
                "This is a browser's cookie (xoxd-), not a token.".to_owned(),
                ACCEPTED_TOKENS.to_owned(),
            ),
            Self::UnknownToken => (
                "unknown_token",
                "This does not have a known prefix of Slack's tokens (xoxb-, xoxp-, ...).".to_owned(),
                format!("{CHECK_TOKEN} {ACCEPTED_TOKENS}"),
            ),
            Self::ApiUrl(why) => ("api_url", format!("SLACK_API_URL is not usable: {why}."), API_URL.to_owned()),
            Self::ProxyKind(why) => (
                "proxy_kind",
                format!("The proxy in the environment is not usable: {why}."),
                "Set a proxy over http, https or SOCKS, such as http://proxy.example.com:3128.".to_owned(),
            ),
            Self::NoSuchHost { host, is_proxy } => (
                "no_such_host",
                format!("DNS does not know the host {host}."),
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
                    format!("The proxy requires a user name and a password, or different ones (HTTP 407).{offers}"),
                    if schemes.is_empty() || has_basic {
                        "Add them to HTTPS_PROXY: http://user:password@proxy.example.com:3128, with special characters as %XX.".to_owned()
                    } else {
                        "Only Basic is supported. Ask the proxy's administrator to offer it, or run a local proxy in front of it that supports the other scheme, such as px or cntlm.".to_owned()
                    },
                )
            }
            Self::ProxyRefuses(status) => (
                "proxy_refuses",
                format!("The proxy does not forward connections to this host (HTTP {status})."),
                "Ask the proxy's administrator to allow CONNECT to slack.com and to Slack's message servers on port 443."
                    .to_owned(),
            ),
            Self::ProxyFails(why) => {
                ("proxy_fails", format!("The proxy does not behave like a proxy: {why}."), PROXY.to_owned())
            }
            Self::Certificate(certificate) => certificate.words(),
            Self::NoCertificates(why) => (
                "no_certificates",
                format!("The host's certificate cannot be verified: {why}."),
                "Install the system's certificates. Check SSL_CERT_FILE and SSL_CERT_DIR, if they are set.".to_owned(),
            ),
            Self::NoTls(why) => (
                "no_tls",
                format!("The TLS handshake failed: {why}."),
                format!("Something between here and the host may intercept TLS. {NETWORK}"),
            ),
            Self::Refused { method, code, is_fatal } => refusal(*method, code, *is_fatal),
            Self::RateLimited(method, wait) => (
                "ratelimited",
                format!("There were too many calls of {} with this token.", method.as_str()),
                format!(
                    "Wait {} s. If it happens again, look for another program with this token that reconnects all the time.",
                    wait.as_secs()
                ),
            ),
            Self::Page(status) => (
                "page",
                format!("The answer is a web page, not Slack's (HTTP {status})."),
                "A proxy or the network's sign-in page has answered, or SLACK_API_URL is the address of a website. Sign in with a browser, or correct the URL.".to_owned(),
            ),
            Self::Redirect(status) => (
                "redirect",
                format!("The answer is a redirect (HTTP {status}), which is not followed with the token."),
                "The network's sign-in page has answered, or SLACK_API_URL is out of date. Sign in with a browser, or correct the URL.".to_owned(),
            ),
            Self::NotFound(method) => (
                "not_found",
                format!("There is no {} at this URL (HTTP 404).", method.as_str()),
                API_URL.to_owned(),
            ),
            Self::Status(status) => (
                "status",
                format!("The answer was HTTP {status} without a reason."),
                format!("If it is 500 or more, Slack or a proxy has a problem. {LATER}"),
            ),
            Self::NotSlack => (
                "not_slack",
                "The answer does not come from Slack's API.".to_owned(),
                format!("{API_URL} If it is not set, something between here and Slack has answered."),
            ),
            Self::NoAnswer { why, is_timeout } => (
                if *is_timeout { "no_answer_in_time" } else { "no_answer" },
                format!("The call was not answered: {why}."),
                format!("{LATER} {NETWORK}"),
            ),
            Self::Clock(seconds) => (
                "clock",
                format!(
                    "This machine's clock is {} s {} of Slack's.",
                    seconds.unsigned_abs(),
                    if *seconds > 0 { "ahead" } else { "behind" }
                ),
                "Synchronize the clock with NTP. If it is far off, certificates are not accepted.".to_owned(),
            ),
            Self::NoMessageServer(why) => (
                "no_message_server",
                format!("The API answers, but the message server does not: {why}."),
                FIREWALL.to_owned(),
            ),
            Self::UpgradeRefused(status) => (
                "upgrade_refused",
                format!("The upgrade to a WebSocket was answered with HTTP {status}."),
                format!("If it is 500 or more, wait a minute and try again. {FIREWALL}"),
            ),
            Self::NoHello(why) => (
                "no_hello",
                format!("The message server accepted the connection but sent no hello: {why}."),
                format!("{LATER} {FIREWALL}"),
            ),
            Self::ServerError(code) => (
                "server_error",
                match code {
                    Some(code) => format!("The message server sent error {code} instead of hello."),
                    None => "The message server sent an error instead of hello.".to_owned(),
                },
                LATER.to_owned(),
            ),
            Self::ServerRefuses { code, is_fatal } => {
                let (code, meaning, advice) = refusal(Method::RtmConnect, code, *is_fatal);
                let who = if *is_fatal { "the token" } else { "the connection" };
                (code, format!("The message server refuses {who}, although rtm.connect accepted it. {meaning}"), advice)
            }
            Self::LinkDisabled => (
                "link_disabled",
                "Socket Mode is switched off for the app.".to_owned(),
                "Enable it in the app's settings under Socket Mode.".to_owned(),
            ),
            Self::TooManyConnections => (
                "too_many_connections",
                "The app has ten connections, and Slack allows no more.".to_owned(),
                "Stop other processes with this app. Connections of processes that have crashed disappear after some minutes.".to_owned(),
            ),
            Self::OtherConnections(others) => (
                "other_connections",
                format!("The message server is ready, and the app has {others} other connections. Slack sends each event to one of them only."),
                "If this is not intended, stop the other processes with this app.".to_owned(),
            ),
            Self::NoPong(why) => (
                "no_pong",
                format!("The connection is open, but a ping was not answered: {why}."),
                format!("Something between here and Slack may hold frames back. {FIREWALL}"),
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
                "The host's certificate is not valid yet according to this machine's clock.",
                "The clock is probably behind. Synchronize it with NTP.",
            ),
            Self::Expired => words(
                "certificate_expired",
                "The host's certificate has expired according to this machine's clock.",
                "If the clock is ahead, synchronize it with NTP. If it is right, something other than Slack has answered.",
            ),
            Self::UnknownIssuer => words(
                "certificate_unknown_issuer",
                "The host's certificate was issued by an authority that this system does not trust.",
                "If a proxy intercepts TLS, install its certificate on the system. In a container, the package ca-certificates may be missing.",
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
    use crate::doctor::refusal::codes_of_rtm_connect;
    use slack_rtm::ErrorCode;
    use std::fmt::Write as _;
    use std::time::Duration;

    #[test]
    fn every_problem_has_a_meaning_and_advice() {
        let why = || "the reason".to_owned();
        let mut problems = vec![
            Problem::NoToken { variable: "SLACK_TOKEN", why: "the token is empty".to_owned() },
            Problem::TokensMixedUp,
            Problem::BotTokenForAppToken,
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
            Problem::RateLimited(Method::RtmConnect, Duration::from_secs(42)),
            Problem::Page(200),
            Problem::Redirect(302),
            Problem::NotFound(Method::AppsConnectionsOpen),
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
            Problem::LinkDisabled,
            Problem::TooManyConnections,
            Problem::OtherConnections(2),
            Problem::NoPong(why()),
            Problem::ProxyRefuses(503).via(Some("proxy.example.com:3128, named by HTTPS_PROXY")),
        ];
        for text in codes_of_rtm_connect().chain(&["brand_new"]).filter(|text| **text != "ratelimited") {
            let is_fatal = ErrorCode::from(*text).is_fatal();
            let method = Method::RtmConnect;
            problems.push(Problem::Refused { method, code: (*text).to_owned(), is_fatal });
        }
        for method in [Method::AppsConnectionsOpen, Method::AuthTest] {
            for text in ["invalid_auth", "not_allowed_token_type", "missing_scope", "forbidden_team"] {
                problems.push(Problem::Refused { method, code: text.to_owned(), is_fatal: true });
            }
        }
        let (method, code) = (Method::RtmConnect, "brand_new".to_owned());
        problems.push(Problem::Refused { method, code, is_fatal: true });
        let mut table = String::new();
        for problem in problems {
            let Diagnosis { code, meaning, advice } = problem.diagnosis();
            let _ = writeln!(table, "{code} (exit {})\n  {meaning}\n  {advice}", problem.exit());
        }
        insta::assert_snapshot!(table);
    }
}
