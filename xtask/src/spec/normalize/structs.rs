//! Objects with properties.

use serde_json::Value as Json;

use super::layout::Layout;
use super::names::Unique;
use super::template::{Field, Pair, Parameter, Presence, Rest, Setter, Struct};
use super::{code, description, literal, types, with_default};
use crate::spec::openapi::{Additional, Schema, Schemas, Type};
use crate::spec::{doc_comment, naming};

/// How many arguments a function can have before clippy complains.
pub(super) const MANY_ARGUMENTS: usize = 7;

/// The optional abilities of a struct.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    /// Whether an optional nullable field can be sent as null as well as left out.
    pub(super) clears: bool,
    /// Whether additional properties are kept, if the schema allows them, and constants other than tags are fields, which the constructor fills in.
    pub(super) is_foreign: bool,
}

/// Creates the struct of an object schema. `tag` is the discriminator of the union that the schema is part of, if any.
pub(super) fn structure(
    schema: &Schema,
    schemas: &Schemas,
    layout: &Layout,
    tag: Option<&str>,
    form: Form,
) -> Struct {
    let mut names = Unique::default();
    let mut constant = None;
    let (mut fields, mut arguments, mut optional) = (Vec::new(), Vec::new(), Vec::new());
    for (name, property) in schema.properties() {
        let is_required = schema.requires(name);
        let is_tag = tag == Some(name) || !form.is_foreign && name == "type" && is_required;
        match property.constant().filter(|_| is_tag) {
            Some(value) => constant = Some(Pair { name: literal(name), value: literal(value) }),
            None => {
                let presence = presence(property, is_required, schemas, form);
                let (mut field, mut access) = field(name, property, presence, schemas, layout, &mut names);
                if form.is_foreign
                    && presence == Presence::Required
                    && let Some(value) = only_value(property, schemas)
                {
                    field.initial = format!("{}: {value}", field.field);
                    access = Access::None;
                }
                fields.push(field);
                match access {
                    Access::None => {}
                    Access::Constructor(parameter) => arguments.push(parameter),
                    Access::Setter(setter) => optional.push(setter),
                }
            }
        }
    }
    let rest = rest(schema, schemas, form, &mut names);
    let is_required = |field: &Field| field.presence == Presence::Required && !field.is_constant;
    let types = fields.iter().map(|field| &field.rust_type).chain(rest.iter().map(|rest| &rest.rust_type));
    Struct {
        tag: constant,
        default: !fields.iter().any(is_required),
        default_by_new: arguments.is_empty() && fields.iter().any(is_required),
        // A constant has a default, but the input still must contain it: an answer without `ok` is invalid.
        by_default: !fields.iter().any(|field| field.presence == Presence::Required),
        plain: arguments.is_empty() && !fields.iter().any(is_required),
        too_many_arguments: arguments.len() > MANY_ARGUMENTS,
        uses_models: types.into_iter().any(|rust_type| rust_type.contains("models::")),
        arguments,
        optional,
        rest,
        fields,
    }
}

/// Returns the only value of a property as a Rust expression; `None` if it can have several.
fn only_value(property: &Schema, schemas: &Schemas) -> Option<String> {
    let (named, target) = types::resolve(property, schemas);
    let [value] = target.values() else { return None };
    match (target.kind?, value) {
        (Type::String, Json::String(text)) if named.is_some() => Some(format!("{}.into()", literal(text))),
        (Type::String, Json::String(text)) => Some(format!("{}.to_owned()", literal(text))),
        (Type::Number, Json::Number(number)) => Some(format!("{:?}", number.as_f64()?)),
        (Type::Integer, Json::Number(number)) => Some(number.to_string()),
        (Type::Boolean, Json::Bool(flag)) => Some(flag.to_string()),
        _ => None,
    }
}

/// How a field of a new value is set.
enum Access {
    /// It is a constant.
    None,
    Constructor(Parameter),
    Setter(Setter),
}

