//! The document that the generator is run on: placeholder paths and schemas, with the input of the templates as extensions.

use serde_json::{Value as Json, json};

use super::names::{self, Unique};
use super::template::{Document, Model, Shape};

impl Document {
    /// Returns the document in OpenAPI.
    pub(super) fn to_openapi(&self) -> Json {
        // The generator sorts the paths, and complains about those that are not names in Rust, so they are numbered.
        let operations = self.operations.iter().enumerate().map(|(n, it)| (format!("operation_{n:05}"), it));
        let paths = operations.map(|(name, operation)| {
            let get = json!({
                "operationId": name,
                "tags": [operation.tag],
                "responses": { "200": { "description": "It was carried out." } },
                "x-operation": operation,
            });
            (format!("/{name}"), json!({ "get": get }))
        });
        let mut modules = Unique::default();
        let mut models: Vec<(&String, &Model)> = self.models.iter().collect();
        // Modules are declared in this order, since rustfmt does not sort them if one of the names is too long. Newtypes share a module.
        models.sort_by_cached_key(|(name, model)| match model.shape {
            Shape::Newtype(_) => None,
            _ => Some(names::module(name)),
        });
        let schemas =
            models.into_iter().map(|(name, model)| (name.clone(), model.to_openapi(name, &mut modules)));
        let mut out = json!({
            "openapi": "3.0.3",
            "info": { "title": "normalized", "version": "1" },
            "paths": paths.collect::<serde_json::Map<_, _>>(),
            "components": { "schemas": schemas.collect::<serde_json::Map<_, _>>() },
            "x-tested": self.is_tested,
            "x-service": self.service,
            "x-booleans": self.booleans,
        });
        null_as_false(&mut out);
        out
    }
}

impl Model {
    /// Returns the schema of the model with this name. `modules` are the names of the modules so far.
    fn to_openapi(&self, name: &str, modules: &mut Unique) -> Json {
        let (shape, content) = match &self.shape {
            Shape::Struct(content) => ("struct", json!(content)),
            Shape::OpenEnum(content) => ("open_enum", json!(content)),
            Shape::Union(content) => ("union", json!(content)),
            Shape::IdOrObject(content) => ("id_or_object", json!(content)),
            Shape::OneOf(content) => ("one_of", json!(content)),
            Shape::Newtype(pattern) => ("pattern", json!(pattern)),
        };
        let mut model = json!({ "model": name, "doc": self.doc, "cfg": self.cfg, "example": self.example });
        if let Shape::Newtype(_) = self.shape {
            model[shape] = content;
            return json!({ "type": "string", "x-newtype": model });
        }
        model["module"] = modules.give(&names::module(name)).into();
        for other in ["struct", "open_enum", "union", "id_or_object", "one_of"] {
            model[other] = Json::Null;
        }
        model[shape] = content;
        json!({ "type": "object", "x-model": model })
    }
}

/// Replaces null by false everywhere, since Mustache looks a null up in the surrounding context but skips the section of a false.
fn null_as_false(json: &mut Json) {
    match json {
        Json::Null => *json = false.into(),
        Json::Array(items) => items.iter_mut().for_each(null_as_false),
        Json::Object(map) => map.values_mut().for_each(null_as_false),
        _ => {}
    }
}
