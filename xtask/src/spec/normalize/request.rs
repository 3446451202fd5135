//! Operations with their names in Rust, and with their parameters and body as one list of arguments.

use super::arguments::{self, Argument};
use super::names::{self, OperationNames};
use super::service;
use crate::spec::lint::Rules;
use crate::spec::openapi::{OpenApi, Operation, Schema};
use crate::spec::security::Scheme;

/// An operation and its arguments.
#[derive(Debug)]
pub(super) struct Request {
    /// The operation; its parameters and its body have moved into the arguments.
    pub(super) operation: Operation,
    pub(super) names: OperationNames,
    /// The security schemes of its calls as an expression; `None` in our own spec.
    pub(super) security: Option<String>,
    /// Its base URL as a literal, if it differs from the document's.
    pub(super) server: Option<String>,
    pub(super) arguments: Vec<Argument>,
}

impl Request {
    /// Creates the requests of all operations, in their order.
    pub(super) fn all(api: &mut OpenApi, rules: Rules) -> Vec<Self> {
        let operations = std::mem::take(&mut api.operations);
        let names = names::operations(&operations);
        let is_slack = service::is_slack(api, rules);
        let requests = operations.into_iter().zip(names).map(|(mut operation, names)| {
            let security = service::security(&operation, api, rules);
            let mut arguments = arguments::gather(&operation, &security, &api.schemas, rules);
            // The client sends Slack's token by itself, which the argument `token` would repeat.
            if is_slack && security.iter().flatten().any(|scheme| *scheme == Scheme::Token) {
                arguments.retain(|argument| argument.name != "token");
            }
            operation.parameters = Vec::new();
            operation.body = None;
            let server = service::own_server(&operation, api);
            let security = (rules == Rules::Foreign).then(|| service::security_literal(&security));
            Self { operation, names, security, server, arguments }
        });
        requests.collect()
    }

    /// Returns the top-level schemas of its arguments and responses.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.arguments.iter().map(|argument| &argument.schema).chain(self.response_schemas())
    }

    /// Returns the top-level schemas of its responses.
    pub(super) fn response_schemas(&self) -> impl Iterator<Item = &Schema> {
        let media = self.operation.responses.values().flat_map(|response| response.content.values());
        media.filter_map(|media| media.schema.as_ref())
    }

    /// Returns mutable references to the top-level schemas of its arguments and responses.
    pub(super) fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Schema> {
        let media = self.operation.responses.values_mut().flat_map(|response| response.content.values_mut());
        let answers = media.filter_map(|media| media.schema.as_mut());
        self.arguments.iter_mut().map(|argument| &mut argument.schema).chain(answers)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::spec::openapi::tests::openapi;

    /// Creates the requests of a document in JSON, by the rules for foreign documents.
    pub(in crate::spec::normalize) fn requests(json: &Json) -> Vec<Request> {
        Request::all(&mut openapi(json), Rules::Foreign)
    }

    #[test]
    fn only_slacks_token_is_no_argument() {
        let arguments = |url: &str| {
            let parameter =
                serde_json::json!({ "name": "token", "in": "query", "schema": { "type": "string" } });
            let requests = requests(&serde_json::json!({
                "servers": [{ "url": url }], "security": [{ "b": [] }],
                "components": { "securitySchemes": { "b": { "type": "http", "scheme": "bearer" } } },
                "paths": { "/invitations": { "get": { "parameters": [parameter] } } },
            }));
            requests[0].arguments.iter().map(|argument| argument.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(arguments("https://example.com"), ["token"]);
        assert!(arguments("https://slack.com/api").is_empty());
    }
}