/// Returns the map of additional properties; `None` if the schema does not allow them explicitly, or if they are not kept.
fn rest(schema: &Schema, schemas: &Schemas, form: Form, names: &mut Unique) -> Option<Rest> {
    let value = match schema.additional.as_ref().filter(|_| form.is_foreign)? {
        Additional::Allowed(false) => return None,
        Additional::Allowed(true) => Schema::default(),
        Additional::Schema(value) => Schema::clone(value),
    };
    let adapter = types::adapter(&value, schemas);
    let adapter =
        adapter.map(|it| if types::is_nullable(&value, schemas) { format!("Option<{it}>") } else { it });
    let map = Schema { additional: Some(Additional::Schema(value.into())), ..Schema::of_type(Type::Object) };
    let field = names.give("additional_properties");
    Some(Rest { setter: format!("set_{field}"), field, rust_type: types::rust_type(&map, schemas), adapter })
}

fn presence(property: &Schema, is_required: bool, schemas: &Schemas, form: Form) -> Presence {
    let (named, target) = types::resolve(property, schemas);
    let is_text = named.is_none() && target.is_text();
    match (is_required, types::is_nullable(property, schemas)) {
        (true, false) if is_text && property.may_lack == Some(true) => Presence::Lenient,
        (true, false) => Presence::Required,
        (true, true) => Presence::Nullable,
        (false, true) if form.clears => Presence::Clearable,
        (false, _) => Presence::Optional,
    }
}

fn field(
    name: &str,
    property: &Schema,
    presence: Presence,
    schemas: &Schemas,
    layout: &Layout,
    names: &mut Unique,
) -> (Field, Access) {
    let field = names.give(&property.rust_name.clone().unwrap_or_else(|| naming::snake(name)));
    let (named, target) = types::resolve(property, schemas);
    let constant = target.rust_type.as_deref().filter(|it| ["True", "False"].contains(it));
    let constant = constant.filter(|_| presence == Presence::Required);
    let is_optional = matches!(presence, Presence::Optional | Presence::Clearable);
    let is_rare = property.rare == Some(true) && is_optional;
    let boxed = named.is_some_and(|name| is_rare || layout.boxed(name));
    let rust_type = types::rust_type(property, schemas);
    let is_clearable = presence == Presence::Clearable;
    let (argument, made) = match accepted(&rust_type) {
        _ if is_clearable || presence == Presence::Nullable => (
            format!("impl Into<Option<{rust_type}>>"),
            if boxed { ".into().map(Box::new)" } else { ".into()" },
        ),
        (argument, made) => (argument, made),
    };
    // Lists and numbers are never boxed.
    let made = |name: &str| match made {
        ".into()" if boxed => format!("Box::new({name}.into())"),
        made => format!("{name}{made}"),
    };
    let from_argument = made(&field);
    let mut doc = doc_comment::outer(&with_default(description(property, name), property));
    if is_clearable {
        doc.push_str("\n///\n/// `Some(None)` is sent as `null`.");
    }
    let deprecated = property.deprecated == Some(true);
    let access = if is_optional {
        Access::Setter(Setter {
            setter: format!("set_{}", field.trim_start_matches("r#").trim_end_matches('_')),
            field: field.clone(),
            about: code(name),
            argument,
            given: made("value"),
            deprecated,
        })
    } else if constant.is_some() {
        Access::None
    } else {
        Access::Constructor(Parameter { field: field.clone(), argument })
    };
    let field = Field {
        key: literal(name),
        initial: match constant {
            Some(constant) => format!("{field}: models::{constant}"),
            None if is_optional => format!("{field}: None"),
            // The shorthand, which rustfmt introduces too, except for very long names.
            None if from_argument == field => from_argument,
            None => format!("{field}: {from_argument}"),
        },
        field,
        rust_type,
        kind: kind(presence, !boxed && named.is_some() && is_made_from_text(target)),
        presence,
        option: !matches!(presence, Presence::Required | Presence::Lenient),
        clearable: is_clearable,
        adapter: adapter(property, presence, schemas),
        boxed,
        is_constant: constant.is_some(),
        deprecated,
        doc,
    };
    (field, access)
}

