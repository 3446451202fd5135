//! Somebody else's schemas as the linter wants ours: everything described, every key known, nothing that contradicts itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::spec::lint;
use crate::spec::naming;

/// How our own schemas begin.
const SCHEMA_ORDER: &[&str] = &["type", "description", "required", "properties"];

/// Where a component of our own spec is, if it has one.
pub(super) type Ours<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// Cleans what is taken, and remembers what it left out.
#[derive(Default)]
pub(super) struct Cleaner {
    left_out: BTreeMap<String, BTreeSet<String>>,
}

impl Cleaner {
    /// What was left out, by what it was.
    pub(super) fn notes(self) -> Vec<String> {
        self.left_out
            .into_iter()
            .map(|(what, places)| {
                let places: Vec<String> = places.into_iter().collect();
                let shown = places.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
                let more = match places.len().saturating_sub(3) {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                format!("left out: {what} of {shown}{more}")
            })
            .collect()
    }

    fn leave_out(&mut self, what: &str, of: &str) {
        self.left_out.entry(what.to_owned()).or_default().insert(of.to_owned());
    }

    /// A path and its operations. References still lead into the other document; `ours` knows where our own components are.
    pub(super) fn path(&mut self, path: &str, item: &mut Json, document: &Json, ours: Ours<'_>) {
        let is_secured = |operation: &Json| operation.get("security").or(document.get("security")).is_some();
        for (key, value) in item.as_object_mut().into_iter().flatten() {
            match key.as_str() {
                "parameters" => self.parameters(path, value, document, true, ours),
                _ if value.is_object() => {
                    let is_secured = is_secured(value);
                    self.operation(path, value, document, is_secured, ours);
                }
                _ => {}
            }
        }
        self.known_keys(lint::Kind::PathItem, path, item);
    }

    fn operation(
        &mut self,
        path: &str,
        operation: &mut Json,
        document: &Json,
        is_secured: bool,
        ours: Ours<'_>,
    ) {
        self.known_keys(lint::Kind::Operation, path, operation);
        let tag = operation["tags"][0].as_str().map_or_else(
            || path.trim_start_matches('/').split(['.', '/']).next().unwrap_or("api").to_owned(),
            str::to_owned,
        );
        let tag = naming::snake(&naming::ascii(&tag));
        operation["tags"] = json!([tag.trim_start_matches("r#")]);
        let id = operation["operationId"].as_str().unwrap_or(path);
        operation["operationId"] = naming::snake(&naming::ascii(id)).into();
        // A summary alone is the description.
        if operation.get("description").is_none()
            && let Some(summary) = operation.as_object_mut().and_then(|map| map.shift_remove("summary"))
        {
            operation["description"] = summary;
        }
        describe(operation, "The document says nothing of it.");
        self.security(path, operation, ours);
        if let Some(parameters) = operation.get_mut("parameters") {
            self.parameters(path, parameters, document, is_secured, ours);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            self.content(path, body, document);
            if is_secured {
                self.token_of_a_form(path, body);
            }
        }
        order(
            operation,
            &[
                "operationId",
                "tags",
                "summary",
                "description",
                "externalDocs",
                "deprecated",
                "security",
                "parameters",
            ],
        );
        let Some(responses) = operation.get_mut("responses").and_then(Json::as_object_mut) else { return };
        for response in responses.values_mut() {
            self.known_keys(lint::Kind::Response, path, response);
            if response.get("$ref").is_none() && response.get("description").is_none() {
                response["description"] = "An answer.".into();
            }
            // Of headers we show none.
            if let Some(map) = response.as_object_mut() {
                map.shift_remove("headers");
            }
            self.content(path, response, document);
        }
        if !responses.keys().any(|status| status.starts_with('2')) {
            // A document may know a success by nothing but `default`.
            if let Some(default) = responses.remove("default") {
                responses.insert("200".to_owned(), default);
            }
        }
        // Any method may refuse, whether its document says so or not.
        if !responses.contains_key("default") {
            responses.insert("default".to_owned(), refusal());
        }
    }

    /// Requirements of schemes that our own spec has.
    fn security(&mut self, path: &str, operation: &mut Json, ours: Ours<'_>) {
        let Some(requirements) = operation.get_mut("security").and_then(Json::as_array_mut) else { return };
        let count = requirements.len();
        let is_ours = |name: &String| ours("securitySchemes", name).is_some();
        requirements.retain(|it| it.as_object().is_some_and(|schemes| schemes.keys().all(is_ours)));
        let (left, is_gone) = (requirements.len(), requirements.is_empty());
        if left < count {
            self.leave_out("`security`", path);
        }
        if left < count && is_gone {
            operation.as_object_mut().map(|map| map.shift_remove("security"));
        }
    }

    fn content(&mut self, of: &str, holder: &mut Json, document: &Json) {
        for media in
            holder.get_mut("content").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            if let Some(map) = media.as_object_mut() {
                map.retain(|key, _| key == "schema" || key == "encoding");
            }
            if let Some(schema) = media.get_mut("schema") {
                self.schema(of, schema, document, true);
                order(schema, SCHEMA_ORDER);
            }
        }
    }

