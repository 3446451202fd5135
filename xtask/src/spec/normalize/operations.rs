//! Operations: their arguments, and their documentation of responses and errors.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::arguments::{self, Place, Style};
use super::features::Conditions;
use super::names::Unique;
use super::request::Request;
use super::responses::{Outcome, answer, refusal};
use super::structs::{MANY_ARGUMENTS, accepted};
use super::template::{Argument, ByStatus, Fixed, Operation};
use super::{about, code, literal, pagination, types, with_default};
use crate::spec::lint::Rules;
use crate::spec::openapi::{Deprecation, Schema, Schemas, Variable, variables};
use crate::spec::{doc_comment, naming, reserved};

/// Returns the operations that the templates render, in the order of the requests.
pub(super) fn normalize(
    requests: &[Request],
    conditions: Vec<Conditions>,
    schemas: &Schemas,
    rules: Rules,
) -> Vec<Operation> {
    // The error codes that some operation lists as its own. Every operation can return all others.
    let special = requests.iter().flat_map(|request| request.operation.errors.iter().flatten());
    let special: BTreeSet<&str> = special.map(String::as_str).collect();
    let all = requests.iter().zip(conditions);
    all.map(|(request, conditions)| operation(request, conditions, schemas, &special, rules)).collect()
}

fn operation(
    request: &Request,
    conditions: Conditions,
    schemas: &Schemas,
    special: &BTreeSet<&str>,
    rules: Rules,
) -> Operation {
    let (operation, names) = (&request.operation, &request.names);
    let mut fields =
        Unique::without(reserved::METHODS_OF_CALLS.into_iter().chain(reserved::OPTIONS_OF_CALLS));
    // Required arguments come first, as in the constructor.
    let (required, optional): (Vec<_>, Vec<_>) = request.arguments.iter().partition(|it| it.required);
    let fields = required.into_iter().chain(optional).map(|it| argument(it, schemas, &mut fields));
    let fields: Vec<Argument> = fields.collect();
    let (required, optional): (Vec<_>, Vec<_>) = fields.iter().cloned().partition(|field| field.required);
    let answer = answer(&operation.responses, &names.request, schemas);
    let refusal = refusal(&operation.responses, &names.request, schemas, rules);
    let shape =
        |outcome: &Outcome<'_>| outcome.schema.map(|schema| types::resolve(schema, schemas).1.clone());
    let (answer_shape, refusal_shape) = (shape(&answer), shape(&refusal));
    let paged = answer_shape.as_ref().filter(|_| !answer.rust_type.starts_with("Option<"));
    let pagination = pagination::pagination(request, paged, schemas, &fields);
    let doc = documentation(request, answer_shape.as_ref(), refusal_shape.as_ref(), schemas, special);
    let (path, fixed) = split(&operation.path);
    Operation {
        tag: names.tag.clone(),
        module_cfg: conditions.of_module,
        cfg: conditions.own,
        function: names.function.clone(),
        link: names.function.trim_start_matches("r#").to_owned(),
        request: names.request.clone(),
        name: literal(path.trim_start_matches('/')),
        path: literal(&path),
        method: format!("{:?}", operation.method),
        idempotent: operation.idempotent.map(|it| it.to_string()),
        doc: doc_comment::outer(&doc),
        deprecated: operation.deprecation.is_deprecated.then(|| {
            match operation.deprecation.reason.as_str() {
                "" => literal("this operation is deprecated"),
                reason => literal(reason),
            }
        }),
        default: required.is_empty(),
        many: required.len() > MANY_ARGUMENTS,
        many_with_client: required.len() + 1 > MANY_ARGUMENTS,
        classified: rules == Rules::Own
            && refusal_shape.as_ref().is_some_and(|refusal| is_classified(refusal, schemas)),
        answer: answer.rust_type.clone(),
        accept: answer.accept.clone(),
        refusal: refusal.rust_type.clone(),
        by_status: by_status(answer, "The response of [`Client::"),
        refusals: by_status(refusal, "The refusal of [`Client::"),
        server: request.server.clone(),
        security: request.security.clone(),
        encodes: !fields.is_empty() || !fixed.is_empty(),
        sets: !optional.is_empty(),
        pagination,
        fixed,
        fields,
        required,
        optional,
    }
}

/// Splits a path into the path with plain names in its braces, and its query as fixed arguments. Drops the fragment, which is never sent.
fn split(path: &str) -> (String, Vec<Fixed>) {
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let fixed = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Fixed { name: literal(name), value: literal(value) }
    });
    let slash = if path.starts_with('/') { "" } else { "/" };
    let plain = variables(path).fold(format!("{slash}{path}"), |plain, Variable { written, name, .. }| {
        plain.replace(&format!("{{{written}}}"), &format!("{{{name}}}"))
    });
    (plain, fixed.collect())
}

/// Returns the type of an outcome that depends on the HTTP status, with the case for an undocumented status; `None` if all statuses have the same type.
fn by_status(outcome: Outcome<'_>, about: &'static str) -> Option<ByStatus> {
    let Outcome { rust_type, cases, .. } = outcome;
    let knows_all = cases.iter().any(|case| case.status == "_");
    let first = cases.first()?.name.clone();
    Some(ByStatus { rust_type, otherwise: (!knows_all).then_some(first), cases, about })
}