/// Returns the kind of a field in `structure!`. Types that are made from a string have their own kinds, which are read in place.
fn kind(presence: Presence, is_made_from_text: bool) -> &'static str {
    match presence {
        Presence::Required if is_made_from_text => "required_text",
        Presence::Required => "required",
        Presence::Optional if is_made_from_text => "optional_text",
        Presence::Optional => "optional",
        Presence::Lenient => "lenient",
        Presence::Nullable => "nullable",
        Presence::Clearable => "clearable",
    }
}

/// Returns whether the type of a named schema is an id, an enum or another type that is made from any string.
fn is_made_from_text(schema: &Schema) -> bool {
    schema.is_text() && matches!(schema.rust_type.as_deref(), None | Some("SmallString"))
}

/// Returns the adapter that deserializes and serializes a field.
fn adapter(property: &Schema, presence: Presence, schemas: &Schemas) -> Option<String> {
    let (named, target) = types::resolve(property, schemas);
    let is_optional = matches!(presence, Presence::Optional | Presence::Clearable);
    match (presence, types::adapter(property, schemas)) {
        // An optional string is rarely a number, and if it is, the frame is mended and read again.
        (Presence::Required, None) if named.is_none() && target.is_text() => {
            Some("crate::lenient::Text".to_owned())
        }
        (Presence::Lenient, _) => Some("crate::lenient::TextOrEmpty".to_owned()),
        _ if is_optional && property.php_empty == Some(true) => {
            Some("crate::lenient::OrEmptyArray".to_owned())
        }
        (Presence::Required, adapter) => adapter,
        (_, adapter) => adapter.map(|adapter| format!("Option<{adapter}>")),
    }
}

