//! Checks schemas: their types, formats, parts and required properties.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::naming;
use crate::spec::openapi::Schema;
use crate::spec::yaml::{Entry, Node, Value};

const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "object", "array"];

/// The hand-written types of slack-rtm-models that a schema can name with `x-rust-type`.
const HAND_WRITTEN: [&str; 7] = ["True", "False", "SocketUrl", "Secret", "SmallString", "RawJson", "Url"];

/// Formats that change the Rust type, or that documentation tools show.
const FORMATS: [&str; 15] = [
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "binary",
    "date",
    "date-time",
    "password",
    "uri",
    "url",
    "email",
    "uuid",
    "hostname",
    "ipv4",
];

/// Returns the type to which a key belongs, if it applies to only one type.
fn owner(key: &str) -> Option<&'static str> {
    match key {
        "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties" => {
            Some("object")
        }
        "items" | "minItems" | "maxItems" | "uniqueItems" => Some("array"),
        "pattern" | "minLength" | "maxLength" => Some("string"),
        _ => None,
    }
}

/// Returns whether a key belongs to another type than the schema's. A schema with an `allOf` is an object even without a type.
pub(crate) fn belongs_elsewhere(key: &str, kind: Option<&str>, is_composed: bool) -> bool {
    owner(key).is_some_and(|owner| kind != Some(owner) && !(owner == "object" && is_composed))
}

/// Returns whether a format is known and belongs to a type.
pub(crate) fn is_format(kind: Option<&str>, format: &str) -> bool {
    let (whole, broken) = (["int32", "int64"], ["float", "double"]);
    match kind {
        Some("integer") => whole.contains(&format),
        Some("number") => broken.contains(&format),
        Some("string") => FORMATS.contains(&format) && !whole.contains(&format) && !broken.contains(&format),
        _ => false,
    }
}

impl<'a> Lint<'a> {
    /// Checks what concerns only named schemas.
    pub(super) fn named_schemas(&mut self) {
        for (name, entry) in self.schemas() {
            self.described(&entry.node, &format!("the schema `{name}`"));
            self.named(name, entry);
            self.holds_itself(name, entry);
        }
    }

    fn named(&mut self, name: &str, entry: &Entry) {
        if let Some(rust) = entry.node.get("x-rust-type")
            && !rust.str().is_some_and(|rust| HAND_WRITTEN.contains(&rust))
        {
            self.report(
                Finding::new(&rust.location, "slack-rtm-models has no such type")
                    .help(format!("its own are {}", HAND_WRITTEN.join(", "))),
            );
        }
        let only = match entry.node.get("allOf").map(Node::seq) {
            Some([only]) if entry.node.get("properties").is_none() => only,
            _ => &entry.node,
        };
        if let Some(target) = only.get("$ref").filter(|_| self.rules == Rules::Own) {
            self.report(
                Finding::new(
                    &target.location,
                    format!("the schema `{name}` is only a reference to another schema"),
                )
                .help("refer to that schema directly"),
            );
        }
    }

    /// Reports a schema that contains itself, which would be an infinite type. (A property may refer to its own schema, since it is boxed.)
    fn holds_itself(&mut self, name: &str, entry: &'a Entry) {
        let mut seen = vec![name];
        let mut queue: Vec<&'a Node> = vec![&entry.node];
        while let Some(node) = queue.pop() {
            let is_parent = self.rules == Rules::Foreign && self.is_parent(node);
            let keys = if is_parent { &["allOf"][..] } else { &["allOf", "oneOf", "anyOf"] };
            let parts = keys.iter().flat_map(|key| node.get(key).map_or(&[][..], Node::seq));
            let alias = std::iter::once(node).filter(|node| node.get("$ref").is_some());
            for part in parts.chain(alias) {
                let Some(target) = part.get("$ref") else {
                    queue.push(part);
                    continue;
                };
                let reference = target.str().unwrap_or_default();
                let next = reference.rsplit('/').next().unwrap_or_default();
                if next == name {
                    self.report(
                        Finding::new(&target.location, format!("the schema `{name}` contains itself"))
                            .help("break the circle of allOf and oneOf"),
                    );
                } else if !seen.contains(&next) {
                    seen.push(next);
                    queue.extend(self.document.resolve(reference));
                }
            }
        }
    }

    /// Returns whether a union is a parent: its parts have it in their `allOf`, to inherit its properties.
    fn is_parent(&self, node: &'a Node) -> bool {
        let parts = ["oneOf", "anyOf"].iter().flat_map(|key| node.get(key).map_or(&[][..], Node::seq));
        node.get("discriminator").is_some() || parts.into_iter().any(|part| self.inherits(part, node))
    }

