//! Finds our own schemas for the definitions of a document: ids and timestamps by name and pattern, and objects by their properties and the document's examples.

use regex_lite::Regex;
use serde_json::{Value as Json, json};

use super::file::Vendored;
use super::samples::samples;
use super::validation;
use crate::spec::bundle::Document;
use crate::spec::examples::Examples;
use crate::spec::yaml::Node;
use crate::spec::{json_pointer, naming};

/// The prefix of references to our own schemas in a foreign document while it is prepared.
pub(super) const PREFIX: &str = "#/ours/schemas/";

/// Beginnings of names that say nothing.
const IDLE_PREFIXES: [&str; 2] = ["defs_", "objs_"];

/// Slack's former words for what has another name today.
const FORMER_NAMES: [(&str, &str); 3] =
    [("Channel", "Conversation"), ("Comment", "FileComment"), ("Subteam", "Usergroup")];

/// Our own spec, without what was vendored from the same document before.
pub(super) struct OwnSchemas<'a> {
    document: &'a Document,
    json: Json,
    vendored: &'a Vendored,
    scalars: Vec<Scalar>,
}

/// An id or a timestamp.
struct Scalar {
    name: String,
    /// Its name in Rust, with underscores and without `_id`.
    word: String,
    pattern: Regex,
}

impl<'a> OwnSchemas<'a> {
    pub(super) fn new(document: &'a Document, vendored: &'a Vendored) -> Self {
        let mut ours = Self { document, json: document.root.to_json(), vendored, scalars: Vec::new() };
        let schemas = document.root.at(&["components", "schemas"]).map(Node::map);
        for (name, entry) in schemas.into_iter().flatten() {
            let pattern = entry.node.get("pattern").and_then(Node::str);
            let Some(pattern) = pattern.and_then(|pattern| Regex::new(pattern).ok()) else { continue };
            if ours.has("schemas", name) {
                let word = naming::snake(ours.rust_name(name)).trim_end_matches("_id").to_owned();
                ours.scalars.push(Scalar { name: name.clone(), word, pattern });
            }
        }
        ours
    }

    fn entry(&self, section: &str, name: &str) -> Option<&crate::spec::yaml::Entry> {
        let entry = self.document.component(section, name)?;
        (*entry.key.file != *self.vendored.name()).then_some(entry)
    }

    pub(super) fn has(&self, section: &str, name: &str) -> bool {
        self.entry(section, name).is_some()
    }

    fn rust_name<'b>(&'b self, name: &'b str) -> &'b str {
        self.schema(name).and_then(|schema| schema.get("x-rust-name")?.as_str()).unwrap_or(name)
    }