/// Returns the type of an argument for a value of this type, and the call that converts it. A number is taken as it is, since the type of a literal would be
/// ambiguous.
pub(super) fn accepted(rust_type: &str) -> (String, &'static str) {
    let items = rust_type.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>'));
    match items.filter(|item| *item == "String" || item.starts_with("models::")) {
        Some(item) => {
            (format!("impl IntoIterator<Item = impl Into<{item}>>"), ".into_iter().map(Into::into).collect()")
        }
        None if matches!(rust_type, "bool" | "i32" | "i64" | "u32" | "u64" | "f64") => {
            (rust_type.to_owned(), "")
        }
        None => (format!("impl Into<{rust_type}>"), ".into()"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::openapi::tests;

    #[test]
    fn what_may_be_null_can_be_cleared_and_what_has_no_name_is_kept() {
        let schemas = Schemas::new();
        let schema = tests::schema(&json!({
            "properties": { "a": { "type": "string", "nullable": true }, "b": { "type": "string" } }, "additionalProperties": { "type": "integer" } }));
        let of = |form: Form| structure(&schema, &schemas, &Layout::of(&schemas), None, form);
        let plain = of(Form::default());
        assert!(plain.fields[0].presence == Presence::Optional && plain.rest.is_none());
        let full = of(Form { clears: true, is_foreign: true });
        assert_eq!(full.fields[0].presence, Presence::Clearable);
        assert_eq!(full.fields[1].presence, Presence::Optional);
        let rest = full.rest.unwrap();
        assert_eq!(rest.rust_type, "std::collections::HashMap<String, i64>");
        assert_eq!(rest.field, "additional_properties");
    }

    #[test]
    fn constants_of_other_documents_are_filled_in() {
        let schemas = tests::schemas(&json!({ "Kind": { "type": "string", "enum": ["k\"1"] } }));
        let constant = |kind: &str, value: serde_json::Value| json!({ "type": kind, "enum": [value] });
        let mut schema = tests::schema(
            &json!({ "type": "object", "required": ["type", "n", "f", "b", "kind", "x"], "properties": {
            "type": constant("string", "a".into()), "n": constant("integer", (-1).into()), "f": constant("number", 2.into()), "b": constant("boolean", true.into()),
            "kind": { "$ref": "#/components/schemas/Kind" }, "x": { "type": "string", "nullable": true, "enum": ["y"] }, "optional": constant("string", "z".into()),
        } }),
        );
        let form = Form { is_foreign: true, ..Form::default() };
        let out = structure(&schema, &schemas, &Layout::of(&schemas), None, form);
        let initial: Vec<&str> = out.fields.iter().map(|field| field.initial.as_str()).collect();
        assert_eq!(
            initial,
            [
                "r#type: \"a\".to_owned()",
                "n: -1",
                "f: 2.0",
                "b: true",
                "kind: \"k\\\"1\".into()",
                "x: x.into()",
                "optional: None"
            ]
        );
        assert!(out.tag.is_none() && out.arguments.len() == 1 && !out.default && !out.plain);
        schema.required = None;
        let tagged = structure(&schema, &schemas, &Layout::of(&schemas), Some("type"), form);
        assert_eq!(tagged.tag.map(|tag| tag.value).as_deref(), Some("\"a\""));
    }

    #[test]
    fn what_is_made_from_a_text_has_a_kind_of_its_own_and_what_is_rare_is_boxed() {
        let id = |more: &str| json!({ "allOf": [{ "$ref": "#/components/schemas/Id" }], more: true });
        let schemas = tests::schemas(&json!({
            "Id": { "type": "string" },
            "Secret": { "type": "string", "x-rust-type": "Secret" },
            "Thing": { "type": "object", "required": ["id"], "properties": {
                "id": id("x-rare"), "often": id("x-php-empty"), "seldom": id("x-rare"), "plain": { "type": "string" },
                "secret": { "$ref": "#/components/schemas/Secret" },
            } },
        }));
        let out = structure(&schemas["Thing"], &schemas, &Layout::of(&schemas), None, Form::default());
        let field = |it: &Field| format!("{} {} {}", it.field, it.kind, it.boxed);
        assert_eq!(
            out.fields.iter().map(field).collect::<Vec<_>>(),
            [
                "id required_text false",
                "often optional_text false",
                "seldom optional true",
                "plain optional false",
                "secret optional false",
            ]
        );
        assert_eq!(out.fields[0].initial, "id: id.into()");
        let given: Vec<&str> = out.optional.iter().map(|it| it.given.as_str()).collect();
        assert_eq!(given, ["value.into()", "Box::new(value.into())", "value.into()", "value.into()"]);
    }

    #[test]
    fn properties_become_fields() {
        let schema = tests::schema(&json!({
            "required": ["type", "id", "gone", "self", "lacks"],
            "properties": {
                "type": { "type": "string", "enum": ["x"] }, "id": { "type": "integer" }, "self": { "type": "string", "nullable": true },
                "lacks": { "type": "string", "x-may-lack": true }, "foo-bar": { "type": "boolean" }, "foo_bar": { "type": "string", "enum": ["only"] }, "1st": {}, "a\"b": {},
            },
        }));
        let schemas = Schemas::new();
        let out = structure(&schema, &schemas, &Layout::of(&schemas), None, Form::default());
        let field = |it: &Field| format!("{} {} {:?} {}", it.key, it.field, it.presence, it.rust_type);
        assert_eq!(
            out.fields.iter().map(field).collect::<Vec<_>>(),
            [
                "\"id\" id Required i64",
                "\"self\" self_ Nullable String",
                "\"lacks\" lacks Lenient String",
                "\"foo-bar\" foo_bar Optional bool",
                "\"foo_bar\" foo_bar_2 Optional String",
                "\"1st\" n1st Optional models::RawJson",
                "\"a\\\"b\" a_b Optional models::RawJson",
            ]
        );
        let initial: Vec<&str> = out.fields.iter().map(|it| it.initial.as_str()).collect();
        assert_eq!(initial[..4], ["id", "self_: self_.into()", "lacks: lacks.into()", "foo_bar: None"]);
    }
}
