//! Collects the parameters, form fields and body of an operation as one list of arguments.

mod forms;
mod path_parameters;

use crate::spec::lint::Rules;
use crate::spec::openapi::{
    Deprecation, Encoding, Operation, Parameter, RequestBody, Schema, Schemas, Type, essence, is_json,
};
use crate::spec::security::Scheme;
use crate::spec::swagger::TABS;
use crate::spec::{naming, reserved};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// How many references are followed in a row, so that a cycle ends.
const MAX_REFERENCES: usize = 8;

/// How many nested levels of a union of scalars are followed, so that a cycle ends.
const MAX_UNIONS: usize = 4;

/// Where an argument is sent: the variants of `ParameterLocation` in slack-rtm-apis, and the kinds of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the query or in the form, depending on which of them the call has.
    Argument,
    Path,
    /// In the path, with a value that may contain slashes.
    PathSegments,
    Query,
    Header,
    Cookie,
    /// In a form, of a call whose other arguments are in the query.
    Form,
    Part,
    Json,
    Text,
    Content,
}

/// How a value is serialized: the variants of `ParameterStyle` in slack-rtm-apis, and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Commas,
    Spaces,
    Pipes,
    Tabs,
    /// Each item as a separate argument.
    Each,
    /// Each item of a list as a separate argument, and an object as JSON.
    EachItem,
    /// Each member as a separate argument, under the object's name.
    Deep,
    /// The members of an object as `name=value`, separated by commas.
    Pairs,
    Label,
    LabelEach,
    Matrix,
    MatrixEach,
    Json,
}

/// A parameter, a form field or a body of an operation.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) rust_name: String,
    pub(super) description: String,
    pub(super) required: bool,
    pub(super) deprecation: Deprecation,
    pub(super) place: Place,
    pub(super) style: Style,
    /// The media type of a body or of a part of a form; empty if it has none.
    pub(super) media_type: String,
    pub(super) schema: Schema,
}

/// Returns the arguments of an operation, except for its credentials.
pub(super) fn gather(
    operation: &Operation,
    security: &[Vec<Scheme>],
    schemas: &Schemas,
    rules: Rules,
) -> Vec<Argument> {
    let said: Vec<&Scheme> = security.iter().flatten().collect();
    let is_said = |parameter: &Parameter| {
        let (place, name) = (parameter.place.as_str(), &parameter.name);
        said.iter().any(|scheme| match scheme {
            Scheme::Header(key) => place == "header" && key.eq_ignore_ascii_case(name),
            Scheme::Query(key) => place == "query" && key == name,
            Scheme::Cookie(key) => place == "cookie" && key == name,
            _ => false,
        })
    };
    let parameters = operation.parameters.iter().filter(|it| !it.is_credential && !is_said(it));
    let reads = operation.method.reads();
    let mut arguments: Vec<Argument> = parameters
        .flat_map(|it| match it.place.as_str() {
            "querystring" => query_string(it, reads, schemas, rules),
            _ => parameter(it, reads, schemas, rules).into_iter().collect(),
        })
        .collect();
    if rules == Rules::Foreign {
        path_parameters::complete(&operation.path, &mut arguments);
    }
    let form = match rules {
        Rules::Foreign if !operation.method.has_form() => Place::Form,
        _ => Place::Argument,
    };
    arguments.extend(operation.body.iter().flat_map(|body| of_body(body, form, schemas, rules)));
    arguments
}

fn parameter(parameter: &Parameter, reads: bool, schemas: &Schemas, rules: Rules) -> Option<Argument> {
    let place = match parameter.place.as_str() {
        "query" if reads => Place::Argument,
        "query" => Place::Query,
        "path" => Place::Path,
        "header" if reserved::HEADERS.contains(&parameter.name.to_lowercase().as_str()) => return None,
        "header" if naming::is_header_name(&parameter.name) => Place::Header,
        "cookie" => Place::Cookie,
        _ => return None,
    };
    let is_form = matches!(parameter.place.as_str(), "query" | "cookie");
    let content = parameter.content.iter().next();
    let is_json = content.is_some_and(|(kind, _)| is_json(&essence(kind)) || essence(kind) == "*/*");
    let schema = match content {
        Some((_, media)) => media.schema.as_ref().unwrap_or(&parameter.schema).clone(),
        // Outside of JSON, numbers and strings look the same, so a string can stand for any of the scalars.
        None if rules == Rules::Foreign && is_any_scalar(&parameter.schema, schemas, 0) => {
            Schema::of_type(Type::String)
        }
        None => parameter.schema.clone(),
    };
    let style = match content {
        Some(_) if is_json || rules == Rules::Own => Style::Json,
        _ => style(&parameter.encoding, &schema, is_form, rules),
    };
    Some(Argument {
        name: parameter.name.clone(),
        rust_name: parameter.rust_name.clone(),
        description: parameter.description.clone(),
        required: parameter.required || place == Place::Path,
        deprecation: parameter.deprecation.clone(),
        place,
        style,
        media_type: String::new(),
        schema,
    })
}

/// Returns the fields of a form that is the whole query string.
fn query_string(parameter: &Parameter, reads: bool, schemas: &Schemas, rules: Rules) -> Vec<Argument> {
    let form = parameter.content.iter().find(|(kind, _)| essence(kind) == FORM);
    let place = if reads { Place::Argument } else { Place::Query };
    let mut fields = form.map(|(_, media)| forms::fields(media, place, schemas, rules)).unwrap_or_default();
    fields.iter_mut().for_each(|field| field.required &= parameter.required);
    fields
}

