//! Generates sample texts that a pattern matches, to compare two patterns.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How many texts are made, and how often what may be repeated is.
const MAX: usize = 64;
const REPEATED: u32 = 8;

/// Texts that match, none of them empty; `None` if the pattern is none, or matches nothing else. Where it does not say how a text ends, this goes on as an id does.
pub(super) fn samples(pattern: &str) -> Option<Vec<String>> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()?;
    let mut texts = of(&hir);
    if !pattern.ends_with(['$', ')']) {
        texts.iter_mut().for_each(|text| text.push_str("00000000"));
    }
    texts.retain(|text| !text.is_empty());
    texts.sort();
    texts.dedup();
    (!texts.is_empty()).then_some(texts)
}

fn of(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => {
            let ends: Vec<char> = match class {
                Class::Bytes(class) => {
                    class.iter().flat_map(|range| [range.start(), range.end()]).map(char::from).collect()
                }
                Class::Unicode(class) => {
                    class.iter().flat_map(|range| [range.start(), range.end()]).collect()
                }
            };
            let mut texts: Vec<String> = ends.into_iter().map(String::from).collect();
            texts.dedup();
            texts.truncate(MAX);
            texts
        }
        HirKind::Repetition(repetition) => {
            let count =
                REPEATED.clamp(repetition.min, repetition.max.unwrap_or(u32::MAX).max(repetition.min));
            let count = usize::try_from(count.min(1000)).unwrap_or_default();
            let mut texts: Vec<String> = of(&repetition.sub).iter().map(|text| text.repeat(count)).collect();
            if repetition.min == 0 {
                texts.push(String::new());
            }
            texts
        }
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Concat(parts) => parts.iter().fold(vec![String::new()], |texts, part| {
            let more = of(part);
            let pairs = texts.iter().flat_map(|text| more.iter().map(move |more| format!("{text}{more}")));
            pairs.take(MAX).collect()
        }),
        HirKind::Alternation(parts) => parts.iter().flat_map(of).take(MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> String {
        samples(pattern).unwrap_or_default().join(" ")
    }

    #[test]
    fn each_kind_of_text_is_there() {
        assert_eq!(
            of("^[CD][A-Z0-9]{8,}$"),
            "C00000000 C99999999 CAAAAAAAA CZZZZZZZZ D00000000 D99999999 DAAAAAAAA DZZZZZZZZ"
        );
        assert_eq!(
            of(r"^\d{10}\.\d{6}$"),
            "0000000000.000000 0000000000.999999 9999999999.000000 9999999999.999999"
        );
        assert_eq!(of("^U$|^$"), "U");
        assert_eq!(of("^(Ax?)?$"), "A Ax");
        assert_eq!(of("^T"), "T00000000");
        assert_eq!(of("(?=x)"), "");
        assert_eq!(of("^$"), "");
    }
}
