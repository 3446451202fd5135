use std::path::Path;

use serde_json::{Value as Json, json};

use super::load;
use crate::workspace::Workspace;

/// What a document made of several files is as one; the first is the document.
pub(super) fn loaded(files: &[(&str, &str)]) -> Result<(Json, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    for (name, text) in files {
        let path = folder.join("docs").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = folder.join("docs").join(files[0].0);
    let document = load(&Workspace::at(folder.clone()), &root).map_err(|findings| findings.to_string())?;
    Ok((document.root.to_json(), document.findings.sorted().to_string()))
}

pub(super) fn schemas(files: &[(&str, &str)]) -> Json {
    let (json, findings) = loaded(files).unwrap();
    assert_eq!(findings, "");
    json["components"]["schemas"].clone()
}

pub(super) fn of(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[test]
fn references_to_whole_files_and_to_any_place() {
    let out = schemas(&[
        (
            "api.yaml",
            "{openapi: 3.0.3, paths: {/a: {$ref: paths/a.yaml}}, components: {schemas: {Pet: {$ref: schemas/pet.json}, User: {type: object, properties: {home: {type: object}}}}}}",
        ),
        (
            "paths/a.yaml",
            "{get: {responses: {'200': {$ref: '../shared.yaml#/ok'}}, parameters: [{name: x, in: query, schema: {$ref: '../api.yaml#/components/schemas/User/properties/home'}}]}}",
        ),
        (
            "shared.yaml",
            "{ok: {description: d, content: {application/json: {schema: {$ref: 'schemas/pet.json'}}}}}",
        ),
        (
            "schemas/pet.json",
            r##"{ "type": "object", "properties": { "tag": { "$ref": "#/definitions/tag" }, "owner": { "$ref": "owner.json" }, "self": { "$ref": "#" } },
                 "definitions": { "tag": { "type": "string" } } }"##,
        ),
        (
            "schemas/owner.json",
            r#"{ "type": "object", "properties": { "pets": { "type": "array", "items": { "$ref": "./pet.json" } } } }"#,
        ),
    ]);
    let mut names: Vec<&String> = out.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["Pet", "User", "UserHome", "owner", "tag"]);
    let pet = &out["Pet"]["properties"];
    assert_eq!((&pet["tag"], &pet["owner"], &pet["self"]), (&of("tag"), &of("owner"), &of("Pet")));
    assert_eq!(out["owner"]["properties"]["pets"]["items"], of("Pet"));
}

#[test]
fn what_is_passed_over_and_what_is_put_in_place() {
    let (json, findings) = loaded(&[
        (
            "api.yaml",
            "{openapi: 3.1.0, webhooks: {new: {post: {}}}, components: {pathItems: {P: {get: {responses: {'200': {$ref: '#/components/responses/R'}}}}},
              links: {L: {}}, examples: {E: {value: {$ref: nowhere.yaml}}}, securitySchemes: {S: {$ref: 'more.yaml#/s'}},
              responses: {R: {description: d, links: {l: {$ref: '#/components/links/L'}}, content: {application/json: {examples: {e: {$ref: '#/components/examples/E'}}, schema: {type: [string, 'null']}}}}}},
              paths: {/p: {$ref: '#/components/pathItems/P', summary: s}, /q: {$ref: 'more.yaml#/paths/~1q'}}, tags: {$ref: 'more.yaml#/tags'}}",
        ),
        ("more.yaml", "{s: {type: http, scheme: bearer}, tags: [{name: t}], paths: {/q: {get: {callbacks: {}, responses: {}}}}}"),
    ])
    .unwrap();
    assert_eq!(findings, "");
    assert_eq!(json["openapi"], "3.0.3");
    assert_eq!(json["tags"], json!([{ "name": "t" }]));
    assert_eq!(json["paths"]["/p"]["get"]["responses"]["200"], json!({ "$ref": "#/components/responses/R" }));
    assert_eq!(json["paths"]["/p"]["summary"], "s");
    assert_eq!(json["paths"]["/q"]["get"], json!({ "responses": {} }));
    assert_eq!(json["components"]["securitySchemes"]["S"]["scheme"], "bearer");
    let response = json!({ "description": "d", "content": { "application/json": { "examples": { "e": { "value": { "$ref": "nowhere.yaml" } } }, "schema": { "type": "string", "nullable": true } } } });
    assert_eq!(json["components"]["responses"]["R"], response);
}

