//! Security schemes, as far as the calls can do them.

use serde_json::Value as Json;

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
    pub(in crate::spec) fn of(scheme: &Json) -> Option<Self> {
        let text = |key: &str| scheme.get(key).and_then(Json::as_str).unwrap_or_default();
        let name = text("name").to_owned();
        match (text("type"), text("scheme").to_lowercase().as_str(), text("in")) {
            ("oauth2" | "openIdConnect", ..) | ("http", "bearer", _) => Some(Self::Token),
            ("http", "basic", _) => Some(Self::Basic),
            ("apiKey", ..) if name.is_empty() => None,
            ("apiKey", _, "header") => Some(Self::Header(name)),
            ("apiKey", _, "query") => Some(Self::Query(name)),
            ("apiKey", _, "cookie") => Some(Self::Cookie(name)),
            ("mutualTLS", ..) => Some(Self::Nothing),
            _ => None,
        }
    }

    pub(in crate::spec) fn name(&self) -> &str {
        match self {
            Self::Header(name) | Self::Query(name) | Self::Cookie(name) => name,
            _ => "",
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

/// What is required, each alternative a list of schemes that go together. Those that no call can do are left out.
pub(in crate::spec) fn alternatives(wanted: &Json, schemes: &Json) -> Vec<Vec<Scheme>> {
    let alternatives = wanted.as_array().into_iter().flatten().filter_map(Json::as_object);
    alternatives
        .filter_map(|together| together.keys().map(|name| Scheme::of(schemes.get(name)?)).collect())
        .collect()
}
