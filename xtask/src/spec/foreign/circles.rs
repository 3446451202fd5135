//! Unions that contain themselves. A part that leads back to its union allows no further value, and is removed.

use indexmap::IndexMap;

use crate::finding::{Finding, Findings};
use crate::spec::build::boolean;
use crate::spec::openapi::{self, PREFIX};
use crate::spec::yaml::{Entry, Node, Value};

type Schemas = IndexMap<String, Entry>;

/// Rewrites each union that contains itself directly, or through other unions, so that it has the parts of all of them and none of these unions.
pub(super) fn open(root: &mut Node, findings: &mut Findings) {
    let Some(schemas) = root.at(&["components", "schemas"]).map(Node::map) else { return };
    let mut opened = Vec::new();
    for (name, entry) in schemas.iter().filter(|(name, entry)| !is_parent(name, &entry.node, schemas)) {
        for key in ["oneOf", "anyOf"] {
            let Some(union) = entry.node.map().get(key) else { continue };
            let mut circle = Circle { name, schemas, seen: vec![name], parts: Vec::new(), nullable: false };
            union.node.seq().iter().for_each(|part| circle.take(part));
            // The linter reports a union with no other parts, which has no values.
            if circle.seen.len() > 1 && !circle.parts.is_empty() {
                let parts = circle.parts.into_iter().cloned().collect();
                opened.push((name.clone(), key, parts, circle.nullable));
            }
        }
    }
    for (name, key, parts, nullable) in opened {
        let Some(schema) = root.map_mut(&["components", "schemas", &name]) else { continue };
        let Some(union) = schema.get_mut(key) else { continue };
        union.node.value = Value::Seq(parts);
        let location = union.key.clone();
        if nullable {
            let node = boolean(&location, true);
            schema.insert("nullable".to_owned(), Entry { key: location.clone(), node });
        }
        let finding = Finding::warning(&location, format!("the schema `{name}` contains itself"));
        findings.push(
            finding.help("the parts that lead back to it are left out, since they allow no further value"),
        );
    }
}

/// The parts of a union, while they are collected.
struct Circle<'a> {
    name: &'a str,
    schemas: &'a Schemas,
    /// The unions whose parts were taken, and again each that was met a second time.
    seen: Vec<&'a str>,
    parts: Vec<&'a Node>,
    nullable: bool,
}

impl<'a> Circle<'a> {
    fn take(&mut self, part: &'a Node) {
        let target = alias(part).filter(|name| self.schemas.contains_key(*name));
        let inner = match target {
            Some(name) if self.seen.contains(&name) => {
                self.nullable |= part.flag("nullable") == Some(true);
                return self.seen.push(name);
            }
            Some(name) => self.schemas.get(name).map(|entry| &entry.node),
            None => Some(part),
        };
        let inner = inner.filter(|_| self.leads_back(part, &mut Vec::new()));
        let Some(parts) = inner.and_then(|inner| self.parts(target, inner)) else {
            return self.parts.push(part);
        };
        self.nullable |= [Some(part), inner].iter().flatten().any(|it| it.flag("nullable") == Some(true));
        self.seen.extend(target);
        parts.into_iter().for_each(|part| self.take(part));
    }

    /// Returns whether a part is the union itself, or a union that leads to it.
    fn leads_back(&self, part: &'a Node, seen: &mut Vec<&'a str>) -> bool {
        let target = alias(part);
        let node = match target {
            Some(name) if name == self.name => return true,
            Some(name) if seen.contains(&name) => return false,
            Some(name) => {
                seen.push(name);
                self.schemas.get(name).map(|entry| &entry.node)
            }
            None => Some(part),
        };
        let parts = node.and_then(|node| self.parts(target, node));
        parts.into_iter().flatten().any(|part| self.leads_back(part, seen))
    }

