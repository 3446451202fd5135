//! Splits a parent schema into a union of its children and a schema of their common properties.
//!
//! Documents express inheritance in two ways, often both at once: the parent lists its children in a `oneOf`, and the children have it in their `allOf`.

use indexmap::IndexMap;

use crate::spec::openapi::{Discriminator, Schema, Schemas};

/// Splits every parent into a union and a base schema.
pub(super) fn split(schemas: &mut Schemas) {
    let parents = schemas.keys().filter(|name| is_parent(name, schemas));
    let bases: IndexMap<String, String> =
        parents.map(|name| (name.clone(), free(&format!("{name}Base"), schemas))).collect();
    let before = schemas.clone();
    for name in bases.keys() {
        split_one(name, &bases, &before, schemas);
    }
    // A child inherits the common properties, not the union.
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !bases.contains_key(*name)) {
        for part in schema.all_of.iter_mut().flatten() {
            if let Some(base) = part.reference.as_ref().and_then(|name| bases.get(name)) {
                *part = Schema::reference_to(base);
            }
        }
    }
}

/// Returns whether a schema is a parent: it has children and a discriminator or a list of them. (A schema with children alone is a part that they have in
/// common.)
fn is_parent(name: &str, schemas: &Schemas) -> bool {
    let schema = &schemas[name];
    let listed: Vec<&str> = listed(schema).collect();
    let has_own = schema.properties.is_some() || schema.all_of.is_some();
    match schema.tag() {
        Some(_) => !listed.is_empty() && has_own || !children(name, schemas).is_empty(),
        None => !listed.is_empty() && children(name, schemas).iter().any(|child| listed.contains(child)),
    }
}

/// Returns the named parts of a `oneOf` or an `anyOf`.
fn listed(schema: &Schema) -> impl Iterator<Item = &str> {
    [&schema.one_of, &schema.any_of]
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|part| part.reference.as_deref())
}

/// Returns the schemas that have a schema in their `allOf`, directly or through other children, in the order of the document.
fn children<'a>(name: &str, schemas: &'a Schemas) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let mut queue = vec![name];
    while let Some(parent) = queue.pop() {
        for (child, schema) in schemas {
            let mut parts = schema.all_of.iter().flatten();
            let is_child = parts.any(|part| part.reference.as_deref() == Some(parent));
            if is_child && child != name && !out.contains(&child.as_str()) {
                out.push(child);
                queue.push(child);
            }
        }
    }
    schemas.keys().map(String::as_str).filter(|name| out.contains(name)).collect()
}

fn split_one(name: &str, bases: &IndexMap<String, String>, before: &Schemas, schemas: &mut Schemas) {
    let (schema, base) = (&before[name], &bases[name]);
    let children = children(name, before);
    let listed: Vec<&str> = listed(schema).collect();
    let has_tag = schema.tag().is_some();
    let given = schema.discriminator.clone().unwrap_or_default();
    let values_of = |part: &str| -> Vec<&String> {
        given.mapping.iter().filter(|(_, target)| *target == part).map(|(value, _)| value).collect()
    };
    let mut mapping = IndexMap::new();
    let mut union = Vec::new();
    // A parent that lists no children may also occur itself.
    let lists_none = listed.is_empty();
    let itself = (lists_none || !values_of(name).is_empty()).then_some(name);
    let mut all = if lists_none { children.clone() } else { listed };
    for mapped in given.mapping.values().filter(|it| lists_none && before.contains_key(*it)) {
        if !all.contains(&mapped.as_str()) {
            all.push(mapped);
        }
    }
    for part in all.into_iter().filter(|part| *part != name).chain(itself) {
        let target = match bases.get(part) {
            Some(base) => base.clone(),
            None if children.contains(&part) || part == name => part.to_owned(),
            // A part that does not inherit from the parent is combined with its common properties.
            None => {
                let both = free(&format!("{name}{part}"), schemas);
                let parts = vec![Schema::reference_to(base), Schema::reference_to(part)];
                schemas.insert(both.clone(), Schema { all_of: Some(parts), ..Schema::default() });
                both
            }
        };
        match values_of(part) {
            values if !values.is_empty() => {
                mapping.extend(values.into_iter().map(|value| (value.clone(), target.clone())));
                if target != part && !given.mapping.contains_key(part) {
                    mapping.insert(part.to_owned(), target.clone());
                }
            }
            _ if target != part => drop(mapping.insert(part.to_owned(), target.clone())),
            _ => {}
        }
        union.push(Schema::reference_to(&target));
    }
    let parent = Schema {
        location: schema.location.clone(),
        one_of: Some(union),
        discriminator: has_tag.then_some(Discriminator { property: given.property, mapping }),
        description: schema.description.clone(),
        title: schema.title.clone(),
        nullable: schema.nullable,
        deprecated: schema.deprecated,
        rust_name: schema.rust_name.clone(),
        ..Schema::default()
    };
    let shared =
        Schema { one_of: None, any_of: None, discriminator: None, rust_name: None, ..schema.clone() };
    schemas.insert(name.to_owned(), parent);
    schemas.insert(base.clone(), shared);
}

