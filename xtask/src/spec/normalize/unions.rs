//! Unions, whose variants are distinguished by a tag, by their JSON type, or by the best match.

mod distinction;

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use super::names::Unique;
use super::template::{IdOrObject, OneOf, Presence, Shape, Tagged, Union, Untagged};
use super::{description, literal, types};
use crate::spec::openapi::{Schema, Schemas, Type};
use crate::spec::{doc_comment, naming};

/// Returns the discriminator of every schema that is a part of a union with one, by the schema's name.
pub(super) fn constants(schemas: &Schemas) -> BTreeMap<&str, &str> {
    let unions = schemas.values().filter_map(|schema| Some((schema.tag()?, schema.parts())));
    unions.flat_map(|(tag, parts)| parts.iter().filter_map(move |part| Some((part.target()?, tag)))).collect()
}

/// Creates the type of a `oneOf` with these parts.
pub(super) fn union(
    name: &str,
    schema: &Schema,
    parts: &[Schema],
    schemas: &Schemas,
    layout: &Layout,
) -> Shape {
    if let Some(tag) = schema.tag()
        && is_tagged(schema, parts, tag, schemas)
        && let Some(variants) = tagged(schema, parts, tag, schemas, layout)
    {
        let kind = match (schema.frames == Some(true), schema.closed == Some(true)) {
            (_, true) => "closed_union",
            (true, false) => "open_union",
            (false, false) => "tagged_union",
        };
        return Shape::Union(Union { kind, tag: literal(tag), variants });
    }
    match id_or_object(parts, schemas, layout) {
        Some(either) => Shape::IdOrObject(either),
        None => Shape::OneOf(OneOf { variants: one_of(name, parts, schemas, layout) }),
    }
}

/// Returns whether the discriminator has a mapping, or any part has the tag as a property or as its own discriminator.
fn is_tagged(union: &Schema, parts: &[Schema], tag: &str, schemas: &Schemas) -> bool {
    let has_tag = |part: &Schema| {
        let target = types::resolve(part, schemas).1;
        target.property(tag).is_some() || target.tag() == Some(tag)
    };
    union.discriminator.iter().any(|it| !it.mapping.is_empty()) || parts.iter().any(has_tag)
}

/// Returns the variants of a union with a discriminator; `None` if a part has no name, occurs twice, or has no value of the tag to itself.
fn tagged(
    union: &Schema,
    parts: &[Schema],
    tag: &str,
    schemas: &Schemas,
    layout: &Layout,
) -> Option<Vec<Tagged>> {
    let mut names = Unique::without(["Unknown"]);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut types: BTreeSet<&str> = BTreeSet::new();
    let mut variants = Vec::new();
    for part in parts {
        let (name, target) = types::resolve(part, schemas);
        let name = name?;
        let mut values = values_of(name, target, union, tag, schemas)?;
        values.retain(|value| !taken.contains(value));
        let first = *values.first()?;
        taken.extend(&values);
        types.insert(name);
        variants.push(Tagged {
            name: names.give(&naming::pascal(first)),
            value: values.iter().map(|value| literal(value)).collect::<Vec<_>>().join(" | "),
            rust_type: name.to_owned(),
            boxed: layout.boxed(name),
            doc: doc_comment::indented(&description(target, name), 8),
        });
    }
    (types.len() == parts.len()).then_some(variants)
}

