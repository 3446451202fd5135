//! Reduces the many ways in which JSON Schema expresses the same thing to one.

use super::types::is_large;
use crate::spec::openapi::{Schema, Type};
use serde_json::Value as Json;

/// Simplifies a schema and all schemas inside it.
pub(super) fn simplify(schema: &mut Schema) {
    if schema.kind.is_some_and(|kind| kind != Type::Object) {
        // They would hold only if the value were an object.
        (schema.properties, schema.additional, schema.required) = (None, None, None);
    }
    schema.children_mut().for_each(simplify);
    values(schema);
    union(schema);
    parts(schema);
    kind_of_parts(schema);
    if schema.kind.is_none() {
        schema.kind = if schema.properties.is_some() || schema.additional.is_some() {
            Some(Type::Object)
        } else {
            schema.items.as_ref().map(|_| Type::Array)
        };
    }
}

/// Infers the type from an `enum`. Keeps only values that are scalars of one type.
fn values(schema: &mut Schema) {
    let Some(mut values) = schema.values.take() else { return };
    let count = values.len();
    values.retain(|value| !value.is_null());
    if values.len() < count {
        schema.nullable = Some(true);
    }
    let all = |is: fn(&Json) -> bool| !values.is_empty() && values.iter().all(is);
    schema.kind = if all(Json::is_string) {
        Some(Type::String)
    } else if all(Json::is_boolean) {
        Some(Type::Boolean)
    } else if all(|value| value.is_i64() || value.is_u64()) {
        Some(Type::Integer)
    } else {
        all(Json::is_number).then_some(Type::Number)
    };
    if let Some(large) = values.iter().find(|value| is_large(value)) {
        schema.example = Some(large.clone());
        // No integer type has both.
        if values.iter().any(|value| value.as_i64().is_some_and(|value| value < 0)) {
            schema.kind = None;
        }
    }
    schema.values = schema.kind.map(|_| values);
}

/// Turns an `anyOf` into a `oneOf`, a null part into `nullable`, and a union with a single part into that part.
fn union(schema: &mut Schema) {
    let any = schema.any_of.take();
    let Some(options) = schema.one_of.take().or(any) else { return };
    let (nulls, options): (Vec<Schema>, Vec<Schema>) =
        options.into_iter().partition(|it| it.is_nullable() && it.is_comment());
    if !nulls.is_empty() {
        schema.nullable = Some(true);
    }
    let count = options.len();
    // A part that only restricts which properties occur together has no type of its own.
    let shapes: Vec<Schema> = options.into_iter().filter(|it| !says_nothing(it)).collect();
    let is_tagged = schema.discriminator.is_some();
    let has_properties = schema.properties.is_some();
    if shapes.is_empty() || shapes.len() < count && has_properties && is_tagged {
        // Only what the schema has beside the union is kept.
    } else if !is_tagged && is_enum(&shapes) {
        enumerate(schema, shapes);
    } else if has_properties && !is_tagged {
        // The properties of the parts become optional properties of the schema.
        let optional = shapes.into_iter().map(|part| Schema { is_optional: true, ..part });
        schema.all_of.get_or_insert_default().extend(optional);
    } else if shapes.len() < count {
        // A part allows any value, so the union does too.
        (schema.discriminator, schema.kind) = (None, None);
    } else if shapes.len() == 1 && !is_tagged {
        schema.all_of.get_or_insert_default().extend(shapes);
    } else {
        schema.one_of = Some(shapes);
    }
}

/// Returns whether the parts of a union list values of the same scalar type.
fn is_enum(parts: &[Schema]) -> bool {
    let is_list = |part: &Schema| {
        part.values.is_some() && part.kind.is_some() && part.kind == parts[0].kind && !part.is_nullable()
    };
    parts.len() > 1 && parts.iter().all(is_list)
}

