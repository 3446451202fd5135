//! Parameters, bodies, responses and headers where they are referred to.

use serde_json::Value as Json;

use super::{list, operations_mut, text};

/// Puts the shared parts of operations in place, and the parameters of a path into each of its operations.
pub(super) fn dereference(json: &mut Json) {
    let components = json.get("components").cloned().unwrap_or_default();
    let resolve = |part: &Json| {
        let mut part = part.clone();
        // A reference may lead to another one, but in no circle that matters.
        for _ in 0..8 {
            let Some(target) = text(&part, "$ref").strip_prefix("#/components/") else { break };
            let Some((section, name)) = target.split_once('/') else { break };
            part = components[section][name].clone();
        }
        part
    };
    let Some(paths) = json.get_mut("paths").and_then(Json::as_object_mut) else { return };
    for item in paths.values_mut() {
        let of_path: Vec<Json> = list(item, "parameters").iter().map(resolve).collect();
        for (_, operation) in
            item.as_object_mut().into_iter().flatten().filter(|(key, _)| super::is_method(key))
        {
            let own: Vec<Json> = list(operation, "parameters").iter().map(resolve).collect();
            let stands_in = |parameter: &Json| {
                own.iter().any(|other| other["name"] == parameter["name"] && other["in"] == parameter["in"])
            };
            let inherited = of_path.iter().filter(|parameter| !stands_in(parameter));
            operation["parameters"] = inherited.chain(&own).cloned().collect();
        }
    }
    for (_, _, operation) in operations_mut(json) {
        if let Some(body) = operation.get_mut("requestBody") {
            *body = resolve(body);
        }
        for response in operation.get_mut("responses").and_then(Json::as_object_mut).into_iter().flatten() {
            *response.1 = resolve(response.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shared_parts_are_put_in_place() {
        let mut json = json!({
            "paths": { "/a": {
                "parameters": [{ "$ref": "#/components/parameters/q" }, { "name": "p", "in": "path" }],
                "get": {
                    "parameters": [{ "name": "p", "in": "path", "description": "own" }],
                    "requestBody": { "$ref": "#/components/requestBodies/b" },
                    "responses": { "200": { "$ref": "#/components/responses/r" } },
                },
                "x-other": { "responses": 1 },
            } },
            "components": {
                "parameters": { "q": { "name": "q", "in": "query" } },
                "requestBodies": { "b": { "content": {} } },
                "responses": { "r": { "$ref": "#/components/responses/s" }, "s": { "description": "s" } },
            },
        });
        dereference(&mut json);
        assert_eq!(
            json["paths"]["/a"]["get"],
            json!({
                "parameters": [{ "name": "q", "in": "query" }, { "name": "p", "in": "path", "description": "own" }],
                "requestBody": { "content": {} },
                "responses": { "200": { "description": "s" } },
            })
        );
    }
}
