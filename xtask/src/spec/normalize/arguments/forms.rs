//! The fields of forms.

use std::borrow::Cow;
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Argument, MAX_REFERENCES, Place, Style, is_any_scalar, resolve, style, without_null};
use crate::spec::lint::Rules;
use crate::spec::openapi::{
    Additional, Deprecation, Media, RequestBody, Schema, Schemas, Type, essence, is_json,
};

/// Returns the fields that a form names.
pub(super) fn fields(media: &Media, place: Place, schemas: &Schemas, rules: Rules) -> Vec<Argument> {
    let schema = media.schema.clone().unwrap_or_default();
    let form = resolve(&schema, schemas);
    let fields = named(form, schemas, &mut BTreeSet::new()).into_iter();
    let fields = fields.filter(|(_, field)| field.credential != Some(true));
    fields.map(|(name, field)| self::field(name, &field, form, media, place, schemas, rules)).collect()
}

/// Returns the argument for what a form has besides its named fields: a map of further fields, or the whole body if it is a map or a text, or if it is
/// described as something that no form can be.
pub(super) fn further(
    schema: &Schema,
    place: Place,
    media_type: &str,
    body: &RequestBody,
    has_fields: bool,
    schemas: &Schemas,
) -> Option<Argument> {
    let form = resolve(schema, schemas);
    let argument = |place: Place, schema: Schema| Argument {
        name: if has_fields { "additional_fields" } else { "body" }.to_owned(),
        rust_name: if has_fields { String::new() } else { body.rust_name.clone() },
        description: match &body.description {
            _ if has_fields => "The additional fields, which the document does not name.".to_owned(),
            Some(description) => description.clone(),
            None => "The fields of the form.".to_owned(),
        },
        required: body.required && !has_fields,
        deprecation: Deprecation::default(),
        place,
        style: Style::Each,
        media_type: media_type.to_owned(),
        schema,
    };
    let text = Schema::of_type(Type::String);
    if form.is_text() && place != Place::Part {
        return Some(argument(Place::Text, text));
    }
    let value = match additional(form, schemas, 0) {
        Some(Additional::Allowed(false)) => return None,
        Some(Additional::Schema(value)) => *value,
        Some(Additional::Allowed(true)) => text,
        None if has_fields => return None,
        None => text,
    };
    let additional = Some(Additional::Schema(Box::new(value)));
    Some(argument(place, Schema { additional, ..Schema::of_type(Type::Object) }))
}

/// Returns the `additionalProperties` of a form, or of a part of its `allOf`.
fn additional(form: &Schema, schemas: &Schemas, depth: usize) -> Option<Additional> {
    let mut parts = form.all_of.iter().flatten().filter(|_| depth < MAX_REFERENCES);
    let of_parts = || parts.find_map(|part| additional(resolve(part, schemas), schemas, depth + 1));
    form.additional.clone().or_else(of_parts)
}

fn field(
    name: &str,
    field: &Schema,
    form: &Schema,
    media: &Media,
    place: Place,
    schemas: &Schemas,
    rules: Rules,
) -> Argument {
    let how = media.encoding.get(name).cloned().unwrap_or_default();
    let is_any_scalar = rules == Rules::Foreign && is_any_scalar(field, schemas, 0);
    let text = Schema::of_type(Type::String);
    let target = if is_any_scalar { &text } else { without_null(field, schemas) };
    let items = target.items.as_deref().map(|items| resolve(items, schemas));
    // An object (such as Slack's `view`) and a list of objects (such as its `blocks`) are sent as JSON, unless the document gives another style.
    let has_objects =
        is_object(target, schemas, 0) || items.is_some_and(|items| is_object(items, schemas, 0));
    // Each item of a list is a part, unless the list is said to be JSON.
    let is_parts = place == Place::Part
        && rules == Rules::Foreign
        && items.is_some()
        && !is_json(&essence(&how.content_type));
    let style = match how.style {
        None if has_objects && !is_parts => Style::Json,
        None if rules == Rules::Foreign && is_any(target) => Style::EachItem,
        _ => style(&how, target, true, rules),
    };
    Argument {
        name: name.to_owned(),
        rust_name: field.rust_name.clone().unwrap_or_default(),
        description: field.description.clone().or_else(|| target.description.clone()).unwrap_or_default(),
        required: requires(form, name, schemas, 0) && field.read_only != Some(true),
        deprecation: Deprecation { is_deprecated: field.deprecated == Some(true), reason: String::new() },
        place,
        style,
        media_type: how.content_type,
        schema: if is_any_scalar { Schema { default: field.default.clone(), ..text } } else { field.clone() },
    }
}