    /// Whether a schema of ours is called so, by its name or in Rust.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        let schemas = self.document.root.at(&["components", "schemas"]).map(Node::map);
        schemas
            .into_iter()
            .flatten()
            .any(|(other, _)| self.has("schemas", other) && (other == name || self.rust_name(other) == name))
    }

    fn schema(&self, name: &str) -> Option<&Json> {
        self.json.pointer("/components/schemas")?.get(name)
    }

    /// A reference from the vendored file to a component.
    pub(super) fn reference(&self, section: &str, name: &str) -> Option<String> {
        let entry = self.entry(section, name)?;
        Some(self.vendored.reference_to(&entry.key.file, section, name))
    }

    /// The file that has a schema.
    pub(super) fn file_of(&self, name: &str) -> String {
        self.entry("schemas", name).map(|entry| entry.key.file.to_string()).unwrap_or_default()
    }

    /// What stands for our schemas while a document is made ready: their types.
    pub(super) fn stubs(&self) -> Json {
        let schemas = self.json.pointer("/components/schemas").and_then(Json::as_object);
        let stub = |(name, schema): (&String, &Json)| {
            let kind = match schema.get("x-rust-type").and_then(Json::as_str) {
                Some("True" | "False") => "boolean",
                Some("RawJson") => "",
                Some(_) => "string",
                None => schema.get("type").and_then(Json::as_str).unwrap_or("object"),
            };
            (name.clone(), if kind.is_empty() { json!({}) } else { json!({ "type": kind }) })
        };
        json!({ "schemas": schemas.into_iter().flatten().map(stub).collect::<serde_json::Map<_, _>>() })
    }

    /// Our schema for a definition of theirs.
    pub(super) fn counterpart(&self, name: &str, theirs: &Json, examples: &Examples) -> Option<String> {
        if let Some(pattern) = theirs.get("pattern").and_then(Json::as_str) {
            return self.scalar_of_pattern(pattern).map(str::to_owned);
        }
        let plain = naming::pascal(&naming::ascii(plain(name)));
        let former =
            FORMER_NAMES.iter().find(|(former, _)| *former == plain).map(|(_, new)| (*new).to_owned());
        let full = naming::pascal(&naming::ascii(name));
        let candidates = [Some(full), Some(plain), former].into_iter().flatten();
        let mut candidates = candidates.filter(|name| self.has("schemas", name));
        candidates.find(|ours| self.is_like(name, theirs, ours, examples))
    }

    fn is_like(&self, name: &str, theirs: &Json, ours: &str, examples: &Examples) -> bool {
        let Some(schema) = self.schema(ours) else { return false };
        match schema.get("x-rust-type").and_then(Json::as_str) {
            Some("True" | "False") => return theirs.get("type").and_then(Json::as_str) == Some("boolean"),
            Some(_) => return false,
            None => {}
        }
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return false };
        let mut names = Vec::new();
        property_names(theirs, 0, &mut names);
        let common = names.iter().filter(|name| properties.contains_key(name.as_str())).count();
        let pointer = format!("/components/schemas/{}", json_pointer::escape(name));
        let values = examples.values(&pointer);
        common > 0
            && common * 2 >= names.len()
            && values
                .iter()
                .filter(|value| !value.is_null())
                .all(|value| validation::accepts(&self.json, schema, value))
    }

    /// Whether we have a schema that reads all of these values.
    pub(super) fn reads(&self, name: &str, values: &[Json]) -> bool {
        let schema = self.schema(name).filter(|_| self.has("schemas", name));
        schema.is_some_and(|schema| values.iter().all(|value| validation::accepts(&self.json, schema, value)))
    }

    /// The scalar that every text of a pattern is one of.
    pub(super) fn scalar_of_pattern(&self, pattern: &str) -> Option<&str> {
        let samples = samples(pattern)?;
        self.scalar_of(&samples, |_| true)
    }

    /// The scalar that a name speaks of and all values are: of ids without a pattern the values are all that there is.
    pub(super) fn scalar_of_values(&self, name: &str, values: &[Json]) -> Option<&str> {
        let texts: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()?;
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        self.scalar_of(&texts, |scalar| says(&scalar.word, name))
    }

    /// The scalar that the name of an argument speaks of.
    pub(super) fn scalar_of_name(&self, name: &str) -> Option<&str> {
        self.scalars.iter().find(|scalar| says(&scalar.word, name)).map(|scalar| scalar.name.as_str())
    }

    fn scalar_of(&self, texts: &[String], fits: impl Fn(&Scalar) -> bool) -> Option<&str> {
        let is_one =
            |scalar: &&Scalar| fits(scalar) && texts.iter().all(|text| scalar.pattern.is_match(text));
        let mut found = self.scalars.iter().filter(is_one).filter(|_| !texts.is_empty());
        let only = found.next()?;
        found.next().is_none().then_some(only.name.as_str())
    }

    /// The schema of a list or an object that an argument of this name takes as JSON.
    pub(super) fn json_argument(&self, name: &str) -> Json {
        let item = match name {
            "blocks" | "user_auth_blocks" => "Block",
            "attachments" => "Attachment",
            _ => "",
        };
        if self.has("schemas", item) {
            return json!({ "type": "array", "items": { "$ref": format!("{PREFIX}{item}") } });
        }
        if self.has("schemas", "RawJson") { json!({ "$ref": format!("{PREFIX}RawJson") }) } else { json!({}) }
    }
}

/// A name without a beginning that says nothing.
pub(super) fn plain(name: &str) -> &str {
    let rest = IDLE_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Whether a name speaks of a scalar: `user`, `user_id` and `bot_user_id` of `user`.
fn says(word: &str, name: &str) -> bool {
    let plain = name.trim_end_matches("_id");
    match word {
        "ts" => matches!(plain, "ts" | "timestamp" | "latest" | "oldest") || plain.ends_with("_ts"),
        word => plain == word || plain.strip_suffix(word).is_some_and(|rest| rest.ends_with('_')),
    }
}

/// The names of all properties that a schema has, in any of its parts.
fn property_names(schema: &Json, depth: usize, out: &mut Vec<String>) {
    if depth > 4 {
        return;
    }
    for name in schema.get("properties").and_then(Json::as_object).into_iter().flat_map(serde_json::Map::keys)
    {
        if !out.contains(name) {
            out.push(name.clone());
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get(key).and_then(Json::as_array).into_iter().flatten() {
            property_names(part, depth + 1, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_of_ids() {
        for (word, name, expected) in [
            ("user", "user", true),
            ("user", "user_id", true),
            ("user", "bot_user_id", true),
            ("user", "superuser", false),
            ("user", "users", false),
            ("ts", "ts", true),
            ("ts", "thread_ts", true),
            ("ts", "oldest", true),
            ("ts", "hits", false),
            ("file_comment", "file_comment", true),
        ] {
            assert_eq!(says(word, name), expected, "{word} {name}");
        }
    }
}
