//! Gives schemas and operations unique names.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::openapi::{OpenApi, Operation, Schema};
use crate::spec::{naming, reserved};

/// The maximum length of the name of a module.
const MAX_MODULE: usize = 200;

/// Hands out each name only once, and appends a number to a name that is taken. Case is ignored, since names that differ only in case would share a file.
#[derive(Default)]
pub(super) struct Unique(BTreeSet<String>);

impl Unique {
    /// Creates an instance in which these names are taken.
    pub(super) fn without<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self(taken.into_iter().map(str::to_lowercase).collect())
    }

    /// Creates an instance in which these names of types are taken, and those that no generated type can have.
    pub(super) fn of_types<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        // Each type has a file and thus a module of its name, which cannot be a keyword.
        let never = reserved::TYPES.into_iter().chain(reserved::MODULES).chain(naming::keywords());
        let mut out = Self::without(taken);
        out.0.extend(never.map(str::to_lowercase));
        out
    }

    /// Takes and returns the name, or the name with the first number that makes it unique.
    pub(super) fn give(&mut self, name: &str) -> String {
        let separator = if name.contains('_') || name.starts_with(char::is_lowercase) { "_" } else { "" };
        let plain = name.trim_start_matches("r#").trim_end_matches('_');
        let free = std::iter::once(name.to_owned())
            .chain((2..).map(|n| format!("{plain}{separator}{n}")))
            .find(|name| !self.0.contains(&name.to_lowercase()))
            .unwrap_or_default();
        self.0.insert(free.to_lowercase());
        free
    }
}

/// Renames every schema to its name in Rust.
pub(super) fn schemas(api: &mut OpenApi) {
    let mut unique = Unique::of_types([]);
    let mut names = BTreeMap::new();
    api.schemas = std::mem::take(&mut api.schemas)
        .into_iter()
        .map(|(name, mut schema)| {
            let given = schema.rust_name.as_deref().unwrap_or(&name);
            let rust = match &schema.rust_type {
                Some(rust) => rust.clone(),
                None => unique.give(&naming::pascal(&naming::ascii(given))),
            };
            names.insert(name.clone(), rust.clone());
            schema.wire_name.get_or_insert(name);
            (rust, schema)
        })
        .collect();
    api.schemas_mut().for_each(|schema| rewrite_references(schema, &names));
}

/// Replaces the old names in references and in the mappings of discriminators. Removes mappings to unknown schemas.
fn rewrite_references(schema: &mut Schema, names: &BTreeMap<String, String>) {
    if let Some(reference) = &mut schema.reference
        && let Some(name) = names.get(reference)
    {
        reference.clone_from(name);
    }
    if let Some(discriminator) = &mut schema.discriminator {
        discriminator.mapping.retain(|_, target| match names.get(target) {
            Some(name) => {
                target.clone_from(name);
                true
            }
            None => false,
        });
    }
    schema.children_mut().for_each(|child| rewrite_references(child, names));
}

/// Returns the name of a module. It is short enough for a file, whose name has at most 255 bytes, even if something is appended.
pub(super) fn module(name: &str) -> String {
    naming::snake(name).trim_start_matches("r#").chars().take(MAX_MODULE).collect()
}

/// The names of an operation in Rust.
#[derive(Debug)]
pub(super) struct OperationNames {
    /// The method of the client.
    pub(super) function: String,
    /// The type of the request.
    pub(super) request: String,
    /// The module.
    pub(super) tag: String,
}

/// Returns the names of all operations, in their order.
pub(super) fn operations(operations: &[Operation]) -> Vec<OperationNames> {
    let mut functions = Unique::without(reserved::METHODS_OF_CLIENTS);
    let mut requests = Unique::without(reserved::REQUESTS);
    let names = operations.iter().map(|operation| {
        let id = match operation.id.as_str() {
            "" => format!("{}_{}", operation.method.name(), operation.path),
            id => id.to_owned(),
        };
        let tag = naming::ascii(operation.tag.as_deref().unwrap_or("default"));
        OperationNames {
            function: functions.give(&naming::snake(&id)),
            request: requests.give(&naming::pascal(&id)),
            tag: module(&tag),
        }
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::openapi::tests::openapi;

    #[test]
    fn what_is_taken_gets_a_number() {
        let mut unique = Unique::without(["call"]);
        let names = ["call", "call", "r#type", "r#type", "Team", "Team", "self_", "self_"]
            .map(|name| unique.give(name));
        assert_eq!(names, ["call_2", "call_3", "r#type", "type_2", "Team", "Team2", "self_", "self_2"]);
    }

    #[test]
    fn schemas_are_called_as_in_rust() {
        let mut api = openapi(&json!({ "components": { "schemas": {
            "a_b": { "type": "string" }, "aB": { "$ref": "#/components/schemas/a_b" }, "option": {}, "größe": {},
            "type": {}, "u": { "oneOf": [], "discriminator": { "mapping": { "x": "a_b", "y": "#/components/schemas/aB", "z": "nowhere" } } },
        } } }));
        schemas(&mut api);
        let names: Vec<&String> = api.schemas.keys().collect();
        assert_eq!(names, ["Ab", "Ab2", "Option2", "GrUf6Udfe", "Type2", "U"]);
        assert_eq!(api.schemas["Ab2"].reference.as_deref(), Some("Ab"));
        let mapping = &api.schemas["U"].discriminator.as_ref().unwrap().mapping;
        assert_eq!(
            mapping.iter().map(|(value, name)| format!("{value} {name}")).collect::<Vec<_>>(),
            ["x Ab", "y Ab2"]
        );
    }

    #[test]
    fn a_property_called_example_is_a_property() {
        let reference = json!({ "$ref": "#/components/schemas/a_b" });
        let mut api = openapi(&json!({ "components": { "schemas": {
            "a_b": { "type": "string" },
            "C": { "properties": { "example": reference }, "example": reference },
        } } }));
        schemas(&mut api);
        let schema = &api.schemas["C"];
        assert_eq!(schema.property("example").unwrap().reference.as_deref(), Some("Ab"));
        assert_eq!(schema.example, Some(reference));
    }

    #[test]
    fn a_module_can_be_a_file() {
        assert_eq!([module("FooBar"), module("type")], ["foo_bar", "type"]);
        assert_eq!(module(&"Abcd".repeat(100)).len(), 200);
    }

    #[test]
    fn operations_have_a_name_and_one_tag() {
        let api = openapi(&json!({ "paths": { "/a/{b}": {
            "get": {}, "post": { "operationId": "call", "tags": ["x.y", "z"] }, "put": { "operationId": "Client" }, "summary": "s",
        } } }));
        let names = operations(&api.operations);
        let names: Vec<String> =
            names.iter().map(|it| format!("{} {} {}", it.function, it.request, it.tag)).collect();
        assert_eq!(names, ["get_a_b GetAb default", "call_2 Call2 x_y", "client Client2 default"]);
    }
}
