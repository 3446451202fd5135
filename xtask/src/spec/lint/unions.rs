//! Checks unions, and how their parts are distinguished.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::yaml::Node;

impl<'a> Lint<'a> {
    /// Checks a `oneOf` with or without a discriminator, and reports the keys of unions that are not supported.
    pub(super) fn union(&mut self, node: &'a Node, what: &str) {
        if self.rules == Rules::Foreign {
            return self.default_mapping(node, what);
        }
        for key in ["anyOf", "not"] {
            if let Some(entry) = node.map().get(key) {
                self.report(
                    Finding::new(&entry.key, format!("`{key}` of {what} has no counterpart in Rust"))
                        .help("use `oneOf`, or `RawJson` for what can be anything"),
                );
            }
        }
        let Some(parts) = node.get("oneOf") else { return };
        for key in ["properties", "allOf", "enum"] {
            if let Some(entry) = node.map().get(key) {
                self.report(
                    Finding::new(&entry.key, format!("`{key}` of {what} is beside a `oneOf`"))
                        .help("let it be one or the other: put the common properties into each part"),
                );
            }
        }
        match node.at(&["discriminator", "propertyName"]).and_then(Node::str) {
            Some(key) => self.tagged(node, parts, key, what),
            None => self.untagged(parts, what),
        }
    }

    /// Warns about the part that a discriminator of OpenAPI 3.2 names for values of any other tag.
    fn default_mapping(&mut self, node: &'a Node, what: &str) {
        let Some(discriminator) = node.get("discriminator") else { return };
        let Some(entry) = discriminator.map().get("defaultMapping") else { return };
        let tag = discriminator.text("propertyName");
        let finding = Finding::warning(&entry.key, format!("`defaultMapping` of {what} is ignored"));
        self.report(finding.help(format!(
            "a value whose `{tag}` is absent or unknown is kept as JSON, in `Unknown`; if the parts have no values of `{tag}`, the one that fits best is chosen"
        )));
    }

    fn target(&self, part: &'a Node) -> Option<&'a Node> {
        self.document.resolve(part.get("$ref")?.str()?)
    }

    /// Checks that the parts of a union without a discriminator have different JSON types, except for objects, of which the best match is chosen.
    fn untagged(&mut self, parts: &'a Node, what: &str) {
        let mut seen: BTreeMap<&str, &Location> = BTreeMap::new();
        if parts.seq().len() < 2 {
            self.report(
                Finding::new(&parts.location, format!("the `oneOf` of {what} has fewer than two parts"))
                    .help("write `allOf: [{ $ref: ... }]` for one"),
            );
        }
        for part in parts.seq() {
            let kind = self.resolve(part).get("type").and_then(Node::str).unwrap_or("object");
            let kind = if kind == "integer" { "number" } else { kind };
            if let Some(first) = seen.insert(kind, &part.location).filter(|_| kind != "object") {
                self.report(
                    Finding::new(&part.location, format!("the parts of {what} cannot be told apart: two are `{kind}`"))
                        .help(format!("the first is at {first}; an id beside an object can, and so can objects with a discriminator")),
                );
            }
        }
    }

    fn tagged(&mut self, node: &'a Node, parts: &'a Node, key: &str, what: &str) {
        let has_key =
            |part: &'a Node| self.target(part).is_some_and(|part| part.at(&["properties", key]).is_some());
        if parts.seq().len() > 1 && !parts.seq().iter().any(has_key) {
            let location =
                node.at(&["discriminator", "propertyName"]).map_or(&node.location, |name| &name.location);
            self.report(Finding::new(location, format!("no part of {what} has the property `{key}`")).help(
                format!(
                    "name the one that tells them apart: `{key}: {{ type: string, enum: [value] }}` in each"
                ),
            ));
            return;
        }
        let mut seen: BTreeMap<&str, (&Location, &Node)> = BTreeMap::new();
        for part in parts.seq() {
            let value =
                self.target(part).and_then(|part| part.at(&["properties", key, "enum"])).map(Node::seq);
            let Some([only]) = value else {
                self.report(
                    Finding::new(&part.location, format!("a part of {what} has no constant `{key}`")).help(
                        format!(
                            "a part is a $ref to an object with `{key}: {{ type: string, enum: [value] }}`"
                        ),
                    ),
                );
                continue;
            };
            let value = only.str().unwrap_or_default();
            if let Some((first, _)) = seen.insert(value, (&part.location, part)) {
                let finding =
                    Finding::new(&part.location, format!("two parts of {what} have the `{key}` `{value}`"));
                self.report(finding.help(format!("the first is at {first}")));
            }
        }
        for (value, mapped) in node.at(&["discriminator", "mapping"]).map(Node::map).into_iter().flatten() {
            match seen.get(value.as_str()) {
                None => self.report(
                    Finding::new(
                        &mapped.key,
                        format!("the mapping of {what} names `{value}`, which none of its parts is"),
                    )
                    .help("remove it: the mapping follows from the parts"),
                ),
                Some((_, part)) => {
                    let reference = part.get("$ref").and_then(Node::str).unwrap_or_default();
                    let name = |text: &str| text.rsplit(['/', '#']).next().map(str::to_owned);
                    let mapped_to = mapped.node.str().unwrap_or_default();
                    if name(mapped_to) != name(reference) {
                        self.report(
                            Finding::new(
                                &mapped.node.location,
                                format!("the mapping of {what} leads from `{value}` to `{mapped_to}`, but `{value}` is `{reference}`"),
                            )
                            .help("remove it: the mapping follows from the parts"),
                        );
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn a_default_mapping_is_ignored() {
        let document = |discriminator: &str| {
            format!(
                "{{openapi: 3.2.0, info: {{title: t, version: '1'}}, components: {{schemas: {{Cat: {{type: object}}, Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}], discriminator: {{{discriminator}}}}}}}}}}}"
            )
        };
        let told = warnings(&document("propertyName: kind, defaultMapping: Cat")).unwrap();
        assert!(told.contains("warning: `defaultMapping` of the schema `Pet` is ignored"), "{told}");
        assert!(
            told.contains("a value whose `kind` is absent or unknown is kept as JSON, in `Unknown`"),
            "{told}"
        );
        assert_eq!(warnings(&document("propertyName: kind")).unwrap(), "");
    }
}
