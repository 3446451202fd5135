//! The properties of the service: its base URL, and the credentials of calls.

use super::literal;
use super::names::Unique;
use super::template::{Booleans, Credential, Service};
use crate::spec::lint::Rules;
use crate::spec::openapi::{OpenApi, Operation, Parameter, SecurityScheme, Server};
use crate::spec::security::{Scheme, alternatives};
use crate::spec::{doc_comment, naming, reserved};

/// Returns the properties of the service that the templates render.
pub(super) fn service(api: &OpenApi, rules: Rules) -> Service {
    let base_url = api.servers.first().and_then(base_url);
    let credentials = if rules == Rules::Foreign { credentials(api) } else { Vec::new() };
    Service {
        base_url: base_url.map_or("None".to_owned(), |url| format!("Some({})", literal(&url))),
        refuses_with_ok: is_slack(api, rules),
        needs_token: rules == Rules::Own,
        has_credentials: !credentials.is_empty(),
        credentials,
    }
}

/// Returns whether the service is Slack, which a foreign document can describe too: it refuses with HTTP 200, and takes digits for booleans.
pub(super) fn is_slack(api: &OpenApi, rules: Rules) -> bool {
    let host = |url: String| {
        url.split_once("://").and_then(|(_, rest)| rest.split(['/', ':']).next().map(str::to_lowercase))
    };
    let host = api.servers.first().and_then(base_url).and_then(host).unwrap_or_default();
    let is_its =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    rules == Rules::Own || is_its("slack.com") || is_its("slack-gov.com")
}

/// Returns the literals for booleans in arguments.
pub(super) fn booleans(api: &OpenApi, rules: Rules) -> Booleans {
    let (no, yes) = if is_slack(api, rules) { ("0", "1") } else { ("false", "true") };
    Booleans { no: literal(no), yes: literal(yes) }
}

/// Uses the servers of the first operation for the document, if the document has none and each operation has one with an absolute URL.
pub(super) fn settle(api: &mut OpenApi) {
    if api.servers.is_empty()
        && api.operations.iter().all(|it| it.servers.first().is_some_and(|it| base_url(it).is_some()))
    {
        api.servers = api.operations.first().map(|first| first.servers.clone()).unwrap_or_default();
    }
}

/// Adds a credential for operations that need none, but have a parameter for the `Authorization` header.
///
/// OpenAPI ignores such a parameter, and nothing else in the document says how these operations are authenticated.
pub(super) fn authorize(api: &mut OpenApi) {
    const NAME: &str = "authorization";
    if api.security_schemes.contains_key(NAME) {
        return;
    }
    let mut description = None;
    for operation in &mut api.operations {
        let is_open = operation.security.as_ref().unwrap_or(&api.security).iter().all(Vec::is_empty);
        let is_it = |it: &&Parameter| it.place == "header" && it.name.eq_ignore_ascii_case("authorization");
        if let Some(parameter) = operation.parameters.iter().find(is_it).filter(|_| is_open) {
            description.get_or_insert_with(|| parameter.description.clone());
            let without = (!parameter.required).then(Vec::new);
            operation.security = Some([vec![NAME.to_owned()]].into_iter().chain(without).collect());
        }
    }
    if let Some(description) = description {
        let scheme = Some(Scheme::Header("Authorization".to_owned()));
        api.security_schemes.insert(NAME.to_owned(), SecurityScheme { scheme, description });
    }
}

/// Returns the base URL of an operation as a literal, if it differs from the document's.
pub(super) fn own_server(operation: &Operation, api: &OpenApi) -> Option<String> {
    let of_all = api.servers.first().and_then(base_url);
    let own = operation.servers.first().and_then(base_url);
    own.filter(|url| Some(url) != of_all.as_ref()).map(|url| literal(&url))
}

/// Returns the URL of a server with the defaults of its variables; `None` if it is relative, has a variable without a default, or has a query or a fragment.
fn base_url(server: &Server) -> Option<String> {
    let mut url = server.url.clone();
    for (name, value) in &server.variables {
        if let Some(value) = value {
            url = url.replace(&format!("{{{name}}}"), value);
        }
    }
    let is_whole = ["https://", "http://"].iter().any(|scheme| url.to_lowercase().starts_with(scheme));
    (is_whole && !url.contains(['{', '?', '#'])).then(|| url.trim_end_matches('/').to_owned())
}

