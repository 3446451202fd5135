//! Checks whether one of our schemas accepts a value as the generated code would, and keeps all of its known parts.

use serde_json::Value as Json;

/// How deep a value is looked into.
const MAX_DEPTH: usize = 24;

/// Whether the schema, of this document, reads the value.
pub(super) fn accepts(document: &Json, schema: &Json, value: &Json) -> bool {
    within(document, schema, value, 0)
}

fn within(document: &Json, schema: &Json, value: &Json, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let reads = |schema: &Json, value: &Json| within(document, schema, value, depth + 1);
    let flag = |key: &str| schema.get(key).and_then(Json::as_bool) == Some(true);
    if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        let target = target.strip_prefix('#').and_then(|target| document.pointer(target));
        // A text that has a name is a type of its own, which takes numbers too.
        let takes =
            |target: &Json| value.is_number() && target.get("pattern").is_some() || reads(target, value);
        return target.is_some_and(takes);
    }
    if flag("nullable") && value.is_null()
        || flag("x-php-empty") && value.as_array().is_some_and(Vec::is_empty)
    {
        return true;
    }
    match schema.get("x-rust-type").and_then(Json::as_str) {
        Some("True" | "False") => return value.is_boolean(),
        Some("RawJson") => return true,
        Some(_) => return value.is_string(),
        None => {}
    }
    if let Some(parts) = schema.get("allOf").and_then(Json::as_array) {
        return parts.iter().all(|part| reads(part, value));
    }
    if let Some(parts) = schema.get("oneOf").and_then(Json::as_array) {
        return parts.iter().any(|part| reads(part, value));
    }
    let text = value.as_str().unwrap_or_default();
    match schema.get("type").and_then(Json::as_str).unwrap_or_default() {
        "string" => {
            let known = schema.get("enum").and_then(Json::as_array);
            value.is_string() && known.is_none_or(|known| known.contains(value))
        }
        "boolean" => {
            value.is_boolean() || matches!(value.as_i64(), Some(0 | 1)) || ["0", "1"].contains(&text)
        }
        "integer" => value.is_i64() || value.is_u64() || text.parse::<i64>().is_ok(),
        "number" => value.is_number() || text.parse::<f64>().is_ok(),
        "array" => match (value.as_array(), schema.get("items")) {
            (Some(values), Some(items)) => values.iter().all(|value| reads(items, value)),
            (values, _) => values.is_some(),
        },
        "object" => {
            let Some(members) = value.as_object() else { return value.as_array().is_some_and(Vec::is_empty) };
            let properties = schema.get("properties").and_then(Json::as_object);
            let further = schema.get("additionalProperties").filter(|further| further.is_object());
            let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
            let property = |name: &str| properties.and_then(|properties| properties.get(name));
            let may_lack = |name: &str| property(name).is_some_and(|it| it.get("x-may-lack").is_some());
            required
                .filter_map(Json::as_str)
                .all(|name| members.get(name).is_some_and(|member| !member.is_null()) || may_lack(name))
                && members.iter().filter(|(_, member)| !member.is_null()).all(|(name, member)| {
                    property(name).or(further).is_none_or(|schema| reads(schema, member))
                })
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_be_lost_is_not_accepted() {
        let document =
            json!({ "components": { "schemas": { "Id": { "type": "string", "pattern": "^U" } } } });
        let schema = json!({ "type": "object", "required": ["id", "name"], "properties": {
            "id": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string", "x-may-lack": true }, "is_on": { "type": "boolean" },
            "kind": { "type": "string", "enum": ["a", "b"] }, "tags": { "type": "array", "items": { "type": "string" } },
            "either": { "oneOf": [{ "type": "integer" }, { "$ref": "#/components/schemas/Id" }] },
            "topic": { "type": "object", "x-php-empty": true, "properties": { "value": { "type": "string" } } } } });
        for (value, expected) in [
            (json!({ "id": "U1" }), true),
            (
                json!({ "id": "U1", "unknown": { "a": 1 }, "is_on": 1, "tags": [], "topic": [], "either": "3" }),
                true,
            ),
            (json!({ "id": 1, "kind": null, "tags": ["x", "1"] }), true),
            (json!({ "id": "U1", "tags": ["x", 1] }), false),
            (json!({ "name": "n" }), false),
            (json!({ "id": null }), false),
            (json!({ "id": ["U1"] }), false),
            (json!({ "id": "U1", "is_on": "yes" }), false),
            (json!({ "id": "U1", "kind": "c" }), false),
            (json!({ "id": "U1", "tags": "x" }), false),
            (json!({ "id": "U1", "tags": [{}] }), false),
            (json!({ "id": "U1", "topic": { "value": {} } }), false),
            (json!({ "id": "U1", "either": true }), false),
            (json!([]), true),
            (json!("U1"), false),
        ] {
            assert_eq!(accepts(&document, &schema, &value), expected, "{value}");
        }
    }
}
