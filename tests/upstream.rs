//! Comparison of our `rtm.connect` with the upstream document, of which nothing may be missing. The upstream document is not part of this project: `SLACK_RTM_CORPUS`
//! names the folder beside it, and the test is skipped without the variable.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use serde_json::Value as Json;

fn upstream() -> Option<Json> {
    let corpus = PathBuf::from(std::env::var_os("SLACK_RTM_CORPUS")?);
    let path = corpus.parent()?.join("upstream/rtm-connect-fragment.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

fn ours() -> Json {
    let workspace = xtask::workspace::Workspace::current();
    xtask::spec::bundle::load(&workspace, &workspace.spec()).unwrap().root.to_json()
}

/// Resolves references, and `allOf` with a single part.
fn resolve<'a>(document: &'a Json, mut node: &'a Json) -> &'a Json {
    loop {
        if let Some([only]) = node.get("allOf").and_then(Json::as_array).map(Vec::as_slice) {
            node = only;
        } else if let Some(reference) = node.get("$ref").and_then(Json::as_str) {
            let pointer = reference.trim_start_matches('#');
            node = document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        } else {
            return node;
        }
    }
}

/// Asserts that our schema has the type, format, pattern, enum values and required names of the upstream schema, recursively. Returns the number of comparisons.
fn compare(path: &str, (theirs, upstream): (&Json, &Json), (ours, document): (&Json, &Json)) -> usize {
    let (upstream, ours) = (resolve(theirs, upstream), resolve(document, ours));
    let mut compared = 0;
    for key in ["type", "format", "pattern"] {
        if let Some(value) = upstream.get(key) {
            assert_eq!(ours.get(key), Some(value), "{path}/{key}");
            compared += 1;
        }
    }
    for key in ["enum", "required"] {
        for value in upstream.get(key).and_then(Json::as_array).into_iter().flatten() {
            assert!(
                ours[key].as_array().is_some_and(|list| list.contains(value)),
                "{path}/{key} lacks {value}"
            );
            compared += 1;
        }
    }
    for (name, property) in upstream.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let path = format!("{path}/{name}");
        let found = ours["properties"].get(name).unwrap_or_else(|| panic!("{path} is missing"));
        compared += compare(&path, (theirs, property), (found, document));
    }
    compared
}

#[test]
fn nothing_of_upstream_is_missing() {
    let Some(upstream) = upstream() else {
        eprintln!("skipped: SLACK_RTM_CORPUS is not set");
        return;
    };
    let document = ours();
    let pointer = "/paths/~1rtm.connect/get";
    let (theirs, our) = (upstream.pointer(pointer).unwrap(), document.pointer(pointer).unwrap());
    assert_eq!(
        (&theirs["operationId"], &theirs["tags"], &theirs["security"]),
        (&our["operationId"], &our["tags"], &our["security"])
    );
    for scope in upstream["securityDefinitions"]["slackAuth"]["scopes"].as_object().unwrap().keys() {
        assert!(
            document["components"]["securitySchemes"]["slackAuth"]["flows"]["authorizationCode"]["scopes"]
                .get(scope)
                .is_some()
        );
    }
    let parameters: Vec<&Json> =
        our["parameters"].as_array().unwrap().iter().map(|parameter| resolve(&document, parameter)).collect();
    for parameter in theirs["parameters"].as_array().unwrap() {
        let found = parameters
            .iter()
            .find(|ours| ours["name"] == parameter["name"])
            .unwrap_or_else(|| panic!("{parameter} is missing"));
        assert_eq!((&found["in"], &found["schema"]["type"]), (&parameter["in"], &parameter["type"]));
        assert_eq!(
            found["required"].as_bool().unwrap_or(false),
            parameter["required"].as_bool().unwrap_or(false)
        );
    }
    let mut compared = 0;
    for (status, response) in theirs["responses"].as_object().unwrap() {
        let found = &our["responses"][status]["content"]["application/json"]["schema"];
        compared += compare(status, (&upstream, &response["schema"]), (found, &document));
    }
    for (name, schema) in upstream["definitions"].as_object().unwrap() {
        let name: String = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        let found =
            document["components"]["schemas"].get(&name).unwrap_or_else(|| panic!("{name} is missing"));
        compared += compare(&name, (&upstream, schema), (found, &document));
    }
    assert!(compared > 50, "only {compared} facts were compared");
}

#[test]
fn both_operations_have_what_later_sources_add() {
    let document = ours();
    let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap();
    // The 39 codes of the two operations, one that was observed, and those of other methods.
    assert_eq!(codes.iter().position(|code| code == "already_archived"), Some(40));
    let schemas = &document["components"]["schemas"];
    for (schema, field) in [
        ("ConnectedTeam", "enterprise_id"),
        ("ConnectedTeam", "enterprise_name"),
        ("RtmConnectResponse", "warning"),
        ("RtmConnectResponse", "response_metadata"),
        ("ErrorResponse", "needed"),
        ("ErrorResponse", "provided"),
    ] {
        assert!(schemas[schema]["properties"].get(field).is_some(), "{schema}.{field}");
    }
    let start = document.pointer("/paths/~1rtm.start/get").unwrap();
    assert_eq!(start["deprecated"], true);
    let names: Vec<&str> = start["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|parameter| resolve(&document, parameter)["name"].as_str())
        .collect();
    for name in [
        "token",
        "simple_latest",
        "no_unreads",
        "mpim_aware",
        "no_latest",
        "include_locale",
        "presence_sub",
        "batch_presence_aware",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}
