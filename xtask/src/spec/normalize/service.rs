//! What the document says of its service as a whole: where it is, and how calls say who makes them.

use serde_json::{Value as Json, json};

use super::names::Unique;
use super::{flag, list, literal, operations_mut, pairs, text};
use crate::spec::lint::Rules;
use crate::spec::security::{Scheme, alternatives};
use crate::spec::{doc_comment, naming, reserved};

/// What the templates say of the service.
pub(super) fn service(json: &Json, rules: Rules) -> Json {
    let base_url = base_url(json).map_or("None".to_owned(), |url| format!("Some({})", literal(&url)));
    let credentials = if rules == Rules::Foreign { credentials(json) } else { Vec::new() };
    json!({
        "base_url": base_url,
        "refuses_with_ok": is_slack(json, rules),
        "needs_token": rules == Rules::Own,
        "has_credentials": !credentials.is_empty(),
        "credentials": credentials,
    })
}

/// Whether the service is Slack, whose own document somebody may bring as well: it refuses with HTTP 200, and takes digits for booleans.
pub(super) fn is_slack(json: &Json, rules: Rules) -> bool {
    let host = |url: String| {
        url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':']).next().map(str::to_lowercase))
    };
    let host = base_url(json).and_then(host).unwrap_or_default();
    let is_its =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    rules == Rules::Own || is_its("slack.com") || is_its("slack-gov.com")
}

/// How booleans are written as arguments.
pub(super) fn booleans(json: &Json, rules: Rules) -> Json {
    let (no, yes) = if is_slack(json, rules) { ("0", "1") } else { ("false", "true") };
    json!({ "no": literal(no), "yes": literal(yes) })
}

/// The first server, its variables being what they are by default. One that is relative leads nowhere by itself.
fn base_url(json: &Json) -> Option<String> {
    let server = list(json, "servers").first()?;
    let mut url = text(server, "url").to_owned();
    for (name, variable) in pairs(server, "variables") {
        let value = match &variable["default"] {
            Json::String(value) => value.clone(),
            Json::Null => continue,
            other => other.to_string(),
        };
        url = url.replace(&format!("{{{name}}}"), &value);
    }
    let is_whole = ["https://", "http://"].iter().any(|scheme| url.to_lowercase().starts_with(scheme));
    (is_whole && !url.contains(['{', '?', '#'])).then(|| url.trim_end_matches('/').to_owned())
}

/// A method of the client's builder for each key, and for a user's password. The token has its own.
fn credentials(json: &Json) -> Vec<Json> {
    let mut names =
        Unique::without(reserved::METHODS_OF_BUILDERS.into_iter().filter(|name| *name != "basic_auth"));
    let schemes = json.pointer("/components/securitySchemes").cloned().unwrap_or_default();
    let mut seen: Vec<Scheme> = Vec::new();
    let mut out = Vec::new();
    for (name, scheme) in schemes.as_object().into_iter().flatten() {
        let Some(way) = Scheme::of(scheme) else { continue };
        if matches!(way, Scheme::Token | Scheme::Nothing) || seen.contains(&way) {
            continue;
        }
        let (function, arguments, value, what) = match &way {
            Scheme::Basic => (
                "basic_auth".to_owned(),
                "user: impl AsRef<str>, password: impl AsRef<str>",
                "&format!(\"{}:{}\", user.as_ref(), password.as_ref())",
                "Sets the user and the password that calls are made with.".to_owned(),
            ),
            Scheme::Header(key) => (
                naming::snake(name),
                "key: impl AsRef<str>",
                "key.as_ref()",
                format!("Sets the key that is sent in the header {}.", super::code(key)),
            ),
            Scheme::Query(key) => (
                naming::snake(name),
                "key: impl AsRef<str>",
                "key.as_ref()",
                format!("Sets the key that is sent in the query as {}.", super::code(key)),
            ),
            _ => (
                naming::snake(name),
                "key: impl AsRef<str>",
                "key.as_ref()",
                format!("Sets the key that is sent in the cookie {}.", super::code(way.name())),
            ),
        };
        let about = text(scheme, "description").trim();
        let doc = if about.is_empty() {
            format!("{what} It is never printed.")
        } else {
            format!("{what} It is never printed.\n\n{about}")
        };
        out.push(json!({
            "function": names.give(&function),
            "arguments": arguments,
            "value": value,
            "scheme": way.rust(),
            "doc": doc_comment::indented(&doc, 4),
        }));
        seen.push(way);
    }
    out
}

