//! One schema at a time.

use serde_json::{Map, Value as Json, json};

use super::layout::Layout;
use super::{Normalized, Schemas, description, flag, literal, reference, text};
use crate::spec::{doc_comment, naming};

/// What becomes of a schema.
pub(super) fn normalize(
    name: &str,
    schema: &Json,
    schemas: &Schemas,
    layout: &Layout,
    out: &mut Normalized,
) -> Json {
    // Most of what is declared through a macro is out of rustfmt's reach, so it is indented here.
    let doc = doc_comment::indented(&description(schema, name), 4);
    if schema.get("x-rust-type").is_some() {
        out.schema_mappings.insert(name.to_owned(), name.to_owned());
        return json!({});
    }
    if let Some(mut union) = union(schema, schemas, layout) {
        union["x-doc"] = doc.into();
        return union;
    }
    match text(schema, "type") {
        "string" if schema.get("enum").is_some() => open_enum(schema, &doc),
        "string" => {
            out.schema_mappings.insert(name.to_owned(), name.to_owned());
            json!({
                "type": "string",
                "x-newtype": true,
                "x-doc": doc,
                "x-pattern": schema.get("pattern").and_then(Json::as_str).map(literal),
            })
        }
        _ if schema.get("properties").is_some() => structure(schema, schemas, layout, out, &doc),
        _ => schema.clone(),
    }
}

fn open_enum(schema: &Json, doc: &str) -> Json {
    let list = |key: &str| schema.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let (descriptions, names) = (list("x-enum-descriptions"), list("x-enum-varnames"));
    let variants: Vec<Json> = list("enum")
        .iter()
        .enumerate()
        .map(|(n, value)| {
            let value = value.as_str().unwrap_or_default();
            let description = descriptions.get(n).and_then(Json::as_str).map_or_else(|| format!("`{value}`."), str::to_owned);
            json!({
                "name": names.get(n).and_then(Json::as_str).map_or_else(|| naming::pascal(value), str::to_owned),
                "value": literal(value),
                "doc": doc_comment::indented(&description, 8),
            })
        })
        .collect();
    let variant_of = |value: &Json| {
        let found =
            variants.iter().find(|variant| variant["value"] == literal(value.as_str().unwrap_or_default()));
        found.map(|variant| variant["name"].clone()).unwrap_or_default()
    };
    let predicates: Vec<Json> = schema
        .get("x-enum-predicates")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(name, predicate)| {
            let values = predicate["values"].as_array().cloned().unwrap_or_default();
            json!({
                "name": name,
                "doc": doc_comment::indented(text(predicate, "description"), 4),
                "variants": values.iter().map(variant_of).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "type": "string",
        // The generator would warn of values that it cannot name, and its names are not used.
        "enum": ["first", "second"],
        "x-doc": doc,
        "x-open-enum": { "variants": variants, "predicates": predicates },
    })
}

/// A `oneOf`: told apart by a discriminator, or an id beside an object.
fn union(schema: &Json, schemas: &Schemas, layout: &Layout) -> Option<Json> {
    let parts = schema.get("oneOf")?.as_array()?;
    // A union without a property would be taken for a map, hence the placeholder.
    let model = |key: &str, value: Json| {
        let mut model = json!({ "type": "object", "properties": { "placeholder": { "type": "string" } } });
        model[key] = value;
        model
    };
    if let Some(tag) = schema.pointer("/discriminator/propertyName").and_then(Json::as_str) {
        let variants: Vec<Json> = parts
            .iter()
            .filter_map(|part| {
                let name = reference(part)?;
                let target = schemas.get(name)?;
                let value = constant(target.get("properties")?.get(tag)?)?;
                Some(json!({
                    "name": naming::pascal(value),
                    "value": literal(value),
                    "type": name,
                    "boxed": layout.boxed(name),
                    "doc": doc_comment::indented(text(target, "description"), 8),
                }))
            })
            .collect();
        return Some(model(
            "x-union",
            json!({ "tag": literal(tag), "variants": variants, "closed": flag(schema, "x-closed") }),
        ));
    }
    let is_text = |part: &&Json| {
        reference(part).and_then(|name| schemas.get(name)).is_some_and(|part| text(part, "type") == "string")
    };
    let (id, object) = match parts.as_slice() {
        [a, b] if is_text(&a) => (a, b),
        [a, b] if is_text(&b) => (b, a),
        _ => return None,
    };
    let object = reference(object)?;
    Some(model(
        "x-id-or-object",
        json!({ "id": reference(id)?, "object": object, "boxed": layout.boxed(object) }),
    ))
}

/// The only value that a property can have.
fn constant(property: &Json) -> Option<&str> {
    match property.get("enum")?.as_array()?.as_slice() {
        [only] => only.as_str(),
        _ => None,
    }
}

fn structure(schema: &Json, schemas: &Schemas, layout: &Layout, out: &mut Normalized, doc: &str) -> Json {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut properties = Map::new();
    let mut tag = Json::Null;
    let mut optional = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = constant(property) {
            tag = json!({ "key": literal(name), "value": literal(value) });
        } else {
            let is_required = required.contains(&name.as_str()) && !flag(property, "nullable");
            if !is_required {
                optional.push(name.as_str());
            }
            properties.insert(name.clone(), field(name, property, is_required, schemas, layout, out));
        }
    }
    let kept: Vec<&str> = required
        .into_iter()
        .filter(|name| properties.contains_key(*name) && !optional.contains(name))
        .collect();
    let arguments = kept.iter().filter(|name| properties[**name]["x-constant"].is_null()).count();
    if properties.is_empty() {
        properties.insert("placeholder".to_owned(), json!({ "type": "string", "x-placeholder": true }));
    }
    let doc = match schema.get("example") {
        Some(example) => format!("{doc}\n///\n{}", doc_comment::json(example)),
        None => doc.to_owned(),
    };
    let mut model = json!({
        "type": "object",
        "properties": properties,
        "x-doc": doc,
        "x-example": schema.get("example").map(|example| literal(&example.to_string())),
        "x-struct": {
            "tag": tag,
            "default": arguments == 0,
            "too_many_arguments": arguments > 7,
            "uses_models": properties_refer(&properties),
        },
    });
    if !kept.is_empty() {
        model["required"] = json!(kept);
    }
    model
}