/// Returns whether a schema says nothing of the type of its values.
fn is_any(schema: &Schema) -> bool {
    schema.kind.is_none() && schema.children().next().is_none() && schema.target().is_none()
}

/// Returns whether values of a schema can be objects.
fn is_object(schema: &Schema, schemas: &Schemas, depth: usize) -> bool {
    let parts = [&schema.all_of, &schema.one_of, &schema.any_of].into_iter().flatten().flatten();
    schema.kind == Some(Type::Object)
        || schema.rust_type.as_deref() == Some("RawJson")
        || schema.properties.is_some()
        || depth < MAX_REFERENCES
            && parts.into_iter().any(|part| is_object(resolve(part, schemas), schemas, depth + 1))
}

/// Returns the properties of a form, including those of the parts of its `allOf` and of its union. A field that several parts of the union have with different
/// types is a text.
fn named<'a>(
    schema: &'a Schema,
    schemas: &'a Schemas,
    seen: &mut BTreeSet<&'a str>,
) -> IndexMap<&'a str, Cow<'a, Schema>> {
    let mut all = IndexMap::new();
    // A part that was seen before adds no property, and following it again could be a cycle.
    let mut is_new = |part: &'a Schema| part.target().is_none_or(|name| seen.insert(name));
    let parts: Vec<&Schema> = schema.all_of.iter().flatten().filter(|part| is_new(part)).collect();
    let alternatives = [&schema.one_of, &schema.any_of].into_iter().flatten().flatten();
    let alternatives: Vec<&Schema> = alternatives.filter(|part| is_new(part)).collect();
    for part in parts {
        all.extend(named(resolve(part, schemas), schemas, seen));
    }
    all.extend(schema.properties().map(|(name, field)| (name.as_str(), Cow::Borrowed(field))));
    let known: BTreeSet<&str> = all.keys().copied().collect();
    for part in alternatives {
        for (name, field) in named(resolve(part, schemas), schemas, seen) {
            match all.get(name) {
                Some(_) if known.contains(name) => {}
                Some(other) if !is_alike(other, &field) => {
                    let description = other.description.clone();
                    let text = Schema { description, ..Schema::of_type(Type::String) };
                    all.insert(name, Cow::Owned(text));
                }
                Some(_) => {}
                None => drop(all.insert(name, field)),
            }
        }
    }
    all
}

fn is_alike(a: &Schema, b: &Schema) -> bool {
    (a.target(), a.kind, &a.values, &a.format) == (b.target(), b.kind, &b.values, &b.format)
}

/// Returns whether a form requires a field: by itself, by a part of its `allOf`, or by all parts of its union.
fn requires(form: &Schema, name: &str, schemas: &Schemas, depth: usize) -> bool {
    if form.requires(name) {
        return true;
    }
    if depth >= MAX_REFERENCES {
        return false;
    }
    let is_required = |part: &Schema| requires(resolve(part, schemas), name, schemas, depth + 1);
    let unions = [&form.one_of, &form.any_of].into_iter().flatten().filter(|parts| !parts.is_empty());
    form.all_of.iter().flatten().any(is_required)
        || unions.into_iter().any(|parts| parts.iter().all(is_required))
}
