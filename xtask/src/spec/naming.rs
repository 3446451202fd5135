//! Converts names of the document to names in Rust, and suggests corrections of misspelt names.

use std::fmt::Write as _;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words that can be names only as raw identifiers.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// Words that cannot even be raw identifiers.
const NEVER_RAW: [&str; 3] = ["self", "super", "crate"];

/// Converts a name such as `imageUri` or `image-uri` to the name of a field, a function or a module, `image_uri`. Keywords become raw identifiers.
#[must_use]
pub fn snake(name: &str) -> String {
    let name = name.to_snake_case();
    match name.chars().next() {
        None => "value".to_owned(),
        Some(first) if !first.is_alphabetic() => format!("n{name}"),
        Some(_) if NEVER_RAW.contains(&name.as_str()) => format!("{name}_"),
        Some(_) if name == "yield" || KEYWORDS.contains(&name.as_str()) => format!("r#{name}"),
        Some(_) => name,
    }
}

/// Converts a name such as `channel_created` or `channelCreated` to the name of a type or a variant, `ChannelCreated`.
#[must_use]
pub fn pascal(name: &str) -> String {
    let name = joined(&name.to_upper_camel_case());
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if !first.is_alphabetic() => format!("N{name}"),
        Some(_) if name == "Self" => "SelfValue".to_owned(),
        Some(_) => name,
    }
}

/// Converts a value to the name of a variant. Symbols without any letter or digit, such as emoji, are named after their code points: `U1F600`.
#[must_use]
pub fn variant(value: &str) -> String {
    if value.is_ascii() || value.chars().any(char::is_alphanumeric) {
        return pascal(value);
    }
    value.chars().fold(String::new(), |mut name, c| {
        let _ = write!(name, "U{:X}", u32::from(c));
        name
    })
}

/// Converts `UserIDs` to `UserIds`, as the generator does, so that both use the same names of types. A capital after a capital begins a word only before two
/// lowercase letters.
fn joined(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let is_small = |n: usize| letters.get(n).is_some_and(char::is_ascii_lowercase);
    let is_inner =
        |n: usize| n > 0 && letters[n - 1].is_ascii_uppercase() && !(is_small(n + 1) && is_small(n + 2));
    let letter = |(n, c): (usize, &char)| if is_inner(n) { c.to_ascii_lowercase() } else { *c };
    letters.iter().enumerate().map(letter).collect()
}

/// Replaces every letter or digit that is not ASCII by its code point, for names that become names of files.
#[must_use]
pub fn ascii(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii() || !c.is_alphanumeric() {
            out.push(c);
        } else {
            let _ = write!(out, "U{:x}", u32::from(c));
        }
    }
    out
}

/// Returns whether a name is valid for an HTTP header.
#[must_use]
pub fn is_header_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_allowed)
}

/// Returns all words that cannot be names as they are.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.into_iter().chain(NEVER_RAW).chain(["yield"])
}

/// Returns whether a word cannot be a name as it is.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    keywords().any(|keyword| keyword == word)
}

/// Returns the candidate that is most similar to a misspelt name, if any is similar enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (name, expected) in [
            ("imageUri", "image_uri"),
            ("is_mpim", "is_mpim"),
            ("x-files", "x_files"),
            ("HTTPServer2", "http_server2"),
            ("type", "r#type"),
            ("self", "self_"),
            ("1st", "n1st"),
            ("image_24", "image_24"),
            ("???", "value"),
        ] {
            assert_eq!(snake(name), expected, "{name}");
        }
    }

    #[test]
    fn variants() {
        for (name, expected) in [
            ("not_authed", "NotAuthed"),
            ("EKMDenied", "EkmDenied"),
            ("1z", "N1z"),
            ("self", "SelfValue"),
            ("", "Empty"),
            ("json-not-object", "JsonNotObject"),
            ("outboundIPs", "OutboundIps"),
            ("IPv4Range", "Ipv4Range"),
            ("iOSApp", "IosApp"),
            ("a_b_c", "Abc"),
            ("a_bird", "ABird"),
            ("OAuth2", "OAuth2"),
            ("S3Ab", "S3Ab"),
        ] {
            assert_eq!(pascal(name), expected, "{name}");
            assert_eq!(pascal(expected), expected);
        }
    }

    #[test]
    fn misspelt() {
        assert_eq!(nearest("objekt", ["string", "object", "array"]), Some("object"));
        assert_eq!(nearest("ChanelId", ["ChannelId", "UserId"]), Some("ChannelId"));
        assert_eq!(nearest("zzzz", ["string", "object"]), None);
    }
}
