//! Unions: told apart by a tag, by their JSON type, or by what fits best.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::layout::Layout;
use super::names::Unique;
use super::{Schemas, description, flag, list, literal, reference, text, types};
use crate::spec::{doc_comment, naming};

/// The only value that a property can have.
pub(super) fn constant(property: &Json) -> Option<&str> {
    match list(property, "enum") {
        [only] => only.as_str(),
        _ => None,
    }
}

/// The property that tells a schema from its siblings, for every schema that a union with a discriminator lists.
pub(super) fn constants(schemas: &Schemas) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for schema in schemas.values() {
        if let Some(tag) = tag_of(schema) {
            for part in list(schema, "oneOf").iter().filter_map(reference) {
                out.insert(part.to_owned(), tag.to_owned());
            }
        }
    }
    out
}

fn tag_of(schema: &Json) -> Option<&str> {
    schema.pointer("/discriminator/propertyName")?.as_str()
}

/// A `oneOf`, and the extension that its template goes by.
pub(super) fn union(
    name: &str,
    schema: &Json,
    schemas: &Schemas,
    layout: &Layout,
) -> Option<(&'static str, Json)> {
    let parts = schema.get("oneOf")?.as_array()?;
    if let Some(tag) = tag_of(schema)
        && let Some(variants) = tagged(schema, parts, tag, schemas, layout)
    {
        let kind = match (flag(schema, "x-frames"), flag(schema, "x-closed")) {
            (_, true) => "closed_union",
            (true, false) => "open_union",
            (false, false) => "tagged_union",
        };
        return Some(("x-union", json!({ "kind": kind, "tag": literal(tag), "variants": variants })));
    }
    if let Some(either) = id_or_object(parts, schemas, layout) {
        return Some(("x-id-or-object", either));
    }
    Some(("x-one-of", json!({ "variants": one_of(name, parts, schemas, layout) })))
}

/// The variants of a union with a discriminator; `None` if a part is not known by any value of the tag.
fn tagged(union: &Json, parts: &[Json], tag: &str, schemas: &Schemas, layout: &Layout) -> Option<Vec<Json>> {
    let mut names = Unique::without(["Unknown"]);
    let mut taken: Vec<String> = Vec::new();
    let mut variants = Vec::new();
    for part in parts {
        let (name, target) = types::resolve(part, schemas);
        let name = name?;
        let property = target.get("properties").and_then(|properties| properties.get(tag));
        let mapped = union.pointer("/discriminator/mapping").and_then(Json::as_object).into_iter().flatten();
        let mapped: Vec<&str> = mapped
            .filter(|(_, target)| {
                target.as_str().and_then(|target| target.strip_prefix(super::PREFIX)) == Some(name)
            })
            .map(|(value, _)| value.as_str())
            .collect();
        let values = match (property.and_then(constant), mapped.as_slice()) {
            (Some(value), _) => vec![value],
            (None, []) => vec![text(target, "x-wire-name")],
            (None, mapped) => mapped.to_vec(),
        };
        let values: Vec<&str> =
            values.into_iter().filter(|value| !taken.iter().any(|other| other == value)).collect();
        let first = *values.first()?;
        taken.extend(values.iter().map(|value| (*value).to_owned()));
        variants.push(json!({
            "name": names.give(&naming::pascal(first)),
            "value": values.iter().map(|value| literal(value)).collect::<Vec<_>>().join(" | "),
            "type": name,
            "boxed": layout.boxed(name),
            "doc": doc_comment::indented(&description(target, name), 8),
        }));
    }
    let mut seen: Vec<&Json> = variants.iter().map(|variant| &variant["type"]).collect();
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    (seen.len() == parts.len()).then_some(variants)
}

/// An id beside an object.
fn id_or_object(parts: &[Json], schemas: &Schemas, layout: &Layout) -> Option<Json> {
    let [a, b] = parts else { return None };
    let (a, b) = (types::resolve(a, schemas), types::resolve(b, schemas));
    let is_text = |schema: &Json| text(schema, "type") == "string" && schema.get("enum").is_none();
    let ((id, _), (object, shape)) = if is_text(a.1) { (a, b) } else { (b, a) };
    let (id, object) = (id?, object?);
    if !is_text(schemas.get(id)?) || shape.get("properties").is_none() {
        return None;
    }
    let of_object =
        shape.pointer("/properties/id").filter(|property| types::resolve(property, schemas).0 == Some(id));
    let kind = of_object.map(|property| {
        let is_required = list(shape, "required").iter().any(|required| required == "id");
        if is_required && !types::is_nullable(property, schemas) { "required" } else { "optional" }
    });
    Some(json!({ "id": id, "object": object, "boxed": layout.boxed(object), "id_of_object": kind }))
}

