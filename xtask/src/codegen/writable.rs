//! Checks whether a folder is writable, before minutes are spent on generating its content.

use std::path::Path;

use anyhow::{Context as _, Result};

/// Tries to create a file in a folder, or in its nearest existing ancestor.
///
/// # Errors
/// Returns an error if nothing can be written there.
pub fn check(folder: &Path) -> Result<()> {
    let there = folder.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    let probe = there.join(format!(".slack-rtm-codegen.probe-{}", std::process::id()));
    let outcome = std::fs::write(&probe, "may be removed");
    let _ = std::fs::remove_file(&probe);
    outcome.with_context(|| {
        format!("cannot write into {}; name another folder, or make it writable", folder.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        check(&folder.path().join("a/b")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_written_is_told() {
        let error = format!("{:#}", check(Path::new("/proc/nowhere/a")).unwrap_err());
        assert!(error.starts_with("cannot write into /proc/nowhere/a;"), "{error}");
    }
}