fn properties_refer(properties: &Map<String, Json>) -> bool {
    Json::Object(properties.clone()).to_string().contains("\"$ref\"")
}

fn field(
    name: &str,
    property: &Json,
    required: bool,
    schemas: &Schemas,
    layout: &Layout,
    out: &mut Normalized,
) -> Json {
    let rust = match text(property, "x-rust-name") {
        "" => naming::snake(name),
        rust => rust.to_owned(),
    };
    super::avoid(name, &rust, &mut out.name_mappings);
    let mut field = plain(property);
    let target = reference(property);
    let rust_type = target.and_then(|name| schemas.get(name)).map(|target| text(target, "x-rust-type"));
    let php_empty = flag(property, "x-php-empty");
    let adapter = adapter(property);
    let with = match (required, adapter) {
        // Where it is optional, a number in its place reads as absent.
        (true, None) if target.is_none() && text(property, "type") == "string" => {
            Some("crate::lenient::Text".to_owned())
        }
        (false, _) if php_empty => Some("crate::lenient::OrEmptyArray".to_owned()),
        (true, Some(adapter)) => Some(adapter),
        (false, Some(adapter)) => Some(format!("Option<{adapter}>")),
        (_, None) => None,
    };
    if let Some(map) = field.as_object_mut() {
        map.insert("x-field".to_owned(), rust.clone().into());
        map.insert(
            "x-setter".to_owned(),
            format!("set_{}", rust.trim_start_matches("r#").trim_end_matches('_')).into(),
        );
        map.insert("x-doc".to_owned(), doc_comment::outer(&description(property, name)).into());
        // Taken as they are: a literal of one could not tell which number it is to become.
        let is_scalar =
            target.is_none() && matches!(text(property, "type"), "boolean" | "integer" | "number");
        map.insert("x-scalar".to_owned(), is_scalar.into());
        map.insert("x-serde-as".to_owned(), with.into());
        map.insert("x-boxed".to_owned(), target.is_some_and(|name| layout.boxed(name)).into());
        map.insert("x-deprecated".to_owned(), flag(property, "deprecated").into());
        if let Some(constant @ ("True" | "False")) = rust_type {
            map.insert("x-constant".to_owned(), constant.into());
        }
    }
    field
}

/// A property without what would only lead the generator to types of its own. Whole numbers are 64 bits wide unless the document says otherwise.
fn plain(schema: &Json) -> Json {
    let mut plain = schema.clone();
    let Some(map) = plain.as_object_mut() else { return plain };
    let format = match (text(schema, "type"), text(schema, "format")) {
        ("integer", "int32") => Some("int32"),
        ("integer", _) => Some("int64"),
        ("number", _) => Some("double"),
        _ => None,
    };
    for key in [
        "format",
        "pattern",
        "default",
        "example",
        "deprecated",
        "nullable",
        "enum",
        "minLength",
        "maxLength",
    ] {
        map.remove(key);
    }
    if let Some(format) = format {
        map.insert("format".to_owned(), format.into());
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(key).filter(|inner| inner.is_object()) {
            *inner = self::plain(inner);
        }
    }
    plain
}

/// The `serde_with` adapter that reads what Slack sends in place of the documented type; none where the type's own way of reading is lenient enough.
fn adapter(schema: &Json) -> Option<String> {
    if reference(schema).is_some() {
        return None;
    }
    match text(schema, "type") {
        "boolean" => Some("crate::lenient::Bool".to_owned()),
        "integer" => Some("crate::lenient::Integer".to_owned()),
        "number" => Some("crate::lenient::Float".to_owned()),
        "array" => adapter(schema.get("items")?).map(|inner| format!("Vec<{inner}>")),
        "object" => {
            let inner = adapter(schema.get("additionalProperties")?)?;
            Some(format!("std::collections::HashMap<::serde_with::Same, {inner}>"))
        }
        _ => None,
    }
}
