//! Checks names in Rust: invalid names, names that are taken, and collisions.

use std::collections::BTreeMap;

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::yaml::{Entry, Node};
use crate::spec::{naming, reserved};

/// Returns whether a name can be the name of a type or a variant.
pub(super) fn is_type(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Returns whether a name can be the name of a field, a function or an argument without `r#`.
pub(super) fn is_value(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !naming::is_keyword(name)
}

/// Returns whether a name has no ASCII letter or digit, so that nothing of it would be left in Rust. (The empty name has a substitute.)
pub(super) fn is_nameless(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_ascii_alphanumeric())
}

/// The location where each name was first seen.
type Seen = BTreeMap<String, Location>;

impl<'a> Lint<'a> {
    /// Checks the names in Rust. Those of foreign documents may collide, since a name that is taken gets a number.
    pub(super) fn names(&mut self) {
        if self.rules == Rules::Foreign {
            return;
        }
        self.types();
        for (name, entry) in self.schemas() {
            self.fields(&entry.node, &format!("the schema `{name}`"));
        }
        self.functions();
    }

    fn types(&mut self) {
        let mut seen = Seen::new();
        for (name, entry) in self.schemas() {
            if entry.node.get("x-rust-type").is_some() {
                continue;
            }
            let given = entry.node.get("x-rust-name");
            let rust = given.and_then(Node::str).map_or_else(|| naming::pascal(name), str::to_owned);
            let location = given.map_or(&entry.key, |given| &given.location);
            if !is_type(&rust) {
                self.report(
                    Finding::new(location, format!("`{rust}` is not the name of a type in Rust"))
                        .help("give the schema an `x-rust-name` in PascalCase and in ASCII"),
                );
            } else if reserved::TYPES.contains(&rust.as_str())
                || reserved::MODULES.contains(&rust.as_str())
                || naming::is_keyword(&naming::snake(&rust).replace("r#", ""))
            {
                self.report(
                    Finding::new(location, format!("`{rust}` cannot be the name of a generated type"))
                        .help("Rust or slack-rtm-models has it already; give it an `x-rust-name`"),
                );
            } else if naming::pascal(&rust) != rust {
                self.report(
                    Finding::new(location, format!("`{rust}` is not a PascalCase name"))
                        .help(format!("call it `{}`", naming::pascal(&rust))),
                );
            } else if given.is_none() && rust != *name {
                self.report(
                    Finding::new(location, format!("`{name}` is not a PascalCase name"))
                        .help(format!("call it `{rust}`")),
                );
            }
            self.shared(&mut seen, &rust, location, "schemas", "give one an `x-rust-name`");
        }
    }

    /// Checks the names of the fields and setters of a schema, including its inline schemas.
    fn fields(&mut self, node: &'a Node, what: &str) {
        let mut seen = Seen::new();
        for (name, entry) in node.get("properties").map(Node::map).into_iter().flatten() {
            let of = format!("the property `{name}` of {what}");
            let field = self.value_name(name, entry, &of);
            // `type_` and `type` have the same setter.
            let setter = field.trim_start_matches("r#").trim_end_matches('_');
            self.shared(
                &mut seen,
                setter,
                &entry.key,
                &format!("properties of {what}"),
                "give one an `x-rust-name`",
            );
            self.fields(&entry.node, &of);
        }
        for (key, entry) in node.map() {
            if ["items", "additionalProperties"].contains(&key.as_str()) {
                self.fields(&entry.node, &format!("`{key}` of {what}"));
            }
            for part in entry.node.seq().iter().filter(|_| ["allOf", "oneOf"].contains(&key.as_str())) {
                self.fields(part, &format!("`{key}` of {what}"));
            }
        }
    }

    /// Returns the name of a property or a parameter in Rust, and reports it if it is invalid.
    fn value_name(&mut self, name: &str, entry: &Entry, what: &str) -> String {
        let given = entry.node.get("x-rust-name").and_then(Node::str);
        let rust = given.map_or_else(|| naming::snake(name), str::to_owned);
        let is_name = match given {
            Some(given) => is_value(given),
            None => !is_nameless(name) && (rust.starts_with("r#") || is_value(&rust)),
        };
        if !is_name {
            let location = entry.node.get("x-rust-name").map_or(&entry.key, |given| &given.location);
            self.report(
                Finding::new(
                    location,
                    format!("{what} would be called `{rust}` in Rust, which is not a valid name"),
                )
                .help("give it an `x-rust-name` in snake_case and in ASCII that is not a keyword"),
            );
        }
        rust
    }

