//! Adapts foreign schemas to the linter: everything is described, every key is known, and nothing contradicts itself.

mod keys;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::own_schemas::OwnSchemas;
use crate::spec::examples::not_required;
use crate::spec::{lint, naming};
use keys::{describe, order};

/// How our own schemas begin.
const SCHEMA_ORDER: &[&str] = &["type", "description", "required", "properties"];

/// Adapts what is taken, and remembers what it left out.
#[derive(Default)]
pub(super) struct Adapter {
    left_out: BTreeMap<String, BTreeSet<String>>,
}

impl Adapter {
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
    pub(super) fn path(&mut self, path: &str, item: &mut Json, document: &Json, ours: &OwnSchemas<'_>) {
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
        ours: &OwnSchemas<'_>,
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
                "x-pagination",
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
            responses.insert("default".to_owned(), refusal(ours));
        }
    }

    /// Requirements of schemes that our own spec has.
    fn security(&mut self, path: &str, operation: &mut Json, ours: &OwnSchemas<'_>) {
        let Some(requirements) = operation.get_mut("security").and_then(Json::as_array_mut) else { return };
        let count = requirements.len();
        let is_ours = |name: &String| ours.has("securitySchemes", name);
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
                not_required(schema, "token");
            }
        }
    }

    fn parameters(
        &mut self,
        of: &str,
        parameters: &mut Json,
        document: &Json,
        is_secured: bool,
        ours: &OwnSchemas<'_>,
    ) {
        for parameter in parameters.as_array_mut().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let is_token = is_secured && name == "token" && parameter["in"] != "path";
            if is_token && let Some(shared) = ours.reference("parameters", "Token") {
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

    fn known_keys(&mut self, kind: lint::Kind, of: &str, json: &mut Json) {
        let Some(map) = json.as_object_mut() else { return };
        let unknown: Vec<String> = map.keys().filter(|key| !kind.has(key)).cloned().collect();
        for key in unknown {
            map.shift_remove(&key);
            self.leave_out(&format!("`{key}`"), of);
        }
    }
}

/// A refusal as every method of Slack's sends it: ours, if we have one.
fn refusal(ours: &OwnSchemas<'_>) -> Json {
    let schema = match ours.reference("schemas", "ErrorResponse") {
        Some(target) => json!({ "$ref": target }),
        None => json!({
            "type": "object",
            "required": ["ok", "error"],
            "properties": {
                "ok": { "type": "boolean", "description": "Always false." },
                "error": { "type": "string", "description": "The code." },
            },
        }),
    };
    json!({ "description": "Slack refused the call.", "content": { "application/json": { "schema": schema } } })
}