    /// Returns whether a schema has another one in its `allOf`, directly or through other schemas.
    fn inherits(&self, node: &'a Node, parent: &Node) -> bool {
        let (mut seen, mut queue) = (Vec::new(), vec![node]);
        while let Some(node) = queue.pop() {
            let mut part = node;
            if let Some(target) = node.get("$ref").and_then(Node::str) {
                match self.document.resolve(target) {
                    Some(found) if !seen.contains(&target) => part = found,
                    _ => continue,
                }
                seen.push(target);
                if part.location == parent.location {
                    return true;
                }
            }
            queue.extend(part.get("allOf").map_or(&[][..], Node::seq));
        }
        false
    }

    /// Checks one schema, without the schemas inside it, which are visited separately.
    pub(super) fn schema(&mut self, node: &'a Node, what: &str) {
        let kind = node.get("type").and_then(Node::str);
        if kind == Some("array") && node.get("items").is_none() {
            self.report_by_rules(
                Finding::new(&node.location, format!("{what} is an array without `items`")).help(
                    "say what it is an array of: `items: { type: string }`; until then, that is any JSON",
                ),
            );
        }
        if self.rules == Rules::Own
            && let Some(pattern) = node.get("pattern").filter(|pattern| pattern.str().is_some())
            && let Err(error) = regex_lite::Regex::new(pattern.str().unwrap_or_default())
        {
            self.report(
                Finding::new(&pattern.location, format!("the pattern of {what} does not compile: {error}"))
                    .help("it is a regular expression of the crate regex-lite: without look-around and back-references"),
            );
        }
        self.fits_its_type(node, kind, what);
        self.extensions_have_effect(node, kind, what);
        self.enumeration(node, what);
        self.properties(node, what);
        self.union(node, what);
        if self.rules == Rules::Own {
            let schema = Schema::read(node);
            self.required(node, &schema, what);
            self.bounds(node, what);
            self.parts(&schema, what);
            self.data(node, &schema, what);
        }
    }

    pub(super) fn type_name(&mut self, kind: &Node, what: &str) {
        let Some(name) = kind.str() else {
            if !(self.rules == Rules::Foreign && matches!(kind.value, Value::Seq(_))) {
                self.report(
                    Finding::new(
                        &kind.location,
                        format!("the type of {what} is {}, not a name", kind.kind()),
                    )
                    .help("OpenAPI 3.0 knows one type for a schema, and `nullable: true`"),
                );
            }
            return;
        };
        if !TYPES.contains(&name) {
            let finding = Finding::new(&kind.location, format!("{what} has the unknown type `{name}`"));
            self.report(finding.help(match naming::nearest(name, TYPES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the types are {}", TYPES.join(", ")),
            }));
        }
    }

    /// Reports keys that belong to another type than the schema's, and unknown formats.
    fn fits_its_type(&mut self, node: &Node, kind: Option<&str>, what: &str) {
        if self.rules == Rules::Foreign {
            return;
        }
        let is_composed = node.get("allOf").is_some();
        for (key, entry) in node.map() {
            if belongs_elsewhere(key, kind, is_composed)
                && let Some(type_name) = owner(key)
            {
                self.report(
                    Finding::new(&entry.key, format!("`{key}` of {what} belongs to the type `{type_name}`"))
                        .help(match kind {
                            Some(kind) => {
                                format!("its type is `{kind}`: remove the key, or correct the type")
                            }
                            None => format!("add `type: {type_name}`"),
                        }),
                );
            }
        }
        let composed = ["allOf", "oneOf", "anyOf", "not"].into_iter().any(|key| node.get(key).is_some());
        if kind.is_none() && node.get("enum").is_some() && !composed {
            self.report(
                Finding::new(&node.location, format!("{what} has an enum and no type"))
                    .help("add `type: string`"),
            );
        }
        if let Some(format) = node.get("format").filter(|format| format.str().is_some()) {
            let name = format.str().unwrap_or_default();
            let fits = is_format(kind, name);
            if !fits {
                let finding = Finding::new(
                    &format.location,
                    format!("{what} is `{}` and has the format `{name}`", kind.unwrap_or("of no type")),
                );
                let near = naming::nearest(name, FORMATS).filter(|near| *near != name);
                self.report(
                    finding.did_you_mean(near, "integers are int32 or int64, numbers float or double"),
                );
            }
        }
        if let (Some(entry), Some(_)) = (node.map().get("additionalProperties"), node.get("properties"))
            && matches!(entry.node.value, Value::Map(_))
        {
            self.report(
                Finding::new(&entry.key, format!("{what} has both properties and typed additional properties"))
                    .help("a struct keeps the fields that it names; describe the others as properties, or the whole as a map or as `RawJson`"),
            );
        }
    }

