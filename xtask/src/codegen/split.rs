//! Splits a text that consists of several files.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// The file into which the generator writes all models.
pub(super) const ALL: &str = "models.txt";

/// Begins the line before each file, which ends with the name of the file. No generated line begins like that: those of comments begin with three slashes, and
/// literals have no line breaks.
const MARK: &str = "// file ";

/// Returns the name and the content of each model.
///
/// # Errors
/// Returns an error if the templates wrote something before the first model.
pub(super) fn models(text: &str) -> Result<impl Iterator<Item = (&str, &str)>> {
    let text = text.trim_start();
    if !text.is_empty() && !text.starts_with(MARK) {
        let line = text.lines().next().unwrap_or_default();
        bail!("codegen/templates/ begins a model with something other than the name of its file: {line}");
    }
    Ok(files(text))
}

/// Returns the name and the content of each file. A text that begins without a name belongs to no file.
pub(super) fn files(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, below) = rest.strip_prefix(MARK)?.split_once('\n')?;
        let end = below.match_indices(MARK).find(|(at, _)| *at == 0 || below[..*at].ends_with('\n'));
        let (content, after) = below.split_at(end.map_or(below.len(), |(at, _)| at));
        rest = after;
        Some((name.trim_end(), content))
    })
}

/// Returns whether a generated source can be a part of a longer one: it has nothing that can only stand at the beginning, nothing that would be sorted together
/// with what follows it, and no line like those before files.
pub(super) fn is_joinable(source: &str) -> bool {
    let is_bound = |line: &str| ["#!", "//!", MARK].iter().any(|start| line.starts_with(start));
    source.starts_with("// ") && source.trim_end().ends_with('}') && !source.lines().any(is_bound)
}

/// Joins files to a text that [`files`] splits.
pub(super) fn join(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(name, content)| format!("{MARK}{name}\n{}\n\n", content.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_is_a_file() {
        let text = "\n// file a.rs\n// about a\n\nx\n// file b.rs\n/// // file c.rs\ny\n// file d.rs\n// file e.rs\n";
        let found: Vec<_> = models(text).unwrap().collect();
        let a = ("a.rs", "// about a\n\nx\n");
        assert_eq!(found, [a, ("b.rs", "/// // file c.rs\ny\n"), ("d.rs", ""), ("e.rs", "")]);
        assert_eq!(models("").unwrap().count(), 0);
    }

    #[test]
    fn a_template_that_names_no_file_is_told() {
        let error = models("x\n// file a.rs\n").err().unwrap();
        assert!(error.to_string().ends_with("its file: x"));
    }

    #[test]
    fn what_is_joined_can_be_split() {
        let given = [("a/b.rs", "x {}\n"), ("c.rs", "// y")];
        let joined = join(&given.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
        let found: Vec<_> = files(&joined).collect();
        assert_eq!(found, [("a/b.rs", "x {}\n\n"), ("c.rs", "// y\n\n")]);
    }

    #[test]
    fn what_belongs_to_the_beginning_is_not_joined() {
        assert!(is_joinable("// @generated\n\nuse a::b;\n\n/// //! c\nstruct D {}\n"));
        for source in
            ["//! a\nfn b() {}\n", "// a\n#![cfg(b)]\nfn c() {}\n", "// a\nuse b::c;\n", "// file a\nb! {}\n"]
        {
            assert!(!is_joinable(source), "{source}");
        }
    }
}
