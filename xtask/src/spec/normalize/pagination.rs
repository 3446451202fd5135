//! Operations that answer in pages: where in the answer the next page is told, and which list is paged.

use serde_json::{Value as Json, json};

use super::{Schemas, list, text, types};
use crate::spec::naming;

/// What the template renders of `x-pagination`; `false` where there is none, or where it does not fit the operation.
pub(super) fn pagination(
    operation: &Json,
    answer: Option<&Json>,
    schemas: &Schemas,
    fields: &[Json],
) -> Json {
    of(operation, answer, schemas, fields).unwrap_or(Json::Bool(false))
}

fn of(operation: &Json, answer: Option<&Json>, schemas: &Schemas, fields: &[Json]) -> Option<Json> {
    let pagination = operation.get("x-pagination")?;
    let argument = fields.iter().find(|field| field["wire"] == pagination["argument"])?;
    let items = Path::of(answer?, text(pagination, "items"), schemas)?;
    let item = items.rust_type.strip_prefix("Vec<")?.strip_suffix('>')?;
    let path = |key: &str| Path::of(answer?, text(pagination, key), schemas);
    let next = match (path("next"), path("page"), path("pages")) {
        (Some(next), _, _) => {
            format!("crate::pagination::next_cursor({}.map(AsRef::as_ref))", next.borrowed)
        }
        (_, Some(page), Some(pages)) => {
            format!("crate::pagination::next_page({}.copied(), {}.copied())", page.borrowed, pages.borrowed)
        }
        _ => return None,
    };
    let repeated = Some(text(pagination, "repeated")).filter(|name| !name.is_empty());
    let repeated = match repeated {
        Some(name) => {
            let list = items.shape.get("items")?;
            Path::from("item", types::resolve(list, schemas).1, name, schemas)?.borrowed.into()
        }
        None => Json::Bool(false),
    };
    Some(json!({
        "argument": argument["field"],
        "cursor": argument["type"],
        "item": item,
        "items": items.owned,
        "next": next,
        "repeated": repeated,
    }))
}

/// A place in the answer, as expressions over a variable.
struct Path<'a> {
    /// An `Option` of a reference.
    borrowed: String,
    /// The value, or the default where there is none.
    owned: String,
    rust_type: String,
    shape: &'a Json,
}

impl<'a> Path<'a> {
    /// `response_metadata.next_cursor` and the like, in the variable `response`.
    fn of(answer: &'a Json, path: &str, schemas: &'a Schemas) -> Option<Self> {
        Self::from("response", answer, path, schemas)
    }

    fn from(variable: &str, mut shape: &'a Json, path: &str, schemas: &'a Schemas) -> Option<Self> {
        let (mut borrowed, mut owned, mut rust_type) = (String::new(), String::new(), String::new());
        for (n, name) in path.split('.').enumerate() {
            let property = shape.get("properties")?.get(name)?;
            let field = match text(property, "x-rust-name") {
                "" => naming::snake(name),
                rust => rust.to_owned(),
            };
            let is_required = list(shape, "required").iter().any(|required| required == name)
                && !types::is_nullable(property, schemas);
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
    use super::*;

    fn rendered(pagination: &Json, required: &[&str]) -> Json {
        let answer = json!({ "required": required, "properties": {
            "members": { "type": "array", "items": { "type": "string", "properties": { "ts": { "type": "string" } } } },
            "paging": { "properties": { "page": { "type": "integer" }, "pages": { "type": "integer" } } },
            "response_metadata": { "properties": { "next_cursor": { "type": "string" } } },
        } });
        let field = json!({ "wire": "cursor", "field": "cursor", "type": "String" });
        super::pagination(&json!({ "x-pagination": pagination }), Some(&answer), &Schemas::new(), &[field])
    }

    #[test]
    fn the_next_page_is_found_by_its_path() {
        let by_cursor =
            json!({ "argument": "cursor", "next": "response_metadata.next_cursor", "items": "members" });
        let found = rendered(&by_cursor, &["members"]);
        assert_eq!(found["item"], "String");
        assert_eq!(found["items"], "response.members");
        assert_eq!(
            found["next"],
            "crate::pagination::next_cursor(response.response_metadata.as_ref().and_then(|it| it.next_cursor.as_ref()).map(AsRef::as_ref))"
        );
        assert_eq!(rendered(&by_cursor, &[])["items"], "response.members.unwrap_or_default()");
        assert_eq!(found["repeated"], false);
        let mut repeated = by_cursor.clone();
        repeated["repeated"] = "ts".into();
        assert_eq!(rendered(&repeated, &[])["repeated"], "item.ts.as_ref()");
        let by_number = json!({ "argument": "cursor", "page": "paging.page", "pages": "paging.pages", "items": "members" });
        assert!(
            rendered(&by_number, &["paging"])["next"]
                .as_str()
                .unwrap()
                .starts_with("crate::pagination::next_page(Some(&response.paging).and_then(")
        );
    }

    #[test]
    fn what_does_not_fit_gives_no_pages() {
        for key in ["argument", "next", "items", "repeated"] {
            let mut pagination = json!({
                "argument": "cursor", "next": "response_metadata.next_cursor", "items": "members", "repeated": "ts",
            });
            pagination[key] = "gone".into();
            assert_eq!(rendered(&pagination, &["members"]), false, "{key}");
        }
    }
}
