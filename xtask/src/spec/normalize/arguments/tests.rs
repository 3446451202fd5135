use serde_json::{Value as Json, json};

use super::*;
use crate::spec::openapi::tests::openapi;

/// The arguments of an operation: the name, where and how it is sent, and whether it is required.
fn ways(method: &str, operation: &Json, rules: Rules) -> Vec<String> {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let api = openapi(&json!({
        "paths": { "/a": { method: operation } },
        "components": { "schemas": {
            "Block": { "type": "object", "properties": { "x": { "type": "string" } } },
            "Form": { "allOf": [reference("Base")], "required": ["f"], "properties": {
                "f": { "type": "string", "description": "d" }, "blocks": { "type": "array", "items": reference("Block") } } },
            "Base": { "type": "object", "required": ["b"], "properties": { "b": { "type": "array", "items": { "type": "string" } } } },
        } },
    }));
    let security = match rules {
        Rules::Foreign => vec![vec![Scheme::Token]],
        Rules::Own => Vec::new(),
    };
    let arguments = gather(&api.operations[0], &security, &api.schemas, rules);
    let way =
        |it: &Argument| format!("{} {:?} {:?} {}", it.name, it.place, it.style, it.required).to_lowercase();
    arguments.iter().map(way).collect()
}

#[test]
fn parameters_go_where_the_document_says() {
    let array = json!({ "type": "array", "items": { "type": "string" } });
    let operation = json!({ "parameters": [
        { "name": "q", "in": "query", "schema": array }, { "name": "r", "in": "query", "explode": true, "schema": array },
        { "name": "s", "in": "query", "style": "pipeDelimited", "schema": array }, { "name": "p", "in": "path", "schema": {} },
        { "name": "h", "in": "header", "schema": array }, { "name": "Content-Type", "in": "header", "schema": {} },
        { "name": "j", "in": "query", "content": { "application/json": { "schema": { "type": "object" } } } },
        { "name": "d", "in": "query", "style": "deepObject", "schema": { "type": "object" } },
        { "name": "token", "in": "query", "schema": {} }, { "name": "either", "in": "header", "schema": { "oneOf": [{ "type": "string" }, { "type": "integer" }] } },
    ] });
    assert_eq!(
        ways("get", &operation, Rules::Foreign),
        [
            "q argument each false",
            "r argument each false",
            "s argument pipes false",
            "h header commas false",
            "j argument json false",
            "d argument deep false",
            "token argument each false",
            "either header commas false",
        ]
    );
    let own = ways("post", &operation, Rules::Own);
    assert_eq!(own[..2], ["q query commas false", "r query each false"]);
    assert!(own.contains(&"token query commas false".to_owned()));
}

#[test]
fn a_form_may_be_the_whole_query() {
    let form =
        json!({ "application/x-www-form-urlencoded": { "schema": { "$ref": "#/components/schemas/Form" } } });
    let operation = |required: bool| json!({ "parameters": [{ "name": "q", "in": "querystring", "required": required, "content": form }] });
    assert_eq!(
        ways("get", &operation(true), Rules::Foreign),
        ["b argument each true", "f argument each true", "blocks argument json false"]
    );
    assert_eq!(ways("post", &operation(false), Rules::Foreign)[0], "b query each false");
}

#[test]
fn the_fields_of_a_form_are_arguments() {
    let body = |media: &str| json!({ "requestBody": { "content": { media: { "schema": { "$ref": "#/components/schemas/Form" } } } } });
    assert_eq!(
        ways("post", &body(FORM), Rules::Own),
        ["b argument commas true", "f argument commas true", "blocks argument json false"]
    );
    assert_eq!(
        ways("post", &body(MULTIPART), Rules::Foreign),
        ["b part each true", "f part each true", "blocks part each false"]
    );
}

#[test]
fn what_may_be_null_in_a_form_is_what_it_may_be_otherwise() {
    let either = |part: Json| json!({ "anyOf": [part, { "nullable": true }] });
    let fields = json!({ "type": "object", "properties": {
        "text": either(json!({ "type": "string" })), "list": either(json!({ "type": "array", "items": { "type": "string" } })),
        "object": either(json!({ "type": "object", "properties": {} })), "scalar": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
    } });
    let operation = json!({ "requestBody": { "content": { FORM: { "schema": fields } } } });
    assert_eq!(
        ways("post", &operation, Rules::Foreign),
        [
            "text argument each false",
            "list argument each false",
            "object argument json false",
            "scalar argument each false"
        ]
    );
}

#[test]
fn of_several_kinds_of_json_the_plain_one_is_sent() {
    let media = json!({ "schema": { "type": "object" } });
    let operation = json!({ "requestBody": { "content": { "application/json-patch+json": media, "application/json": media } } });
    let api = openapi(&json!({ "paths": { "/a": { "put": operation } } }));
    let arguments = gather(&api.operations[0], &[], &api.schemas, Rules::Foreign);
    assert_eq!(arguments[0].media_type, "application/json");
}

#[test]
fn other_bodies_are_one_argument() {
    for (media, place) in [
        ("application/json", "json"),
        ("application/vnd.x+json; v=1", "json"),
        ("text/plain", "text"),
        ("image/png", "content"),
    ] {
        let operation = json!({ "requestBody": { "required": true, "content": { "x/none": {}, media: { "schema": { "type": "object" } } } } });
        assert_eq!(ways("put", &operation, Rules::Own), [format!("body {place} commas true")]);
    }
}