#[test]
fn components_lead_to_others_of_their_kind() {
    let (json, findings) = loaded(&[(
        "api.yaml",
        "{openapi: 3.1.0, paths: {}, components: {
            securitySchemes: {a: {$ref: '#/components/securitySchemes/b'}, b: {$ref: '#/components/securitySchemes/c', description: own}, c: {type: http, scheme: basic, description: d}},
            parameters: {a: {$ref: '#/components/parameters/b'}, b: {$ref: '#/components/parameters/c'}, c: {name: id, in: path}},
            headers: {a: {$ref: '#/components/headers/b'}, b: {description: h}}, requestBodies: {a: {$ref: '#/components/requestBodies/b'}, b: {content: {}}},
            examples: {a: {$ref: '#/components/examples/b'}, b: {$ref: '#/components/examples/c'}, c: {value: 1}},
            responses: {a: {$ref: '#/components/responses/b'}, b: {description: r, content: {text/plain: {examples: {e: {$ref: '#/components/examples/a'}}}}}}}}",
    )])
    .unwrap();
    assert_eq!(findings, "");
    let components = &json["components"];
    assert_eq!(
        components["securitySchemes"]["a"],
        json!({ "type": "http", "scheme": "basic", "description": "own" })
    );
    assert_eq!(components["parameters"]["a"], json!({ "name": "id", "in": "path" }));
    assert_eq!(components["headers"]["a"], json!({ "description": "h" }));
    assert_eq!(components["requestBodies"]["a"], json!({ "content": {} }));
    let response =
        json!({ "description": "r", "content": { "text/plain": { "examples": { "e": { "value": 1 } } } } });
    assert_eq!(components["responses"]["a"], response);
}

#[test]
fn keys_are_found_however_a_pointer_is_escaped() {
    let out = schemas(&[(
        "api.yaml",
        "{openapi: 3.1.0, components: {schemas: {'a b': {}, 'c%20d': {}, 'e/f': {}, 'g~h': {}, '{i}': {}, All: {properties: {
            a: {$ref: '#/components/schemas/a%20b'}, b: {$ref: '#/components/schemas/a b'}, c: {$ref: '#/components/schemas/c%2520d'}, d: {$ref: '#/components/schemas/c%20d'},
            e: {$ref: '#/components/schemas/e~1f'}, f: {$ref: '#/components/schemas/e%2Ff'}, g: {$ref: '#/components/schemas/g~0h'}, h: {$ref: '#/components/schemas/g%7E0h'},
            i: {$ref: '#/components/schemas/g~h'}, j: {$ref: '#/components/schemas/%7Bi%7d'}}}}}}",
    )]);
    let found = out["All"]["properties"].as_object().unwrap().values();
    let found: Vec<&str> = found.map(|it| it["$ref"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(found, ["a b", "a b", "c%20d", "c%20d", "e_f", "e_f", "g_h", "g_h", "g_h", "{i}"]);
    assert_eq!(out.as_object().unwrap().len(), 6);
}

#[test]
fn definitions_within_schemas_and_anchors() {
    let out = schemas(&[(
        "api.yaml",
        "{openapi: 3.1.0, components: {schemas: {
            A: {$defs: {Inner: {$anchor: inner, type: object, properties: {again: {$ref: '#/components/schemas/A/$defs/Inner'}}}}, type: object,
                properties: {x: {$ref: '#/components/schemas/A/$defs/Inner'}, y: {$ref: '#inner'}, z: {$ref: '#/components/schemas/A', description: d}}},
            'Page«A»': {type: array, items: {$ref: '#/components/schemas/A'}}, B: {$ref: '#/components/schemas/Page%C2%ABA%C2%BB'},
            U: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: k, mapping: {a: A, b: '#/components/schemas/A'}}}}}}",
    )]);
    let properties = &out["A"]["properties"];
    assert_eq!((&properties["x"], &properties["y"]), (&of("Inner"), &of("Inner")));
    assert_eq!(properties["z"], json!({ "description": "d", "allOf": [of("A")] }));
    assert_eq!(out["Inner"]["properties"]["again"], of("Inner"));
    assert_eq!(out["B"], of("Page«A»"));
    assert_eq!(out["U"]["discriminator"]["mapping"], json!({ "a": of("A")["$ref"], "b": of("A")["$ref"] }));
}

