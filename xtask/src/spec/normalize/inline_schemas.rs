//! Gives every nested schema a name: an inline schema of a property, an item, a body or a response becomes a named schema, called after its location.
//! The generator would do that too, but under names of its choosing and not for enums.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Unique;
use super::part_names::part_names;
use super::request::Request;
use crate::spec::naming;
use crate::spec::openapi::{Additional, Schema, Schemas, Type};

/// Moves the inline schemas out of all schemas and requests. Returns all schemas, those that already had a name first.
pub(super) fn extract(given: &Schemas, requests: &mut [Request]) -> Schemas {
    let names = Unique::of_types(given.keys().map(String::as_str));
    // The names of the document are reserved before any name is made up.
    let merger = Merger { given, merged: BTreeMap::new(), open: BTreeSet::new(), has_circle: false };
    let mut extraction = Extraction { out: given.clone(), merger, names };
    for name in given.keys() {
        let mut schema = extraction.merger.named(name).unwrap_or_default();
        extraction.inner(name, &mut schema);
        extraction.out.insert(name.clone(), schema);
    }
    for request in requests {
        let id = &request.names.request;
        for argument in &mut request.arguments {
            let name = format!("{id}{}", naming::pascal(&naming::ascii(&argument.name)));
            extraction.part(&name, &mut argument.schema);
        }
        for (status, response) in &mut request.operation.responses {
            let suffix = match status.as_str() {
                "default" => "Error".to_owned(),
                "200" => "Response".to_owned(),
                status => format!("Response{status}"),
            };
            if let Some(schema) = response.content.values_mut().next().and_then(|media| media.schema.as_mut())
            {
                extraction.part(&format!("{id}{suffix}"), schema);
            }
        }
    }
    extraction.out
}

struct Extraction<'a> {
    merger: Merger<'a>,
    out: Schemas,
    names: Unique,
}

impl Extraction<'_> {
    /// Extracts the inline schemas of a schema that already has a name.
    fn inner(&mut self, name: &str, schema: &mut Schema) {
        for (property, value) in schema.properties.iter_mut().flatten() {
            self.part(&format!("{name}{}", naming::pascal(&naming::ascii(property))), value);
        }
        if let Some(item) = &mut schema.items {
            self.part(&format!("{name}Item"), item);
        }
        if let Some(Additional::Schema(value)) = &mut schema.additional {
            self.part(&format!("{name}Value"), value);
        }
        let suffixes = part_names(schema.parts());
        for (suffix, value) in suffixes.iter().zip(schema.one_of.iter_mut().flatten()) {
            self.part(&format!("{name}{suffix}"), value);
        }
    }

    /// Replaces an inline object, union or enum by a reference to a new named schema. For any other schema, does so with the schemas inside it.
    fn part(&mut self, name: &str, schema: &mut Schema) {
        if schema.target().is_some() {
            return;
        }
        let mut shape = self.merger.merge(std::mem::take(schema));
        let is_open_enum = shape.is_text() && shape.values().len() > 1;
        if shape.properties.is_none() && shape.one_of.is_none() && !is_open_enum {
            self.inner(name, &mut shape);
            *schema = shape;
            return;
        }
        // The generator has no two capitals in a row within a word, so the name must not have them either.
        let name = self.names.give(&naming::pascal(name));
        self.inner(&name, &mut shape);
        // Keys that describe the property rather than its type stay with the property.
        *schema = Schema {
            location: shape.location.clone(),
            all_of: Some(vec![Schema::reference_to(&name)]),
            description: shape.description.clone(),
            default: shape.default.clone(),
            rust_name: shape.rust_name.take(),
            php_empty: shape.php_empty,
            may_lack: shape.may_lack,
            rare: shape.rare,
            deprecated: shape.deprecated,
            nullable: shape.nullable.take(),
            ..Schema::default()
        };
        self.out.insert(name, shape);
    }
}

/// Merges the parts of an `allOf`, and their parts, into one object.
struct Merger<'a> {
    given: &'a Schemas,
    /// The named schemas that are merged already, since many schemas can share a part.
    merged: BTreeMap<&'a str, Schema>,
    /// The named schemas that are being merged.
    open: BTreeSet<&'a str>,
    /// Whether an open schema turned out to be a part of itself.
    has_circle: bool,
}

impl<'a> Merger<'a> {
    /// Returns a named schema with its `allOf` merged, or an empty schema if it is being merged already and thus is a part of itself.
    fn named(&mut self, name: &str) -> Option<Schema> {
        let (name, schema) = self.given.get_key_value(name)?;
        if let Some(merged) = self.merged.get(name.as_str()) {
            return Some(merged.clone());
        }
        if !self.open.insert(name) {
            self.has_circle = true;
            return Some(Schema::default());
        }
        let merged = self.merge(schema.clone());
        self.open.remove(name.as_str());
        if self.open.is_empty() {
            self.has_circle = false;
        }
        // In a cycle, which properties a schema lacks depends on where the cycle was entered.
        if !self.has_circle {
            self.merged.insert(name, merged.clone());
        }
        Some(merged)
    }

