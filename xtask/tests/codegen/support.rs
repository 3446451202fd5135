//! A copy of what the generation reads and writes, to do harm to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        let root = root();
        for part in [
            "openapi",
            "codegen",
            "rustfmt.toml",
            "crates/slack-rtm-models/src/generated",
            "crates/slack-rtm-apis/src/generated",
        ] {
            copy_tree(&root.join(part), &copy.path(part));
        }
        copy
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Replaces a text that has to be there.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Makes the tree what it was when [`tree`](Self::tree) was called.
    pub(crate) fn restore(&self, tree: &BTreeMap<PathBuf, Vec<u8>>) {
        let now = self.tree();
        for path in now.keys().filter(|path| !tree.contains_key(*path)) {
            std::fs::remove_file(path).unwrap();
        }
        for (path, content) in tree.iter().filter(|(path, content)| now.get(*path) != Some(content)) {
            std::fs::write(path, content).unwrap();
        }
    }

    /// `cargo xtask` on the copy, with nothing of the user's cache.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).env("SLACK_RTM_WORKSPACE", self.folder.path()).env("NO_COLOR", "1");
        command
    }

    /// Every file of the copy but those of `target/`.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut queue = vec![self.folder.path().to_owned()];
        while let Some(folder) = queue.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    if path.file_name().unwrap() != "target" {
                        queue.push(path);
                    }
                } else {
                    let content = std::fs::read(&path).unwrap();
                    files.insert(path, content);
                }
            }
        }
        files
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_dir() {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_tree(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}
