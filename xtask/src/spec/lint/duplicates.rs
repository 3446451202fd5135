//! Checks a foreign document for what it says twice, and for responses with something else than a status.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::openapi::{is_status, status};
use crate::spec::yaml::Node;

impl<'a> Lint<'a> {
    /// Warns about what a foreign document says twice, and about responses without a status.
    pub(super) fn duplicates(&mut self) {
        if self.rules == Rules::Own {
            return;
        }
        for (path, item) in self.document.root.get("paths").map(Node::map).into_iter().flatten() {
            self.same_parameters(&item.node, &format!("the path `{path}`"));
        }
        let mut ids: BTreeMap<&str, &Location> = BTreeMap::new();
        for operation in self.operations() {
            self.same_parameters(operation.node, &operation.what);
            self.statuses(operation.node, &operation.what);
            if let Some(id) = operation.node.get("operationId") {
                self.same_id(id, &operation.what, &mut ids);
            }
        }
    }

    fn same_parameters(&mut self, owner: &'a Node, what: &str) {
        let mut seen: BTreeMap<(&str, &str), &Location> = BTreeMap::new();
        for parameter in owner.get("parameters").map_or(&[][..], Node::seq) {
            let resolved = self.resolve(parameter);
            let text = |key: &str| resolved.get(key).and_then(Node::str);
            let Some((name, place)) = text("name").zip(text("in")) else { continue };
            let Some(first) = seen.get(&(name, place)) else {
                seen.insert((name, place), &parameter.location);
                continue;
            };
            let message = format!("the parameter `{name}` in the {place} occurs twice in {what}");
            let finding = Finding::warning(&parameter.location, message);
            self.report(finding.help(format!("the first is taken, at {first}")));
        }
    }

    fn same_id(&mut self, id: &'a Node, what: &str, seen: &mut BTreeMap<&'a str, &'a Location>) {
        let Some(text) = id.str().filter(|text| !text.is_empty()) else { return };
        let Some(first) = seen.get(text) else {
            seen.insert(text, &id.location);
            return;
        };
        let message = format!("the operationId `{text}` of {what} is that of another operation");
        let finding = Finding::warning(&id.location, message);
        self.report(finding.help(format!("its method has a number in its name; the first is at {first}")));
    }

    fn statuses(&mut self, operation: &'a Node, what: &str) {
        for (key, entry) in operation.get("responses").map(Node::map).into_iter().flatten() {
            if is_status(key) || key.starts_with("x-") {
                continue;
            }
            let message = format!("`{key}` of {what} is not an HTTP status");
            self.report(
                Finding::warning(&entry.key, message).help(match status(key) {
                    None => {
                        "it is ignored; write a status such as \"200\", a class such as \"4XX\", or `default`"
                            .to_owned()
                    }
                    Some(status) if status == *key => {
                        "it is taken as it is: a status has 100 to 599".to_owned()
                    }
                    Some(status) => format!("it is read as `{status}`, unless the operation has that too"),
                }),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    /// Returns the warnings about a document with these paths.
    fn told(paths: &str) -> String {
        warnings(&format!("{{openapi: 3.0.3, info: {{title: t, version: '1'}}, paths: {{{paths}}}}}"))
            .unwrap()
    }

    #[test]
    fn a_parameter_that_is_listed_twice_is_taken_once() {
        let of = |name: &str, place: &str| {
            format!("{{name: {name}, in: {place}, required: true, schema: {{type: string}}}}")
        };
        let list = [of("a", "query"), of("a", "query"), of("a", "header"), of("b", "query")].join(", ");
        let told =
            told(&format!("/a: {{parameters: [{list}], get: {{parameters: [{list}], responses: {{}}}}}}"));
        assert_eq!(told.matches("warning: ").count(), 2, "{told}");
        assert!(told.contains("warning: the parameter `a` in the query occurs twice in `get /a`"), "{told}");
        assert!(
            told.contains("warning: the parameter `a` in the query occurs twice in the path `/a`"),
            "{told}"
        );
        assert!(told.contains("the first is taken, at api.yaml:1:"), "{told}");
    }

    #[test]
    fn an_operation_id_that_occurs_twice_gets_a_number() {
        let told = told(
            "/a: {get: {operationId: x, responses: {}}, put: {operationId: x, responses: {}}, post: {responses: {}}, patch: {responses: {}}}",
        );
        assert_eq!(told.matches("warning: ").count(), 1, "{told}");
        assert!(
            told.contains("warning: the operationId `x` of `put /a` is that of another operation"),
            "{told}"
        );
        assert!(told.contains("its method has a number in its name; the first is at api.yaml:1:"), "{told}");
    }

    #[test]
    fn paths_that_differ_in_the_names_of_variables_alone_are_one() {
        let of = |path: &str, name: &str| {
            format!(
                "'{path}': {{get: {{parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}], responses: {{}}}}}}"
            )
        };
        let told = told(&[of("/a/{x}", "x"), of("/a/{y}", "y"), of("/a/{y}/b", "y")].join(", "));
        assert_eq!(told.matches("warning: ").count(), 1, "{told}");
        assert!(told.contains("warning: the paths `/a/{x}` and `/a/{y}` are one"), "{told}");
        assert!(told.contains("the operations of both are generated"), "{told}");
    }

    #[test]
    fn a_status_is_a_number_a_class_or_the_default() {
        for status in ["200", "'200'", "100", "599", "2XX", "5xx", "default", "x-mine"] {
            assert_eq!(
                told(&format!("/a: {{get: {{responses: {{{status}: {{description: d}}}}}}}}")),
                "",
                "{status}"
            );
        }
        for (status, help) in [
            ("ok", "it is ignored"),
            ("6XX", "it is ignored"),
            ("42", "it is read as `4XX`"),
            ("'404 Not Found'", "it is read as `404`"),
            ("'200-299'", "it is read as `2XX`"),
            ("999", "it is taken as it is"),
        ] {
            let told = told(&format!("/a: {{get: {{responses: {{{status}: {{description: d}}}}}}}}"));
            let name = status.trim_matches('\'');
            assert!(told.contains(&format!("warning: `{name}` of `get /a` is not an HTTP status")), "{told}");
            assert!(told.contains(help), "{told}");
        }
    }
}
