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

/// What the templates render of all requests, in their order.
pub(super) fn normalize(
    requests: &[Request],
    conditions: Vec<Conditions>,
    schemas: &Schemas,
    rules: Rules,
) -> Vec<Operation> {
    // The codes that an operation lists as its own. All the others can come from any.
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
    // Those that are required come first, as they do in the constructor.
    let (required, optional): (Vec<_>, Vec<_>) = request.arguments.iter().partition(|it| it.required);
    let fields = required.into_iter().chain(optional).map(|it| argument(it, schemas, &mut fields));
    let fields: Vec<Argument> = fields.collect();
    let (required, optional): (Vec<_>, Vec<_>) = fields.iter().cloned().partition(|field| field.required);
    let answer = answer(&operation.responses, &names.request, schemas);
    let refusal = refusal(&operation.responses, &names.request, schemas, rules);
    let shape =
        |outcome: &Outcome<'_>| outcome.schema.map(|schema| types::resolve(schema, schemas).1.clone());
    let (answer_shape, refusal_shape) = (shape(&answer), shape(&refusal));
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
        refusal: refusal.rust_type.clone(),
        by_status: by_status(answer, "The response of [`Client::"),
        refusals: by_status(refusal, "The refusal of [`Client::"),
        server: request.server.clone(),
        security: request.security.clone(),
        encodes: !fields.is_empty() || !fixed.is_empty(),
        sets: !optional.is_empty(),
        pagination: pagination::pagination(request, answer_shape.as_ref(), schemas, &fields),
        fixed,
        fields,
        required,
        optional,
    }
}

/// A path without its query and with plain names in its braces, and the arguments that this stands for. What is behind a `#` is never sent.
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

/// The type of an outcome that depends on the status, and the case that a status reads as which the document does not know.
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

/// How an argument is encoded, up to the field that holds it, and the field's type.
fn encoding(argument: &arguments::Argument, schemas: &Schemas) -> (String, String) {
    let target = types::resolve(&argument.schema, schemas).1;
    let is_file = |schema: &Schema| types::resolve(schema, schemas).1.format.as_deref() == Some("binary");
    let plain = types::rust_type(&argument.schema, schemas);
    let (media_type, wire) = (literal(&argument.media_type), literal(&argument.name));
    let (place, style) = (argument.place, argument.style);
    let call = match (place, style) {
        (Place::Json, _) => format!("json_body({media_type}"),
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
        (_, Style::Deep | Style::Each)
            if is_object(target, &plain) || style == Style::Deep && !is_scalar(&plain, schemas) =>
        {
            format!("object(crate::ParameterLocation::{place:?}, crate::ParameterStyle::{style:?}, {wire}")
        }
        (_, Style::Json) => format!("json(crate::ParameterLocation::{place:?}, {wire}"),
        _ if !is_parameter(&plain, schemas) => format!("json(crate::ParameterLocation::{place:?}, {wire}"),
        // Only a list has a style.
        (Place::Argument, style) if style == Style::Commas || !plain.starts_with("Vec<") => {
            format!("push({wire}")
        }
        _ => format!("value(crate::ParameterLocation::{place:?}, crate::ParameterStyle::{style:?}, {wire}"),
    };
    (format!("{call}, &self."), plain)
}

/// The attribute of something that is deprecated, with the reason where there is one.
fn deprecated(deprecation: &Deprecation) -> Option<String> {
    deprecation.is_deprecated.then(|| match deprecation.reason.as_str() {
        "" => "#[deprecated]".to_owned(),
        reason => format!("#[deprecated(note = {})]", literal(reason)),
    })
}

fn is_object(target: &Schema, rust_type: &str) -> bool {
    target.properties.is_some() || rust_type.starts_with("std::collections::HashMap")
}

/// Whether a type has one text of its own.
fn is_scalar(rust_type: &str, schemas: &Schemas) -> bool {
    !rust_type.starts_with("Vec<") && rust_type != "models::RawJson" && is_parameter(rust_type, schemas)
}

/// Whether a type, or that of its items, has a text of its own.
fn is_parameter(rust_type: &str, schemas: &Schemas) -> bool {
    if let Some(inner) = rust_type.strip_prefix("Vec<").and_then(|inner| inner.strip_suffix('>')) {
        return !inner.starts_with("Vec<") && is_parameter(inner, schemas);
    }
    match rust_type.strip_prefix("models::") {
        Some("RawJson") => true,
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

/// The code of a refusal: an enum.
fn codes<'a>(refusal: &'a Schema, schemas: &'a Schemas) -> Option<&'a Schema> {
    let code = types::resolve(refusal.property("error")?, schemas).1;
    (!code.values().is_empty()).then_some(code)
}

/// Whether the code of a refusal can tell what cannot heal from what will. It has to be there for that.
fn is_classified(refusal: &Schema, schemas: &Schemas) -> bool {
    let predicates = codes(refusal, schemas).and_then(|code| code.predicates.as_ref());
    let is_known = |name: &str| predicates.is_some_and(|predicates| predicates.contains_key(name));
    refusal.requires("error") && is_known("is_fatal") && is_known("is_transient")
}

/// The first sentence, on one line.
fn first_sentence(text: &str) -> &str {
    let line = text.trim().lines().next().unwrap_or_default();
    line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::spec::openapi::tests::openapi;

    /// The only operation of a document, by the rules for foreign documents.
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
        ]);
        let operation = operation(&json!({ "parameters": parameters, "deprecated": true }));
        let calls: Vec<&str> = operation.fields.iter().map(|field| field.call.as_str()).collect();
        assert_eq!(
            calls,
            [
                "push(\"text\", &self.",
                "value(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"list\", &self.",
                "json(crate::ParameterLocation::Argument, \"lists\", &self.",
                "object(crate::ParameterLocation::Argument, crate::ParameterStyle::Each, \"object\", &self.",
                "object(crate::ParameterLocation::Argument, crate::ParameterStyle::Deep, \"deep\", &self.",
                "object(crate::ParameterLocation::Argument, crate::ParameterStyle::Deep, \"items\", &self.",
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