/// Tells every operation how its calls say who makes them, and takes the parameters away that would say it a second time.
pub(super) fn secure(json: &mut Json, rules: Rules) {
    if rules == Rules::Own {
        return;
    }
    let schemes = json.pointer("/components/securitySchemes").cloned().unwrap_or_default();
    let of_all = json.get("security").cloned();
    for (_, _, operation) in operations_mut(json) {
        let wanted = operation.get("security").or(of_all.as_ref()).cloned().unwrap_or_default();
        let alternatives = alternatives(&wanted, &schemes);
        let rendered: Vec<String> = alternatives
            .iter()
            .map(|schemes| {
                let schemes: Vec<String> =
                    schemes.iter().filter(|it| **it != Scheme::Nothing).map(Scheme::rust).collect();
                format!("&[{}]", schemes.join(", "))
            })
            .collect();
        operation["x-security"] = format!("&[{}]", rendered.join(", ")).into();
        let said: Vec<&Scheme> = alternatives.iter().flatten().collect();
        let is_said = |parameter: &Json| {
            let (place, name) = (text(parameter, "in"), text(parameter, "name"));
            flag(parameter, "x-credential")
                || said.iter().any(|scheme| match scheme {
                    Scheme::Header(key) => place == "header" && key.eq_ignore_ascii_case(name),
                    Scheme::Query(key) => place == "query" && key == name,
                    Scheme::Cookie(key) => place == "cookie" && key == name,
                    _ => false,
                })
        };
        if let Some(parameters) = operation.get_mut("parameters").and_then(Json::as_array_mut) {
            parameters.retain(|parameter| !is_said(parameter));
        }
        operation["x-has-token"] = said.contains(&&Scheme::Token).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_server_is_where_the_api_is() {
        for (servers, expected) in [
            (
                json!([{ "url": "https://a.example.com/v1/" }, { "url": "https://b" }]),
                Some("https://a.example.com/v1"),
            ),
            (
                json!([{ "url": "https://{host}:{port}/x", "variables": { "host": { "default": "h" }, "port": { "default": 8443 } } }]),
                Some("https://h:8443/x"),
            ),
            (json!([{ "url": "https://{host}/x" }]), None),
            (json!([{ "url": "/v1" }]), None),
            (json!([{ "url": "//example.com/v1" }]), None),
            (json!([]), None),
        ] {
            assert_eq!(base_url(&json!({ "servers": servers })).as_deref(), expected);
        }
    }

    #[test]
    fn what_is_slacks_alone() {
        for (url, expected) in [
            ("https://slack.com/api", true),
            ("https://www.Slack.com/api", true),
            ("https://notslack.com/api", false),
            ("https://slack.com.example.com", false),
            ("/api", false),
        ] {
            assert_eq!(is_slack(&json!({ "servers": [{ "url": url }] }), Rules::Foreign), expected, "{url}");
        }
        assert!(is_slack(&json!({}), Rules::Own));
    }

    #[test]
    fn operations_know_their_credentials() {
        let mut json = json!({
            "components": { "securitySchemes": {
                "b": { "type": "http", "scheme": "Bearer" }, "p": { "type": "http", "scheme": "basic" }, "o": { "type": "oauth2" },
                "h": { "type": "apiKey", "in": "header", "name": "X-Key" }, "token": { "type": "apiKey", "in": "query", "name": "k" }, "m": { "type": "mutualTLS" } } },
            "security": [{ "b": [] }],
            "paths": { "/a": {
                "get": { "parameters": [{ "name": "x-key", "in": "header" }, { "name": "k", "in": "header" }], "security": [{ "h": [], "token": [] }, { "p": [] }, {}] },
                "put": {}, "post": { "security": [] }, "patch": { "security": [{ "m": [] }] } } },
        });
        let built: Vec<String> = credentials(&json)
            .iter()
            .map(|it| format!("{} {}", text(it, "function"), text(it, "scheme")))
            .collect();
        assert_eq!(
            built,
            [
                "basic_auth crate::Scheme::Basic",
                "h crate::Scheme::Header(\"X-Key\")",
                "token_2 crate::Scheme::Query(\"k\")"
            ]
        );
        secure(&mut json, Rules::Foreign);
        let of =
            |method: &str| text(&json["paths"]["/a"][method], "x-security").replace("crate::Scheme::", "");
        assert_eq!(of("get"), "&[&[Header(\"X-Key\"), Query(\"k\")], &[Basic], &[]]");
        assert_eq!(
            (of("put").as_str(), of("post").as_str(), of("patch").as_str()),
            ("&[&[Token]]", "&[]", "&[&[]]")
        );
        assert_eq!(json["paths"]["/a"]["get"]["parameters"], json!([{ "name": "k", "in": "header" }]));
    }
}
