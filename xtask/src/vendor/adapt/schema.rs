//! Adapts schemas: each has one type, values of that type, and no keys of other types.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::Adapter;
use super::keys::{beside_a_reference, describe, kind_of, order, retain_required};
use crate::spec::{lint, naming};

impl Adapter {
    /// A schema and all that it holds. One that is `described` says what it is, if only that nobody knows.
    pub(super) fn schema(&mut self, of: &str, schema: &mut Json, document: &Json, described: bool) {
        if !schema.is_object() {
            *schema = json!({});
        }
        if schema.get("$ref").is_some() {
            beside_a_reference(schema);
            return;
        }
        self.known_keys(lint::Kind::Schema, of, schema);
        if let Some(map) = schema.as_object_mut() {
            for key in ["example", "not", "title"] {
                map.shift_remove(key);
            }
            if let Some(parts) = map.shift_remove("anyOf") {
                map.entry("oneOf").or_insert(parts);
            }
        }
        self.union(of, schema, document);
        self.type_of(of, schema);
        self.values(of, schema);
        for (name, property) in
            schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten()
        {
            self.schema(&format!("{of} {name}"), property, document, false);
            if property.get("$ref").is_none() {
                describe(
                    property,
                    &format!("`{}`, of which the document says nothing.", name.replace('`', "'")),
                );
                order(property, &["description", "type"]);
            }
        }
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get_mut(key).filter(|inner| inner.is_object()) {
                self.schema(of, inner, document, false);
            }
        }
        for part in schema.get_mut("allOf").and_then(Json::as_array_mut).into_iter().flatten() {
            self.schema(of, part, document, false);
        }
        if schema.get("allOf").is_none() {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            self.required(of, schema, &properties);
        }
        if described {
            describe(schema, "The document says nothing of it.");
        }
    }

    fn required(&mut self, of: &str, schema: &mut Json, properties: &Map<String, Json>) {
        let missing: Vec<String> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .filter(|name| !properties.contains_key(*name))
            .map(str::to_owned)
            .collect();
        for name in &missing {
            self.leave_out(&format!("`{name}`, which is required and no property,"), of);
        }
        let mut seen = BTreeSet::new();
        retain_required(schema, |name| properties.contains_key(name) && seen.insert(name.to_owned()));
    }

    /// Parts that say nothing apart from each other are one part.
    fn union(&mut self, of: &str, schema: &mut Json, document: &Json) {
        let Some(mut parts) = schema.get("oneOf").and_then(Json::as_array).cloned() else { return };
        if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            schema.as_object_mut().map(|map| map.shift_remove("oneOf"));
            self.leave_out("a union beside properties", of);
            return;
        }
        let mut kinds = BTreeSet::new();
        parts.retain(|part| match kind_of(part, document).as_str() {
            "object" | "" => true,
            kind => kinds.insert(kind.to_owned()),
        });
        let tag = schema.pointer("/discriminator/propertyName").and_then(Json::as_str).map(str::to_owned);
        let titles: Vec<Option<Json>> = parts.iter().map(|part| part.get("title").cloned()).collect();
        for (part, title) in parts.iter_mut().zip(titles) {
            self.schema(of, part, document, false);
            // It becomes a part of the name.
            if let Some(title) = title.filter(|_| part.get("properties").is_some()) {
                part["title"] = title;
            }
        }
        let Some(map) = schema.as_object_mut() else { return };
        map.shift_remove("type");
        map.shift_remove("discriminator");
        match parts.as_slice() {
            [] => {
                map.shift_remove("oneOf");
            }
            [only] => {
                let only = only.clone();
                map.shift_remove("oneOf");
                if only.get("$ref").is_some() {
                    map.insert("allOf".to_owned(), json!([only]));
                } else {
                    for (key, value) in only.as_object().into_iter().flatten() {
                        map.entry(key.clone()).or_insert_with(|| value.clone());
                    }
                }
            }
            _ => {
                let tells_apart = |tag: &String| parts.iter().all(|part| has_constant(part, tag, document));
                let tag = tag.filter(tells_apart);
                map.insert("oneOf".to_owned(), parts.into());
                if let Some(tag) = tag {
                    map.insert("discriminator".to_owned(), json!({ "propertyName": tag }));
                }
            }
        }
    }

    /// The type, and nothing that belongs to another one.
    fn type_of(&mut self, of: &str, schema: &mut Json) {
        let Some(map) = schema.as_object_mut() else { return };
        let composed = ["allOf", "oneOf"].iter().any(|key| map.contains_key(*key));
        let guess = if map.contains_key("properties") || map.contains_key("additionalProperties") {
            Some("object")
        } else if map.contains_key("items") {
            Some("array")
        } else if map.contains_key("enum") {
            Some("string")
        } else {
            None
        };
        if let Some(guess) = guess.filter(|_| !composed && !map.contains_key("type")) {
            map.insert("type".to_owned(), guess.into());
        }
        let kind = map.get("type").and_then(Json::as_str).map(str::to_owned);
        if kind.as_deref() == Some("array") && !map.contains_key("items") {
            map.insert("items".to_owned(), json!({}));
        }
        let foreign: Vec<String> = map
            .keys()
            .filter(|key| lint::belongs_elsewhere(key, kind.as_deref(), composed))
            .cloned()
            .collect();
        for key in foreign {
            map.shift_remove(&key);
            self.leave_out(&format!("`{key}`, which belongs to another type,"), of);
        }
        // An unknown field is never an error, so what further properties there may be changes nothing.
        if map.contains_key("properties") {
            map.shift_remove("additionalProperties");
        }
        if map.get("additionalProperties") == Some(&Json::Bool(false)) {
            map.shift_remove("additionalProperties");
        }
        let format = map.get("format").and_then(Json::as_str).map(str::to_owned);
        if let Some(format) = format.filter(|format| !lint::is_format(kind.as_deref(), format)) {
            map.shift_remove("format");
            self.leave_out(&format!("the format `{format}`"), of);
        }
        let pattern = map.get("pattern").and_then(Json::as_str).map(str::to_owned);
        if pattern.is_some_and(|pattern| regex_lite::Regex::new(&pattern).is_err()) {
            map.shift_remove("pattern");
            self.leave_out("a pattern that does not compile", of);
        }
        let fits = match (kind.as_deref(), map.get("default")) {
            (Some("string"), Some(value)) => value.is_string() && !map.contains_key("enum"),
            (Some("integer"), Some(value)) => value.is_i64(),
            (Some("number"), Some(value)) => value.is_number(),
            (Some("boolean"), Some(value)) => value.is_boolean(),
            (_, value) => value.is_none(),
        };
        if !fits {
            map.shift_remove("default");
            self.leave_out("a default", of);
        }
    }

    /// Values that are of the type, each of them once and with a name of its own.
    fn values(&mut self, of: &str, schema: &mut Json) {
        let is_text = schema["type"] == "string";
        let Some(values) = schema.get("enum").and_then(Json::as_array).cloned() else { return };
        let mut seen = Vec::new();
        for value in values {
            let value = match value {
                Json::Null => continue,
                Json::String(_) => value,
                other if is_text => other.to_string().into(),
                other => other,
            };
            if !seen.contains(&value) {
                seen.push(value);
            }
        }
        if seen.is_empty() {
            schema.as_object_mut().map(|map| map.shift_remove("enum"));
            self.leave_out("an enum without values", of);
            return;
        }
        if is_text && seen.len() > 1 {
            let mut names: Vec<String> = Vec::new();
            for value in &seen {
                let plain = match naming::pascal(&naming::ascii(value.as_str().unwrap_or_default())).as_str()
                {
                    "Unrecognized" => "UnrecognizedValue".to_owned(),
                    name => name.to_owned(),
                };
                let free = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}{n}") });
                names.extend(free.into_iter().find(|name| !names.contains(name)));
            }
            let follow = names
                .iter()
                .zip(&seen)
                .all(|(name, value)| *name == naming::pascal(value.as_str().unwrap_or_default()));
            if !follow {
                schema["x-enum-varnames"] = names.into();
            }
        }
        schema["enum"] = seen.into();
    }
}

/// Whether a part, or what it refers to, has a property with one value.
fn has_constant(part: &Json, name: &str, document: &Json) -> bool {
    let target = part
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|target| document.pointer(target.strip_prefix('#')?));
    let values = target.unwrap_or(part)["properties"][name]["enum"].as_array();
    values.is_some_and(|values| values.len() == 1)
}
