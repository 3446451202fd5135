//! Objects with properties.

use serde_json::{Value as Json, json};

use super::layout::Layout;
use super::names::Unique;
use super::{Schemas, description_with_default, flag, list, literal, pairs, text, types, unions};
use crate::spec::{doc_comment, naming};

/// So many arguments a function can have before clippy asks for a reason.
pub(super) const MANY_ARGUMENTS: usize = 7;

/// What a struct can do that not all can.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    /// An optional field that may be null can be written as null, and left out.
    pub(super) clears: bool,
    /// What the document has no name for is kept, where it says that there is such.
    pub(super) keeps_more: bool,
}

/// A struct. `tag` is the property that tells it from the other variants of a union, where it is in one.
pub(super) fn structure(
    schema: &Json,
    schemas: &Schemas,
    layout: &Layout,
    tag: Option<&str>,
    form: Form,
) -> Json {
    let required = list(schema, "required");
    let mut names = Unique::default();
    let mut constant = Json::Bool(false);
    let mut fields = Vec::new();
    for (name, property) in pairs(schema, "properties") {
        let is_required = required.iter().any(|required| required == name);
        let is_tag = tag == Some(name.as_str()) || name == "type" && is_required;
        match unions::constant(property).filter(|_| is_tag) {
            Some(value) => constant = json!({ "key": literal(name), "value": literal(value) }),
            None => {
                let mut field = field(name, property, is_required, schemas, layout, &mut names);
                if form.clears && field["kind"] == "optional" && types::is_nullable(property, schemas) {
                    clear(&mut field);
                }
                fields.push(field);
            }
        }
    }
    let rest = rest(schema, schemas, form, &mut names);
    let arguments: Vec<Json> = fields
        .iter()
        .filter(|field| field["required"] == true && field["constant"] == false)
        .cloned()
        .collect();
    json!({
        "tag": constant,
        "default": !fields.iter().any(|field| field["kind"] == "required" && field["constant"] == false),
        // A constant needs no value of its own, but it has to be there: an answer without `ok` is none.
        "by_default": !fields.iter().any(|field| field["kind"] == "required"),
        "plain": arguments.is_empty(),
        "too_many_arguments": arguments.len() > MANY_ARGUMENTS,
        "uses_models": fields.iter().any(|field| text(field, "type").contains("models::")) || text(&rest, "type").contains("models::"),
        "rest": rest,
        "optional": fields.iter().filter(|field| field["kind"] == "optional" || field["kind"] == "clearable").collect::<Vec<_>>(),
        "arguments": arguments,
        "fields": fields,
    })
}

/// Lets a field be absent, null, or a value.
fn clear(field: &mut Json) {
    let rust_type = text(field, "type").to_owned();
    let given = if flag(field, "boxed") { "value.into().map(Box::new)" } else { "value.into()" };
    field["kind"] = "clearable".into();
    field["clearable"] = true.into();
    field["argument"] = format!("impl Into<Option<{rust_type}>>").into();
    field["given"] = given.into();
    let doc = format!("{}\n///\n/// `Some(None)` is sent as `null`.", text(field, "doc"));
    field["doc"] = doc.into();
}

/// A map of what has no name of its own; `false` where the document does not speak of it.
fn rest(schema: &Json, schemas: &Schemas, form: Form, names: &mut Unique) -> Json {
    let further = schema.get("additionalProperties").unwrap_or(&Json::Bool(false));
    if !form.keeps_more || *further == false {
        return Json::Bool(false);
    }
    let value = if further.is_object() { further.clone() } else { json!({}) };
    let adapter = types::adapter(&value, schemas);
    let adapter =
        adapter.map(|it| if types::is_nullable(&value, schemas) { format!("Option<{it}>") } else { it });
    let map = json!({ "type": "object", "additionalProperties": value });
    let field = names.give("additional_properties");
    json!({
        "field": field,
        "setter": format!("set_{field}"),
        "type": types::rust_type(&map, schemas),
        "as": adapter.map_or(Json::Bool(false), Json::from),
    })
}