    /// Returns the parts of a schema that is only a union, or the target of an alias.
    fn parts(&self, name: Option<&str>, node: &'a Node) -> Option<Vec<&'a Node>> {
        if name.is_some_and(|name| is_parent(name, node, self.schemas)) {
            return None;
        }
        if name.is_some() && alias(node).is_some() {
            return Some(vec![node]);
        }
        let is_beside = |key: &str| openapi::only_comments(key) || key == "type" || key == "discriminator";
        let mut rest = node.map().iter().filter(|(key, _)| !is_beside(key));
        match (rest.next(), rest.next()) {
            (Some((key, union)), None) if key == "oneOf" || key == "anyOf" => {
                Some(union.node.seq().iter().collect())
            }
            _ => None,
        }
    }
}

/// Returns the name of the schema that a reference leads to, if the reference has only annotations beside it.
fn alias(node: &Node) -> Option<&str> {
    let only = match node.get("allOf").map(Node::seq) {
        Some([only]) if node.map().keys().all(|key| key == "allOf" || openapi::only_comments(key)) => only,
        _ => node,
    };
    only.get("$ref")?.str()?.strip_prefix(PREFIX)
}

/// Returns whether a schema is a union of its children, which have it as a part of an `allOf`. That is inheritance and not a circle.
fn is_parent(name: &str, node: &Node, schemas: &Schemas) -> bool {
    let is_it = |part: &Node| alias(part) == Some(name);
    node.get("discriminator").is_some()
        && (node.get("properties").is_some()
            || node.get("allOf").is_some()
            || schemas.values().any(|it| it.node.get("allOf").is_some_and(|all| all.seq().iter().any(is_it))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{loaded, of};

    #[test]
    fn unions_that_contain_themselves_have_an_end() {
        let (json, findings) = loaded(&[(
            "api.yaml",
            "{openapi: 3.1.0, components: {schemas: {
                Self: {oneOf: [{$ref: '#/components/schemas/Self'}, {type: string}]}, Null: {anyOf: [{type: integer}, {$ref: '#/components/schemas/Null', nullable: true}]},
                A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: string}]}, B: {oneOf: [{$ref: '#/components/schemas/C'}, {type: integer}]}, C: {$ref: '#/components/schemas/A'},
                Inner: {oneOf: [{type: string}, {oneOf: [{$ref: '#/components/schemas/Inner'}, {type: boolean}]}]},
                List: {oneOf: [{type: string}, {type: array, items: {$ref: '#/components/schemas/List'}}, {oneOf: [{type: boolean}]}]},
                Parent: {discriminator: {propertyName: kind}, oneOf: [{$ref: '#/components/schemas/Child'}]}, Child: {allOf: [{$ref: '#/components/schemas/Parent'}]},
                Empty: {oneOf: [{$ref: '#/components/schemas/Empty'}]}}}}",
        )])
        .unwrap();
        let schemas = &json["components"]["schemas"];
        for (name, key, expected) in [
            ("Self", "oneOf", "string"),
            ("Null", "anyOf", "integer"),
            ("A", "oneOf", "integer string"),
            ("B", "oneOf", "string integer"),
            ("Inner", "oneOf", "string boolean"),
            ("List", "oneOf", "string array none"),
        ] {
            let parts = schemas[name][key].as_array().unwrap().iter();
            let kinds: Vec<&str> = parts.map(|it| it["type"].as_str().unwrap_or("none")).collect();
            assert_eq!(kinds.join(" "), expected, "{name}");
        }
        assert_eq!((&schemas["Null"]["nullable"], &schemas["C"]), (&json!(true), &of("A")));
        assert_eq!(schemas["Parent"]["oneOf"], json!([of("Child")]));
        assert_eq!(schemas["Empty"]["oneOf"], json!([of("Empty")]));
        for name in ["Self", "Null", "A", "B", "Inner"] {
            assert!(
                findings.contains(&format!("warning: the schema `{name}` contains itself")),
                "{findings}"
            );
        }
        assert_eq!(findings.matches("warning").count(), 5, "{findings}");
    }
}
