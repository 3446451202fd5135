//! What of the generated code is behind a feature of Cargo.
//!
//! A file of the spec says which feature it is for, and the bundle gave that to each of its operations and schemas. Whatever else refers to one of those
//! schemas needs it with or without the feature, so it is then part of every build.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{PREFIX, Schemas, operations_mut, operations_of, text};
use crate::spec::lint::Rules;

const KEY: &str = "x-feature";

/// Leaves `x-feature` at the operations and schemas that are gated, and only there.
pub(super) fn gate(document: &mut Json, schemas: &mut Schemas, rules: Rules) {
    let mut tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, _, operation) in operations_of(document) {
        tags.entry(tag(operation)).or_default().insert(text(operation, KEY).to_owned());
    }
    // A module is gated as a whole. Other people's documents have no features.
    let is_gated = |operation: &Json| {
        rules == Rules::House
            && !text(operation, KEY).is_empty()
            && tags.get(&tag(operation)).is_some_and(|features| features.len() == 1)
    };
    let mut always = BTreeSet::new();
    let mut gated: BTreeMap<String, String> = BTreeMap::new();
    for (_, _, operation) in operations_of(document) {
        let mut reached = BTreeSet::new();
        reach(operation, schemas, &mut reached);
        if is_gated(operation) {
            let feature = text(operation, KEY);
            gated.extend(reached.into_iter().map(|name| (name, feature.to_owned())));
        } else {
            always.extend(reached);
        }
    }
    for (name, schema) in schemas.iter() {
        let mut reached = BTreeSet::from([name.clone()]);
        reach(schema, schemas, &mut reached);
        match text(schema, KEY) {
            "" if gated.contains_key(name) && is_hoisted(schema) => {}
            feature if !feature.is_empty() && rules == Rules::House => {
                gated.extend(reached.into_iter().map(|name| (name, feature.to_owned())));
            }
            _ if is_hoisted(schema) => {}
            _ => always.extend(reached),
        }
    }
    for (name, schema) in schemas.iter_mut() {
        let Some(schema) = schema.as_object_mut() else { continue };
        schema.remove(KEY);
        if let Some(feature) = gated.get(name).filter(|_| !always.contains(name)) {
            schema.insert(KEY.to_owned(), feature.as_str().into());
        }
    }
    for (_, _, operation) in operations_mut(document) {
        if !is_gated(operation)
            && let Some(operation) = operation.as_object_mut()
        {
            operation.remove(KEY);
        }
    }
}

/// Whether a schema stood inline, so that it is needed where that is.
fn is_hoisted(schema: &Json) -> bool {
    schema.get("x-hoisted").is_some()
}

fn tag(operation: &Json) -> String {
    operation.pointer("/tags/0").and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// All schemas that a piece of the document refers to, directly or through others.
fn reach(json: &Json, schemas: &Schemas, reached: &mut BTreeSet<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| reach(item, schemas, reached)),
        Json::Object(map) => {
            for (key, value) in map {
                let name =
                    value.as_str().filter(|_| key == "$ref").and_then(|text| text.strip_prefix(PREFIX));
                match name {
                    Some(name) if reached.insert(name.to_owned()) => {
                        if let Some(schema) = schemas.get(name) {
                            reach(schema, schemas, reached);
                        }
                    }
                    Some(_) => {}
                    None if matches!(key.as_str(), "example" | "examples") => {}
                    None => reach(value, schemas, reached),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gated(rules: Rules) -> (Vec<String>, Vec<String>) {
        let to = |name: &str| json!({ "$ref": format!("{PREFIX}{name}") });
        let answer =
            |name: &str| json!({ "200": { "content": { "application/json": { "schema": to(name) } } } });
        let mut document = json!({ "paths": {
            "/a.b": { "get": { "tags": ["a"], "x-feature": "web", "responses": answer("Gated") } },
            "/c.d": { "get": { "tags": ["c"], "responses": answer("Open") } },
            "/c.e": { "get": { "tags": ["c"], "x-feature": "web", "responses": answer("Mixed") } },
        } });
        let mut schemas = json!({
            "Gated": { "x-feature": "web", "properties": { "a": to("GatedInner"), "b": to("Shared"), "c": to("Root") } },
            "GatedInner": { "x-hoisted": true, "properties": {} },
            "Root": { "properties": {} },
            "Open": { "properties": { "s": to("Shared") } },
            "Shared": { "x-feature": "web", "properties": { "i": to("SharedInner") } },
            "SharedInner": { "x-hoisted": true, "properties": {} },
            "Mixed": { "x-feature": "web", "properties": {} },
        });
        let mut schemas = std::mem::take(schemas.as_object_mut().unwrap());
        gate(&mut document, &mut schemas, rules);
        let names = schemas.iter().filter(|(_, it)| it.get(KEY).is_some()).map(|(name, _)| name.clone());
        let paths = operations_of(&document).filter(|(_, _, it)| it.get(KEY).is_some());
        (names.collect(), paths.map(|(path, _, _)| path.clone()).collect())
    }

    #[test]
    fn what_every_build_needs_is_in_every_build() {
        assert_eq!(gated(Rules::House), (vec!["Gated".into(), "GatedInner".into()], vec!["/a.b".into()]));
    }

    #[test]
    fn documents_of_other_people_have_no_features() {
        assert_eq!(gated(Rules::Foreign), (vec![], vec![]));
    }
}
