//! Writes YAML in the style of `openapi/`: blocks, short values on one line, and long text folded.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use crate::spec::yaml;

/// How long a line may be.
const WIDTH: usize = 150;

/// A whole document.
pub(super) fn document(json: &Json) -> String {
    let mut out = String::new();
    block(json, 0, &mut out);
    out
}

/// A value on lines of its own, each of them indented.
fn block(json: &Json, indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    match json {
        Json::Object(map) if !map.is_empty() => {
            for (name, value) in map {
                let _ = write!(out, "{blanks}{}:", key(name));
                after(value, indent, name, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "{blanks}-");
                match item {
                    Json::Object(map) if flow(item).len() + indent + 2 > WIDTH => {
                        // The first key stands beside the dash.
                        let mut inner = String::new();
                        block(&Json::Object(map.clone()), indent + 2, &mut inner);
                        let _ = writeln!(out, " {}", inner.trim_start().trim_end_matches('\n'));
                    }
                    other => {
                        let _ = writeln!(out, " {}", flow(other));
                    }
                }
            }
        }
        other => {
            let _ = writeln!(out, "{blanks}{}", flow(other));
        }
    }
}

/// What follows a key and its colon.
fn after(value: &Json, indent: usize, name: &str, out: &mut String) {
    match value {
        Json::String(text) => match folded(text, indent + 2) {
            Some(folded) => {
                let _ = writeln!(out, " >-\n{folded}");
            }
            None => {
                let _ = writeln!(out, " {}", scalar(text));
            }
        },
        Json::Object(map) if !map.is_empty() && !is_short(map, name, indent) => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Json::Array(items) if !items.is_empty() && !is_short_list(items, name, indent) => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        other => {
            let _ = writeln!(out, " {}", flow(other));
        }
    }
}

/// Whether a mapping reads well on one line: a reference, or a type and little more.
fn is_short(map: &Map<String, Json>, name: &str, indent: usize) -> bool {
    let is_flat = map.values().all(|value| !value.is_object() && !value.is_array());
    is_flat
        && map.len() <= 2
        && !map.contains_key("description")
        && indent + name.len() + flow(&Json::Object(map.clone())).len() + 2 <= WIDTH
}

/// Whether a list reads well on one line. A list of values to choose from stands one below the other.
fn is_short_list(items: &[Json], name: &str, indent: usize) -> bool {
    let is_flat = items.iter().all(|item| match item {
        Json::Object(map) => map.contains_key("$ref") || map.values().all(|value| !value.is_object()),
        item => !item.is_array(),
    });
    let is_enum = name == "enum" && items.len() > 3;
    is_flat && !is_enum && indent + name.len() + flow(&Json::Array(items.to_vec())).len() + 2 <= WIDTH - 40
}

/// A value on one line.
fn flow(json: &Json) -> String {
    match json {
        Json::String(text) => scalar_in_flow(text),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn key(name: &str) -> String {
    let is_plain = !name.contains(['{', '}', '[', ']', ',', '#', ':']);
    if is_plain && reads_back(&format!("a: {name}\n"), name) { name.to_owned() } else { quoted(name) }
}

/// A string, with quotes where it would be read as something else without them.
fn scalar(text: &str) -> String {
    if reads_back(&format!("a: {text}\n"), text) { text.to_owned() } else { quoted(text) }
}

fn scalar_in_flow(text: &str) -> String {
    let is_plain = !text.contains(['{', '}', '[', ']', ',', '#', ':', '/', '$'])
        || text.starts_with('/') && !text.contains(['{', '}', '[', ']', ',', '#', ':']);
    if is_plain && reads_back(&format!("a: {text}\n"), text) { text.to_owned() } else { quoted(text) }
}

fn reads_back(yaml: &str, text: &str) -> bool {
    !text.contains('\n')
        && text.trim() == text
        && yaml::parse("", yaml).is_ok_and(|node| node.get("a").and_then(yaml::Node::str) == Some(text))
}

/// JSON's way of quoting is one of YAML's.
fn quoted(text: &str) -> String {
    Json::String(text.to_owned()).to_string()
}

/// Long prose, folded; `None` if it is short, or would come back otherwise.
fn folded(text: &str, indent: usize) -> Option<String> {
    if text.len() + indent <= WIDTH {
        return None;
    }
    let blanks = " ".repeat(indent);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut()?;
        if !line.is_empty() && line.chars().count() + word.chars().count() + indent >= WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let folded = lines.iter().map(|line| format!("{blanks}{line}")).collect::<Vec<_>>().join("\n");
    let yaml = format!("a: >-\n{folded}\n");
    let comes_back =
        yaml::parse("", &yaml).is_ok_and(|node| node.get("a").and_then(yaml::Node::str) == Some(text));
    comes_back.then_some(folded)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn back(text: &str) -> Json {
        yaml::parse("x.yaml", text).unwrap().to_json()
    }

    #[test]
    fn whatever_is_written_is_read_back() {
        let long = "word ".repeat(60).trim_end().to_owned();
        for text in [
            "plain",
            "",
            " ",
            "no",
            "true",
            "null",
            "~",
            "1",
            "1.0",
            "1e3",
            "-",
            "- x",
            "a: b",
            "a:b",
            "a #b",
            "#a",
            "[x]",
            "{x}",
            "&a",
            "*a",
            "!t",
            "|",
            ">",
            "%x",
            "@x",
            "`x`",
            "'x'",
            "\"x\"",
            "x'y",
            "a\nb",
            "a\n\n b\n",
            " lead",
            "trail ",
            "tab\there",
            "日本 🎉",
            "\u{85}\u{2028}",
            "\u{0}\u{7f}",
            "x: [",
            "? x",
            "2020-01-01",
            "0x1F",
            "https://example.com/a?b=c#d",
            long.as_str(),
            &format!("{long}\n\nmore {long}"),
            &format!(" {long}"),
        ] {
            let json = json!({ "a": text, text: { "b": [text, { "c": text, "d": [text] }, [text]], "x": { "$ref": text } } });
            let written = document(&json);
            assert_eq!(back(&written), json, "{written}");
        }
        let json =
            json!({ "a": [], "b": {}, "c": null, "d": [1, 2.5, true, null], "e": [[], {}, [{ "a": [] }]] });
        assert_eq!(back(&document(&json)), json);
    }

    #[test]
    fn it_is_written_as_a_person_would() {
        let json = json!({
            "type": "object",
            "description": format!("Long {}", "prose ".repeat(29).trim_end()),
            "required": ["id", "name"],
            "properties": {
                "id": { "description": "The id.", "allOf": [{ "$ref": "#/components/schemas/Id" }] },
                "other": { "$ref": "x.yaml#/y" },
                "kind": { "description": "A: b", "type": "string", "enum": ["a", "b", "c", "d"] },
            },
        });
        assert_eq!(
            document(&json),
            "type: object\ndescription: >-\n  Long prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose prose\n  prose prose prose prose prose\nrequired: [id, name]\nproperties:\n  id:\n    description: The id.\n    allOf: [{ $ref: \"#/components/schemas/Id\" }]\n  other: { $ref: \"x.yaml#/y\" }\n  kind:\n    description: \"A: b\"\n    type: string\n    enum:\n      - a\n      - b\n      - c\n      - d\n"
        );
    }
}
