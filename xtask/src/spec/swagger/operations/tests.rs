use serde_json::{Value as Json, json};

use crate::spec::swagger::convert;
use crate::spec::yaml;

fn document(operation: &str, more: &str) -> Result<Json, String> {
    let text = format!("{{swagger: '2.0', paths: {{/a: {{post: {operation}}}}}{more}}}");
    let converted = convert(&yaml::parse("f.yaml", &text).unwrap()).map_err(|error| error.to_string())?;
    Ok(converted.to_json())
}

fn operation(text: &str) -> Json {
    document(text, "").unwrap()["paths"]["/a"]["post"].clone()
}

#[test]
fn parameters() {
    let out = operation(
        "{operationId: a, parameters: [
            {name: q, in: query, type: string, enum: [x], default: x, required: true, description: d, x-mine: 1},
            {name: i, in: path, type: integer, format: int32, required: true},
            {name: h, in: header, type: array, items: {type: string}},
            {name: n, in: query, type: string, x-nullable: true, allowEmptyValue: true}]}",
    );
    assert_eq!(
        out["parameters"],
        json!([
            { "name": "q", "in": "query", "required": true, "description": "d", "x-mine": 1, "schema": { "type": "string", "default": "x", "enum": ["x"] } },
            { "name": "i", "in": "path", "required": true, "schema": { "type": "integer", "format": "int32" } },
            { "name": "h", "in": "header", "style": "simple", "explode": false, "schema": { "type": "array", "items": { "type": "string" } } },
            { "name": "n", "in": "query", "allowEmptyValue": true, "schema": { "type": "string", "nullable": true } },
        ])
    );
}

#[test]
fn arrays_are_written_as_they_were() {
    for (format, style, explode) in [
        ("", "form", false),
        (", collectionFormat: csv", "form", false),
        (", collectionFormat: multi", "form", true),
        (", collectionFormat: ssv", "spaceDelimited", false),
        (", collectionFormat: pipes", "pipeDelimited", false),
        (", collectionFormat: tsv", "tabDelimited", false),
    ] {
        let array = format!("type: array, items: {{type: string}}{format}");
        let out = operation(&format!(
            "{{parameters: [{{name: q, in: query, {array}}}, {{name: f, in: formData, {array}}}]}}"
        ));
        let parameter = &out["parameters"][0];
        assert_eq!(
            (&parameter["style"], &parameter["explode"]),
            (&json!(style), &json!(explode)),
            "{format}"
        );
        assert_eq!(
            out["requestBody"]["content"]["application/x-www-form-urlencoded"]["encoding"]["f"],
            json!({ "style": style, "explode": explode })
        );
    }
    let message =
        document("{parameters: [{name: q, in: path, type: array, items: {}, collectionFormat: multi}]}", "");
    assert!(message.unwrap_err().contains("the collectionFormat `multi` is not possible here"));
}

#[test]
fn fields_become_a_form() {
    let out = operation(
        "{consumes: [application/json, application/x-www-form-urlencoded], parameters: [
            {name: token, in: header, type: string},
            {name: text, in: formData, type: string, required: true, description: d},
            {name: count, in: formData, type: integer}]}",
    );
    assert_eq!(out["parameters"][0]["name"], "token");
    assert_eq!(
        out["requestBody"],
        json!({ "required": true, "content": { "application/x-www-form-urlencoded": { "schema": {
            "type": "object", "required": ["text"],
            "properties": { "text": { "type": "string", "description": "d" }, "count": { "type": "integer" } },
        } } } })
    );
}

#[test]
fn a_file_makes_it_multipart() {
    let out = operation("{parameters: [{name: f, in: formData, type: file}]}");
    assert_eq!(
        out["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["f"],
        json!({ "type": "string", "format": "binary" })
    );
    assert!(
        operation(
            "{consumes: [multipart/form-data], parameters: [{name: f, in: formData, type: string}]}"
        )["requestBody"]["content"]
            .get("multipart/form-data")
            .is_some()
    );
}

#[test]
fn bodies() {
    let out = operation(
        "{parameters: [{name: b, in: body, required: true, description: d, schema: {$ref: '#/definitions/x'}}]}",
    );
    assert_eq!(
        out["requestBody"],
        json!({ "description": "d", "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/x" } } } })
    );
    assert!(out.get("parameters").is_none());
    let message = document("{parameters: [{name: b, in: body}, {name: f, in: formData, type: string}]}", "");
    assert!(message.unwrap_err().contains("cannot have both a body and fields of a form"));
}