/// Returns the values of the tag that identify a part; `None` if they cannot be determined, for example because the tag is not a string.
fn values_of<'a>(
    name: &str,
    target: &'a Schema,
    union: &'a Schema,
    tag: &str,
    schemas: &'a Schemas,
) -> Option<Vec<&'a str>> {
    let property = target.property(tag).map(|property| types::resolve(property, schemas).1);
    if let Some(constant) = property.and_then(Schema::constant) {
        return Some(vec![constant]);
    }
    let own_name = target.wire_name.as_deref().unwrap_or_default();
    let allows = |schema: &Schema| schema.values.is_none() || schema.texts().any(|value| value == own_name);
    let mapping = || union.discriminator.iter().flat_map(|it| &it.mapping);
    let mut mapped: Vec<&str> =
        mapping().filter(|(_, target)| *target == name).map(|(value, _)| value.as_str()).collect();
    if !mapped.is_empty() {
        // Besides the mapped values, the schema's own name identifies it, unless the mapping uses that name for another schema.
        let is_free = !own_name.is_empty() && mapping().all(|(value, _)| value != own_name);
        mapped.extend(Some(own_name).filter(|_| is_free && property.is_none_or(allows)));
        return Some(mapped);
    }
    // A part that is a union with the same tag has the values of all its parts.
    if target.tag() == Some(tag) && !std::ptr::eq(target, union) {
        let parts = target.parts().iter().filter(|part| part.target() != Some(name));
        let inner: Option<Vec<Vec<&str>>> = parts
            .map(|part| {
                let (name, inner) = types::resolve(part, schemas);
                // Only one level is followed, which is enough in practice; a deeper one could be a cycle.
                if inner.tag() == Some(tag) { None } else { values_of(name?, inner, target, tag, schemas) }
            })
            .collect();
        return inner.map(|values| values.concat());
    }
    let Some(property) = property else { return Some(vec![own_name]) };
    let listed: Option<Vec<&str>> = property.values().iter().map(|value| value.as_str()).collect();
    match listed {
        None => None,
        Some(listed) if listed.is_empty() || listed.contains(&own_name) => {
            property.kind.is_none_or(|kind| kind == Type::String).then(|| vec![own_name])
        }
        Some(listed) => Some(listed),
    }
}

/// Returns the union of a string id and an object; `None` if the parts are anything else.
fn id_or_object(parts: &[Schema], schemas: &Schemas, layout: &Layout) -> Option<IdOrObject> {
    let [a, b] = parts else { return None };
    let (a, b) = (types::resolve(a, schemas), types::resolve(b, schemas));
    let is_id = |schema: &Schema| schema.is_text() && schema.values.is_none();
    let ((id, _), (object, shape)) = if is_id(a.1) { (a, b) } else { (b, a) };
    let (id, object) = (id?, object?);
    if !is_id(schemas.get(id)?) || shape.properties.is_none() {
        return None;
    }
    let of_object = shape.property("id").filter(|property| types::resolve(property, schemas).0 == Some(id));
    let id_of_object = of_object.map(|property| {
        let is_there = shape.requires("id") && !types::is_nullable(property, schemas);
        if is_there { Presence::Required } else { Presence::Optional }
    });
    let boxed = layout.boxed(object);
    Some(IdOrObject { id: id.to_owned(), object: object.to_owned(), boxed, id_of_object })
}

/// Returns the variants of a union without a tag, which their shapes and the values of their properties distinguish.
fn one_of(union: &str, parts: &[Schema], schemas: &Schemas, layout: &Layout) -> Vec<Untagged> {
    let mut names = Unique::without(["Unrecognized"]);
    let mut variants: Vec<Untagged> = Vec::new();
    for part in parts {
        let (named, target) = types::resolve(part, schemas);
        let is_any_object =
            named.is_none() && target.kind == Some(Type::Object) && target.map_value().is_none();
        let rust_type = match is_any_object {
            true => "std::collections::HashMap<String, crate::RawJson>".to_owned(),
            false => types::rust_type(part, schemas).replace("models::", "crate::"),
        };
        // Raw JSON needs no variant: `Unrecognized` holds every value that fits no other.
        if rust_type == "crate::RawJson" || variants.iter().any(|variant| variant.rust_type == rust_type) {
            continue;
        }
        let name = named.unwrap_or_else(|| kind_of(target));
        // The name of a schema that was inline begins with the union's name, which a variant need not repeat.
        let short =
            name.strip_prefix(union).filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(name);
        let described = if named.is_some() { target } else { part };
        variants.push(Untagged {
            doc: doc_comment::indented(&description(described, name), 8),
            name: names.give(short),
            boxed: named.is_some_and(|name| layout.boxed(name)),
            form: match named {
                Some(_) => form(target),
                None if is_any_object => Some("map"),
                None => (rust_type == "String").then_some("text"),
            },
            rust_type,
            only_if: distinction::constants(target, schemas),
            rather_if: distinction::choices(target, parts, schemas),
        });
    }
    variants
}