    fn functions(&mut self) {
        let (mut functions, mut requests, mut modules) = (Seen::new(), Seen::new(), BTreeMap::new());
        for operation in self.operations() {
            if let Some(Node { location, value: crate::spec::yaml::Value::String(id) }) =
                operation.node.get("operationId")
            {
                self.operation_name(id, location, &mut functions, &mut requests);
            }
            for tag in operation.node.get("tags").map_or(&[][..], Node::seq) {
                self.module_name(tag, &mut modules);
            }
            self.arguments(operation.node, &operation.what);
        }
    }

    fn operation_name(&mut self, id: &str, location: &Location, functions: &mut Seen, requests: &mut Seen) {
        let (function, request) = (naming::snake(id), naming::pascal(id));
        // A keyword would become a raw identifier, which the generator would name differently.
        let is_name = is_value(&function) && !naming::is_keyword(function.trim_end_matches('_'));
        if !is_name || !is_type(&request) {
            self.report(
                Finding::new(
                    location,
                    format!("the operationId `{id}` would be called `{function}` in Rust, which is not a valid name"),
                )
                .help("use snake_case and ASCII, and a name that is not a keyword"),
            );
        }
        if reserved::METHODS_OF_CLIENTS.contains(&function.as_str())
            || reserved::REQUESTS.contains(&request.as_str())
        {
            self.report(
                Finding::new(location, format!("the operationId `{id}` is a name that clients have already"))
                    .help("call it after its method: `team_info` for team.info"),
            );
        }
        if let Some(first) = functions.insert(function.clone(), location.clone()) {
            self.report(
                Finding::new(
                    location,
                    format!("the operationId `{id}` occurs twice, or collides with another as `{function}`"),
                )
                .help(format!("the first is at {first}")),
            );
        } else {
            self.shared(requests, &request, location, "operations", "give one another operationId");
        }
    }

    fn module_name(&mut self, tag: &Node, modules: &mut BTreeMap<String, (String, Location)>) {
        let text = tag.str().unwrap_or_default();
        let module = naming::snake(text);
        if module.trim_start_matches("r#") != text {
            self.report(
                Finding::new(&tag.location, format!("the tag `{text}` is not the name of a module"))
                    .help(format!("call it `{}`", module.trim_start_matches("r#"))),
            );
        }
        let (first, location) =
            modules.entry(module).or_insert_with(|| (text.to_owned(), tag.location.clone()));
        if first != text {
            let (first, location) = (first.clone(), location.clone());
            self.report(
                Finding::new(&tag.location, format!("the tags `{first}` and `{text}` give one module"))
                    .help(format!("the first is at {location}; write both alike")),
            );
        }
    }

    /// Checks the names of an operation's parameters, which become arguments and setters beside the methods of calls.
    fn arguments(&mut self, operation: &'a Node, what: &str) {
        let mut seen = Seen::new();
        for parameter in operation.get("parameters").map_or(&[][..], Node::seq) {
            let resolved = self.resolve(parameter);
            if resolved.get("x-credential").is_some() {
                continue;
            }
            let Some(name) = resolved.get("name").and_then(Node::str) else { continue };
            let entry = Entry { key: parameter.location.clone(), node: resolved.clone() };
            let rust = self.value_name(name, &entry, &format!("the parameter `{name}` of {what}"));
            if reserved::is_of_calls(&rust) {
                self.report(
                    Finding::new(
                        &parameter.location,
                        format!("the parameter `{name}` of {what} would have the name of a method that calls have already: `{rust}`"),
                    )
                    .help(match resolved.get("x-rust-name") {
                        Some(_) => "give it another `x-rust-name`: `send`, `send_...` and `with_...` are methods of calls",
                        None => "give it an `x-rust-name`",
                    }),
                );
            }
            self.shared(
                &mut seen,
                &rust,
                &parameter.location,
                &format!("parameters of {what}"),
                "give one an `x-rust-name`",
            );
        }
    }

    fn shared(&mut self, seen: &mut Seen, name: &str, location: &Location, what: &str, help: &str) {
        if let Some(first) = seen.insert(name.to_owned(), location.clone()) {
            self.report(
                Finding::new(location, format!("two {what} are called `{name}` in Rust"))
                    .help(format!("the first is at {first}; {help}")),
            );
        }
    }
}
