//! Finds the next cursor and the list of items in the responses of paginated operations.

use super::request::Request;
use super::template::{Argument, Pagination};
use super::types;
use crate::spec::naming;
use crate::spec::openapi::{Schema, Schemas};

/// Returns the pagination of an operation; `None` if it has none, or if the operation lacks the argument or the properties that it names.
pub(super) fn pagination(
    request: &Request,
    answer: Option<&Schema>,
    schemas: &Schemas,
    fields: &[Argument],
) -> Option<Pagination> {
    let pagination = request.operation.pagination.as_ref()?;
    let argument = fields.iter().find(|field| field.wire == pagination.argument)?;
    let path = |path: &str| Path::of("response", answer?, path, schemas);
    let items = path(&pagination.items)?;
    let item = items.rust_type.strip_prefix("Vec<")?.strip_suffix('>')?;
    let next = match (path(&pagination.next), path(&pagination.page), path(&pagination.pages)) {
        (Some(next), _, _) => {
            format!("crate::pagination::next_cursor({}.map(AsRef::as_ref))", next.borrowed)
        }
        (_, Some(page), Some(pages)) => {
            format!("crate::pagination::next_page({}.copied(), {}.copied())", page.borrowed, pages.borrowed)
        }
        _ => return None,
    };
    let repeated = match pagination.repeated.as_str() {
        "" => None,
        name => {
            let item = types::resolve(items.shape.items.as_deref()?, schemas).1;
            Some(Path::of("item", item, name, schemas)?.borrowed)
        }
    };
    Some(Pagination {
        argument: argument.field.clone(),
        cursor: argument.rust_type.clone(),
        item: item.to_owned(),
        items: items.owned,
        next,
        repeated,
    })
}

/// A value in an answer, as Rust expressions over a variable.
struct Path<'a> {
    /// An expression of type `Option<&T>`.
    borrowed: String,
    /// An expression for the value, or for the default if there is none.
    owned: String,
    rust_type: String,
    shape: &'a Schema,
}

impl<'a> Path<'a> {
    /// Resolves a path such as `response_metadata.next_cursor` in a variable; `None` if a property is missing.
    fn of(variable: &str, mut shape: &'a Schema, path: &str, schemas: &'a Schemas) -> Option<Self> {
        let (mut borrowed, mut owned, mut rust_type) = (String::new(), String::new(), String::new());
        for (n, name) in path.split('.').enumerate() {
            let property = shape.property(name)?;
            let field = property.rust_name.clone().unwrap_or_else(|| naming::snake(name));
            let is_required = shape.requires(name) && !types::is_nullable(property, schemas);
            borrowed = match (n, is_required) {
                (0, true) => format!("Some(&{variable}.{field})"),
                (0, false) => format!("{variable}.{field}.as_ref()"),
                (_, true) => format!("{borrowed}.map(|it| &it.{field})"),
                (_, false) => format!("{borrowed}.and_then(|it| it.{field}.as_ref())"),
            };
            owned = match (n, is_required) {
                (0, true) => format!("{variable}.{field}"),
                (0, false) => format!("{variable}.{field}.unwrap_or_default()"),
                _ => format!("{borrowed}.cloned().unwrap_or_default()"),
            };
            rust_type = types::rust_type(property, schemas);
            shape = types::resolve(property, schemas).1;
        }
        Some(Self { borrowed, owned, rust_type, shape })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::operations::tests::operation;
    use super::*;

    /// Returns the pagination of an operation whose answer requires these properties.
    fn rendered(pagination: &Json, required: &[&str]) -> Option<Pagination> {
        let answer = json!({ "type": "object", "required": required, "properties": {
            "members": { "type": "array", "items": { "type": "object", "additionalProperties": true, "properties": { "ts": { "type": "string" } } } },
            "paging": { "properties": { "page": { "type": "integer" }, "pages": { "type": "integer" } } },
            "response_metadata": { "properties": { "next_cursor": { "type": "string" } } },
        } });
        let operation = operation(&json!({
            "x-pagination": pagination,
            "parameters": [{ "name": "cursor", "in": "query", "schema": { "type": "string" } }],
            "responses": { "200": { "content": { "application/json": { "schema": answer } } } },
        }));
        operation.pagination
    }

    #[test]
    fn the_next_page_is_found_by_its_path() {
        let by_cursor =
            json!({ "argument": "cursor", "next": "response_metadata.next_cursor", "items": "members" });
        let found = rendered(&by_cursor, &["members"]).unwrap();
        assert_eq!(found.item, "models::GetAResponseMembersItem");
        assert_eq!(found.items, "response.members");
        assert_eq!(
            found.next,
            "crate::pagination::next_cursor(response.response_metadata.as_ref().and_then(|it| it.next_cursor.as_ref()).map(AsRef::as_ref))"
        );
        assert_eq!(rendered(&by_cursor, &[]).unwrap().items, "response.members.unwrap_or_default()");
        assert_eq!(found.repeated, None);
        let mut repeated = by_cursor.clone();
        repeated["repeated"] = "ts".into();
        assert_eq!(rendered(&repeated, &[]).unwrap().repeated.as_deref(), Some("item.ts.as_ref()"));
        let by_number = json!({ "argument": "cursor", "page": "paging.page", "pages": "paging.pages", "items": "members" });
        let found = rendered(&by_number, &["paging"]).unwrap();
        assert!(found.next.starts_with("crate::pagination::next_page(Some(&response.paging).and_then("));
    }

    #[test]
    fn what_does_not_fit_gives_no_pages() {
        for key in ["argument", "next", "items", "repeated"] {
            let mut pagination = json!({
                "argument": "cursor", "next": "response_metadata.next_cursor", "items": "members", "repeated": "ts",
            });
            pagination[key] = "gone".into();
            assert!(rendered(&pagination, &["members"]).is_none(), "{key}");
        }
    }
}