    /// The token goes into a header of its own, so it is no field of a form.
    fn token_of_a_form(&mut self, of: &str, body: &mut Json) {
        let media = body.get_mut("content").and_then(Json::as_object_mut);
        for schema in media.into_iter().flat_map(Map::values_mut).filter_map(|media| media.get_mut("schema"))
        {
            let removed = schema
                .get_mut("properties")
                .and_then(Json::as_object_mut)
                .and_then(|properties| properties.shift_remove("token"));
            if removed.is_some() {
                self.leave_out("the token, which goes into a header,", of);
                retain_required(schema, |name| name != "token");
            }
        }
    }

    fn parameters(
        &mut self,
        of: &str,
        parameters: &mut Json,
        document: &Json,
        is_secured: bool,
        ours: Ours<'_>,
    ) {
        for parameter in parameters.as_array_mut().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let is_token = is_secured && name == "token" && parameter["in"] != "path";
            if is_token && let Some(shared) = ours("parameters", "Token") {
                *parameter = json!({ "$ref": shared });
            } else if parameter.get("$ref").is_none() {
                self.parameter(&format!("{of} {name}"), parameter, document);
            }
        }
    }

    fn parameter(&mut self, of: &str, parameter: &mut Json, document: &Json) {
        self.known_keys(lint::Kind::Parameter, of, parameter);
        if let Some(map) = parameter.as_object_mut() {
            map.shift_remove("example");
            map.shift_remove("examples");
        }
        describe(parameter, "The document says nothing of it.");
        if let Some(schema) = parameter.get_mut("schema") {
            self.schema(of, schema, document, false);
        }
        order(parameter, &["name", "in", "required", "description", "schema"]);
    }

    /// A component of any section.
    pub(super) fn component(&mut self, section: &str, name: &str, component: &mut Json, document: &Json) {
        match section {
            "schemas" => {
                self.schema(name, component, document, true);
                order(component, SCHEMA_ORDER);
            }
            "parameters" => self.parameter(name, component, document),
            _ => self.content(name, component, document),
        }
    }

    /// A schema and all that it holds. One that is `described` says what it is, if only that nobody knows.
    fn schema(&mut self, of: &str, schema: &mut Json, document: &Json, described: bool) {
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
        for part in &mut parts {
            self.schema(of, part, document, false);
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
                map.insert("oneOf".to_owned(), parts.into());
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

    fn known_keys(&mut self, kind: lint::Kind, of: &str, json: &mut Json) {
        let Some(map) = json.as_object_mut() else { return };
        let unknown: Vec<String> = map.keys().filter(|key| !kind.has(key)).cloned().collect();
        for key in unknown {
            map.shift_remove(&key);
            self.leave_out(&format!("`{key}`"), of);
        }
    }
}

/// OpenAPI passes over what stands beside a reference, so it goes around it.
fn beside_a_reference(schema: &mut Json) {
    let Some(map) = schema.as_object_mut().filter(|map| map.len() > 1) else { return };
    let target = map.shift_remove("$ref");
    let description = map.get("description").cloned();
    map.clear();
    if let Some(description) = description.filter(|text| text.as_str().is_some_and(|text| !text.is_empty())) {
        map.insert("description".to_owned(), description);
        map.insert("allOf".to_owned(), json!([{ "$ref": target }]));
    } else {
        map.insert("$ref".to_owned(), target.unwrap_or_default());
    }
}

fn describe(json: &mut Json, fallback: &str) {
    if json.get("$ref").is_some() {
        return;
    }
    if json.get("description").and_then(Json::as_str).is_none_or(|text| text.trim().is_empty()) {
        json["description"] = fallback.into();
    }
}

fn retain_required(schema: &mut Json, mut keep: impl FnMut(&str) -> bool) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(names) = map.get_mut("required").and_then(Json::as_array_mut) {
        names.retain(|name| name.as_str().is_some_and(&mut keep));
        if names.is_empty() {
            map.shift_remove("required");
        }
    }
}

/// Puts some keys first, in this order.
fn order(json: &mut Json, first: &[&str]) {
    let Some(map) = json.as_object_mut() else { return };
    let mut old = std::mem::take(map);
    for key in first {
        if let Some(value) = old.shift_remove(*key) {
            map.insert((*key).to_owned(), value);
        }
    }
    map.extend(old);
}

/// The type of a schema, through references; empty where it has none.
fn kind_of(schema: &Json, document: &Json) -> String {
    let mut schema = schema;
    for _ in 0..16 {
        let target = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|text| document.pointer(text.strip_prefix('#')?));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
    schema.get("type").and_then(Json::as_str).unwrap_or(if is_object { "object" } else { "" }).to_owned()
}

/// A refusal as every method of Slack's sends it.
fn refusal() -> Json {
    json!({
        "description": "Slack refused the call.",
        "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["ok", "error"],
            "properties": {
                "ok": { "type": "boolean", "description": "Always false." },
                "error": { "type": "string", "description": "The code." },
            },
        } } },
    })
}