fn argument(argument: &arguments::Argument, schemas: &Schemas, names: &mut Unique) -> Argument {
    let name = &argument.name;
    let field = names.give(&match argument.rust_name.as_str() {
        "" => naming::snake(name),
        rust => rust.to_owned(),
    });
    let (call, rust_type) = encoding(argument, schemas);
    let (taken, given) = accepted(&rust_type);
    let doc = with_default(about(&argument.description, "", name), &argument.schema);
    Argument {
        field,
        wire: name.clone(),
        about: code(name),
        rust_type,
        argument: taken,
        given,
        call,
        required: argument.required,
        deprecated: deprecated(&argument.deprecation),
        doc: doc_comment::outer(&doc),
    }
}

/// Returns the call that encodes an argument, up to the name of its field, and the field's type.
fn encoding(argument: &arguments::Argument, schemas: &Schemas) -> (String, String) {
    let target = types::resolve(&argument.schema, schemas).1;
    let is_file = |schema: &Schema| types::resolve(schema, schemas).1.format.as_deref() == Some("binary");
    let plain = types::rust_type(&argument.schema, schemas);
    let (media_type, wire) = (literal(&argument.media_type), literal(&argument.name));
    let (place, style) = (argument.place, argument.style);
    let call = match (place, style) {
        (Place::Json, _) => {
            let call = if argument.required { "json_body" } else { "optional_json_body" };
            let rust_type = types::rust_type_or_null(&argument.schema, schemas);
            return (format!("{call}({media_type}, &self."), rust_type);
        }
        (Place::Text, _) => format!("text_body({media_type}"),
        (Place::Content, _) => {
            return (format!("content_body({media_type}, &self."), "crate::FileContent".to_owned());
        }
        (Place::Part, _) if is_file(target) => {
            return (format!("file({wire}, &self."), "crate::FilePart".to_owned());
        }
        (Place::Part, _) if target.items.as_deref().is_some_and(is_file) => {
            return (format!("file({wire}, &self."), "Vec<crate::FilePart>".to_owned());
        }
        (_, Style::Json) => format!("json(crate::ParameterLocation::{place:?}, {wire}"),
        _ if !is_parameter(&plain, schemas) || style == Style::Deep && !is_scalar(&plain, schemas) => {
            format!(
                "structured(crate::ParameterLocation::{place:?}, crate::ParameterStyle::{style:?}, {wire}"
            )
        }
        // A value that is not a list has no style, except in a path.
        (Place::Argument, style) if style == Style::Commas || !plain.starts_with("Vec<") => {
            format!("push({wire}")
        }
        _ => format!("value(crate::ParameterLocation::{place:?}, crate::ParameterStyle::{style:?}, {wire}"),
    };
    (format!("{call}, &self."), plain)
}

/// Returns the `#[deprecated]` attribute, with the reason if there is one; `None` if it is not deprecated.
fn deprecated(deprecation: &Deprecation) -> Option<String> {
    deprecation.is_deprecated.then(|| match deprecation.reason.as_str() {
        "" => "#[deprecated]".to_owned(),
        reason => format!("#[deprecated(note = {})]", literal(reason)),
    })
}

/// Returns whether a type serializes as a single plain string.
fn is_scalar(rust_type: &str, schemas: &Schemas) -> bool {
    !rust_type.starts_with("Vec<") && is_parameter(rust_type, schemas)
}

/// Returns whether a type can be sent as a plain parameter: a scalar, or a list of scalars.
fn is_parameter(rust_type: &str, schemas: &Schemas) -> bool {
    if let Some(inner) = rust_type.strip_prefix("Vec<").and_then(|inner| inner.strip_suffix('>')) {
        return !inner.starts_with("Vec<") && is_parameter(inner, schemas);
    }
    match rust_type.strip_prefix("models::") {
        Some(name) => schemas.get(name).is_some_and(|schema| {
            schema.is_text() && matches!(schema.rust_type.as_deref(), None | Some("Url"))
        }),
        None => !rust_type.contains('<'),
    }
}

