//! Paths, operations, parameters, responses.

use std::collections::BTreeMap;

use super::{Lint, Rules, keys};
use crate::finding::{Finding, Place};
use crate::spec::naming;
use crate::spec::yaml::{Node, Value};

impl<'a> Lint<'a> {
    pub(super) fn operations(&mut self) {
        let document = self.document;
        let Some(paths) = document.root.get("paths") else { return };
        let mut names: BTreeMap<String, Place> = BTreeMap::new();
        for (path, entry) in paths.map() {
            if !path.starts_with('/') {
                self.report(Finding::new(
                    &entry.key,
                    format!("the path `{path}` does not begin with a slash"),
                ));
            }
            self.known_keys(&entry.node, &format!("the path `{path}`"), &keys::PATH_ITEM);
            for (method, operation) in
                entry.node.map().iter().filter(|(key, _)| keys::METHODS.contains(&key.as_str()))
            {
                self.operation(path, method, &operation.key, &operation.node, &mut names);
            }
        }
    }

    fn operation(
        &mut self,
        path: &str,
        method: &str,
        place: &Place,
        node: &'a Node,
        names: &mut BTreeMap<String, Place>,
    ) {
        let what = format!("`{method} {path}`");
        self.known_keys(node, &what, &keys::OPERATION);
        match node.get("operationId") {
            Some(Node { value: Value::String(id), place }) => {
                let name = naming::snake(id);
                if let Some(first) = names.insert(name.clone(), place.clone()) {
                    self.report(
                        Finding::new(
                            place,
                            format!(
                                "the operationId `{id}` stands twice, or collides with another as `{name}`"
                            ),
                        )
                        .help(format!("the first is at {first}")),
                    );
                }
            }
            _ => self.report(
                Finding::new(place, format!("{what} has no operationId"))
                    .help("it becomes the function's name"),
            ),
        }
        if self.rules == Rules::House && node.get("tags").is_none_or(|tags| tags.seq().len() != 1) {
            self.report(
                Finding::new(place, format!("{what} needs exactly one tag"))
                    .help("it becomes the module's name"),
            );
        }
        self.described(node, &what);
        let mut fields: BTreeMap<String, Place> = BTreeMap::new();
        for parameter in node.get("parameters").map_or(&[][..], Node::seq) {
            let resolved = parameter
                .get("$ref")
                .and_then(Node::str)
                .and_then(|name| self.document.resolve(name))
                .unwrap_or(parameter);
            self.parameter(resolved, &what);
            if let Some(name) = resolved.get("name").and_then(Node::str)
                && let Some(first) = fields.insert(naming::snake(name), parameter.place.clone())
            {
                self.report(
                    Finding::new(
                        &parameter.place,
                        format!("two parameters of {what} are called `{}` in Rust", naming::snake(name)),
                    )
                    .help(format!("the first is at {first}; give one an `x-rust-name`")),
                );
            }
        }
        match node.get("responses") {
            None => self.report(Finding::new(place, format!("{what} has no responses"))),
            Some(responses) => {
                for status in ["200", "default"] {
                    let has_schema = responses.at(&[status, "content"]).is_some_and(|content| {
                        content.map().values().any(|media| media.node.get("schema").is_some())
                    });
                    if self.rules == Rules::House && !has_schema {
                        self.report(
                            Finding::new(
                                &responses.place,
                                format!("{what} has no schema for its response `{status}`"),
                            )
                            .help("`200` is the typed answer, `default` the typed refusal"),
                        );
                    }
                }
                for (status, response) in responses.map() {
                    self.response(&response.node, &format!("the response {status} of {what}"));
                }
            }
        }
        for body in
            node.at(&["requestBody", "content"]).into_iter().flat_map(|content| content.map().values())
        {
            if let Some(schema) = body.node.get("schema") {
                self.schema(schema, &format!("the body of {what}"));
            }
        }
    }

    fn parameter(&mut self, node: &'a Node, of: &str) {
        let name = node.get("name").and_then(Node::str).unwrap_or("?");
        let what = format!("the parameter `{name}` of {of}");
        self.known_keys(node, &what, &keys::PARAMETER);
        self.described(node, &what);
        if node.get("name").and_then(Node::str).is_none() {
            self.report(Finding::new(&node.place, format!("a parameter of {of} has no name")));
        }
        match node.get("in").and_then(Node::str) {
            Some("query") => {}
            Some(other @ ("path" | "header" | "cookie")) if self.rules == Rules::House => {
                let place = node.get("in").map_or(&node.place, |node| &node.place);
                self.report(Finding::new(place, format!("{what} is in the {other}")).help(
                    "Slack's methods take their arguments in the query or in a form: write `in: query`",
                ));
            }
            Some("path" | "header" | "cookie") => {}
            _ => {
                let place = node.get("in").map_or(&node.place, |node| &node.place);
                self.report(Finding::new(place, format!("{what} needs `in: query`")));
            }
        }
        match node.get("schema") {
            Some(schema) => self.schema(schema, &what),
            None if node.get("content").is_some() => {}
            None => self.report(Finding::new(&node.place, format!("{what} has no schema"))),
        }
    }

    fn response(&mut self, node: &'a Node, what: &str) {
        self.known_keys(node, what, &keys::RESPONSE);
        for media in node.get("content").into_iter().flat_map(|content| content.map().values()) {
            if let Some(schema) = media.node.get("schema") {
                self.schema(schema, what);
            }
        }
    }
}