fn field(
    name: &str,
    property: &Json,
    is_required: bool,
    schemas: &Schemas,
    layout: &Layout,
    names: &mut Unique,
) -> Json {
    let field = names.give(&match text(property, "x-rust-name") {
        "" => naming::snake(name),
        rust => rust.to_owned(),
    });
    let (named, target) = types::resolve(property, schemas);
    let is_text = named.is_none() && text(target, "type") == "string";
    let kind = match (is_required, types::is_nullable(property, schemas)) {
        (true, false) if is_text && flag(property, "x-may-lack") => "lenient",
        (true, false) => "required",
        (true, true) => "nullable",
        (false, _) => "optional",
    };
    let adapter = types::adapter(property, schemas);
    let adapter = match (kind, adapter) {
        // Where it is optional, a number in its place is rare, and mending the frame reads it.
        ("required", None) if is_text => Some("crate::lenient::Text".to_owned()),
        ("lenient", _) => Some("crate::lenient::TextOrEmpty".to_owned()),
        ("optional", _) if flag(property, "x-php-empty") => Some("crate::lenient::OrEmptyArray".to_owned()),
        ("required", Some(adapter)) => Some(adapter),
        (_, Some(adapter)) => Some(format!("Option<{adapter}>")),
        (_, None) => None,
    };
    let constant = match text(target, "x-rust-type") {
        constant @ ("True" | "False") if kind == "required" => constant.into(),
        _ => Json::Bool(false),
    };
    let boxed = named.is_some_and(|name| layout.boxed(name));
    let rust_type = types::rust_type(property, schemas);
    let is_scalar = is_scalar(&rust_type);
    let items = items(&rust_type);
    let argument = match (kind, items) {
        ("nullable", _) => format!("impl Into<Option<{rust_type}>>"),
        (_, Some(item)) => format!("impl IntoIterator<Item = impl Into<{item}>>"),
        _ if is_scalar => rust_type.clone(),
        _ => format!("impl Into<{rust_type}>"),
    };
    let given = |name: &str| match items {
        Some(_) => format!("{name}.into_iter().map(Into::into).collect()"),
        None if is_scalar => name.to_owned(),
        None if boxed => format!("Box::new({name}.into())"),
        None => format!("{name}.into()"),
    };
    let initial = match (kind, constant.as_str()) {
        ("optional", _) => "None".to_owned(),
        (_, Some(constant)) => format!("models::{constant}"),
        ("nullable", _) if boxed => format!("{field}.into().map(Box::new)"),
        ("nullable", _) => format!("{field}.into()"),
        _ => given(&field),
    };
    json!({
        "field": field,
        "setter": format!("set_{}", field.trim_start_matches("r#").trim_end_matches('_')),
        "key": literal(name),
        "about": super::code(name),
        "type": rust_type,
        "argument": argument,
        "given": given("value"),
        "kind": kind,
        "required": is_required,
        "nullable": kind == "nullable",
        "option": !matches!(kind, "required" | "lenient"),
        "as": adapter.map_or(Json::Bool(false), Json::from),
        "boxed": boxed,
        "initial": initial,
        "constant": constant,
        "clearable": false,
        "deprecated": flag(property, "deprecated"),
        "doc": doc_comment::outer(&description_with_default(property, property, name)),
    })
}

/// Whether a value is taken as it is: a literal could not tell which kind of number it is to become.
pub(super) fn is_scalar(rust_type: &str) -> bool {
    matches!(rust_type, "bool" | "i32" | "i64" | "u32" | "u64" | "f32" | "f64")
}

/// The items of a list that anything which becomes them may be given for.
pub(super) fn items(rust_type: &str) -> Option<&str> {
    let items = rust_type.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>'));
    items.filter(|item| *item == "String" || item.starts_with("models::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(schema: &Json) -> Vec<String> {
        let schemas = Schemas::new();
        let out = structure(schema, &schemas, &Layout::of(&schemas), None, Form::default());
        let field = |it: &Json| {
            format!("{} {} {} {}", text(it, "key"), text(it, "field"), text(it, "kind"), text(it, "type"))
        };
        list(&out, "fields").iter().map(field).collect()
    }

    #[test]
    fn what_may_be_null_can_be_cleared_and_what_has_no_name_is_kept() {
        let schemas = Schemas::new();
        let schema = json!({
            "properties": { "a": { "type": "string", "nullable": true }, "b": { "type": "string" } }, "additionalProperties": { "type": "integer" } });
        let of = |form: Form| structure(&schema, &schemas, &Layout::of(&schemas), None, form);
        let plain = of(Form::default());
        assert_eq!((&plain["fields"][0]["kind"], &plain["rest"]), (&json!("optional"), &json!(false)));
        let full = of(Form { clears: true, keeps_more: true });
        assert_eq!(
            (&full["fields"][0]["kind"], &full["fields"][1]["kind"]),
            (&json!("clearable"), &json!("optional"))
        );
        assert_eq!(full["rest"]["type"], "std::collections::HashMap<String, i64>");
        assert_eq!(full["rest"]["field"], "additional_properties");
    }

    #[test]
    fn properties_become_fields() {
        let schema = json!({
            "required": ["type", "id", "gone", "self", "lacks"],
            "properties": {
                "type": { "type": "string", "enum": ["x"] }, "id": { "type": "integer" }, "self": { "type": "string", "nullable": true },
                "lacks": { "type": "string", "x-may-lack": true }, "foo-bar": { "type": "boolean" }, "foo_bar": { "type": "string", "enum": ["only"] }, "1st": {}, "a\"b": {},
            },
        });
        assert_eq!(
            fields(&schema),
            [
                "\"id\" id required i64",
                "\"self\" self_ nullable String",
                "\"lacks\" lacks lenient String",
                "\"foo-bar\" foo_bar optional bool",
                "\"foo_bar\" foo_bar_2 optional String",
                "\"1st\" n1st optional models::RawJson",
                "\"a\\\"b\" a_b optional models::RawJson",
            ]
        );
    }
}
