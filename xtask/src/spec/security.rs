//! Security schemes, as far as the calls can do them.

use indexmap::IndexMap;

use super::openapi::{Requirements, SecurityScheme};
use super::yaml::Node;

/// The schemes of HTTP authentication, in lowercase, that need the server's challenge or a signature for each call.
const CHALLENGED: [&str; 10] = [
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hawk",
    "hoba",
    "mutual",
    "negotiate",
    "scram-sha-1",
    "scram-sha-256",
];

/// A scheme that calls can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::spec) enum Scheme {
    /// A bearer token, wherever it comes from.
    Token,
    Basic,
    Header(String),
    Query(String),
    Cookie(String),
    /// A certificate of the client's, which is the connection's affair.
    Nothing,
}

impl Scheme {
    /// Reads one; `None` for what no call can do.
    pub(in crate::spec) fn of(scheme: &Node) -> Option<Self> {
        let text = |key: &str| scheme.get(key).and_then(Node::str).unwrap_or_default();
        let name = scheme.text("name");
        match (text("type"), text("scheme").to_lowercase().as_str(), text("in")) {
            ("oauth2" | "openIdConnect", ..) | ("http", "bearer", _) => Some(Self::Token),
            ("http", "basic", _) => Some(Self::Basic),
            ("http", ..) if is_challenged(scheme) => None,
            // Of another scheme, such as PrivateToken, the caller gives the whole value of the header.
            ("http", other, _) if !other.is_empty() => Some(Self::Header("Authorization".to_owned())),
            ("apiKey", ..) if name.is_empty() => None,
            ("apiKey", _, "header") => Some(Self::Header(name)),
            ("apiKey", _, "query") => Some(Self::Query(name)),
            ("apiKey", _, "cookie") => Some(Self::Cookie(name)),
            ("mutualTLS", ..) => Some(Self::Nothing),
            _ => None,
        }
    }

    /// As the generated code writes it.
    pub(in crate::spec) fn rust(&self) -> String {
        match self {
            Self::Token | Self::Nothing => "crate::SecurityScheme::Token".to_owned(),
            Self::Basic => "crate::SecurityScheme::Basic".to_owned(),
            Self::Header(name) => format!("crate::SecurityScheme::Header({name:?})"),
            Self::Query(name) => format!("crate::SecurityScheme::Query({name:?})"),
            Self::Cookie(name) => format!("crate::SecurityScheme::Cookie({name:?})"),
        }
    }
}

/// Returns whether a scheme of HTTP authentication needs more than a header whose value is the same for every call.
pub(in crate::spec) fn is_challenged(scheme: &Node) -> bool {
    let is_http = scheme.get("type").and_then(Node::str) == Some("http");
    is_http && CHALLENGED.contains(&scheme.text("scheme").to_lowercase().as_str())
}

/// Returns the name of a scheme of HTTP authentication of which only the header is known; `None` for any other scheme.
pub(in crate::spec) fn unknown_http(scheme: &Node) -> Option<&str> {
    let is_http = scheme.get("type").and_then(Node::str) == Some("http");
    let name = scheme.get("scheme").and_then(Node::str).filter(|_| is_http)?;
    matches!(Scheme::of(scheme), Some(Scheme::Header(_))).then_some(name)
}

/// Returns the alternatives of a requirement, each a list of schemes that are required together. Alternatives that calls do not support are left out.
pub(in crate::spec) fn alternatives(
    wanted: &Requirements,
    schemes: &IndexMap<String, SecurityScheme>,
) -> Vec<Vec<Scheme>> {
    let scheme = |name: &String| schemes.get(name)?.scheme.clone();
    wanted.iter().filter_map(|together| together.iter().map(scheme).collect()).collect()
}