/// Returns the check by which a string is recognized as a value of a named type; `None` if the type accepts any string.
fn form(target: &Schema) -> Option<&'static str> {
    if !target.is_text() || target.rust_type.is_some() {
        return None;
    }
    if !target.values().is_empty() { Some("known") } else { target.pattern.as_ref().map(|_| "well_formed") }
}

fn kind_of(schema: &Schema) -> &'static str {
    match schema.kind {
        Some(Type::String) => "Text",
        Some(Type::Array) => "List",
        Some(Type::Object) => "Map",
        Some(Type::Boolean) => "Boolean",
        Some(Type::Integer) => "Integer",
        Some(Type::Number) => "Number",
        None => "Empty",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests;

    fn of(name: &str) -> Json {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn schemas() -> Schemas {
        let mut schemas = tests::schemas(&json!({
            "Dog": { "type": "object", "properties": { "kind": { "type": "string" } } },
            "Cat": { "type": "object", "properties": { "kind": { "type": "string", "enum": ["cat"] } } },
            "Id": { "type": "string" }, "List": { "type": "array", "items": { "type": "integer" } },
        }));
        schemas["Dog"].wire_name = Some("wire".to_owned());
        schemas
    }

    /// Returns the variants of a union, each with its type and the values of its tag.
    fn variants(json: &Json, mapping: &[(&str, &str)]) -> Vec<String> {
        let schemas = schemas();
        let mut schema = tests::schema(json);
        if let Some(discriminator) = &mut schema.discriminator {
            discriminator.mapping = mapping.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        }
        match union("Pet", &schema, schema.parts(), &schemas, &Layout::of(&schemas)) {
            Shape::Union(union) => union
                .variants
                .iter()
                .map(|it| format!("{}({}) {}", it.name, it.rust_type, it.value))
                .collect(),
            Shape::OneOf(union) => {
                union.variants.iter().map(|it| format!("{}({})", it.name, it.rust_type)).collect()
            }
            Shape::IdOrObject(either) => vec![either.id, either.object],
            _ => unreachable!(),
        }
    }

    #[test]
    fn a_tag_is_a_constant_or_mapped_or_the_name() {
        let union = json!({ "oneOf": [of("Cat"), of("Dog")], "discriminator": { "propertyName": "kind" } });
        assert_eq!(variants(&union, &[]), ["Cat(Cat) \"cat\"", "Wire(Dog) \"wire\""]);
        let mapping = [("dog", "Dog"), ("puppy", "Dog")];
        assert_eq!(variants(&union, &mapping)[1], "Dog(Dog) \"dog\" | \"puppy\" | \"wire\"");
        // A schema's name is not a value if it is mapped to another schema, or if the property does not allow it.
        let mapping = [("dog", "Dog"), ("wire", "Cat")];
        assert_eq!(variants(&union, &mapping), ["Cat(Cat) \"cat\"", "Dog(Dog) \"dog\""]);
        assert_eq!(constants(&schemas()).len(), 0);
    }

    #[test]
    fn without_a_tag_the_shape_decides() {
        let union = json!({ "oneOf": [of("Cat"), of("List"), { "type": "string", "description": "Any." }, { "type": "integer" }, {}, of("List")] });
        let found = variants(&union, &[]);
        assert_eq!(found, ["Cat(crate::Cat)", "List(Vec<i64>)", "Text(String)", "Integer(i64)"]);
        assert_eq!(variants(&json!({ "oneOf": [of("Cat"), of("Id")] }), &[]), ["Id", "Cat"]);
        // Parts that the tag does not distinguish are distinguished by their shapes.
        let both = json!({ "oneOf": [of("Cat"), of("List")], "discriminator": { "propertyName": "kind" } });
        assert_eq!(variants(&both, &[]), ["Cat(crate::Cat)", "List(Vec<i64>)"]);
    }
}