/// Returns a method of the client's builder for each API key and for basic authentication. The token already has hand-written methods.
fn credentials(api: &OpenApi) -> Vec<Credential> {
    let mut names =
        Unique::without(reserved::METHODS_OF_BUILDERS.into_iter().filter(|name| *name != "basic_auth"));
    let mut seen: Vec<&Scheme> = Vec::new();
    let mut out = Vec::new();
    for (name, described) in &api.security_schemes {
        let Some(scheme) = described.scheme.as_ref().filter(|scheme| !seen.contains(scheme)) else {
            continue;
        };
        let (place, key) = match scheme {
            Scheme::Token | Scheme::Nothing => continue,
            Scheme::Basic => ("", ""),
            Scheme::Header(key) => ("header", key.as_str()),
            Scheme::Query(key) => ("query", key.as_str()),
            Scheme::Cookie(key) => ("cookie", key.as_str()),
        };
        let (function, arguments, value, what) = match place {
            "" => (
                "basic_auth".to_owned(),
                "user: impl AsRef<str>, password: impl AsRef<str>",
                "&format!(\"{}:{}\", user.as_ref(), password.as_ref())",
                "Sets the user and the password that calls are made with.".to_owned(),
            ),
            place => {
                let link = if place == "query" { "query as" } else { place };
                let what = format!("Sets the key that is sent in the {link} {}.", super::code(key));
                (naming::snake(name), "key: impl AsRef<str>", "key.as_ref()", what)
            }
        };
        let doc = format!("{what} `Debug` redacts it.\n\n{}", described.description.trim());
        out.push(Credential {
            function: names.give(&function),
            arguments,
            value,
            scheme: scheme.rust(),
            doc: doc_comment::indented(&doc, 4),
        });
        seen.push(scheme);
    }
    out
}

/// Returns the alternatives by which an operation is authenticated, each a list of schemes that are used together. Returns none in our own spec, whose
/// operations always use the token.
pub(super) fn security(operation: &Operation, api: &OpenApi, rules: Rules) -> Vec<Vec<Scheme>> {
    let wanted = operation.security.as_ref().unwrap_or(&api.security);
    if rules == Rules::Own { Vec::new() } else { alternatives(wanted, &api.security_schemes) }
}

