//! Which schemas are written into the bodies of requests: there, what is absent and what is null are two things.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{PREFIX, Schemas, list, text};
use crate::spec::lint::Rules;

/// The names of the schemas that a body holds. In our own spec, what is null is absent.
pub(super) fn written(document: &Json, schemas: &Schemas, rules: Rules) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut queue: Vec<&Json> = Vec::new();
    for (_, _, operation) in super::operations_of(document).filter(|_| rules == Rules::Foreign) {
        queue.extend(list(operation, "x-arguments").iter().filter(|it| text(it, "x-place") == "json"));
    }
    while let Some(json) = queue.pop() {
        match json {
            Json::Object(map) => {
                if let Some(name) = text(json, "$ref").strip_prefix(PREFIX)
                    && let Some(schema) = schemas.get(name)
                    && out.insert(name.to_owned())
                {
                    queue.push(schema);
                }
                queue.extend(map.iter().filter(|(key, _)| *key != "example").map(|(_, value)| value));
            }
            Json::Array(items) => queue.extend(items),
            _ => {}
        }
    }
    out
}
