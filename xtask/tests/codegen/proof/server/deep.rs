//! Values that are written in the style `deepObject`: a pair for each scalar, which says by brackets where it belongs.

use serde_json::Value as Json;

use super::{check, sample};

/// What stands in the brackets of a name, and the text.
type Pair = (Vec<String>, String);

/// What the pairs of a parameter are together, which are taken away; nothing if there are none.
pub(crate) fn take(
    pairs: &mut Vec<(String, String)>,
    name: &str,
    schema: &Json,
    document: &Json,
) -> Option<Json> {
    let mut found = Vec::new();
    pairs.retain(|(key, text)| {
        let path = key.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('['));
        found.extend(path.map(|path| {
            let parts = path.split('[').skip(1).map(|part| part.trim_end_matches(']').to_owned());
            (parts.collect(), text.clone())
        }));
        path.is_none()
    });
    (!found.is_empty()).then(|| value(&found, schema, document))
}

fn value(pairs: &[Pair], schema: &Json, document: &Json) -> Json {
    let schema = sample::resolve(schema, document);
    let is_nested = !pairs[0].0.is_empty();
    let of_kind = |part: &&Json| {
        let part = sample::resolve(part, document);
        (part["type"] == "object" || part["type"] == "array" || part.get("properties").is_some()) == is_nested
    };
    let union = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(part) = union.into_iter().flatten().find(of_kind) {
        return value(pairs, part, document);
    }
    if !is_nested {
        return check::coerce(&pairs[0].1, schema, document);
    }
    let mut groups: Vec<(&str, Vec<Pair>)> = Vec::new();
    for (path, text) in pairs {
        let inner = (path[1..].to_vec(), text.clone());
        match groups.iter_mut().find(|(name, _)| *name == path[0]) {
            Some((_, group)) => group.push(inner),
            None => groups.push((&path[0], vec![inner])),
        }
    }
    if schema["type"] == "array" {
        return groups.iter().map(|(_, group)| value(group, &schema["items"], document)).collect();
    }
    let of_property = |name: &str| {
        check::property(schema, name, document).unwrap_or(&schema["additionalProperties"]).clone()
    };
    let fields =
        groups.iter().map(|(name, group)| ((*name).to_owned(), value(group, &of_property(name), document)));
    Json::Object(fields.collect())
}
