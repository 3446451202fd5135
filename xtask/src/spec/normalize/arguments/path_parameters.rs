//! What a path has in braces, against the parameters that are in the path.

use super::{Argument, Place, Style};
use crate::spec::openapi::{Deprecation, Schema, Type};

/// Adds the parameters that nobody declared, and drops those that the path has no braces for.
pub(super) fn complete(path: &str, arguments: &mut Vec<Argument>) {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let names: Vec<&str> =
        path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    arguments.retain(|it| it.place != Place::Path || names.contains(&it.name.as_str()));
    for name in names {
        if !arguments.iter().any(|it| it.place == Place::Path && it.name == name) {
            arguments.push(Argument {
                name: name.to_owned(),
                rust_name: String::new(),
                description: String::new(),
                required: true,
                deprecation: Deprecation::default(),
                place: Place::Path,
                style: Style::Commas,
                media_type: String::new(),
                schema: Schema::of_type(Type::String),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::request::tests::requests;

    #[test]
    fn everything_in_braces_has_a_parameter() {
        let parameter = |name: &str, place: &str| json!({ "name": name, "in": place });
        let requests = requests(&json!({ "paths": { "/{a}/{b}/{a}#{c}": { "put": {
            "parameters": [parameter("gone", "path"), parameter("b", "path"), parameter("a", "query")],
        } } } }));
        let arguments = requests[0].arguments.iter();
        let names: Vec<String> = arguments.map(|it| format!("{} {:?}", it.name, it.place)).collect();
        assert_eq!(names, ["b Path", "a Query", "a Path"]);
    }
}
