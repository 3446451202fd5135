//! The paths of the workspace.

use std::path::{Path, PathBuf};

/// A checkout of the workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout that this binary was built from, or the folder that `SLACK_RTM_WORKSPACE` names (for the tests, which work on a copy).
    #[must_use]
    pub fn current() -> Self {
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."));
        Self::at(std::env::var_os("SLACK_RTM_WORKSPACE").map_or_else(|| built_from.to_owned(), PathBuf::from))
    }

    /// The checkout at this folder.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The root document of the spec.
    #[must_use]
    pub fn spec(&self) -> PathBuf {
        self.root.join("openapi/slack-rtm.yaml")
    }

    /// The folder with the configuration of the generator, the templates and the fingerprint.
    #[must_use]
    pub fn codegen(&self) -> PathBuf {
        self.root.join("codegen")
    }

    /// Where a run of the generator works.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.root.join("target/codegen")
    }

    /// A path as messages name it: relative to the workspace where it lies inside.
    #[must_use]
    pub fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
