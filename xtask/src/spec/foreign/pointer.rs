//! JSON pointers: their targets, and names for the targets.

use crate::spec::json_pointer::{escape, unescape};
use crate::spec::naming;
use crate::spec::yaml::{Node, Value};

/// Decodes percent escapes such as `%20`; anything else is kept.
pub(super) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                rest = &tail[2..];
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Returns the JSON pointers that a fragment can mean, the likeliest first: percent-encoded as URIs require, with the slashes in keys percent-encoded, or not encoded at all.
pub(super) fn readings(fragment: &str) -> impl Iterator<Item = String> {
    let by_step = |step: &str| decode(step).replace('/', "~1");
    (0..3).map(move |n| {
        let pointer = match n {
            0 => decode(fragment),
            1 => fragment.split('/').map(by_step).collect::<Vec<_>>().join("/"),
            _ => fragment.to_owned(),
        };
        // A `~` that escapes nothing stands for itself, and a place has one pointer.
        pointer.split('/').map(|step| escape(&unescape(step))).collect::<Vec<_>>().join("/")
    })
}

/// Returns the target of a reference within a file.
pub(in crate::spec) fn target<'a>(root: &'a Node, reference: &str) -> Option<&'a Node> {
    readings(reference.strip_prefix('#')?).find_map(|pointer| find(root, &pointer))
}

/// Returns the node at a pointer.
pub(in crate::spec) fn find<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    pointer.split('/').skip(1).try_fold(root, |node, step| match &node.value {
        Value::Map(map) => map.get(&unescape(step)).map(|entry| &entry.node),
        Value::Seq(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Returns the pointer to the schema with an `$anchor`.
pub(super) fn anchored(root: &Node, anchor: &str) -> Option<String> {
    let mut queue = vec![(root, String::new())];
    while let Some((node, pointer)) = queue.pop() {
        if ["$anchor", "$dynamicAnchor"].iter().any(|key| node.get(key).and_then(Node::str) == Some(anchor)) {
            return Some(pointer);
        }
        queue.extend(node.seq().iter().enumerate().map(|(n, item)| (item, format!("{pointer}/{n}"))));
        let below = node.map().iter().map(|(key, entry)| (&entry.node, format!("{pointer}/{}", escape(key))));
        queue.extend(below);
    }
    None
}

/// Steps that say where something stands and not what it is.
const WORDS: [&str; 22] = [
    "$defs",
    "additionalProperties",
    "allOf",
    "anyOf",
    "application~1json",
    "components",
    "content",
    "definitions",
    "headers",
    "items",
    "not",
    "oneOf",
    "parameters",
    "paths",
    "prefixItems",
    "properties",
    "requestBodies",
    "responses",
    "schema",
    "schemas",
    "securitySchemes",
    "patternProperties",
];

/// Returns a name for the target of a pointer, made of the keys in the pointer, or of the file's name if it has none.
pub(super) fn name(pointer: &str, stem: &str) -> String {
    // What stands in a file that is a schema itself is called after the file as well.
    let is_inside = ["/properties/", "/items", "/allOf/", "/anyOf/", "/oneOf/"]
        .iter()
        .any(|word| pointer.starts_with(word));
    let whole = format!("/schemas/{}{pointer}", escape(stem));
    let pointer = if is_inside { whole.as_str() } else { pointer };
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    // A name inside of another one's definitions needs no other.
    let start = steps.iter().rposition(|step| ["$defs", "definitions"].contains(step)).unwrap_or(0);
    let steps: Vec<String> = steps[start..]
        .iter()
        .enumerate()
        .filter(|(n, step)| {
            // What stands behind such a word is a name, whatever it is.
            let is_name =
                *n > 0 && ["properties", "schemas", "definitions", "$defs"].contains(&steps[start + n - 1]);
            is_name || !WORDS.contains(step) && step.parse::<usize>().is_err()
        })
        .map(|(_, step)| unescape(step))
        .collect();
    match steps.as_slice() {
        [] => stem.to_owned(),
        [only] => only.clone(),
        several => several.iter().map(|step| naming::pascal(&naming::ascii(step))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_way() {
        for (pointer, expected) in [
            ("", "pet"),
            ("/components/schemas/Pet", "Pet"),
            ("/definitions/Pet", "Pet"),
            ("/Pet", "Pet"),
            ("/components/schemas/User/properties/home_address", "UserHomeAddress"),
            ("/components/schemas/User/properties/items", "UserItems"),
            ("/components/schemas/User/$defs/Inner", "Inner"),
            ("/components/schemas/Pets/items", "Pets"),
            ("/paths/~1a~1{b}/get/responses/200/content/application~1json/schema", "AbGet"),
            ("/oneOf/1", "pet"),
            ("/properties/kind", "PetKind"),
        ] {
            assert_eq!(name(pointer, "pet"), expected, "{pointer}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(decode("a%20b%C3%A9%7e1%+1%"), "a bé~1%+1%");
        let read = |fragment: &str| readings(fragment).collect::<Vec<_>>();
        assert_eq!(read("/a%2Fb~c"), ["/a/b~0c", "/a~1b~0c", "/a%2Fb~0c"]);
        let root = crate::spec::yaml::parse("f.yaml", "{a/b: [{c~: 1}]}").unwrap();
        assert_eq!(find(&root, "/a~1b/0/c~0").unwrap().to_json(), 1);
        assert!(find(&root, "/a~1b/1").is_none() && find(&root, "").is_some());
    }
}
