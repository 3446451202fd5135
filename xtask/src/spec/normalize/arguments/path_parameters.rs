//! Matches the names in the braces of a path with the declared path parameters.

use super::{Argument, Place, Style};
use crate::spec::openapi::{Deprecation, Schema, Type, Variable, variables};

/// Adds undeclared path parameters, and removes declared ones that do not occur in the path.
pub(super) fn complete(path: &str, arguments: &mut Vec<Argument>) {
    arguments
        .retain(|it| it.place != Place::Path || variables(path).any(|variable| variable.name == it.name));
    for Variable { name, is_path, .. } in variables(path) {
        let place = if is_path { Place::PathSegments } else { Place::Path };
        let is_it =
            |it: &&mut Argument| matches!(it.place, Place::Path | Place::PathSegments) && it.name == name;
        if let Some(declared) = arguments.iter_mut().find(is_it) {
            declared.place = place;
        } else {
            arguments.push(Argument {
                name: name.to_owned(),
                rust_name: String::new(),
                description: String::new(),
                required: true,
                deprecation: Deprecation::default(),
                place,
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
        let of_path = requests(&json!({ "paths": { "/{a}/{b}/{a}#{c}": { "put": {
            "parameters": [parameter("gone", "path"), parameter("b", "path"), parameter("a", "query")],
        } } } }));
        let arguments = of_path[0].arguments.iter();
        let names: Vec<String> = arguments.map(|it| format!("{} {:?}", it.name, it.place)).collect();
        assert_eq!(names, ["b Path", "a Query", "a Path"]);
        let requests = requests(
            &json!({ "paths": { "/{+a}/{b=x/*}/{c=*}:get": { "get": { "parameters": [parameter("a", "path")] } } } }),
        );
        let arguments = requests[0].arguments.iter();
        let names: Vec<String> = arguments.map(|it| format!("{} {:?}", it.name, it.place)).collect();
        assert_eq!(names, ["a PathSegments", "b PathSegments", "c Path"]);
    }
}
