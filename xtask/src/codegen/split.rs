//! Splits the file into which the generator writes all models.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The file with all models, in the staging folder of their crate.
pub(super) const ALL: &str = "models.txt";

/// Begins the line before each model, which ends with the name of its file. No line within a model begins like that: those of comments begin with three slashes,
/// and literals have no line breaks.
const MARK: &str = "// file ";

/// Writes each model into a file of the folder.
///
/// # Errors
/// Returns an error if the file cannot be read or has something before the first model, or if a file cannot be written.
pub(super) fn split(all: &Path, folder: &Path) -> Result<()> {
    let text = std::fs::read_to_string(all).with_context(|| format!("cannot read {}", all.display()))?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, model) in files(&text)? {
        let path = folder.join(name);
        std::fs::write(&path, model).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Returns the name and the content of each file.
fn files(text: &str) -> Result<Vec<(&str, &str)>> {
    let mut out: Vec<(&str, &str)> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, below)) = rest.strip_prefix(MARK).and_then(|line| line.split_once('\n')) else {
            bail!("codegen/templates/ begins a model with something other than the name of its file: {}", rest.lines().next().unwrap_or_default());
        };
        let (model, after) = match below.find(&format!("\n{MARK}")) {
            Some(end) => below.split_at(end + 1),
            None => (below, ""),
        };
        out.push((name.trim_end(), model));
        rest = after;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_is_a_file() {
        let text = "// file a.rs\n// about a\n\nx\n// file b.rs\n/// // file c.rs\ny\n";
        assert_eq!(
            files(text).unwrap(),
            [("a.rs", "// about a\n\nx\n"), ("b.rs", "/// // file c.rs\ny\n")]
        );
        assert!(files("").unwrap().is_empty());
    }

    #[test]
    fn a_template_that_names_no_file_is_told() {
        assert!(files("x\n// file a.rs\n").unwrap_err().to_string().ends_with("its file: x"));
    }
}