#[test]
fn shared_parts_are_found() {
    let out = document(
        "{parameters: [{$ref: '#/parameters/q'}, {$ref: '#/parameters/f'}], responses: {default: {$ref: '#/responses/r'}}}",
        ", consumes: [multipart/form-data], produces: [text/plain], parameters: {q: {name: q, in: query, type: string}, f: {name: f, in: formData, type: string}},
           responses: {r: {description: d, schema: {type: string}}}",
    )
    .unwrap();
    let operation = &out["paths"]["/a"]["post"];
    assert_eq!(operation["parameters"], json!([{ "$ref": "#/components/parameters/q" }]));
    assert!(
        operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"].get("f").is_some()
    );
    assert_eq!(operation["responses"]["default"], json!({ "$ref": "#/components/responses/r" }));
    assert_eq!(
        out["components"],
        json!({
            "parameters": { "q": { "name": "q", "in": "query", "schema": { "type": "string" } } },
            "responses": { "r": { "description": "d", "content": { "text/plain": { "schema": { "type": "string" } } } } },
        })
    );
}

#[test]
fn a_form_of_a_path_belongs_to_each_of_its_operations() {
    let text = "{swagger: '2.0', paths: {/a: {parameters: [{name: f, in: formData, type: string}, {name: q, in: query, type: string}], post: {}, put: {}}}}";
    let out = convert(&yaml::parse("f.yaml", text).unwrap()).unwrap().to_json();
    assert_eq!(out["paths"]["/a"]["parameters"].as_array().unwrap().len(), 1);
    for method in ["post", "put"] {
        assert!(out["paths"]["/a"][method].get("requestBody").is_some());
    }
}

#[test]
fn a_field_of_an_operation_stands_in_for_that_of_its_path() {
    let text = "{swagger: '2.0', paths: {/a: {parameters: [{name: f, in: formData, type: string}], post: {parameters: [{name: f, in: formData, type: integer}]}}}}";
    let out = convert(&yaml::parse("f.yaml", text).unwrap()).unwrap().to_json();
    let content = &out["paths"]["/a"]["post"]["requestBody"]["content"];
    assert_eq!(
        content["application/x-www-form-urlencoded"]["schema"]["properties"],
        json!({ "f": { "type": "integer" } })
    );
}

#[test]
fn responses() {
    let out = operation(
        "{produces: [application/json], responses: {
            '200': {description: d, schema: {type: array}, headers: {X-A: {type: integer, description: h}}, examples: {application/json: [1]}},
            '204': {description: n}, '206': {description: f, schema: {type: file}}}}",
    );
    assert_eq!(
        out["responses"],
        json!({
            "200": { "description": "d", "headers": { "X-A": { "description": "h", "schema": { "type": "integer" } } },
                "content": { "application/json": { "schema": { "type": "array", "items": {} }, "example": [1] } } },
            "204": { "description": "n" },
            "206": { "description": "f", "content": { "application/json": { "schema": { "type": "string", "format": "binary" } } } },
        })
    );
    let out = operation("{responses: {'200': {description: d, schema: {type: file}}}}");
    assert!(out["responses"]["200"]["content"].get("application/octet-stream").is_some());
}

#[test]
fn parameters_may_refer_to_any_others() {
    let out = document(
        "{parameters: [{$ref: '#/parameters/b'}, {$ref: '#/paths/~1b%7Bid%7D/put/parameters/1'}, {$ref: '#/parameters/p~1q'}], responses: {}}}, '/b{id}': {put: {parameters: [{name: f, in: body, schema: {type: string}}, {name: id, in: path, type: integer}]}",
        ", parameters: {a: {name: b, in: body, schema: {type: boolean}}, b: {$ref: '#/parameters/a'}, p/q: {name: p, in: query, type: string}, c: {$ref: '#/parameters/c'}}",
    );
    let out = out.unwrap();
    let post = &out["paths"]["/a"]["post"];
    assert_eq!(post["requestBody"]["content"]["application/json"]["schema"], json!({ "type": "boolean" }));
    let id = json!({ "name": "id", "in": "path", "schema": { "type": "integer" } });
    assert_eq!(post["parameters"], json!([id, { "$ref": "#/components/parameters/p~1q" }]));
    let shared = out["components"]["parameters"].as_object().unwrap();
    assert_eq!(shared.keys().collect::<Vec<_>>(), ["p/q", "c"]);
}