fn documentation(
    request: &Request,
    answer: Option<&Schema>,
    refusal: Option<&Schema>,
    schemas: &Schemas,
    special: &BTreeSet<&str>,
) -> String {
    let operation = &request.operation;
    let mut doc = [&operation.summary, &operation.description].map(|text| text.trim()).join("\n\n");
    if doc.trim().is_empty() {
        doc = format!("Calls `{}`.", request.names.function.trim_start_matches("r#"));
    }
    if let Some((text, url)) = &operation.external_docs {
        let _ = write!(doc, "\n\n[{}]({url})", text.as_deref().unwrap_or("Reference"));
    }
    if operation.idempotent == Some(true) {
        doc.push_str("\n\nThe call is idempotent: a [`RetryPolicy`](crate::RetryPolicy) repeats it even after a failure that leaves open whether Slack processed it.");
    }
    if let Some(answer) = answer.filter(|answer| answer.properties().next().is_some()) {
        doc.push_str("\n\n# Response\n\n");
        for (name, field) in answer.properties() {
            let _ = match first_sentence(field.description.as_deref().unwrap_or_default()) {
                "" => writeln!(doc, "- {}", code(name)),
                about => writeln!(doc, "- {}: {about}", code(name)),
            };
        }
    }
    if let Some(codes) = refusal.and_then(|refusal| codes(refusal, schemas)) {
        let own = operation.errors.as_ref();
        doc.push_str(match own {
            Some(own) if own.is_empty() => "\n# Errors\n\nReturns a transport error, or a refusal with one of the codes that every method shares; see [`ErrorCode`](models::ErrorCode).\n",
            Some(_) => "\n# Errors\n\nReturns a transport error, or a refusal with one of the codes that every method shares (see [`ErrorCode`](models::ErrorCode)), one of the following codes, or a newer one:\n\n",
            None => "\n# Errors\n\nReturns a transport error, or a refusal with one of the following codes or a newer one:\n\n",
        });
        let meanings = codes.value_descriptions.as_deref().unwrap_or_default();
        for (n, value) in codes.texts().enumerate() {
            if own.map_or(special.contains(value), |own| !own.iter().any(|own| own == value)) {
                continue;
            }
            let _ = match meanings.get(n).map(String::as_str).unwrap_or_default() {
                "" => writeln!(doc, "- {}", code(value)),
                meaning => writeln!(doc, "- {}: {meaning}", code(value)),
            };
        }
    }
    doc
}

/// Returns the schema of a refusal's error code if it is an enum.
fn codes<'a>(refusal: &'a Schema, schemas: &'a Schemas) -> Option<&'a Schema> {
    let code = types::resolve(refusal.property("error")?, schemas).1;
    (!code.values().is_empty()).then_some(code)
}

/// Returns whether a refusal requires an error code with the predicates that distinguish fatal errors from transient ones.
fn is_classified(refusal: &Schema, schemas: &Schemas) -> bool {
    let predicates = codes(refusal, schemas).and_then(|code| code.predicates.as_ref());
    let is_known = |name: &str| predicates.is_some_and(|predicates| predicates.contains_key(name));
    refusal.requires("error") && is_known("is_fatal") && is_known("is_transient")
}

/// Returns the first sentence of the text's first line, without the period.
fn first_sentence(text: &str) -> &str {
    let line = text.trim().lines().next().unwrap_or_default();
    line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests::openapi;

    /// Returns the only operation of a document, by the rules for foreign documents.
    pub(in crate::spec::normalize) fn operation(json: &Json) -> Operation {
        let api = openapi(&json!({ "paths": { "/a": { "get": json } } }));
        super::super::document(api, Rules::Foreign).operations.remove(0)
    }

    #[test]
    fn arguments_are_encoded_by_what_they_are() {
        let parameter = |name: &str, schema: Json| json!({ "name": name, "in": "query", "schema": schema });
        let parameters = json!([
            parameter("text", json!({ "type": "string" })),
            parameter("list", json!({ "type": "array", "items": { "type": "integer" } })),
            parameter("lists", json!({ "type": "array", "items": { "type": "array", "items": {} } })),
            parameter("object", json!({ "type": "object", "properties": { "a": {} } })),
            { "name": "deep", "in": "query", "style": "deepObject", "schema": { "anyOf": [{ "type": "object", "properties": { "a": {} } }, { "type": "integer" }] } },
            { "name": "items", "in": "query", "style": "deepObject", "schema": { "type": "array", "items": { "type": "string" } } },
            parameter("any", json!({})),
        ]);
        let operation = operation(&json!({ "parameters": parameters, "deprecated": true }));
        let calls: Vec<&str> = operation.fields.iter().map(|field| field.call.as_str()).collect();
        assert_eq!(
            calls,
            [
                "push(\"text\", &self.",
                "value(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"list\", &self.",
                "structured(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"lists\", &self.",
                "structured(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"object\", &self.",
                "structured(crate::ParameterLocation::Argument, crate::ParameterStyle::Deep, \"deep\", &self.",
                "structured(crate::ParameterLocation::Argument, crate::ParameterStyle::Deep, \"items\", &self.",
                "structured(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"any\", &self.",
            ]
        );
        assert_eq!(operation.deprecated.as_deref(), Some("\"this operation is deprecated\""));
        assert_eq!(operation.doc, "/// Calls `get_a`.");
    }

    #[test]
    fn the_query_of_a_path_is_sent_with_every_call() {
        let (path, fixed) = split("a/b?c=d&e#f");
        let fixed: Vec<String> = fixed.iter().map(|it| format!("{} {}", it.name, it.value)).collect();
        assert_eq!(split("/{+a}/{b=x/*}:c").0, "/{a}/{b}:c");
        assert_eq!((path.as_str(), fixed), ("/a/b", vec!["\"c\" \"d\"".to_owned(), "\"e\" \"\"".to_owned()]));
    }
}
