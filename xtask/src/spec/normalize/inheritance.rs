//! A schema with a discriminator that others are made of: a union of them, and a schema of what all of them have.
//!
//! Documents write it in two ways, often both at once: the parent lists its children in a `oneOf`, and the children have the parent in their `allOf`.

use serde_json::{Map, Value as Json, json};

use super::{PREFIX, list, text};

/// Splits every parent in two.
pub(super) fn split(json: &mut Json) {
    let Some(schemas) = json.pointer_mut("/components/schemas").and_then(Json::as_object_mut) else { return };
    let parents: Vec<(String, String)> = schemas
        .keys()
        .filter(|name| is_parent(name, schemas))
        .map(|name| (name.clone(), free(&format!("{name}Base"), schemas)))
        .collect();
    let base_of =
        |name: &str| parents.iter().find(|(parent, _)| parent == name).map(|(_, base)| base.as_str());
    let before = schemas.clone();
    for (name, base) in &parents {
        split_one(name, base, &before, schemas, &base_of);
    }
    // Who has a parent has what all of its children have.
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names {
        let is_union = parents.iter().any(|(parent, _)| *parent == name);
        for part in schemas[&name]
            .get_mut("allOf")
            .and_then(Json::as_array_mut)
            .into_iter()
            .flatten()
            .filter(|_| !is_union)
        {
            if let Some(base) = referred(part).and_then(&base_of) {
                *part = reference(base);
            }
        }
    }
}

fn is_parent(name: &str, schemas: &Map<String, Json>) -> bool {
    let schema = &schemas[name];
    let has_own = schema.get("properties").is_some() || schema.get("allOf").is_some();
    !tag(schema).is_empty() && (!children(name, schemas).is_empty() || !parts(schema).is_empty() && has_own)
}

fn tag(schema: &Json) -> &str {
    schema.pointer("/discriminator/propertyName").and_then(Json::as_str).unwrap_or_default()
}

/// The parts of a union that have names.
fn parts(schema: &Json) -> Vec<&str> {
    ["oneOf", "anyOf"].iter().flat_map(|key| list(schema, key)).filter_map(referred).collect()
}

/// Those that have a schema as a part, and those that have one of these.
fn children<'a>(name: &str, schemas: &'a Map<String, Json>) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let mut queue = vec![name.to_owned()];
    while let Some(parent) = queue.pop() {
        for (child, schema) in schemas {
            let is_child = list(schema, "allOf").iter().any(|part| referred(part) == Some(parent.as_str()));
            if is_child && child != name && !out.contains(&child.as_str()) {
                out.push(child);
                queue.push(child.clone());
            }
        }
    }
    // In the order of the document.
    schemas.keys().map(String::as_str).filter(|name| out.contains(name)).collect()
}

fn split_one<'a>(
    name: &str,
    base: &str,
    before: &Map<String, Json>,
    schemas: &mut Map<String, Json>,
    base_of: &impl Fn(&str) -> Option<&'a str>,
) {
    let schema = &before[name];
    let mut shared = schema.as_object().cloned().unwrap_or_default();
    for key in ["oneOf", "anyOf", "discriminator"] {
        shared.remove(key);
    }
    let children = children(name, before);
    let listed = parts(schema);
    let given =
        schema.pointer("/discriminator/mapping").and_then(Json::as_object).cloned().unwrap_or_default();
    let values_of = |part: &str| -> Vec<&String> {
        given
            .iter()
            .filter(|(_, target)| {
                target.as_str().is_some_and(|it| it.strip_prefix(PREFIX).unwrap_or(it) == part)
            })
            .map(|(value, _)| value)
            .collect()
    };
    let mut mapping = Map::new();
    let mut union = Vec::new();
    // A parent that lists none may occur itself.
    let itself = (listed.is_empty() || !values_of(name).is_empty()).then_some(name);
    let all = if listed.is_empty() { &children } else { &listed };
    for part in all.iter().copied().filter(|part| *part != name).chain(itself) {
        let target = match base_of(part) {
            Some(base) => base.to_owned(),
            None if children.contains(&part) || part == name => part.to_owned(),
            // One that has nothing of the parent gets it.
            None => {
                let both = free(&format!("{name}{part}"), schemas);
                schemas.insert(both.clone(), json!({ "allOf": [reference(base), reference(part)] }));
                both
            }
        };
        let is_renamed = target != part;
        match values_of(part) {
            values if !values.is_empty() => {
                mapping.extend(values.into_iter().map(|value| (value.clone(), target_of(&target))));
            }
            _ if is_renamed => drop(mapping.insert(part.to_owned(), target_of(&target))),
            _ => {}
        }
        union.push(reference(&target));
    }
    let mut out =
        json!({ "oneOf": union, "discriminator": { "propertyName": tag(schema), "mapping": mapping } });
    for key in ["description", "title", "nullable", "deprecated", "x-rust-name"] {
        if let Some(value) = schema.get(key) {
            out[key] = value.clone();
        }
    }
    shared.remove("x-rust-name");
    schemas.insert(name.to_owned(), out);
    schemas.insert(base.to_owned(), shared.into());
}

fn referred(part: &Json) -> Option<&str> {
    text(part, "$ref").strip_prefix(PREFIX)
}

fn target_of(name: &str) -> Json {
    format!("{PREFIX}{name}").into()
}

fn reference(name: &str) -> Json {
    json!({ "$ref": target_of(name) })
}

fn free(name: &str, schemas: &Map<String, Json>) -> String {
    let numbered = (2..).map(|n| format!("{name}{n}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !schemas.contains_key(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(schemas: &Json) -> Json {
        let mut json = json!({ "components": { "schemas": schemas } });
        split(&mut json);
        json["components"]["schemas"].take()
    }

    fn parts_of(schema: &Json) -> Vec<&str> {
        list(schema, "oneOf").iter().filter_map(referred).collect()
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
        assert_eq!(parts_of(&out["Pet"]), ["Cat", "Lion", "PetBase"]);
        assert_eq!(out["Pet"]["discriminator"]["mapping"], json!({ "Pet": target_of("PetBase") }));
        assert_eq!(out["Cat"]["allOf"][0], reference("PetBase"));
        assert_eq!(
            out["PetBase"],
            json!({ "type": "object", "properties": { "kind": { "type": "string" } } })
        );
    }

    #[test]
    fn a_parent_that_lists_its_children() {
        let mapping = json!({ "c": target_of("Cat"), "d": "Dog" });
        let out = after(&json!({
            "Pet": pet(&json!({ "oneOf": [reference("Cat"), reference("Dog")], "discriminator": { "propertyName": "kind", "mapping": mapping } })),
            "Cat": { "allOf": [reference("Pet")] }, "Dog": { "type": "object" },
        }));
        assert_eq!(parts_of(&out["Pet"]), ["Cat", "PetDog"]);
        assert_eq!(
            out["Pet"]["discriminator"]["mapping"],
            json!({ "c": target_of("Cat"), "d": target_of("PetDog") })
        );
        assert_eq!(out["PetDog"]["allOf"], json!([reference("PetBase"), reference("Dog")]));
    }

    #[test]
    fn a_union_alone_and_a_discriminator_alone_stay() {
        let alone = json!({ "A": pet(&json!({})), "B": { "oneOf": [reference("A")], "discriminator": { "propertyName": "k" } } });
        assert_eq!(after(&alone), alone);
    }
}