/// Returns the style of a parameter or a form field. In our own spec the default is commas between the items, which is what Slack expects.
fn style(how: &Encoding, schema: &Schema, is_form: bool, rules: Rules) -> Style {
    let is_default = how.style.as_deref().is_none_or(|style| style == "form");
    let explodes = how.explode.unwrap_or(is_form && rules == Rules::Foreign && is_default);
    let is_object = || schema.properties.is_some() || schema.map_value().is_some();
    match how.style.as_deref() {
        Some("deepObject") => Style::Deep,
        Some("spaceDelimited") if !explodes => Style::Spaces,
        Some("pipeDelimited") if !explodes => Style::Pipes,
        Some(TABS) if !explodes => Style::Tabs,
        Some("label") if explodes => Style::LabelEach,
        Some("label") => Style::Label,
        Some("matrix") if explodes => Style::MatrixEach,
        Some("matrix") => Style::Matrix,
        _ if explodes && is_form => Style::Each,
        _ if explodes => Style::Pairs,
        _ if is_object() && rules == Rules::Own => Style::Json,
        _ => Style::Commas,
    }
}

/// Returns the fields of a form, or the body as one argument. Of several media types, takes the first that is serialized by its schema.
fn of_body(body: &RequestBody, form: Place, schemas: &Schemas, rules: Rules) -> Vec<Argument> {
    let written = || body.content.iter().filter(|(_, it)| rules == Rules::Foreign || it.schema.is_some());
    let is_by_schema =
        |kind: &str| is_json(&essence(kind)) || kind.starts_with(FORM) || kind.starts_with(MULTIPART);
    let best = written().find(|(kind, it)| is_by_schema(kind) && it.schema.is_some());
    // `application/json` is preferred to other JSON media types.
    let plain = written().find(|(kind, it)| *kind == "application/json" && it.schema.is_some());
    let best = plain.filter(|_| best.is_some_and(|(kind, _)| is_json(&essence(kind)))).or(best);
    let Some((media_type, media)) = best.or_else(|| written().next()) else { return Vec::new() };
    let schema = media.schema.clone().unwrap_or_default();
    let kind = essence(media_type);
    if let FORM | MULTIPART = kind.as_str() {
        let place = if kind == FORM { form } else { Place::Part };
        let mut fields = forms::fields(media, place, schemas, rules);
        if rules == Rules::Foreign {
            fields.extend(forms::further(&schema, place, media_type, body, !fields.is_empty(), schemas));
        }
        return fields;
    }
    let (place, described, schema) = match kind.as_str() {
        kind if is_json(kind) || kind == "*/*" => (Place::Json, schema.description.clone(), schema),
        kind if kind.starts_with("text/") || is_xml(kind) => {
            (Place::Text, None, Schema::of_type(Type::String))
        }
        _ => (
            Place::Content,
            None,
            Schema { format: Some("binary".to_owned()), ..Schema::of_type(Type::String) },
        ),
    };
    vec![Argument {
        name: "body".to_owned(),
        rust_name: body.rust_name.clone(),
        description: body.description.clone().or(described).unwrap_or_else(|| "The body.".to_owned()),
        required: body.required,
        deprecation: Deprecation::default(),
        place,
        style: Style::Commas,
        media_type: media_type.clone(),
        schema,
    }]
}

/// Returns whether a media type is XML.
pub(super) fn is_xml(kind: &str) -> bool {
    kind == "application/xml" || kind == "text/xml" || kind.ends_with("+xml")
}

/// Returns the schema after its references, or the only part of a union besides null.
fn without_null<'a>(schema: &'a Schema, schemas: &'a Schemas) -> &'a Schema {
    let schema = resolve(schema, schemas);
    match parts_but_null(schema).as_slice() {
        [only] if schema.properties.is_none() => resolve(only, schemas),
        _ => schema,
    }
}

fn parts_but_null(schema: &Schema) -> Vec<&Schema> {
    let parts = [&schema.one_of, &schema.any_of].into_iter().flatten().find(|parts| !parts.is_empty());
    let is_null = |part: &&Schema| part.is_nullable() && part.kind.is_none() && part.reference.is_none();
    parts.into_iter().flatten().filter(|part| !is_null(part)).collect()
}

/// Returns whether a schema is a union of two or more scalars, directly or through nested unions.
fn is_any_scalar(schema: &Schema, schemas: &Schemas, depth: usize) -> bool {
    let parts = parts_but_null(resolve(schema, schemas));
    let is_scalar = |part: &Schema| match resolve(part, schemas) {
        Schema { kind: Some(Type::String | Type::Integer | Type::Number | Type::Boolean), .. } => true,
        part => depth < MAX_UNIONS && is_any_scalar(part, schemas, depth + 1),
    };
    parts.len() > 1 && parts.into_iter().all(is_scalar)
}

/// Resolves a reference, or an `allOf` of a single reference, to the schema that it names; returns any other schema as it is.
fn resolve<'a>(schema: &'a Schema, schemas: &'a Schemas) -> &'a Schema {
    let mut schema = schema;
    for _ in 0..MAX_REFERENCES {
        schema = schema.target().and_then(|name| schemas.get(name)).unwrap_or(schema);
    }
    schema
}

#[cfg(test)]
mod tests;
