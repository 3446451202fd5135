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

/// Whether a test that runs the real generator shall be passed over.
pub(crate) fn skipped() -> bool {
    let skipped = std::env::var_os("SLACK_RTM_CODEGEN_TESTS").is_none();
    if skipped {
        eprintln!("skipped: SLACK_RTM_CODEGEN_TESTS is not set");
    }
    skipped
}

/// A copy with all that is needed to compile both crates, and a program that uses them.
pub(crate) struct Project(Copy);

impl Project {
    pub(crate) fn new() -> Self {
        let copy = Copy::new();
        for part in ["Cargo.lock", "clippy.toml"] {
            copy_tree(&root().join(part), &copy.path(part));
        }
        for name in ["slack-rtm-models", "slack-rtm-apis"] {
            let folder = format!("crates/{name}");
            for part in ["src", "README.md"] {
                let path = format!("{folder}/{part}");
                if root().join(&path).exists() {
                    copy_tree(&root().join(&path), &copy.path(&path));
                }
            }
            // Neither tests nor benches are built here, so what they need is left out.
            let manifest = std::fs::read_to_string(root().join(&folder).join("Cargo.toml")).unwrap();
            let sections = manifest.split("\n[").filter(|section| {
                !["dev-dependencies", "[bench", "[test", "[example"]
                    .iter()
                    .any(|name| section.starts_with(name))
            });
            let manifest = sections.collect::<Vec<_>>().join("\n[");
            std::fs::write(copy.path(&folder).join("Cargo.toml"), manifest).unwrap();
        }
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let manifest = manifest.replace("\"tests\", \"xtask\"", "\"program\"");
        // Only the profile names it.
        let manifest = manifest.lines().filter(|line| !line.starts_with("xtask.opt-level"));
        std::fs::write(copy.path("Cargo.toml"), manifest.collect::<Vec<_>>().join("\n")).unwrap();
        std::fs::create_dir_all(copy.path("program/src")).unwrap();
        let program = r#"[package]
name = "program"
version = "0.0.0"
edition = "2024"
publish = false

[features]
web = ["slack-rtm-apis/web"]

[dependencies]
serde.workspace = true
serde_json.workspace = true
slack-rtm-apis.workspace = true
slack-rtm-models.workspace = true
tokio = { workspace = true, features = ["macros", "rt"] }
"#;
        std::fs::write(copy.path("program/Cargo.toml"), program).unwrap();
        Self(copy)
    }

    pub(crate) fn copy(&self) -> &Copy {
        &self.0
    }

    pub(crate) fn codegen(&self) {
        let output = self.0.xtask(&["codegen"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }

    /// Builds both crates, no warning allowed, and runs a program on them.
    pub(crate) fn run(&self, program: &str) {
        self.run_with(&[], program);
    }

    /// The same with further arguments to cargo. Gives what the program printed.
    pub(crate) fn run_with(&self, arguments: &[&str], program: &str) -> String {
        std::fs::write(self.0.path("program/src/main.rs"), program).unwrap();
        self.cargo(&[&["run", "--package", "program"], arguments].concat())
    }

    /// Documents both crates, no warning allowed.
    pub(crate) fn document(&self) {
        let packages = ["--package", "slack-rtm-models", "--package", "slack-rtm-apis"];
        self.cargo(&[&["doc", "--no-deps"][..], &packages].concat());
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--quiet"])
            .current_dir(self.0.path(""))
            .env("CARGO_TARGET_DIR", build_folder())
            .env_remove("RUSTFLAGS")
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .unwrap();
        let message = stderr(&output);
        // `-D warnings` in RUSTFLAGS would compile every dependency anew.
        assert!(output.status.success() && !message.contains("warning:"), "cargo {arguments:?}:\n{message}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// One folder for all builds, which share their dependencies: kept from run to run, and apart from the workspace's own, which may be locked.
pub(crate) fn build_folder() -> PathBuf {
    root().join("target/codegen/build")
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
