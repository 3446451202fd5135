//! What can be wrong: errors, classified by what to do about them.

use std::io;
use std::time::Duration;

use slack_rtm::ErrorCode;
use slack_rtm::apis::rustls::{self, CertificateError};
use slack_rtm::apis::{TrustError, is_fatal_code};
use slack_rtm::session::{self, DisconnectReason, ProxyRefusal};

use super::method::Method;
use crate::exit;

/// Something that is wrong.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// There is no token, or none that can be sent.
    NoToken {
        variable: &'static str,
        why: String,
    },
    /// The app-level token is in the variable of the bot token.
    TokensMixedUp,
    /// A bot token is in each of the variables.
    BotTokenForAppToken,
    RefreshToken,
    /// A browser's cookie.
    CookieToken,
    /// A token without a known prefix.
    UnknownToken,
    ApiUrl(String),
    /// The proxy is of an unsupported kind.
    ProxyKind(String),
    NoSuchHost {
        host: String,
        is_proxy: bool,
    },
    NoConnection {
        why: String,
        is_timeout: bool,
        is_proxy: bool,
    },
    /// The proxy answered with this status.
    ProxyRefuses(u16),
    /// The proxy requires other credentials, with one of these schemes.
    ProxyWantsCredentials(Vec<String>),
    ProxyFails(String),
    Certificate(Certificate),
    /// The system has no certificates to trust.
    NoCertificates(String),
    /// The host does not speak TLS.
    NoTls(String),
    Refused {
        method: Method,
        code: String,
        is_fatal: bool,
    },
    RateLimited(Method, Duration),
    /// The answer is a web page, with this status.
    Page(u16),
    Redirect(u16),
    NotFound(Method),
    Status(u16),
    NotSlack,
    NoAnswer {
        why: String,
        is_timeout: bool,
    },
    /// How far this machine's clock is ahead in seconds; negative if it is behind.
    Clock(i64),
    /// The message server cannot be reached, though the API can.
    NoMessageServer(String),
    UpgradeRefused(u16),
    NoHello(String),
    ServerError(Option<i64>),
    /// The message server refuses the token that the API has accepted.
    ServerRefuses {
        code: String,
        is_fatal: bool,
    },
    /// Socket Mode is switched off for the app.
    LinkDisabled,
    /// The app has as many connections as Slack allows.
    TooManyConnections,
    /// The app has this many connections besides the one of the test.
    OtherConnections(u32),
    NoPong(String),
    /// The problem occurred behind this proxy.
    Via {
        proxy: String,
        problem: Box<Problem>,
    },
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    NotYetValid,
    Expired,
    UnknownIssuer,
    OtherName,
    Other(String),
}

impl Problem {
    /// Adds the proxy to the problem, if there is one.
    pub(super) fn via(self, proxy: Option<&str>) -> Self {
        match proxy {
            Some(proxy) => Self::Via { proxy: proxy.to_owned(), problem: Box::new(self) },
            None => self,
        }
    }

