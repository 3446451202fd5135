//! The places in a path, in braces, against the parameters that are in the path.

use serde_json::{Value as Json, json};

use super::super::text;

/// Adds those that nobody declared, and drops those that have no place.
pub(super) fn settle(path: &str, arguments: &mut Vec<Json>) {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let places: Vec<&str> =
        path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    let is_of_path = |argument: &Json| text(argument, "x-place") == "path";
    arguments.retain(|argument| !is_of_path(argument) || places.contains(&text(argument, "name")));
    for name in places {
        if !arguments.iter().any(|argument| is_of_path(argument) && argument["name"] == name) {
            arguments.push(json!({
                "name": name, "in": "path", "required": true, "schema": { "type": "string" }, "x-place": "path", "x-style": "commas",
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_parameter() {
        let mut arguments = vec![
            json!({ "name": "gone", "x-place": "path" }),
            json!({ "name": "b", "x-place": "path" }),
            json!({ "name": "a", "x-place": "query" }),
        ];
        settle("/{a}/{b}/{a}#{c}", &mut arguments);
        let names: Vec<String> =
            arguments.iter().map(|it| format!("{} {}", text(it, "name"), text(it, "x-place"))).collect();
        assert_eq!(names, ["b path", "a query", "a path"]);
    }
}