/// What nothing tells apart but the shape.
fn one_of(union: &str, parts: &[Json], schemas: &Schemas, layout: &Layout) -> Vec<Json> {
    let mut names = Unique::without(["Unrecognized"]);
    let mut variants: Vec<Json> = Vec::new();
    for part in parts {
        let (named, target) = types::resolve(part, schemas);
        let rust_type = types::rust_type(part, schemas).replace("models::", "crate::");
        // Raw JSON is what is left where nothing else fits.
        if rust_type == "crate::RawJson" || variants.iter().any(|variant| variant["type"] == rust_type) {
            continue;
        }
        let name = named.map_or_else(|| kind_of(target), str::to_owned);
        // One that stood inline is called after the union as well, which goes without saying here.
        let short =
            name.strip_prefix(union).filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(&name);
        variants.push(json!({
            "doc": doc_comment::indented(&description(if named.is_some() { target } else { part }, &name), 8),
            "name": names.give(short),
            "type": rust_type,
            "boxed": named.is_some_and(|name| layout.boxed(name)),
            "form": form(named, target),
        }));
    }
    variants
}

/// What tells whether a text is one of this type, and not only of any.
fn form(named: Option<&str>, target: &Json) -> Json {
    let is_text =
        named.is_some() && text(target, "type") == "string" && text(target, "x-rust-type").is_empty();
    match (is_text, list(target, "enum").is_empty(), target.get("pattern")) {
        (true, false, _) => "known".into(),
        (true, true, Some(_)) => "well_formed".into(),
        _ => Json::Bool(false),
    }
}

fn kind_of(schema: &Json) -> String {
    match text(schema, "type") {
        "string" => "Text".to_owned(),
        "array" => "List".to_owned(),
        "object" => "Map".to_owned(),
        kind => naming::pascal(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Json {
        json!({ "$ref": format!("{}{name}", super::super::PREFIX) })
    }

    fn schemas() -> Schemas {
        let object = json!({ "type": "object", "properties": { "kind": { "type": "string" } }, "x-wire-name": "wire" });
        let cat =
            json!({ "type": "object", "properties": { "kind": { "type": "string", "enum": ["cat"] } } });
        let all = json!({ "Dog": object, "Cat": cat, "Id": { "type": "string" }, "List": { "type": "array", "items": { "type": "integer" } } });
        all.as_object().cloned().unwrap_or_default()
    }

    fn kinds(schema: &Json) -> (&'static str, Vec<String>) {
        let schemas = schemas();
        let (kind, union) = union("Pet", schema, &schemas, &Layout::of(&schemas)).unwrap();
        let variant = |it: &Json| format!("{}({}) {}", text(it, "name"), text(it, "type"), text(it, "value"));
        (kind, list(&union, "variants").iter().map(variant).collect())
    }

    #[test]
    fn a_tag_is_a_constant_or_mapped_or_the_name() {
        let union = json!({ "oneOf": [of("Cat"), of("Dog")], "discriminator": { "propertyName": "kind" } });
        assert_eq!(
            kinds(&union),
            ("x-union", vec!["Cat(Cat) \"cat\"".to_owned(), "Wire(Dog) \"wire\"".to_owned()])
        );
        let mut mapped = union.clone();
        mapped["discriminator"]["mapping"] = json!({ "dog": of("Dog")["$ref"], "puppy": of("Dog")["$ref"] });
        assert_eq!(kinds(&mapped).1[1], "Dog(Dog) \"dog\" | \"puppy\"");
        assert_eq!(constants(&schemas()).len(), 0);
    }

    #[test]
    fn without_a_tag_the_shape_decides() {
        let union = json!({ "oneOf": [of("Cat"), of("List"), { "type": "string", "description": "Any." }, { "type": "integer" }, {}, of("List")] });
        assert_eq!(
            kinds(&union),
            (
                "x-one-of",
                vec![
                    "Cat(crate::Cat) ".to_owned(),
                    "List(Vec<i64>) ".to_owned(),
                    "Text(String) ".to_owned(),
                    "Integer(i64) ".to_owned()
                ]
            )
        );
        assert_eq!(kinds(&json!({ "oneOf": [of("Cat"), of("Id")] })).0, "x-id-or-object");
        // What the tag does not tell apart is told apart by its shape.
        assert_eq!(
            kinds(&json!({ "oneOf": [of("Cat"), of("List")], "discriminator": { "propertyName": "kind" } }))
                .0,
            "x-one-of"
        );
    }
}