    /// Classifies an error of the TLS handshake.
    pub(super) fn tls(error: &io::Error) -> Self {
        match rustls_error(error) {
            Some(rustls::Error::InvalidCertificate(error)) => Self::Certificate(match error {
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Certificate::NotYetValid
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Certificate::Expired,
                CertificateError::UnknownIssuer => Certificate::UnknownIssuer,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Certificate::OtherName
                }
                other => Certificate::Other(other.to_string()),
            }),
            Some(rustls::Error::Other(other)) if other.0.is::<TrustError>() => {
                Self::NoCertificates(exit::describe(&other.0))
            }
            Some(other) => Self::NoTls(other.to_string()),
            None => Self::NoTls(error.to_string()),
        }
    }

    /// Classifies an error of connecting through a proxy.
    pub(super) fn proxy(error: &io::Error) -> Self {
        let refusal = error.get_ref().and_then(|inner| inner.downcast_ref::<ProxyRefusal>());
        match refusal {
            Some(refusal) if refusal.status() == 407 => {
                Self::ProxyWantsCredentials(refusal.schemes().to_vec())
            }
            Some(refusal) => Self::ProxyRefuses(refusal.status()),
            None if rustls_error(error).is_some() => Self::tls(error),
            None => Self::ProxyFails(error.to_string()),
        }
    }

    /// Classifies an error of a call.
    pub(super) fn call(method: Method, error: &slack_rtm::Error) -> Self {
        use slack_rtm::Error;
        match error {
            Error::Slack(_) => Self::Refused {
                method,
                code: error.printable_code().unwrap_or("code_of_unknown_form").to_owned(),
                is_fatal: error.is_fatal(),
            },
            Error::RateLimited { retry_after, .. } => Self::RateLimited(method, *retry_after),
            Error::Status { status, .. } if status.as_u16() == 407 => Self::ProxyWantsCredentials(Vec::new()),
            Error::Status { status, .. } if status.is_redirection() => Self::Redirect(status.as_u16()),
            Error::Status { status, .. } if status.as_u16() == 404 => Self::NotFound(method),
            Error::Status { status, body, .. } | Error::Decode { status, body, .. } if is_page(body) => {
                Self::Page(status.as_u16())
            }
            Error::Status { status, .. } => Self::Status(status.as_u16()),
            Error::Decode { .. } | Error::BodyTooLarge { .. } => Self::NotSlack,
            other => Self::NoAnswer { why: exit::describe(other), is_timeout: other.is_timeout() },
        }
    }

    /// Classifies an error of connecting to the message server.
    pub(super) fn upgrade(error: &session::Error) -> Self {
        match error {
            session::Error::UpgradeRefused { status, .. } => Self::UpgradeRefused(*status),
            session::Error::Dial(_) => {
                let cause = error.cause().and_then(|cause| cause.downcast_ref::<io::Error>());
                match cause.map(Self::proxy) {
                    Some(
                        known @ (Self::ProxyRefuses(_)
                        | Self::ProxyWantsCredentials(_)
                        | Self::Certificate(_)
                        | Self::NoCertificates(_)),
                    ) => known,
                    _ => Self::NoMessageServer(exit::describe(error)),
                }
            }
            other => Self::NoMessageServer(exit::describe(other)),
        }
    }

    /// Classifies an error of waiting for hello.
    pub(super) fn hello(error: &session::Error) -> Self {
        match error {
            session::Error::Server { code: Some(code), .. } => Self::server(code),
            session::Error::Disconnected(DisconnectReason::LinkDisabled) => Self::LinkDisabled,
            session::Error::Disconnected(DisconnectReason::TooManyConnections) => Self::TooManyConnections,
            session::Error::Server { number, .. } => Self::ServerError(*number),
            other => Self::NoHello(exit::describe(other)),
        }
    }

    /// Classifies an error of a ping.
    pub(super) fn ping(reason: DisconnectReason) -> Self {
        match reason {
            DisconnectReason::ServerError { code: Some(code), .. } => Self::server(&code),
            reason => Self::NoPong(reason.to_string()),
        }
    }

    fn server(code: &ErrorCode) -> Self {
        Self::ServerRefuses { code: code.as_str().to_owned(), is_fatal: is_fatal_code(code.as_str()) }
    }

    /// Returns the exit code.
    pub(super) fn exit(&self) -> u8 {
        match self {
            Self::NoToken { .. } | Self::TokensMixedUp | Self::ApiUrl(_) | Self::ProxyKind(_) => exit::USAGE,
            Self::Refused { is_fatal: true, .. } | Self::ServerRefuses { is_fatal: true, .. } => {
                exit::REFUSED
            }
            Self::Via { problem, .. } => problem.exit(),
            _ => exit::FAILED,
        }
    }
}

/// Returns the error of rustls. `io::Error` hides it from `source` and may wrap it more than once.
fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| rustls_error(inner.downcast_ref::<io::Error>()?))
}

fn is_page(body: &slack_rtm::apis::BodyExcerpt) -> bool {
    body.content_type() == Some("text/html") || body.as_bytes().trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_errors_are_found_at_any_depth() {
        for (error, expected) in [
            (CertificateError::NotValidYet, Certificate::NotYetValid),
            (CertificateError::Expired, Certificate::Expired),
            (CertificateError::UnknownIssuer, Certificate::UnknownIssuer),
            (CertificateError::NotValidForName, Certificate::OtherName),
            (CertificateError::Revoked, Certificate::Other(CertificateError::Revoked.to_string())),
        ] {
            let inner = io::Error::other(rustls::Error::InvalidCertificate(error));
            let outer = io::Error::other(inner);
            assert_eq!(Problem::tls(&outer), Problem::Certificate(expected.clone()));
            assert_eq!(Problem::proxy(&outer), Problem::Certificate(expected));
        }
        let ended = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert!(matches!(Problem::tls(&ended), Problem::NoTls(why) if why.contains("end of file")));
    }

    #[test]
    fn errors_of_a_connection_are_classified() {
        let late = Problem::upgrade(&session::Error::DialTimeout);
        assert!(matches!(late, Problem::NoMessageServer(why) if why.contains("timed out")));
        let expired =
            session::Error::Server { number: Some(1), message: Box::default(), code: None, is_final: false };
        assert_eq!(Problem::hello(&expired), Problem::ServerError(Some(1)));
        let code = ErrorCode::from("invalid_auth");
        let refused = Problem::ServerRefuses { code: "invalid_auth".to_owned(), is_fatal: true };
        let error = session::Error::Server {
            number: Some(401),
            message: Box::default(),
            code: Some(code.clone()),
            is_final: false,
        };
        assert_eq!(Problem::hello(&error), refused);
        assert_eq!(Problem::ping(DisconnectReason::ServerError { number: None, code: Some(code) }), refused);
        let of_a_method =
            DisconnectReason::ServerError { number: None, code: Some(ErrorCode::from("no_text")) };
        let not_final = Problem::ServerRefuses { code: "no_text".to_owned(), is_fatal: false };
        assert_eq!(Problem::ping(of_a_method), not_final);
        let silent = Problem::hello(&session::Error::HelloTimeout);
        assert!(matches!(silent, Problem::NoHello(why) if why.contains("hello")));
    }
}