/// Makes one enum of a union whose parts list values, described by the parts.
fn enumerate(schema: &mut Schema, parts: Vec<Schema>) {
    schema.kind = parts[0].kind;
    let (mut values, mut descriptions) = (Vec::new(), Vec::new());
    for part in parts {
        let about = part.description.or(part.title).unwrap_or_default();
        for (n, value) in part.values.into_iter().flatten().enumerate() {
            let own = part.value_descriptions.as_ref().and_then(|all| all.get(n));
            descriptions.push(own.unwrap_or(&about).clone());
            values.push(value);
        }
    }
    (schema.values, schema.value_descriptions) = (Some(values), Some(descriptions));
}

/// Merges into the schema those parts of its `allOf` that only comment on it or restrict its values, and an inline part that is the only one.
fn parts(schema: &mut Schema) {
    let Some(parts) = schema.all_of.take() else { return };
    let (comments, mut shapes): (Vec<Schema>, Vec<Schema>) = parts.into_iter().partition(Schema::has_no_type);
    comments.into_iter().for_each(|comment| schema.absorb(comment));
    let is_alone = schema.properties.is_none() && schema.required.is_none();
    match shapes.pop() {
        // A single inline part is the schema itself.
        Some(only) if shapes.is_empty() && is_alone && only.target().is_none() => schema.absorb(only),
        Some(last) => {
            shapes.push(last);
            schema.all_of = Some(shapes);
        }
        None => {}
    }
}

/// Moves a type beside a union into the parts that have none.
fn kind_of_parts(schema: &mut Schema) {
    let Some(parts) = &mut schema.one_of else { return };
    if let Some(kind) = schema.kind.take_if(|kind| *kind != Type::Object) {
        let is_untyped = |part: &&mut Schema| {
            part.kind.is_none() && part.reference.is_none() && part.all_of.is_none() && part.one_of.is_none()
        };
        parts.iter_mut().filter(is_untyped).for_each(|part| part.kind = Some(kind));
    }
}

