//! Gives every nested schema a name: an inline schema of a property, an item, a body or a response becomes a named schema, called after its location.
//! The generator would do that too, but under names of its choosing and not for enums.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Unique;
use super::part_names::part_names;
use super::request::Request;
use crate::finding::Location;
use crate::spec::naming;
use crate::spec::openapi::{Additional, Response, Schema, Schemas, Type};

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
            if let Some(schema) = schema_of_body(response) {
                extraction.part(&format!("{id}{suffix}"), schema);
            }
        }
    }
    extraction.out
}

/// Returns the schema of a response by which its body is read.
fn schema_of_body(response: &mut Response) -> Option<&mut Schema> {
    let chosen = response.schema()?.0.to_owned();
    response.content.get_mut(&chosen)?.schema.as_mut()
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
            let title = value.title.clone().filter(|_| value.target().is_none());
            self.part(&format!("{name}{suffix}"), value);
            // A part that was made of a named schema takes its place in the mapping.
            let mapping = schema.discriminator.iter_mut().flat_map(|it| it.mapping.values_mut());
            for mapped in mapping.filter(|mapped| Some(&**mapped) == title.as_ref()) {
                *mapped = value.target().unwrap_or(mapped).to_owned();
            }
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
            read_only: shape.read_only,
            write_only: shape.write_only,
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

    /// Merges the parts of an `allOf` into one object or one scalar, or into a schema without a type if they are neither.
    fn merge(&mut self, schema: Schema) -> Schema {
        let mut merged = schema;
        if merged.target().is_some() {
            return merged;
        }
        if merged.all_of.is_none() && (merged.one_of.is_none() || merged.properties.is_none()) {
            return merged;
        }
        let parts = merged.all_of.take().unwrap_or_default();
        let own = merged.properties.take().unwrap_or_default();
        let (mut properties, mut alternatives) = (Schemas::new(), Schemas::new());
        let mut required = merged.required.take().unwrap_or_default();
        let mut is_object = true;
        let mut further = None;
        let mut scalars = Vec::new();
        for part in parts {
            let is_optional = part.is_optional;
            let mut part = self.dissolve(part);
            is_object &= part.one_of.is_none() && matches!(part.kind, None | Some(Type::Object));
            for (name, property) in part.properties.take().unwrap_or_default() {
                if is_optional {
                    add(&mut alternatives, name, property);
                } else {
                    properties.insert(name, property);
                }
            }
            further = further.or(part.additional.take().filter(|more| *more != Additional::Allowed(false)));
            let names = part.required.take().unwrap_or_default();
            if !is_optional {
                required.extend(names);
            }
            scalars.push(part);
        }
        properties.extend(own);
        // What all alternatives have in common is more exact.
        alternatives.retain(|name, _| !properties.contains_key(name));
        properties.extend(alternatives);
        if let Some(alternatives) = merged.one_of.take() {
            let common =
                Schema { properties: Some(properties), required: Some(required), ..Schema::default() };
            let parts = alternatives.into_iter().map(|part| self.with_common(part, &common));
            return Schema { one_of: Some(parts.collect()), kind: None, ..merged };
        }
        if !is_object && properties.is_empty() && required.is_empty() {
            return scalar(merged, scalars);
        }
        merged.kind = is_object.then_some(Type::Object);
        if is_object {
            merged.properties = Some(properties);
            merged.additional = merged.additional.or(further);
        }
        merged.required = Some(required).filter(|names| !names.is_empty());
        merged
    }

    /// Returns a part of a union with the properties that all parts have in common; without a change if it has them, or is not an object.
    fn with_common(&mut self, part: Schema, common: &Schema) -> Schema {
        let whole = self.dissolve(part.clone());
        let is_whole = common.properties().all(|(name, _)| whole.property(name).is_some());
        if is_whole || whole.properties.is_none() || whole.one_of.is_some() {
            return part;
        }
        let mut properties = common.properties.clone().unwrap_or_default();
        properties.extend(whole.properties.unwrap_or_default());
        let mut required = common.required.clone().unwrap_or_default();
        required.extend(whole.required.unwrap_or_default());
        Schema {
            // It is called after the schema that it was made of.
            title: part.target().map(str::to_owned).or(part.title),
            properties: Some(properties),
            required: Some(required),
            ..whole
        }
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

/// Adds a property of one of several alternatives. It has any value if another alternative has it with another shape.
fn add(alternatives: &mut Schemas, name: String, property: Schema) {
    let property = match alternatives.get(&name).map(|known| (known, shape(known) == shape(&property))) {
        Some((known, false)) => {
            let kind = known.kind.filter(|kind| kind.is_scalar() && property.kind == Some(*kind));
            Schema { kind, description: known.description.clone(), ..Schema::default() }
        }
        _ => property,
    };
    alternatives.insert(name, property);
}

/// Returns a schema without its annotations and locations.
fn shape(schema: &Schema) -> Schema {
    let mut shape = Schema {
        location: Location::default(),
        title: None,
        description: None,
        example: None,
        default: None,
        deprecated: None,
        ..schema.clone()
    };
    shape.children_mut().for_each(|child| *child = self::shape(child));
    shape
}

/// Merges scalars of one type into it; anything else becomes a schema without a type.
fn scalar(merged: Schema, parts: Vec<Schema>) -> Schema {
    let kinds = || std::iter::once(&merged).chain(&parts).filter_map(|part| part.kind);
    let is_scalar = |part: &Schema| part.one_of.is_none() && part.kind.is_none_or(Type::is_scalar);
    let first = kinds().next();
    let is_one = parts.iter().all(is_scalar) && kinds().all(|kind| Some(kind) == first);
    if !is_one {
        return Schema { kind: None, ..merged };
    }
    let nullable = parts.iter().all(Schema::is_nullable).then_some(true);
    let mut merged = Schema { nullable: merged.nullable.or(nullable), ..merged };
    for part in parts {
        // A schema that is merged from named ones is not called like one of them.
        merged.absorb(Schema { rust_name: None, wire_name: None, nullable: None, ..part });
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests;

    fn extracted(schemas: &Json) -> Schemas {
        extract(&tests::schemas(schemas), &mut [])
    }

    #[test]
    fn parts_of_one_scalar_type_are_one_scalar() {
        let out = extracted(&json!({
            "Kind": { "type": "string", "enum": ["x", "y"] },
            "Text": { "allOf": [reference("Kind"), { "type": "string" }] },
            "Narrow": { "allOf": [{ "type": "string", "pattern": "a" }, { "type": "string", "maxLength": 3 }] },
            "Mixed": { "allOf": [{ "type": "string" }, { "type": "integer" }] },
            "Count": { "type": "integer", "allOf": [{ "type": "integer", "minimum": 0 }] },
        }));
        let of = |name: &str| out[name].kind;
        assert_eq!([of("Text"), of("Narrow"), of("Mixed")], [Some(Type::String), Some(Type::String), None]);
        assert_eq!(out["Text"].values().len(), 2);
        assert_eq!((out["Narrow"].pattern.as_deref(), out["Narrow"].max_length), (Some("a"), Some(3.0)));
        assert_eq!((of("Count"), out["Count"].minimum), (Some(Type::Integer), Some(0.0)));
    }

    #[test]
    fn properties_of_alternatives_fit_all_of_them() {
        let part = |properties: Json| json!({ "type": "object", "properties": properties });
        let text = json!({ "type": "string" });
        let mut schemas = tests::schemas(&json!({ "A": { "allOf": [
            part(json!({ "base": { "type": "boolean" } })),
            part(json!({ "same": { "type": "array", "items": text }, "kind": { "type": "string", "enum": ["a"] }, "x": text, "base": {} })),
            part(json!({ "same": { "type": "array", "items": text }, "kind": { "type": "string", "enum": ["b"] }, "x": { "type": "integer" } })),
        ] } }));
        for part in &mut schemas["A"].all_of.as_mut().unwrap()[1..] {
            part.is_optional = true;
        }
        let out = extract(&schemas, &mut []);
        let of = |name: &str| out["A"].property(name).unwrap();
        assert_eq!(of("base").kind, Some(Type::Boolean));
        assert_eq!(of("same").kind, Some(Type::Array));
        assert_eq!((of("kind").kind, of("kind").values().len()), (Some(Type::String), 0));
        assert_eq!(of("x").kind, None);
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
