//! Corrects the schemas of a document according to its own examples.
//!
//! A schema describes what a server promises to send, an example what it really sends. If they differ, the example is right: a property that it lacks is not
//! required, its value is added to the enum, and a value of another type means that the schema accepts any value.

mod warnings;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::json_pointer;
use super::openapi::{OpenApi, Schema};

/// How many nested levels of schemas are followed, so that a cycle ends.
const MAX_DEPTH: usize = 48;

/// The example values of every schema, by its JSON pointer in the document, and the corrections that follow from them.
#[derive(Debug, Default)]
pub struct Examples {
    values: BTreeMap<String, Vec<Json>>,
    corrections: Vec<Correction>,
}

/// A difference between a schema and an example.
#[derive(Debug)]
enum Correction {
    /// The schema at the pointer does not require the property.
    NotRequired(String, String),
    /// The enum at the pointer has the value.
    Value(String, Json),
    /// The number at the pointer has a value that needs all 64 bits.
    Large(String, Json),
    /// The schema at the pointer allows any value, since an example is of another type.
    Anything(String),
}

impl Examples {
    /// Reads the examples of all responses.
    #[must_use]
    pub fn of(document: &Json) -> Self {
        let mut all = Self::default();
        let paths = document.get("paths").and_then(Json::as_object).into_iter().flatten();
        for (path, item) in paths {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let responses = operation.get("responses").and_then(Json::as_object).into_iter().flatten();
                for (status, response) in responses {
                    for (kind, media) in
                        response.get("content").and_then(Json::as_object).into_iter().flatten()
                    {
                        if media.get("schema").is_some() {
                            let at = ["paths", path, method, "responses", status, "content", kind, "schema"];
                            let at: String =
                                at.iter().map(|part| format!("/{}", json_pointer::escape(part))).collect();
                            for example in examples(media) {
                                all.add(document, &at, example);
                            }
                        }
                    }
                }
            }
        }
        all
    }

    /// Returns the example values of the schema at a JSON pointer.
    pub(crate) fn values(&self, pointer: &str) -> &[Json] {
        self.values.get(pointer).map_or(&[], Vec::as_slice)
    }

    /// Returns the JSON pointers of all schemas with example values.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// Corrects the schemas of a document in JSON.
    pub(crate) fn correct(&self, document: &mut Json) {
        for correction in &self.corrections {
            match correction {
                Correction::NotRequired(at, name) => {
                    if let Some(schema) = document.pointer_mut(at) {
                        not_required(schema, name);
                    }
                }
                Correction::Value(at, value) => {
                    let values = document
                        .pointer_mut(at)
                        .and_then(|schema| schema.get_mut("enum"))
                        .and_then(Json::as_array_mut);
                    if let Some(values) = values.filter(|values| !values.contains(value)) {
                        values.push(value.clone());
                    }
                }
                Correction::Large(at, value) => {
                    if let Some(schema) = document.pointer_mut(at) {
                        schema["example"] = value.clone();
                    }
                }
                Correction::Anything(at) => {
                    if let Some(schema) = document.pointer_mut(at) {
                        let about = schema.get("description").cloned();
                        *schema = about.map_or_else(|| json!({}), |about| json!({ "description": about }));
                    }
                }
            }
        }
    }

    /// Corrects the schemas of a document that was read.
    pub(in crate::spec) fn correct_schemas(&self, api: &mut OpenApi) {
        for correction in &self.corrections {
            match correction {
                Correction::NotRequired(at, name) => {
                    if let Some(schema) = api.schema_mut(at)
                        && let Some(names) = &mut schema.required
                    {
                        names.retain(|other| other != name);
                        schema.required.take_if(|names| names.is_empty());
                    }
                }
                Correction::Value(at, value) => {
                    let values = api.schema_mut(at).and_then(|schema| schema.values.as_mut());
                    if let Some(values) = values.filter(|values| !values.contains(value)) {
                        values.push(value.clone());
                    }
                }
                Correction::Large(at, value) => {
                    if let Some(schema) = api.schema_mut(at) {
                        schema.example = Some(value.clone());
                    }
                }
                Correction::Anything(at) => {
                    if let Some(schema) = api.schema_mut(at) {
                        let Schema { location, description, .. } = std::mem::take(schema);
                        *schema = Schema { location, description, ..Schema::default() };
                    }
                }
            }
        }
    }

    fn add(&mut self, document: &Json, at: &str, example: &Json) {
        let mut look = Look { document, values: Vec::new() };
        if let Some(corrections) = look.schema(at, example, 0) {
            self.corrections.extend(corrections);
        }
        for (at, value) in look.values {
            self.values.entry(at).or_default().push(value.clone());
        }
    }
}