fn says_nothing(schema: &Schema) -> bool {
    let has_shape = schema.reference.is_some()
        || schema.values.is_some()
        || schema.items.is_some()
        || schema.additional.is_some()
        || schema.all_of.is_some()
        || schema.one_of.is_some();
    !has_shape
        && schema.properties().next().is_none()
        && matches!(schema.kind, None | Some(Type::Object))
        && (schema.required.is_some() || schema.has_not || schema.is_comment())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::openapi::Additional;
    use crate::spec::openapi::tests::schema;
    use serde_json::json;

    #[track_caller]
    fn becomes(before: &Json, after: &Json) {
        let mut simplified = schema(before);
        simplify(&mut simplified);
        assert_eq!(simplified, schema(after), "{before}");
    }

    #[test]
    fn enums_are_of_strings() {
        becomes(
            &json!({ "enum": ["a", null] }),
            &json!({ "enum": ["a"], "nullable": true, "type": "string" }),
        );
        becomes(&json!({ "enum": [1, 2] }), &json!({ "type": "integer", "enum": [1, 2] }));
        becomes(&json!({ "enum": [-1, u64::MAX] }), &json!({ "example": u64::MAX }));
        becomes(
            &json!({ "enum": [1, 2.5], "type": "string" }),
            &json!({ "type": "number", "enum": [1, 2.5] }),
        );
        becomes(&json!({ "enum": [true] }), &json!({ "type": "boolean", "enum": [true] }));
        becomes(&json!({ "enum": ["a", 1], "type": "string" }), &json!({}));
    }

    #[test]
    fn one_of_one_is_that_one() {
        let a = json!({ "$ref": "#/components/schemas/A" });
        let none = json!({ "nullable": true, "description": "none" });
        becomes(&json!({ "anyOf": [a, none] }), &json!({ "allOf": [a], "nullable": true }));
        becomes(&json!({ "oneOf": [{ "type": "string" }] }), &json!({ "type": "string" }));
        becomes(&json!({ "oneOf": [a, {}] }), &json!({}));
        becomes(
            &json!({ "properties": { "x": {} }, "anyOf": [{ "required": ["x"] }, { "required": ["y"] }] }),
            &json!({ "type": "object", "properties": { "x": {} } }),
        );
        let of_y = json!({ "type": "object", "required": ["y"], "properties": { "y": {} } });
        let mut one_of_two = schema(&json!({ "properties": {}, "oneOf": [{ "required": ["x"] }, of_y] }));
        simplify(&mut one_of_two);
        assert_eq!(one_of_two.all_of, Some(vec![Schema { is_optional: true, ..schema(&of_y) }]));
        let mut both = schema(&json!({ "properties": { "x": {} }, "oneOf": [a] }));
        simplify(&mut both);
        assert_eq!(both.all_of, Some(vec![Schema { is_optional: true, ..schema(&a) }]));
    }

    #[test]
    fn a_union_of_constants_is_an_enum() {
        becomes(
            &json!({ "oneOf": [{ "enum": ["a"], "title": "A" }, { "enum": ["b", "c"], "description": "B" }] }),
            &json!({ "type": "string", "enum": ["a", "b", "c"], "x-enum-descriptions": ["A", "B", "B"] }),
        );
        becomes(
            &json!({ "anyOf": [{ "enum": [1] }, { "enum": [2] }, { "enum": [null] }] }),
            &json!({ "type": "integer", "enum": [1, 2], "x-enum-descriptions": ["", ""], "nullable": true }),
        );
        let apart =
            json!({ "oneOf": [{ "type": "string", "enum": ["a"] }, { "type": "integer", "enum": [1] }] });
        becomes(&apart, &apart);
    }

    #[test]
    fn a_type_beside_a_union_is_that_of_its_parts() {
        let of = json!({ "$ref": "#/components/schemas/A" });
        becomes(
            &json!({ "type": "string", "anyOf": [{ "format": "date" }, { "type": "string" }, of] }),
            &json!({ "oneOf": [{ "type": "string", "format": "date" }, { "type": "string" }, of] }),
        );
    }

    #[test]
    fn comments_are_no_parts() {
        let a = json!({ "$ref": "#/components/schemas/A" });
        becomes(
            &json!({ "allOf": [a, { "description": "d", "nullable": true }] }),
            &json!({ "allOf": [a], "description": "d", "nullable": true }),
        );
        becomes(
            &json!({ "allOf": [{ "type": "string" }], "description": "d" }),
            &json!({ "type": "string", "description": "d" }),
        );
        becomes(&json!({ "allOf": [] }), &json!({}));
        becomes(
            &json!({ "allOf": [{ "type": "integer" }, { "minimum": 1 }, { "not": {}, "maxItems": 2 }] }),
            &json!({ "type": "integer", "minimum": 1, "not": {}, "maxItems": 2 }),
        );
        becomes(&json!({ "allOf": [a, { "minLength": 3 }] }), &json!({ "allOf": [a], "minLength": 3 }));
        let required = json!({ "required": ["x"] });
        becomes(&json!({ "allOf": [a, required] }), &json!({ "allOf": [a, required] }));
        becomes(&json!(true), &json!({}));
    }

    #[test]
    fn what_is_not_said_is_inferred() {
        let inferred = |json: &Json| {
            let mut inferred = schema(json);
            simplify(&mut inferred);
            inferred
        };
        assert_eq!(inferred(&json!({ "items": {} })).kind, Some(Type::Array));
        let list = inferred(
            &json!({ "type": "array", "properties": {}, "required": ["x"], "additionalProperties": false }),
        );
        assert_eq!(list, schema(&json!({ "type": "array" })));
        assert_eq!(inferred(&json!({ "properties": {} })).kind, Some(Type::Object));
        let Some(Additional::Schema(value)) =
            inferred(&json!({ "additionalProperties": { "enum": [1] } })).additional
        else {
            unreachable!()
        };
        assert_eq!(value.kind, Some(Type::Integer));
    }
}
