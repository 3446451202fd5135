//! Properties that only responses or only requests have.

use std::collections::BTreeSet;

use super::features::reach;
use super::request::Request;
use super::types;
use crate::spec::openapi::{Schema, Schemas};

/// Makes required properties optional where a body lacks them: read-only ones in schemas of requests, and write-only ones in schemas of responses.
pub(super) fn relax(schemas: &mut Schemas, requests: &[Request]) {
    let (mut written, mut read) = (BTreeSet::new(), BTreeSet::new());
    for request in requests {
        request.arguments.iter().for_each(|argument| reach(&argument.schema, schemas, &mut written));
        request.response_schemas().for_each(|schema| reach(schema, schemas, &mut read));
    }
    let lacks = |name: &str, schema: &Schema| -> BTreeSet<String> {
        let is_lacking = |property: &Schema| {
            let target = types::resolve(property, schemas).1;
            let is = |flag: fn(&Schema) -> Option<bool>| flag(property).or(flag(target)) == Some(true);
            is(|it| it.read_only) && written.contains(name) || is(|it| it.write_only) && read.contains(name)
        };
        let lacking = schema.properties().filter(|(_, property)| is_lacking(property));
        lacking.map(|(name, _)| name.clone()).collect()
    };
    let all: Vec<BTreeSet<String>> = schemas.iter().map(|(name, schema)| lacks(name, schema)).collect();
    for (schema, lacking) in schemas.values_mut().zip(all) {
        if let Some(required) = &mut schema.required {
            required.retain(|name| !lacking.contains(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::request::tests::requests;
    use super::*;
    use crate::spec::openapi::tests;

    #[test]
    fn a_body_need_not_have_what_only_the_other_side_sends() {
        let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut schemas = tests::schemas(&json!({
            "Id": { "type": "string", "readOnly": true },
            "User": { "type": "object", "required": ["id", "own", "password", "name"], "properties": {
                "id": of("Id"), "own": { "allOf": [of("Id")], "readOnly": false }, "password": { "type": "string", "writeOnly": true }, "name": { "type": "string" } } },
        }));
        for name in ["Read", "Unused"] {
            schemas.insert(name.to_owned(), schemas["User"].clone());
        }
        let content = |name: &str| json!({ "application/json": { "schema": of(name) } });
        let requests = requests(&json!({ "paths": { "/a": { "post": {
            "requestBody": { "content": content("User") }, "responses": { "200": { "content": content("Read") } } } } } }));
        relax(&mut schemas, &requests);
        let required = |name: &str| schemas[name].required.clone().unwrap_or_default().join(" ");
        assert_eq!(required("User"), "own password name");
        assert_eq!(required("Read"), "id own name");
        assert_eq!(required("Unused"), "id own password name");
    }
}
