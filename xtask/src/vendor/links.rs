//! Makes links in descriptions absolute, which are relative to the document's own pages.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::Value as Json;
use url::Url;

/// A link of Markdown: its text and where it leads.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").ok());

/// Makes the links in all descriptions absolute. Those of an operation start at its own page, all others at the document's.
pub(super) fn absolute(document: &mut Json) {
    let server = document.pointer("/servers/0/url").and_then(Json::as_str).map(str::to_owned);
    let base = page(document).or_else(|| Url::parse(&server?).ok());
    each(document, base.as_ref());
}

fn page(json: &Json) -> Option<Url> {
    let url = json.pointer("/externalDocs/url").and_then(Json::as_str)?;
    Url::parse(url).ok().filter(|url| !url.cannot_be_a_base())
}

fn each(json: &mut Json, base: Option<&Url>) {
    let own = page(json);
    let base = own.as_ref().or(base);
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| each(item, base)),
        Json::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("description" | "summary", Json::String(text)) => {
                        if let Some(base) = base {
                            *text = with_links(text, base);
                        }
                    }
                    ("example" | "examples", _) => {}
                    (_, value) => each(value, base),
                }
            }
        }
        _ => {}
    }
}

fn with_links(text: &str, base: &Url) -> String {
    let Some(link) = LINK.as_ref() else { return text.to_owned() };
    let replaced = link.replace_all(text, |found: &Captures<'_>| {
        let target = &found[1];
        match base.join(target) {
            Ok(url) if Url::parse(target).is_err() => format!("]({url})"),
            _ => found[0].to_owned(),
        }
    });
    replaced.into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn links_start_at_the_nearest_page() {
        let mut document = json!({
            "externalDocs": { "url": "https://example.com/web" },
            "info": { "description": "See [this](/x)." },
            "paths": { "/a": { "get": {
                "externalDocs": { "url": "https://example.com/methods/a" },
                "description": "[b](b#c), [d](#d), [e](https://other.example/e), [f](mailto:f@example.com) [g]( g)",
                "responses": { "200": { "content": { "x": { "example": { "description": "[h](/h)" } } } } },
            } } },
        });
        absolute(&mut document);
        assert_eq!(document["info"]["description"], "See [this](https://example.com/x).");
        assert_eq!(
            document["paths"]["/a"]["get"]["description"],
            "[b](https://example.com/methods/b#c), [d](https://example.com/methods/a#d), [e](https://other.example/e), [f](mailto:f@example.com) [g]( g)"
        );
        assert_eq!(
            document["paths"]["/a"]["get"]["responses"]["200"]["content"]["x"]["example"]["description"],
            "[h](/h)"
        );
    }

    #[test]
    fn without_a_page_links_stay() {
        let mut document = json!({ "info": { "description": "[a](/a)" } });
        absolute(&mut document);
        assert_eq!(document["info"]["description"], "[a](/a)");
    }
}
