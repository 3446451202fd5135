//! `cargo xtask watch-upstream`: reports what is new in another version of the upstream document, or in the reference's list of methods.
//!
//! It compares two local files and does not use the network. A workflow can open an issue with the report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value as Json;

use crate::spec::{bundle, foreign};
use crate::workspace::Workspace;

/// The options of `cargo xtask watch-upstream`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The other version: a document, OpenAPI or Swagger, or a list of methods in any text, such as a copy of the reference's page
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The document to compare it with; the default is our own spec
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// Prints the report, or nothing if nothing is new.
///
/// # Errors
/// Returns an error if a file cannot be read.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let theirs = read(workspace, &options.file)?;
    let ours = match &options.against {
        Some(file) => read(workspace, file)?,
        None => Methods::of(&bundle::load(workspace, &workspace.spec())?.root.to_json()),
    };
    let report = report(&theirs, &ours);
    match report.is_empty() {
        true => eprintln!("nothing that we have not"),
        false => print_out(&report),
    }
    Ok(())
}

fn print_out(text: &str) {
    print!("{text}");
}

/// What is known of the methods of an API.
#[derive(Debug, Default)]
struct Methods(BTreeMap<String, Method>);

#[derive(Debug, Default)]
struct Method {
    /// Whether anything is known but that there is such a method.
    is_described: bool,
    arguments: BTreeSet<String>,
    fields: BTreeSet<String>,
    codes: BTreeSet<String>,
}

fn read(workspace: &Workspace, file: &Path) -> Result<Methods> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let is_document = text.lines().any(|line| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || "{\"'".contains(c));
        ["openapi", "swagger"].iter().any(|key| {
            line.starts_with(key)
                && line[key.len()..].trim_start_matches(['"', '\'']).trim_start().starts_with(':')
        })
    });
    if is_document {
        return Ok(Methods::of(&foreign::load(workspace, file)?.root.to_json()));
    }
    Ok(Methods::listed(&text))
}

/// What hosts and files end in, and methods do not.
const NO_METHODS: [&str; 14] =
    ["com", "css", "dev", "html", "io", "js", "json", "md", "org", "png", "svg", "txt", "xml", "yaml"];

/// A page without its scripts, styles and tags; another text as it is.
fn visible(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<html") {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut at = 0;
    while let Some(begin) = lower[at..].find('<').map(|found| at + found) {
        out.push_str(&text[at..begin]);
        out.push(' ');
        let hidden = ["script", "style"].iter().find(|name| lower[begin + 1..].starts_with(**name));
        let end = match hidden {
            Some(name) => format!("</{name}"),
            None => ">".to_owned(),
        };
        at = lower[begin + 1..].find(&end).map_or(text.len(), |found| begin + 1 + found + end.len());
        if hidden.is_some() {
            at = lower[at..].find('>').map_or(text.len(), |found| at + found + 1);
        }
    }
    out.push_str(&text[at..]);
    out
}

impl Methods {
    /// Every word of a text that is a method's name: `team.info`, `admin.users.session.list`. Of a page in HTML, only what a reader sees counts.
    fn listed(text: &str) -> Self {
        let text = visible(text);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
        let is_method = |word: &&str| {
            let parts: Vec<&str> = word.split('.').collect();
            let is_name = |part: &&str| {
                part.starts_with(|c: char| c.is_ascii_lowercase())
                    && part.chars().all(|c| c.is_ascii_alphanumeric())
            };
            parts.len() > 1 && parts.iter().all(is_name) && !NO_METHODS.contains(parts.last().unwrap_or(&""))
        };
        Self(
            words
                .map(|word| word.trim_matches('.'))
                .filter(is_method)
                .map(|word| (word.to_owned(), Method::default()))
                .collect(),
        )
    }

    /// Every operation of a document, by its path.
    fn of(document: &Json) -> Self {
        let mut out = Self::default();
        let codes = document.pointer("/components/schemas/ErrorCode/enum");
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let method = out.0.entry(path.trim_matches('/').to_owned()).or_default();
            for operation in item
                .as_object()
                .into_iter()
                .flatten()
                .map(|(_, operation)| operation)
                .filter(|it| it.get("responses").is_some())
            {
                method.is_described = true;
                for parameter in operation["parameters"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .chain(item["parameters"].as_array().into_iter().flatten())
                {
                    let name = resolve(parameter, document)["name"].as_str();
                    method.arguments.extend(name.map(str::to_owned));
                }
                let contents = resolve(&operation["requestBody"], document)["content"].as_object();
                for media in contents.into_iter().flatten().map(|(_, media)| media) {
                    fields(&media["schema"], document, "", 0, &mut method.arguments);
                }
                for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                    let content = resolve(response, document)["content"].as_object();
                    for media in content.into_iter().flatten().map(|(_, media)| media) {
                        let mut found = BTreeSet::new();
                        fields(&media["schema"], document, "", 0, &mut found);
                        if status.starts_with('2') {
                            method.fields.extend(found);
                        }
                        let error = resolve(&media["schema"], document)["properties"]
                            .get("error")
                            .map(|error| resolve(error, document));
                        let known = error.and_then(|error| error["enum"].as_array()).into_iter().flatten();
                        method.codes.extend(
                            known
                                .chain(operation["x-errors"].as_array().into_iter().flatten())
                                .filter_map(Json::as_str)
                                .map(str::to_owned),
                        );
                    }
                }
                let of_all = codes.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
                method.codes.extend(of_all.map(str::to_owned));
            }
        }
        out
    }
}

