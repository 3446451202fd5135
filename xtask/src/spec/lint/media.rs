//! Checks media types, and whether they use their schemas.

use super::grammar::Kind;
use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::naming;
use crate::spec::openapi::{essence, is_json};
use crate::spec::yaml::Node;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The registered top-level types, and the wildcard.
const TOP_LEVEL: [&str; 11] = [
    "*",
    "application",
    "audio",
    "example",
    "font",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

/// The common media types, to correct a misspelt one.
const USUAL: [&str; 5] = [JSON, FORM, MULTIPART, "text/plain", "application/octet-stream"];

impl<'a> Lint<'a> {
    /// Checks the media types of a body or a response.
    pub(super) fn contents(&mut self, kind: Kind, node: &'a Node, what: &str) {
        let content = || node.get("content").map(Node::map).into_iter().flatten();
        let is_form = |essence: &str| kind == Kind::RequestBody && (essence == FORM || essence == MULTIPART);
        let is_read = |name: &str| {
            let essence = essence(name);
            is_form(&essence) || is_json(&essence) || essence == "*/*"
        };
        // If a foreign document has several media types, the first readable one is used.
        let is_said_better = self.rules == Rules::Foreign
            && content().any(|(name, entry)| is_read(name) && entry.node.get("schema").is_some());
        for (name, entry) in content() {
            let essence = essence(name);
            if is_form(&essence) && !content().any(|(name, _)| is_json(&self::essence(name))) {
                self.form(&entry.node, &entry.key, &essence, what);
            }
            let has_shape = entry.node.get("schema").is_some_and(|schema| !self.is_plain(schema, &essence));
            let finding = if !is_media_type(&essence) {
                Finding::new(&entry.key, format!("`{name}` of {what} is not a media type"))
            } else if has_shape && !is_read(name) && !is_said_better {
                Finding::new(
                    &entry.key,
                    format!("{what} has a schema under `{name}`, which has no effect for this media type"),
                )
            } else {
                continue;
            };
            let near =
                naming::nearest(&essence, USUAL).filter(|near| strsim::levenshtein(&essence, near) <= 3);
            if self.rules == Rules::Foreign {
                let kept =
                    if essence.starts_with("text/") || essence.ends_with("xml") { "text" } else { "bytes" };
                self.report_by_rules(
                    finding.help(format!("it is sent and read as {kept}, whatever the schema says")),
                );
                continue;
            }
            self.report(finding.did_you_mean(near, "write `application/json`; a file is `schema: { type: string, format: binary }` under the media type that it has"));
        }
    }

    /// Warns about a form whose fields are not known, since its schema is a list or a scalar. A text can be the whole of a form of pairs.
    fn form(&mut self, node: &'a Node, key: &'a Location, essence: &str, what: &str) {
        let schema = node.get("schema").map(|schema| self.followed(schema));
        let is_wrong = schema.and_then(|schema| schema.get("type")?.str()).is_some_and(|name| match name {
            "object" => false,
            "string" => essence == MULTIPART,
            _ => true,
        });
        if is_wrong {
            let finding = Finding::new(key, format!("{what} is a form, but its schema is not an object"));
            self.report_by_rules(finding.help(
                "describe its fields as properties of an object; until then, any text fields are sent",
            ));
        }
    }

    /// Reports a parameter that is the whole query string and is not a form: only the fields of a form are known.
    pub(super) fn query_string(&mut self, node: &'a Node, location: &Location, what: &str) {
        let mut content = node.get("content").map(Node::map).into_iter().flatten();
        let form = content.find(|(name, _)| essence(name) == FORM);
        let schema = form.and_then(|(_, media)| media.node.get("schema")).map(|it| self.followed(it));
        if schema.is_none_or(|it| it.get("properties").is_none() && it.get("allOf").is_none()) {
            let finding = Finding::new(location, format!("{what} is a query string that is not a form"));
            self.report(
                finding.help(format!("give it an object with properties as its content under `{FORM}`")),
            );
        }
    }

    /// Returns whether a schema describes only a text or a file.
    fn is_plain(&self, schema: &'a Node, essence: &str) -> bool {
        let node = self.followed(schema);
        // Foreign documents often give a text another scalar type.
        let is_text = self.rules == Rules::Foreign && essence.starts_with("text/");
        match node.get("type").and_then(Node::str) {
            Some("string") => true,
            Some("integer" | "number" | "boolean") => is_text,
            Some(_) => false,
            None => ["properties", "items", "allOf", "oneOf", "anyOf", "additionalProperties"]
                .iter()
                .all(|key| node.get(key).is_none()),
        }
    }
}

fn is_media_type(essence: &str) -> bool {
    essence
        .split_once('/')
        .is_some_and(|(top, sub)| TOP_LEVEL.contains(&top) && !sub.is_empty() && !sub.contains('/'))
}