    /// Merges the parts of an `allOf` into one object, or into a schema without a type if a part is not an object.
    fn merge(&mut self, schema: Schema) -> Schema {
        let mut merged = schema;
        if merged.target().is_some() {
            return merged;
        }
        let Some(parts) = merged.all_of.take() else { return merged };
        let own = merged.properties.take().unwrap_or_default();
        let mut properties = Schemas::new();
        let mut required = merged.required.take().unwrap_or_default();
        let mut is_object = true;
        let mut further = None;
        for part in parts {
            let is_optional = part.is_optional;
            let part = self.dissolve(part);
            is_object &= part.one_of.is_none() && matches!(part.kind, None | Some(Type::Object));
            properties.extend(part.properties.unwrap_or_default());
            further = further.or(part.additional.filter(|more| *more != Additional::Allowed(false)));
            if !is_optional {
                required.extend(part.required.unwrap_or_default());
            }
        }
        properties.extend(own);
        merged.kind = is_object.then_some(Type::Object);
        if is_object {
            merged.properties = Some(properties);
            merged.additional = merged.additional.or(further);
        }
        merged.required = Some(required).filter(|names| !names.is_empty());
        merged
    }

    /// Returns a part with its reference followed and its own `allOf` merged.
    fn dissolve(&mut self, part: Schema) -> Schema {
        match part.target().and_then(|name| self.named(name)) {
            Some(named) if named.target().is_some() => self.dissolve(named),
            Some(named) => named,
            None => self.merge(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests;

    fn extracted(schemas: &Json) -> Schemas {
        extract(&tests::schemas(schemas), &mut [])
    }

    fn reference(name: &str) -> Json {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn properties(schema: &Schema) -> Vec<&String> {
        schema.properties().map(|(name, _)| name).collect()
    }

    #[test]
    fn nested_shapes_are_named_after_where_they_stood() {
        let out = extracted(&json!({
            "A": { "type": "object", "properties": {
                "b": { "type": "object", "description": "d", "properties": { "kind": { "type": "string", "enum": ["x", "y"] } } },
                "list": { "type": "array", "items": { "type": "object", "properties": { "z": { "type": "integer" } } } },
            } },
        }));
        let mut names: Vec<&String> = out.keys().collect();
        names.sort();
        assert_eq!(names, ["A", "AListItem", "Ab", "AbKind"]);
        let b = out["A"].property("b").unwrap();
        assert_eq!(*b, tests::schema(&json!({ "allOf": [reference("Ab")], "description": "d" })));
        let list = out["A"].property("list").unwrap();
        assert_eq!(list.items.as_ref().unwrap().target(), Some("AListItem"));
    }

    #[test]
    fn parts_become_one_object() {
        let out = extracted(&json!({
            "Base": { "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } },
            "Both": { "allOf": [reference("Base"), { "type": "object", "required": ["b"], "properties": { "b": { "type": "boolean" } } }] },
        }));
        assert_eq!(properties(&out["Both"]), ["a", "b"]);
        assert!(out["Both"].requires("a") && out["Both"].requires("b"));
    }

    #[test]
    fn nothing_of_many_parts_is_lost() {
        let mut schemas = json!({ "L60": { "type": "object", "properties": { "last": {} } } });
        for n in 0..60 {
            let next = reference(&format!("L{}", n + 1));
            let own = json!({ "properties": { format!("p{n}"): {} } });
            // Twice, so that without a cache the innermost schema would be merged 2^60 times.
            schemas[format!("L{n}")] = json!({ "allOf": [next, next, own] });
        }
        assert_eq!(properties(&extracted(&schemas)["L0"]).len(), 61);
    }

    #[test]
    fn parts_in_a_circle_come_to_an_end() {
        let out = extracted(&json!({
            "A": { "allOf": [reference("B"), { "type": "object", "properties": { "a": {} } }] },
            "B": { "allOf": [reference("A"), { "type": "object", "properties": { "b": {} } }] },
            "Same": { "allOf": [reference("Same")] },
            "Mixed": { "allOf": [reference("B"), { "oneOf": [reference("A"), reference("B")] }] },
        }));
        assert_eq!(properties(&out["A"]), ["b", "a"]);
        assert!(out["Mixed"].properties.is_none() && out["Mixed"].kind.is_none());
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let out = extracted(&json!({
            "Ab": { "type": "string" },
            "A": { "type": "object", "properties": { "b": { "type": "object", "properties": {} } } },
        }));
        assert!(out.contains_key("Ab2"));
    }
}