#[test]
fn names_that_meet_get_numbers() {
    let out = schemas(&[
        (
            "api.yaml",
            "{openapi: 3.0.0, components: {schemas: {Pet: {type: object, properties: {a: {$ref: 'b.yaml#/Pet'}, b: {$ref: 'c/Pet.yaml'}}}}}}",
        ),
        ("b.yaml", "{Pet: {type: string}}"),
        ("c/Pet.yaml", "{type: integer}"),
    ]);
    assert_eq!(out["Pet"]["properties"], json!({ "a": of("Pet2"), "b": of("Pet3") }));
    assert_eq!((&out["Pet2"]["type"], &out["Pet3"]["type"]), (&json!("string"), &json!("integer")));
}

#[test]
fn swagger_over_several_files() {
    let (json, findings) = loaded(&[
        (
            "api.json",
            r##"{ "swagger": "2.0", "paths": { "/a": { "get": { "responses": { "200": { "description": "d", "schema": { "$ref": "defs.json#/definitions/A" } } } } } },
                 "definitions": { "Own": { "$ref": "whole.json" } } }"##,
        ),
        ("defs.json", r##"{ "definitions": { "A": { "type": "object", "properties": { "b": { "$ref": "#/definitions/B" }, "n": { "x-nullable": true } } }, "B": { "type": "string" } } }"##),
        ("whole.json", r#"{ "type": "object", "properties": { "x": { "type": ["string", "null"] } } }"#),
    ])
    .unwrap();
    assert_eq!(findings, "");
    let schemas = &json["components"]["schemas"];
    assert_eq!(schemas["A"]["properties"], json!({ "b": of("B"), "n": { "nullable": true } }));
    assert_eq!(schemas["Own"]["properties"]["x"], json!({ "type": "string", "nullable": true }));
}

#[test]
fn nothing_is_read_outside_of_the_folder_or_over_the_network() {
    for (reference, message) in [
        ("../../etc/passwd", "leads out of the folder"),
        ("/etc/passwd", "leads out of the folder"),
        ("%2e%2e/secret.yaml", "leads out of the folder"),
        ("http://example.com/a.yaml", "remote references are not followed"),
        ("//example.com/a.yaml", "remote references are not followed"),
        ("file:///etc/passwd", "remote references are not followed"),
        ("#/components/schemas/Pit", "did you mean `Pet`?"),
        ("#/nowhere", "cannot be resolved"),
        ("gone.yaml", "docs/gone.yaml, which cannot be read"),
    ] {
        let text =
            format!("{{openapi: 3.0.0, components: {{schemas: {{Pet: {{}}, A: {{$ref: '{reference}'}}}}}}}}");
        let (_, findings) = loaded(&[("api.yaml", &text)]).unwrap();
        assert!(
            findings.starts_with("docs/api.yaml:1:") && findings.contains(message),
            "{reference}: {findings}"
        );
    }
    let version = loaded(&[("api.yaml", "{openapi: 4.0.0, paths: {}}")]).unwrap_err();
    assert!(version.contains("OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0 are read"), "{version}");
    assert!(loaded(&[("api.yaml", "{a: 1}")]).unwrap_err().contains("not an OpenAPI document"));
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::create_dir(folder.join("docs")).unwrap();
    std::fs::write(folder.join("secret.yaml"), "{type: string}").unwrap();
    std::os::unix::fs::symlink("../secret.yaml", folder.join("docs/link.yaml")).unwrap();
    let root = folder.join("docs/api.yaml");
    std::fs::write(&root, "{openapi: 3.0.0, components: {schemas: {A: {$ref: link.yaml}}}}").unwrap();
    let document = load(&Workspace::at(folder), Path::new(&root)).unwrap();
    assert!(document.findings.to_string().contains("leads out of the folder"));
}

#[test]
fn circles_end() {
    let (json, findings) = loaded(&[
        (
            "api.yaml",
            "{openapi: 3.0.0, paths: {/a: {$ref: a.yaml}, /b: {get: {parameters: {$ref: 'l.yaml'}}}}, components: {securitySchemes: {S: {$ref: '#/components/securitySchemes/T'}, T: {$ref: '#/components/securitySchemes/S'}}}}",
        ),
        ("a.yaml", "{$ref: b.yaml}"),
        ("b.yaml", "{$ref: a.yaml}"),
        ("l.yaml", "{$ref: l.yaml}"),
    ])
    .unwrap();
    assert!(
        findings.contains("a.yaml:1:8: error: the $ref leads back to itself")
            || findings.contains("b.yaml:1:8: error: the $ref leads back to itself"),
        "{findings}"
    );
    for place in ["docs/api.yaml:1:131", "docs/l.yaml:1:8"] {
        assert!(findings.contains(&format!("{place}: error: the $ref leads back to itself")), "{findings}");
    }
    assert!(json["paths"]["/a"].get("x-unresolved").is_some());
}

#[test]
fn swagger_over_several_files_is_converted_as_one_document() {
    let (json, findings) = loaded(&[
        (
            "api.yaml",
            "{swagger: '2.0', paths: {/pets: {$ref: 'parts/paths.yaml#/pets'}, '/pets/{id}': {parameters: [{$ref: 'parts/parameters.yaml#/id'}],
              put: {parameters: [{$ref: 'parts/parameters.yaml#/pet'}], responses: {'200': {$ref: 'parts/responses.yaml#/pet'}}},
              post: {consumes: [multipart/form-data], parameters: [{$ref: 'parts/parameters.yaml#/note'}, {$ref: 'parts/parameters.yaml#/file'}], responses: {}}}},
              parameters: {limit: {$ref: 'parts/parameters.yaml#/limit'}}}",
        ),
        ("parts/paths.yaml", "{pets: {get: {parameters: [{$ref: '../api.yaml#/parameters/limit'}], responses: {'200': {$ref: 'responses.yaml#/pet'}}}}}"),
        ("parts/responses.yaml", "{pet: {description: d, schema: {$ref: 'schemas.yaml#/definitions/Pet'}}}"),
        ("parts/schemas.yaml", "{definitions: {Pet: {type: object, properties: {name: {type: [string, 'null']}, kind: {$ref: 'kind.yaml'}}}}}"),
        ("parts/kind.yaml", "{type: string, x-nullable: true}"),
        (
            "parts/parameters.yaml",
            "{id: {name: id, in: path, required: true, type: integer}, limit: {name: limit, in: query, type: integer},
              pet: {name: pet, in: body, required: true, schema: {$ref: 'schemas.yaml#/definitions/Pet'}}, note: {name: note, in: formData, type: string}, file: {name: file, in: formData, type: file}}",
        ),
    ])
    .unwrap();
    assert_eq!(findings, "");
    let pet = json!({ "$ref": "#/components/schemas/Pet" });
    let paths = &json["paths"];
    assert_eq!(paths["/pets/{id}"]["parameters"][0]["schema"], json!({ "type": "integer" }));
    assert_eq!(paths["/pets"]["get"]["parameters"][0]["schema"], json!({ "type": "integer" }));
    for (path, method) in [("/pets", "get"), ("/pets/{id}", "put")] {
        assert_eq!(paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"], pet);
    }
    assert_eq!(paths["/pets/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"], pet);
    let form = &paths["/pets/{id}"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"];
    assert_eq!(form["properties"]["file"]["format"], "binary");
    let schemas = &json["components"]["schemas"];
    assert_eq!(schemas["Pet"]["properties"]["name"], json!({ "type": "string", "nullable": true }));
    assert_eq!(schemas["kind"], json!({ "type": "string", "nullable": true }));
    let (json, _) = loaded(&[(
        "api.yaml",
        "{swagger: '2.0', paths: {/a: {post: {parameters: [{name: b, in: body, schema: {type: string}}, {name: q, in: query, type: integer}], responses: {}}}},
              definitions: {A: {type: object, properties: {b: {$ref: '#/paths/~1a/post/parameters/0/schema'}}}}}",
    )])
    .unwrap();
    let schemas = json["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.values().nth(1).unwrap(), &json!({ "type": "string" }));
    let missing = loaded(&[(
        "api.yaml",
        "{swagger: '2.0', paths: {/a: {get: {parameters: [{$ref: 'gone.yaml#/a'}], responses: {}}}}}",
    )]);
    let (_, missing) = missing.unwrap();
    assert!(
        missing.contains("docs/api.yaml:1:") && missing.contains("gone.yaml, which cannot be read"),
        "{missing}"
    );
}

#[test]
fn openapi_3_2_is_read_as_3_1_is() {
    let (json, findings) = loaded(&[(
        "api.yaml",
        "{openapi: 3.2.0, $self: 'https://a.example.com/api', tags: [{name: t, kind: nav}],
          paths: {/a: {query: {responses: {}}, get: {responses: {x-more: text, '200': {description: d, content: {application/json: {schema: {type: [string, 'null']}}}}}}}}}",
    )])
    .unwrap();
    assert!(findings.contains("warning: `query` of a path is ignored"), "{findings}");
    assert_eq!(json["paths"]["/a"].as_object().unwrap().len(), 1);
    assert_eq!(json["paths"]["/a"]["get"]["responses"].as_object().unwrap().len(), 1);
    let schema = &json["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(*schema, json!({ "type": "string", "nullable": true }));
}

#[test]
fn a_document_of_another_kind_is_named() {
    for (text, kind) in [
        ("{asyncapi: 2.6.0, channels: {}}", "an AsyncAPI document"),
        (
            "{info: {schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'}, item: []}",
            "a Postman collection",
        ),
        ("{kind: 'discovery#restDescription'}", "a Google API Discovery document"),
        ("{$schema: 'https://json-schema.org/draft/2020-12/schema'}", "a JSON Schema"),
    ] {
        let error = loaded(&[("api.yaml", text)]).unwrap_err();
        assert!(error.contains(&format!("this is {kind}, and no OpenAPI document")), "{error}");
    }
}

#[test]
fn what_is_null_is_absent() {
    let (json, findings) = loaded(&[(
        "api.yaml",
        "{openapi: 3.0.3, tags: null, security: null, paths: {/gone: null, /a: {parameters: null, get: {tags: null, summary: null, parameters: null, requestBody: null, security: null,
            responses: {'200': {description: d, headers: null, content: {application/json: {schema: {type: object, required: null, enum: null, example: null,
              properties: {a: null, b: {items: null, type: array}}, allOf: [null, {$ref: '#/components/schemas/N'}]}}, text/plain: null}}, '204': null}}}},
          components: {parameters: null, requestBodies: {B: null}, schemas: {N: null}}}",
    )])
    .unwrap();
    let get = json!({ "responses": {
        "200": { "description": "d", "content": {
            "application/json": { "schema": {
                "type": "object", "example": null, "properties": { "a": {}, "b": { "type": "array" } }, "allOf": [of("N")],
            } },
            "text/plain": {},
        } },
        "204": {},
    } });
    assert_eq!(json["paths"], json!({ "/gone": {}, "/a": { "get": get } }));
    assert_eq!(json["components"], json!({ "requestBodies": {}, "schemas": { "N": {} } }));
    assert_eq!((json.get("tags"), json.get("security")), (None, None));
    assert!(findings.contains("api.yaml:1:24: warning: `tags` is null\n  help: it is ignored"), "{findings}");
    assert!(!findings.contains("`summary`"), "{findings}");

    let (json, _) = loaded(&[("api.yaml", "{openapi: 3.0.3, paths: null, components: null}")]).unwrap();
    assert_eq!(json, json!({ "openapi": "3.0.3", "paths": {}, "components": {} }));

    let (json, _) = loaded(&[(
        "api.yaml",
        "{swagger: '2.0', host: null, tags: null, parameters: null, definitions: {A: null, B: {type: array, items: null}}, paths: {/a: {parameters: null,
            get: {parameters: null, produces: null, security: null, responses: {'200': {description: d, schema: null, headers: null, examples: null}}}}}}",
    )])
    .unwrap();
    assert_eq!(json["components"]["schemas"], json!({ "A": {}, "B": { "type": "array" } }));
    let content = json!({ "application/json": {} });
    let ok = json!({ "description": "d", "headers": {}, "content": content });
    assert_eq!(json["paths"]["/a"]["get"], json!({ "responses": { "200": ok } }));
}

#[test]
fn a_mapping_that_leads_nowhere_is_ignored() {
    let (json, findings) = loaded(&[(
        "api.yaml",
        "{openapi: 3.0.0, components: {schemas: {A: {type: object}, U: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: k, mapping: {a: A, b: B, c: models/c.yml}}}}}}",
    )])
    .unwrap();
    let mapping = &json["components"]["schemas"]["U"]["discriminator"]["mapping"];
    assert_eq!(*mapping, json!({ "a": of("A")["$ref"] }));
    for (value, target) in [("b", "B"), ("c", "models/c.yml")] {
        let expected = format!("warning: the mapping of `{value}` leads nowhere: there is no `{target}`");
        assert!(findings.contains(&expected), "{findings}");
    }
}