fn free(name: &str, schemas: &Schemas) -> String {
    let numbered = (2..).map(|n| format!("{name}{n}"));
    let mut all = std::iter::once(name.to_owned()).chain(numbered);
    all.find(|name| !schemas.contains_key(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests;

    fn after(json: &Json) -> Schemas {
        let mut schemas = tests::schemas(json);
        split(&mut schemas);
        schemas
    }

    fn reference(name: &str) -> Json {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn mapping(schema: &Schema) -> Vec<String> {
        let mapping = &schema.discriminator.as_ref().unwrap().mapping;
        mapping.iter().map(|(value, name)| format!("{value} {name}")).collect()
    }

    fn pet(more: &Json) -> Json {
        let mut pet = json!({ "type": "object", "properties": { "kind": { "type": "string" } }, "discriminator": { "propertyName": "kind" } });
        pet.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pet
    }

    #[test]
    fn a_parent_is_a_union_of_its_children() {
        let out = after(&json!({
            "Pet": pet(&json!({})), "Cat": { "allOf": [reference("Pet"), { "properties": { "lives": {} } }] }, "Lion": { "allOf": [reference("Cat")] }, "Other": {},
        }));
        assert_eq!(listed(&out["Pet"]).collect::<Vec<_>>(), ["Cat", "Lion", "PetBase"]);
        assert_eq!(mapping(&out["Pet"]), ["Pet PetBase"]);
        assert_eq!(out["Cat"].all_of.as_ref().unwrap()[0], Schema::reference_to("PetBase"));
        assert_eq!(
            out["PetBase"],
            tests::schema(&json!({ "type": "object", "properties": { "kind": { "type": "string" } } }))
        );
    }

    #[test]
    fn a_parent_that_lists_its_children() {
        let mapped = json!({ "c": "#/components/schemas/Cat", "d": "Dog" });
        let out = after(&json!({
            "Pet": pet(&json!({ "oneOf": [reference("Cat"), reference("Dog")], "discriminator": { "propertyName": "kind", "mapping": mapped } })),
            "Cat": { "allOf": [reference("Pet")] }, "Dog": { "type": "object" },
        }));
        assert_eq!(listed(&out["Pet"]).collect::<Vec<_>>(), ["Cat", "PetDog"]);
        assert_eq!(mapping(&out["Pet"]), ["c Cat", "d PetDog", "Dog PetDog"]);
        let parts = ["PetBase", "Dog"].map(Schema::reference_to).to_vec();
        assert_eq!(out["PetDog"].all_of, Some(parts));
    }

    #[test]
    fn a_mapping_adds_to_the_children() {
        let mapped = json!({ "c": "Cat", "b": "Bird", "eagle": "Bird", "x": "Nowhere" });
        let out = after(&json!({
            "Pet": pet(&json!({ "discriminator": { "propertyName": "kind", "mapping": mapped } })),
            "Cat": { "allOf": [reference("Pet")] }, "Dog": { "allOf": [reference("Pet")] }, "Bird": { "type": "object" },
        }));
        assert_eq!(listed(&out["Pet"]).collect::<Vec<_>>(), ["Cat", "Dog", "PetBird", "PetBase"]);
        assert_eq!(
            mapping(&out["Pet"]),
            ["c Cat", "b PetBird", "eagle PetBird", "Bird PetBird", "Pet PetBase"]
        );
    }

    #[test]
    fn a_parent_without_a_discriminator_lists_its_children() {
        let out = after(&json!({
            "Pet": { "properties": { "name": {} }, "oneOf": [reference("Cat"), reference("Lion")] },
            "Cat": { "allOf": [reference("Pet"), { "properties": { "lives": {} } }] }, "Lion": { "allOf": [reference("Cat")] },
        }));
        assert_eq!(listed(&out["Pet"]).collect::<Vec<_>>(), ["Cat", "Lion"]);
        assert!(out["Pet"].discriminator.is_none() && out["Pet"].properties.is_none());
        assert_eq!(out["Cat"].all_of.as_ref().unwrap()[0], Schema::reference_to("PetBase"));
        assert_eq!(out["PetBase"], tests::schema(&json!({ "properties": { "name": {} } })));
    }

    #[test]
    fn a_union_alone_and_a_discriminator_alone_stay() {
        let alone = json!({ "A": pet(&json!({})), "B": { "oneOf": [reference("A")], "discriminator": { "propertyName": "k" } } });
        assert_eq!(after(&alone), tests::schemas(&alone));
    }
}