    /// Reports extensions and discriminators in schemas where they have no effect.
    fn extensions_have_effect(&mut self, node: &Node, kind: Option<&str>, what: &str) {
        let is_union = node.at(&["discriminator", "propertyName"]).is_some() && node.get("oneOf").is_some();
        let is_open_enum = kind == Some("string") && node.get("enum").is_some();
        for (key, has_effect, where_it_has) in [
            ("x-closed", is_union, "a `oneOf` with a discriminator"),
            ("x-frames", is_union, "a `oneOf` with a discriminator"),
            ("x-enum-descriptions", is_open_enum, "a string with an enum"),
            ("x-enum-varnames", is_open_enum, "a string with an enum"),
            ("x-enum-predicates", is_open_enum, "a string with an enum"),
            ("discriminator", node.get("oneOf").is_some(), "a `oneOf`"),
        ] {
            if let Some(entry) = node.map().get(key).filter(|_| !has_effect && self.rules == Rules::Own) {
                self.report(
                    Finding::new(&entry.key, format!("`{key}` of {what} has no effect"))
                        .help(format!("it belongs to {where_it_has}")),
                );
            }
        }
    }

    fn required(&mut self, node: &Node, schema: &Schema, what: &str) {
        let Some(required) = node.get("required") else { return };
        let mut names = BTreeMap::new();
        self.all_properties(schema, &mut Vec::new(), &mut names);
        let mut seen: BTreeMap<&str, &Location> = BTreeMap::new();
        for name in required.seq() {
            let text = name.str().unwrap_or_default();
            if let Some(first) = seen.insert(text, &name.location) {
                let finding = Finding::new(&name.location, format!("{what} requires `{text}` twice"));
                self.report(finding.help(format!("the first is at {first}")));
            }
            if !names.contains_key(text) {
                let finding = Finding::new(
                    &name.location,
                    format!("{what} requires `{text}`, which is not one of its properties"),
                );
                self.report(finding.did_you_mean(
                    naming::nearest(text, names.keys().copied()),
                    "add the property, or remove the name",
                ));
            }
        }
    }

    fn properties(&mut self, node: &'a Node, what: &str) {
        let is_constant =
            |node: &Node| matches!(node.get("enum").map(Node::seq), Some([only]) if only.str().is_some());
        let mut tag: Option<&str> = None;
        for (name, entry) in node.get("properties").map(Node::map).into_iter().flatten() {
            let of = format!("the property `{name}` of {what}");
            if let Some(flag) = entry.node.map().get("x-may-lack") {
                let is_text = entry.node.get("type").and_then(Node::str) == Some("string");
                let is_plain = entry.node.get("enum").is_none() && entry.node.get("nullable").is_none();
                let mut required = node.get("required").map_or(&[][..], Node::seq).iter();
                if !is_text || !is_plain || !required.any(|required| required.str() == Some(name)) {
                    self.report(Finding::new(&flag.key, format!("`x-may-lack` of {of} has no effect")).help(
                        "it is for text that is required, and is then read as empty where it is absent",
                    ));
                }
            }
            if let Some(flag) = entry.node.map().get("x-rare") {
                let has_name = entry.node.get("$ref").is_some() || entry.node.get("allOf").is_some();
                let mut required = node.get("required").map_or(&[][..], Node::seq).iter();
                if !has_name || required.any(|required| required.str() == Some(name)) {
                    self.report(Finding::new(&flag.key, format!("`x-rare` of {of} has no effect")).help(
                        "it is for a property of a named schema that is not required; the property is then boxed",
                    ));
                }
            }
            if !is_constant(&entry.node) {
                if entry.node.get("$ref").is_none() {
                    self.described(&entry.node, &of);
                }
                continue;
            }
            if let Some(first) = tag.replace(name).filter(|_| self.rules == Rules::Own) {
                self.report(
                    Finding::new(&entry.key, format!("{what} has two constants, `{first}` and `{name}`"))
                        .help("a struct writes one constant by itself; let the other be a plain string"),
                );
            }
        }
    }
}