/// Returns all examples of a response's content for one media type.
pub(crate) fn examples(media: &Json) -> impl Iterator<Item = &Json> {
    let several = media.get("examples").and_then(Json::as_object).into_iter().flat_map(Map::values);
    media.get("example").into_iter().chain(several.filter_map(|example| example.get("value")))
}

/// Values with the JSON pointers of their schemas.
type Seen<'a> = Vec<(String, &'a Json)>;

struct Look<'a> {
    document: &'a Json,
    values: Seen<'a>,
}

impl<'a> Look<'a> {
    /// Returns the corrections by which the schema at a JSON pointer accepts a value; `None` if the value is of another type.
    fn schema(&mut self, at: &str, value: &'a Json, depth: usize) -> Option<Vec<Correction>> {
        let Some(schema) = self.document.pointer(at).filter(|_| depth < MAX_DEPTH) else {
            return Some(Vec::new());
        };
        self.values.push((at.to_owned(), value));
        if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
            return match target.strip_prefix('#') {
                Some(target) => self.schema(target, value, depth + 1),
                None => Some(Vec::new()),
            };
        }
        if value.is_null() && schema.get("nullable").and_then(Json::as_bool) == Some(true) {
            return Some(Vec::new());
        }
        let mut out = Vec::new();
        for (n, _) in parts(schema, "allOf").enumerate() {
            out.extend(self.schema(&format!("{at}/allOf/{n}"), value, depth + 1)?);
        }
        for key in ["oneOf", "anyOf"] {
            if parts(schema, key).next().is_some() {
                out.extend(self.best(schema, &format!("{at}/{key}"), key, value, depth)?);
            }
        }
        out.extend(self.own(schema, at, value, depth)?);
        Some(out)
    }

    /// Returns the corrections of the part of a union that needs the fewest; `None` if the value is not of the type of any part.
    fn best(
        &mut self,
        schema: &'a Json,
        at: &str,
        key: &str,
        value: &'a Json,
        depth: usize,
    ) -> Option<Vec<Correction>> {
        let mut best: Option<(usize, Vec<Correction>, Seen<'a>)> = None;
        for (n, part) in parts(schema, key).enumerate() {
            let mut look = Look { document: self.document, values: Vec::new() };
            let Some(corrections) = look.schema(&format!("{at}/{n}"), value, depth + 1) else { continue };
            let cost = corrections.len() + unlike(part, value);
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, corrections, look.values));
            }
        }
        let (_, corrections, values) = best?;
        self.values.extend(values);
        Some(corrections)
    }

    fn own(&mut self, schema: &'a Json, at: &str, value: &'a Json, depth: usize) -> Option<Vec<Correction>> {
        let mut out = Vec::new();
        let kind = schema.get("type").and_then(Json::as_str).unwrap_or_default();
        // A named string schema becomes a type that accepts numbers too.
        let is_named = at.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        if !is_of(kind, value) || kind == "string" && value.is_number() && !is_named {
            return None;
        }
        if let Some(values) = schema.get("enum").and_then(Json::as_array)
            && value.is_string()
            && !values.contains(value)
        {
            out.push(Correction::Value(at.to_owned(), value.clone()));
        }
        if kind == "integer" && value.is_u64() && !value.is_i64() {
            out.push(Correction::Large(at.to_owned(), value.clone()));
        }
        if let Json::Object(members) = value {
            let properties = schema.get("properties").and_then(Json::as_object);
            for (name, member) in members {
                let pointer = format!("{at}/properties/{}", json_pointer::escape(name));
                match properties.and_then(|properties| properties.get(name)) {
                    Some(_) => match self.schema(&pointer, member, depth + 1) {
                        Some(corrections) => out.extend(corrections),
                        None if member.is_null() => {
                            out.push(Correction::NotRequired(at.to_owned(), name.clone()));
                        }
                        None => out.push(Correction::Anything(pointer)),
                    },
                    None if schema.get("additionalProperties").is_some_and(Json::is_object) => {
                        let pointer = format!("{at}/additionalProperties");
                        out.extend(self.schema(&pointer, member, depth + 1).unwrap_or_default());
                    }
                    None => {}
                }
            }
            for name in schema.get("required").and_then(Json::as_array).into_iter().flatten() {
                if let Some(name) = name.as_str().filter(|name| !members.contains_key(*name)) {
                    out.push(Correction::NotRequired(at.to_owned(), name.to_owned()));
                }
            }
        }
        if let Json::Array(items) = value
            && schema.get("items").is_some()
        {
            let pointer = format!("{at}/items");
            for item in items {
                match self.schema(&pointer, item, depth + 1) {
                    Some(corrections) => out.extend(corrections),
                    None => out.push(Correction::Anything(pointer.clone())),
                }
            }
        }
        Some(out)
    }
}

fn parts<'a>(schema: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    schema.get(key).and_then(Json::as_array).into_iter().flatten()
}

