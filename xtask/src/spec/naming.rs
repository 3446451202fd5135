//! Converts names on the wire to names in Rust, and finds the name that a misspelt one was meant to be.

use std::fmt::Write as _;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words that are names only as raw identifiers.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
];

/// Words that not even `r#` makes a name.
const NEVER_RAW: [&str; 3] = ["self", "super", "crate"];

/// `imageUri`, `image-uri` and `image_uri` as `image_uri`: a field, a function, a module. Keywords become raw identifiers.
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

/// `channel_created` and `channelCreated` as `ChannelCreated`: a type, a variant.
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

/// `UserIDs` as `UserIds`: to the generator, a capital after a capital begins a word only before two small letters, and what it calls a type has to be what we
/// call it.
fn joined(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let is_small = |n: usize| letters.get(n).is_some_and(char::is_ascii_lowercase);
    let is_inner =
        |n: usize| n > 0 && letters[n - 1].is_ascii_uppercase() && !(is_small(n + 1) && is_small(n + 2));
    let letter = |(n, c): (usize, &char)| if is_inner(n) { c.to_ascii_lowercase() } else { *c };
    letters.iter().enumerate().map(letter).collect()
}

/// The name with every letter that is not ASCII as its number, for what becomes the name of a file.
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

/// Whether a header can have this name.
#[must_use]
pub fn is_header_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_allowed)
}

/// Every word that cannot be a name as it is.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.into_iter().chain(NEVER_RAW).chain(["yield"])
}

/// Whether a word cannot be a name as it is.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    keywords().any(|keyword| keyword == word)
}

/// The candidate that is most like a misspelt name, if any is like it at all.
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
