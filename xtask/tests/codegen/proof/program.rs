//! A program that calls every operation of every document once, and writes and reads every type.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::{Kind, sample};

pub(crate) fn manifest(kinds: &[Kind]) -> String {
    let mut out = "[package]\nname = \"calls\"\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\nserde_json = { version = \"1\", features = [\"float_roundtrip\"] }\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n".to_owned();
    for kind in kinds {
        for of in ["models", "apis"] {
            let _ = writeln!(out, "{}.workspace = true", kind.crate_name(of));
        }
    }
    out
}

pub(crate) fn source(kinds: &[Kind]) -> String {
    let mut out = FRAME.to_owned();
    for kind in kinds {
        let name = kind.name.replace('-', "_");
        let _ = writeln!(
            out,
            "mod {name} {{\nuse super::{{arg, called, part, round}};\nuse {name}_apis as apis;\nuse {name}_models as models;"
        );
        if let Some(more) = &kind.more {
            let _ = writeln!(out, "mod more {{\nuse super::{{apis, models}};\n{more}\n}}");
        }
        let _ = writeln!(out, "pub async fn run(base: &str) {{");
        builder(kind, &mut out);
        for (operation, call) in operations(kind) {
            let _ = writeln!(
                out,
                "called(\"{} {}\", {call}.send().await);",
                kind.name,
                operation["function"].as_str().unwrap()
            );
        }
        types(kind, &mut out);
        if kind.more.is_some() {
            out.push_str("more::check(base).await;\n");
        }
        out.push_str("let _ = (base, &client);\n}\n}\n\n");
    }
    out.push_str("#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {\nlet url = std::env::args().nth(1).unwrap();\n");
    for kind in kinds {
        let _ =
            writeln!(out, "{}::run(&format!(\"{{url}}/{}\")).await;", kind.name.replace('-', "_"), kind.name);
    }
    out.push_str("println!(\"called {}\", CALLED.load(std::sync::atomic::Ordering::SeqCst));\n}\n");
    out
}

const FRAME: &str = r#"#![allow(deprecated, unused_imports, dead_code)]

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLED: AtomicUsize = AtomicUsize::new(0);

fn arg<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn called<T, E: Debug>(name: &str, outcome: Result<T, E>) {
    CALLED.fetch_add(1, Ordering::SeqCst);
    if let Err(error) = outcome {
        println!("{name}: {error:?}");
    }
}

fn round<T: serde::de::DeserializeOwned + serde::Serialize>(name: &str, json: &str) {
    match serde_json::from_str::<T>(json).and_then(|value| serde_json::to_value(&value)) {
        Ok(after) if same(&after, &serde_json::from_str(json).unwrap()) => {}
        Ok(after) => println!("{name}: {json} became {after}"),
        Err(error) => println!("{name}: {json}: {error}"),
    }
}

/// Compares numbers by their values: `5.0` is `5`.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn part<T: serde::de::DeserializeOwned + serde::Serialize + Debug>(name: &str, json: &str) {
    round::<T>(name, json);
    let value: T = arg(json);
    let shown = format!("{value:?}");
    if shown.starts_with("Unrecognized(") || shown.starts_with("Unknown(") {
        println!("{name}: {json} is no part: {shown}");
    }
}

"#;

fn literal(json: &Json) -> String {
    format!("{:?}", json.to_string())
}

/// With whatever the document knows of credentials.
fn builder(kind: &Kind, out: &mut String) {
    let mut credentials = String::new();
    for credential in kind.normalized["x-service"]["credentials"].as_array().into_iter().flatten() {
        let arguments =
            if credential["function"] == "basic_auth" { "\"user\", \"password\"" } else { "\"the-key\"" };
        let _ = write!(credentials, ".{}({arguments})", credential["function"].as_str().unwrap());
    }
    let _ = writeln!(
        out,
        "let client: apis::Client = apis::Client::builder().base_url(base).token(\"the-token\"){credentials}.build().unwrap();"
    );
}

/// Every operation, with the call that has all of its arguments.
fn operations(kind: &Kind) -> Vec<(&Json, String)> {
    let generated =
        kind.normalized["paths"].as_object().unwrap().values().map(|item| &item["get"]["x-operation"]);
    let written = super::server::operations(&kind.document);
    let pairs = generated.zip(written);
    pairs
        .map(|(operation, written)| {
            let mut call = format!("client.{}(", operation["function"].as_str().unwrap());
            for field in operation["required"].as_array().unwrap() {
                let _ = write!(call, "{}, ", value(field, &written, &kind.document));
            }
            call.push(')');
            for field in operation["optional"].as_array().unwrap() {
                let _ = write!(
                    call,
                    ".{}({})",
                    field["field"].as_str().unwrap(),
                    value(field, &written, &kind.document)
                );
            }
            (operation, call)
        })
        .collect()
}

fn value(field: &Json, operation: &super::server::Operation<'_>, document: &Json) -> String {
    let rust_type = field["type"].as_str().unwrap();
    match rust_type {
        "crate::FileContent" => return "apis::FileContent::from(\"content\")".to_owned(),
        "crate::FilePart" => return "apis::FilePart::new(\"name\", \"content\")".to_owned(),
        "Vec<crate::FilePart>" => return "vec![apis::FilePart::new(\"name\", \"content\")]".to_owned(),
        _ => {}
    }
    let schema = operation.argument(field["wire"].as_str().unwrap(), document);
    let json = schema.map_or_else(|| Json::from("some text"), |schema| sample::of(&schema, document));
    // Of a form that is described as a list, the fields are not known.
    let is_map = rust_type.starts_with("std::collections::HashMap");
    let json = if is_map && !json.is_object() { serde_json::json!({ "a-field": "some text" }) } else { json };
    // What is written as a text may be a number as well.
    let json = if rust_type == "String" && !json.is_string() { Json::from(json.to_string()) } else { json };
    format!("arg::<{rust_type}>({})", literal(&json))
}

/// Every type that the document has a name for.
fn types(kind: &Kind, out: &mut String) {
    let schemas = kind.document.pointer("/components/schemas").and_then(Json::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let Some(normalized) = kind.normalized["components"]["schemas"].get(name) else { continue };
        let about = format!("{} {name}", kind.name);
        let is_union =
            ["union", "one_of", "id_or_object"].iter().any(|key| normalized["x-model"][key].is_object());
        if is_union {
            let parts = ["oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
            for part in parts {
                let json = literal(&sample::of_part(schema, part, &kind.document));
                let _ = writeln!(out, "part::<models::{name}>({about:?}, {json});");
            }
        } else {
            let json = literal(&sample::of(schema, &kind.document));
            let _ = writeln!(out, "round::<models::{name}>({about:?}, {json});");
        }
    }
}