/// Returns a penalty for each constant of a part, such as its `type`, that differs from the value's property.
fn unlike(part: &Json, value: &Json) -> usize {
    let properties = part.get("properties").and_then(Json::as_object).into_iter().flatten();
    let constants = properties.filter(|(_, property)| {
        property.get("enum").and_then(Json::as_array).is_some_and(|values| values.len() == 1)
    });
    let differs = |(name, property): &(&String, &Json)| {
        value.get(name.as_str()).is_some_and(|member| *member != property["enum"][0])
    };
    100 * constants.filter(differs).count()
}

/// Returns whether a value is of a type, or is read as that type by our lenient conversions.
fn is_of(kind: &str, value: &Json) -> bool {
    let text = value.as_str().unwrap_or_default();
    match kind {
        "string" => value.is_string() || value.is_number(),
        "boolean" => {
            value.is_boolean() || matches!(value.as_i64(), Some(0 | 1)) || ["0", "1"].contains(&text)
        }
        "integer" => value.is_i64() || value.is_u64() || text.parse::<i64>().is_ok(),
        "number" => value.is_number() || text.parse::<f64>().is_ok(),
        "array" => value.is_array(),
        "object" => value.is_object() || value.as_array().is_some_and(Vec::is_empty),
        _ => true,
    }
}

pub(crate) fn not_required(schema: &mut Json, name: &str) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(names) = map.get_mut("required").and_then(Json::as_array_mut) {
        names.retain(|other| other != name);
        if names.is_empty() {
            map.shift_remove("required");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(schema: &Json, example: &Json) -> Json {
        let mut document = json!({
            "paths": { "/a": { "get": { "responses": { "200": { "content": { "application/json": {
                "schema": schema, "examples": { "one": { "value": example } } } } } } } } },
            "components": { "schemas": { "Dog": { "type": "object", "required": ["name", "age"], "properties": {
                "name": { "type": "string" }, "age": { "type": "integer" }, "next": { "$ref": "#/components/schemas/Dog" } } } } },
        });
        Examples::of(&document).correct(&mut document);
        json!([
            document["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"],
            document["components"]["schemas"]["Dog"]
        ])
    }

    #[test]
    fn what_an_example_lacks_is_not_required() {
        let dog = json!({ "$ref": "#/components/schemas/Dog" });
        let found = corrected(&dog, &json!({ "name": "Rex", "next": { "age": 3 } }));
        assert_eq!(found[1].get("required"), None);
        let found = corrected(&dog, &json!({ "name": 5, "age": "3" }));
        assert_eq!(found[1]["required"], json!(["name", "age"]));
        let found = corrected(&dog, &json!({ "name": null, "age": 3 }));
        assert_eq!(found[1]["required"], json!(["age"]));
    }

    #[test]
    fn an_enum_has_the_values_that_examples_have() {
        let colours = json!({ "type": "array", "items": { "type": "string", "enum": ["red", "blue"] } });
        let found = corrected(&colours, &json!(["red", "green"]));
        assert_eq!(found[0]["items"]["enum"], json!(["red", "blue", "green"]));
    }

    #[test]
    fn of_a_union_the_part_that_fits_best_is_corrected() {
        let part = |kind: &str, other: &str| {
            json!({ "type": "object", "required": ["kind", other], "properties": {
                "kind": { "type": "string", "enum": [kind] }, other: { "type": "string" }, "more": { "type": "string" } } })
        };
        let union = json!({ "oneOf": [part("a", "x"), part("b", "y")] });
        let found = corrected(&union, &json!({ "kind": "b", "more": "m" }));
        assert_eq!(found[0]["oneOf"][0]["required"], json!(["kind", "x"]));
        assert_eq!(found[0]["oneOf"][1]["required"], json!(["kind"]));
    }

    #[test]
    fn what_is_of_another_type_can_be_anything() {
        let dog = json!({ "$ref": "#/components/schemas/Dog" });
        let found = corrected(&dog, &json!({ "name": ["Rex"], "age": 3 }));
        assert_eq!(found[1]["properties"]["name"], json!({}));
        assert_eq!(found[1]["required"], json!(["name", "age"]));
        let list = json!({ "type": "array", "items": { "type": "string" } });
        assert_eq!(corrected(&list, &json!(["a", {}]))[0]["items"], json!({}));
        let found = corrected(&dog, &json!({ "name": "Rex", "age": u64::MAX }));
        assert_eq!(found[1]["properties"]["age"], json!({ "type": "integer", "example": u64::MAX }));
    }

    #[test]
    fn an_example_of_another_kind_shows_nothing() {
        let list = json!({ "type": "array", "items": { "type": "object", "required": ["a"] } });
        assert_eq!(corrected(&list, &json!("array"))[0], list);
    }
}