fn resolve<'a>(part: &'a Json, document: &'a Json) -> &'a Json {
    let mut part = part;
    for _ in 0..8 {
        let only = part["allOf"].as_array().filter(|parts| parts.len() == 1).map_or(part, |parts| &parts[0]);
        let Some(target) =
            only["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')))
        else {
            break;
        };
        part = target;
    }
    part
}

/// How deep the fields of an answer are compared.
const MAX_DEPTH: usize = 3;

/// The properties of a schema and of what it holds, with points between them.
fn fields(schema: &Json, document: &Json, prefix: &str, depth: usize, out: &mut BTreeSet<String>) {
    let schema = resolve(schema, document);
    for part in ["allOf", "oneOf", "anyOf"]
        .iter()
        .filter_map(|key| schema[*key].as_array())
        .flatten()
        .filter(|_| depth < MAX_DEPTH)
    {
        fields(part, document, prefix, depth + 1, out);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        if depth < MAX_DEPTH {
            fields(property, document, &format!("{path}."), depth + 1, out);
        }
        out.insert(path);
    }
    if let Some(items) = schema.get("items").filter(|_| depth < MAX_DEPTH) {
        fields(items, document, &format!("{}[].", prefix.trim_end_matches('.')), depth + 1, out);
    }
}

/// As Markdown: the methods that are new, and what is new of those that are not.
fn report(theirs: &Methods, ours: &Methods) -> String {
    let mut out = String::new();
    let new: Vec<&String> = theirs.0.keys().filter(|name| !ours.0.contains_key(*name)).collect();
    if !new.is_empty() {
        let _ = writeln!(out, "## {} methods that we have not\n", new.len());
        for name in &new {
            let _ = writeln!(out, "- `{name}`");
        }
    }
    for (name, theirs) in theirs.0.iter().filter(|(_, theirs)| theirs.is_described) {
        let Some(ours) = ours.0.get(name) else { continue };
        let groups = [
            ("arguments", &theirs.arguments, &ours.arguments),
            ("fields", &theirs.fields, &ours.fields),
            ("codes", &theirs.codes, &ours.codes),
        ];
        let missing: Vec<(&str, Vec<&String>)> = groups
            .into_iter()
            .map(|(what, theirs, ours)| (what, theirs.difference(ours).collect()))
            .collect();
        if missing.iter().all(|(_, names)| names.is_empty()) {
            continue;
        }
        let _ = writeln!(out, "{}## {name}\n", if out.is_empty() { "" } else { "\n" });
        for (what, names) in missing.iter().filter(|(_, names)| !names.is_empty()) {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(out, "- {what}: {}", names.join(", "));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn methods(argument: &str, field: &str, code: &str) -> Methods {
        let answer =
            json!({ "type": "object", "properties": { "team": { "$ref": "#/components/schemas/Team" } } });
        let refusal = json!({ "properties": { "error": { "enum": [code] } } });
        let get = json!({ "parameters": [{ "name": argument }], "responses": {
            "200": { "content": { "application/json": { "schema": answer } } }, "default": { "content": { "application/json": { "schema": refusal } } } } });
        Methods::of(&json!({
            "paths": { "/team.info": { "get": get }, format!("/{field}.list"): { "get": { "responses": {} } } },
            "components": { "schemas": { "Team": { "properties": { field: { "type": "string" } } } } },
        }))
    }

    #[test]
    fn what_is_new_is_told_by_method_and_field() {
        let (old, new) = (methods("team", "id", "gone"), methods("domain", "icon", "paused"));
        assert_eq!(
            report(&new, &old),
            "## 1 methods that we have not\n\n- `icon.list`\n\n## team.info\n\n- arguments: `domain`\n- fields: `team.icon`\n- codes: `paused`\n"
        );
        assert_eq!(report(&old, &old), "");
    }

    #[test]
    fn of_a_page_only_what_a_reader_sees_counts() {
        let page = "<!doctype html><HTML><head><style>a.b { }</style><script>window.location = x.y;</script ></head><body class=\"c.d\"><a href='/e.f'>team.info</a> größe, users.list</body></html>";
        let names: Vec<String> = Methods::listed(page).0.into_keys().collect();
        assert_eq!(names, ["team.info", "users.list"]);
        assert_eq!(visible("<html"), " ");
    }

    #[test]
    fn a_list_of_methods_may_be_any_text() {
        let listed = Methods::listed(
            "| [team.info](https://api.slack.com/methods/team.info) | x |\nadmin.users.session.list, and this. Team.Info v1.2",
        );
        let names: Vec<&String> = listed.0.keys().collect();
        assert_eq!(names, ["admin.users.session.list", "team.info"]);
        assert_eq!(
            report(&listed, &methods("a", "id", "c")),
            "## 1 methods that we have not\n\n- `admin.users.session.list`\n"
        );
    }
}