/// Formats the alternatives of [`security`] as an expression of the generated code.
pub(super) fn security_literal(alternatives: &[Vec<Scheme>]) -> String {
    let together = |schemes: &Vec<Scheme>| {
        let schemes = schemes.iter().filter(|it| **it != Scheme::Nothing).map(Scheme::rust);
        format!("&[{}]", schemes.collect::<Vec<_>>().join(", "))
    };
    format!("&[{}]", alternatives.iter().map(together).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::request::Request;
    use super::*;
    use crate::spec::openapi::tests::openapi;

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
            let api = openapi(&json!({ "servers": servers }));
            assert_eq!(api.servers.first().and_then(base_url).as_deref(), expected);
        }
    }

    #[test]
    fn an_operation_may_be_elsewhere() {
        let own = |url: &str| json!([{ "url": url }]);
        let located = |document| {
            let mut api = openapi(&document);
            settle(&mut api);
            let default = api.servers.first().and_then(base_url).unwrap_or_default();
            let own = api.operations.iter().map(|it| own_server(it, &api).unwrap_or_default()).collect();
            (default, own)
        };
        let (default, servers): (String, Vec<String>) = located(
            json!({ "servers": own("https://a.example.com"), "paths": {
                "/a": { "get": {}, "post": { "servers": own("https://b.example.com/v2/") } },
                "/b": { "servers": own("https://c.example.com"), "get": {}, "put": { "servers": own("/relative") }, "patch": { "servers": own("https://a.example.com/") } },
            } }),
        );
        assert_eq!(default, "https://a.example.com");
        assert_eq!(servers, ["", "\"https://b.example.com/v2\"", "\"https://c.example.com\"", "", ""]);
        // If only the operations have servers, the client needs no base URL.
        let mut document = json!({ "paths": { "/a": { "servers": own("https://a.example.com"), "get": {}, "put": { "servers": own("https://b.example.com") } } } });
        assert_eq!(
            located(document.clone()),
            ("https://a.example.com".to_owned(), vec![String::new(), "\"https://b.example.com\"".to_owned()])
        );
        document["paths"]["/b"]["get"] = json!({});
        assert_eq!(located(document).0, "");
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
            let api = openapi(&json!({ "servers": [{ "url": url }] }));
            assert_eq!(is_slack(&api, Rules::Foreign), expected, "{url}");
        }
        assert!(is_slack(&OpenApi::default(), Rules::Own));
    }

    #[test]
    fn a_header_for_the_authorization_is_a_credential_unless_there_is_another() {
        let parameter = |required: bool| json!([{ "name": "authorization", "in": "header", "required": required, "description": "d" }]);
        let mut api = openapi(&json!({
            "components": { "securitySchemes": { "b": { "type": "http", "scheme": "bearer" } } },
            "paths": { "/a": {
                "get": { "parameters": parameter(true) }, "put": { "parameters": parameter(false), "security": [] },
                "post": { "parameters": parameter(true), "security": [{ "b": [] }] }, "delete": {} } },
        }));
        authorize(&mut api);
        let built = credentials(&api);
        assert_eq!(built.len(), 1);
        assert_eq!(built[0].function, "authorization");
        let requests = Request::all(&mut api, Rules::Foreign);
        let security = requests.iter().filter_map(|it| it.security.as_deref());
        let security: Vec<String> = security.map(|it| it.replace("crate::SecurityScheme::", "")).collect();
        assert_eq!(
            security,
            ["&[&[Header(\"Authorization\")]]", "&[&[Header(\"Authorization\")], &[]]", "&[&[Token]]", "&[]"]
        );
        assert!(requests.iter().all(|request| request.arguments.is_empty()));
    }

    #[test]
    fn operations_know_their_credentials() {
        let mut api = openapi(&json!({
            "components": { "securitySchemes": {
                "b": { "type": "http", "scheme": "Bearer" }, "p": { "type": "http", "scheme": "basic" }, "o": { "type": "oauth2" },
                "h": { "type": "apiKey", "in": "header", "name": "X-Key" }, "token": { "type": "apiKey", "in": "query", "name": "k" }, "m": { "type": "mutualTLS" },
                "d": { "type": "http", "scheme": "PrivateToken" }, "e": { "type": "http", "scheme": "Digest" } } },
            "security": [{ "b": [] }],
            "paths": { "/a": {
                "get": { "parameters": [{ "name": "x-key", "in": "header" }, { "name": "k", "in": "header" }], "security": [{ "h": [], "token": [] }, { "p": [] }, {}] },
                "put": {}, "post": { "security": [] }, "patch": { "security": [{ "m": [] }] }, "delete": { "security": [{ "d": [] }] } } },
        }));
        let built = credentials(&api);
        let built: Vec<String> = built.iter().map(|it| format!("{} {}", it.function, it.scheme)).collect();
        assert_eq!(
            built,
            [
                "basic_auth crate::SecurityScheme::Basic",
                "h crate::SecurityScheme::Header(\"X-Key\")",
                "token_2 crate::SecurityScheme::Query(\"k\")",
                "d crate::SecurityScheme::Header(\"Authorization\")"
            ]
        );
        let requests = Request::all(&mut api, Rules::Foreign);
        let security = requests.iter().filter_map(|it| it.security.as_deref());
        let security: Vec<String> = security.map(|it| it.replace("crate::SecurityScheme::", "")).collect();
        assert_eq!(
            security,
            [
                "&[&[Header(\"X-Key\"), Query(\"k\")], &[Basic], &[]]",
                "&[&[Token]]",
                "&[]",
                "&[&[]]",
                "&[&[Header(\"Authorization\")]]"
            ]
        );
        let arguments: Vec<&str> = requests[0].arguments.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(arguments, ["k"]);
    }
}
