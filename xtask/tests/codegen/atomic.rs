//! A failure or a kill at any step leaves both crates as they were, and runs do not mix. The tools are scripts here, so no Java is needed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use crate::support::{Copy, stderr};

const MODELS: &str = "crates/slack-rtm-models/src/generated";
const APIS: &str = "crates/slack-rtm-apis/src/generated";

/// A copy of the workspace whose generator is a script: it gives what the crates have already, and a marker.
pub(crate) struct Fake {
    pub(crate) copy: Copy,
    bin: tempfile::TempDir,
}

impl Fake {
    pub(crate) fn new() -> Self {
        let fake = Self { copy: Copy::new(), bin: tempfile::tempdir().unwrap() };
        let jar = fake.bin.path().join("fake.jar");
        std::fs::write(&jar, "no jar").unwrap();
        let hash = Sha256::digest("no jar").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let config = std::fs::read_to_string(fake.copy.path("codegen/config.yaml")).unwrap();
        let pinned = config.lines().find(|line| line.contains("sha256:")).unwrap();
        fake.copy.edit("codegen/config.yaml", pinned, &format!("  sha256: {hash}"));
        fake.java("");
        fake.script("rustfmt", "cat");
        fake
    }

    /// The generator, which does something else before and after it writes.
    pub(crate) fn java(&self, extra: &str) {
        let copy = self.copy.path("");
        let script = format!(
            r#"[ "$1" = -version ] && exit 0
out=; while [ $# -gt 0 ]; do [ "$1" = --output ] && out="$2"; shift; done
for name in slack-rtm-models slack-rtm-apis; do
  mkdir -p "$out/$name/generated"
  cp "{copy}crates/$name/src/generated/"*.rs "$out/$name/generated/"
  echo "// from $MARKER" >> "$out/$name/generated/mod.rs"
done
{extra}
"#,
            copy = copy.display()
        );
        self.script("java", &script);
    }

    pub(crate) fn script(&self, name: &str, body: &str) {
        let path = self.bin.path().join(name);
        // Whether it is there at all is asked first.
        std::fs::write(&path, format!("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, marker: &str) -> std::process::Command {
        self.xtask(&["codegen"], marker)
    }

    pub(crate) fn xtask(&self, arguments: &[&str], marker: &str) -> std::process::Command {
        let path = format!("{}:{}", self.bin.path().display(), std::env::var("PATH").unwrap());
        let mut command = self.copy.xtask(arguments);
        command
            .env("PATH", path)
            .env("OPENAPI_GENERATOR_JAR", self.bin.path().join("fake.jar"))
            .env("MARKER", marker)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// The markers that the two crates and nothing else have got.
    fn markers(&self) -> [String; 2] {
        [MODELS, APIS].map(|folder| {
            let text = std::fs::read_to_string(self.copy.path(folder).join("mod.rs")).unwrap();
            text.lines().filter_map(|line| line.strip_prefix("// from ")).collect::<Vec<_>>().join(" ")
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.bin.path().join(name)
    }

    /// A line of shell that says that it was reached, and goes on when the test says so.
    fn stop(&self, name: &str) -> String {
        let (reached, go) = (self.file(&format!("{name}.reached")), self.file(&format!("{name}.go")));
        format!("touch '{}'; while [ ! -e '{}' ]; do sleep 0.02; done", reached.display(), go.display())
    }

    fn refused(&self, expected: &str) {
        let before = self.copy.tree();
        let output = self.run("x").output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(expected), "no {expected:?} in\n{message}");
        assert!(before == self.copy.tree(), "the tree has changed");
    }
}

fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn finish(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let message = stderr(&output);
    assert!(output.status.success(), "{message}");
    message
}

#[test]
fn a_run_that_goes_well_reaches_both_crates() {
    let fake = Fake::new();
    finish(fake.run("one").spawn().unwrap());
    assert_eq!(fake.markers(), ["one", "one"]);
}

#[test]
fn what_the_generator_complains_of_fails_the_run_although_it_exits_with_0() {
    let fake = Fake::new();
    for line in [
        "[main] ERROR o.o.codegen.DefaultCodegen - Unknown type found in the schema: objekt",
        "[main] WARN  o.o.codegen.DefaultCodegen - OneOf schema is not supported",
        "Exception in thread \"main\" java.lang.NullPointerException",
    ] {
        for to in ["", " >&2"] {
            fake.java(&format!("echo '{line}'{to}"));
            fake.refused(line);
        }
    }
    fake.copy.edit("codegen/config.yaml", "known_warnings: []", "known_warnings: [odd but harmless]");
    let known = "[main] WARN  o.o.codegen.DefaultCodegen - odd but harmless";
    fake.java(&format!("echo '{known}'; echo '[main] INFO  o.o.codegen - writing'"));
    finish(fake.run("one").spawn().unwrap());
    assert_eq!(fake.markers(), ["one", "one"]);
}

#[test]
fn a_generator_that_fails_or_writes_nothing_changes_nothing() {
    let fake = Fake::new();
    fake.java("echo 'out of memory' >&2; exit 1");
    fake.refused("out of memory");
    fake.java("kill -KILL $$");
    fake.refused("openapi-generator failed");
    fake.java("rm -r \"$out/slack-rtm-apis\"");
    fake.refused("openapi-generator wrote nothing for slack-rtm-apis");
    fake.java("exit 0; ");
    fake.script("java", "exit 0");
    fake.refused("openapi-generator wrote nothing for slack-rtm-models");
}

#[test]
fn a_formatter_that_fails_changes_nothing() {
    let fake = Fake::new();
    fake.script("rustfmt", "echo 'error: expected item' >&2; exit 1");
    fake.refused("rustfmt refused the code generated for slack-rtm-models: error: expected item");
    // Of several processes that fail, the first one is told, whichever ends first.
    fake.script(
        "rustfmt",
        "for f; do case \"$f\" in *.rs) echo \"error: in $f\" >&2; exit 1;; esac; done; exit 1",
    );
    let models = std::fs::read_dir(fake.copy.path("crates/slack-rtm-models/src/generated")).unwrap();
    let mut names: Vec<String> =
        models.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for _ in 0..10 {
        fake.refused(&format!(
            "rustfmt refused the code generated for slack-rtm-models: error: in {}",
            names[0]
        ));
    }
    // The first crate is formatted by then.
    fake.script(
        "rustfmt",
        r#"for f; do case "$f" in *.rs) grep -q slack_rtm_models "$f" && exit 1; echo >>"$f";; esac; done
text=$(cat); case "$text" in *slack_rtm_models*) exit 1;; *) printf '%s\n' "$text";; esac"#,
    );
    fake.refused("rustfmt refused the code generated for slack-rtm-apis");
}

#[test]
fn a_type_that_goes_although_it_is_needed_is_refused() {
    let fake = Fake::new();
    fake.java("sed -i.old '/::Ts;/d' \"$out/slack-rtm-models/generated/mod.rs\"; rm \"$out/slack-rtm-models/generated/mod.rs.old\"");
    let user = fake.copy.path("crates/slack-rtm-models/src/user.rs");
    std::fs::write(&user, "// crate::Ts\nuse crate::{Event, Ts};\n").unwrap();
    fake.refused("crates/slack-rtm-models/src/user.rs:2:20: error: `Ts` is used here, and the generated code would have it no more");
    // Other crates are warned of, since they are not generated and may be changed afterwards.
    let other = fake.copy.path("crates/slack-rtm-session/src/lib.rs");
    std::fs::create_dir_all(other.parent().unwrap()).unwrap();
    std::fs::rename(&user, &other).unwrap();
    let message = finish(fake.run("one").spawn().unwrap());
    assert!(
        message.contains("crates/slack-rtm-session/src/lib.rs:2:20: warning: `Ts` is used here"),
        "{message}"
    );
}

#[test]
fn a_kill_in_the_generator_or_in_the_formatter_changes_nothing() {
    for step in ["java", "rustfmt"] {
        let fake = Fake::new();
        match step {
            "java" => fake.java(&fake.stop(step)),
            _ => fake.script(step, &fake.stop(step)),
        }
        let before = fake.copy.tree();
        let mut killed = fake.run("killed").spawn().unwrap();
        wait_for(&fake.file(&format!("{step}.reached")));
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert!(before == fake.copy.tree(), "the kill in {step} has changed the tree");
        // What outlives the killed run does not get into the next one.
        fake.java("");
        fake.script("rustfmt", "cat");
        std::fs::write(fake.file(&format!("{step}.go")), "").unwrap();
        finish(fake.run("next").spawn().unwrap());
        assert_eq!(fake.markers(), ["next", "next"]);
    }
}

/// Two crates of many small files that compile together only if both are of the same run.
fn small_crates(fake: &Fake) {
    for name in ["slack-rtm-models", "slack-rtm-apis"] {
        let folder = fake.copy.path("crates").join(name);
        let dependency = match name {
            "slack-rtm-apis" => "[dependencies]\nslack-rtm-models = { path = \"../slack-rtm-models\" }\n",
            _ => "",
        };
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{dependency}");
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(folder.join("src/lib.rs"), "pub mod generated;\n").unwrap();
        std::fs::remove_dir_all(folder.join("src/generated")).unwrap();
    }
    std::fs::write(fake.copy.path("Cargo.toml"), "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n")
        .unwrap();
    let generator = r#"[ "$1" = -version ] && exit 0
out=; while [ $# -gt 0 ]; do [ "$1" = --output ] && out="$2"; shift; done
models="$out/slack-rtm-models/generated"; apis="$out/slack-rtm-apis/generated"
mkdir -p "$models" "$apis"
n=0; while [ $n -lt 100 ]; do
  echo "pub const V$MARKER: u32 = $n;" >"$models/f$n.rs"
  echo "pub const X: u32 = slack_rtm_models::generated::f$n::V$MARKER;" >"$apis/f$n.rs"
  echo "pub mod f$n;" >>"$models/mod.rs"
  echo "pub mod f$n;" >>"$apis/mod.rs"
  n=$((n+1))
done
echo "// from $MARKER" | tee -a "$models/mod.rs" >>"$apis/mod.rs"
"#;
    fake.script("java", generator);
}

#[test]
fn kills_at_any_time_leave_what_builds_or_says_why_it_does_not() {
    let fake = Fake::new();
    small_crates(&fake);
    let generator = std::fs::read_to_string(fake.file("java")).unwrap();
    let run = |marker: &str| fake.run(marker).spawn().unwrap();
    finish(run("0"));
    let began = Instant::now();
    finish(run("00"));
    let whole = began.elapsed();
    for n in 1..=30_u32 {
        let mut child = run(&n.to_string());
        // Anywhere in a run, and most of them in its last third, where files are written.
        let percent = if n % 3 == 0 { 37 * n % 60 } else { 60 + 17 * n % 45 };
        std::thread::sleep(whole * percent / 100);
        let _ = child.kill();
        let _ = child.wait();
        // What somebody sees who builds before the next run.
        let mut check = std::process::Command::new("cargo");
        check.args(["check", "--quiet", "--offline"]).current_dir(fake.copy.path(""));
        let output = check.env("CARGO_TARGET_DIR", fake.copy.path("target/check")).output().unwrap();
        let message = stderr(&output);
        assert!(
            output.status.success() || message.contains("an interrupted run of `cargo xtask codegen`"),
            "after a kill at {percent} %: {message}"
        );
        // The next run undoes what was half done, before it fails for a reason of its own.
        fake.script("java", "exit 9");
        let output = fake.run("x").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let [models, apis] = fake.markers();
        assert_eq!(models, apis);
        std::fs::write(fake.file("java"), &generator).unwrap();
    }
}

#[test]
fn a_second_run_waits_and_says_so() {
    let fake = Fake::new();
    fake.java(&fake.stop("first"));
    let first = fake.run("first").spawn().unwrap();
    wait_for(&fake.file("first.reached"));
    fake.java("");
    let mut second = fake.run("second").spawn().unwrap();
    let mut told = std::io::BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut told, &mut line).unwrap();
    let holder = format!("another run (process {})", first.id());
    assert!(line.contains(&holder) && line.contains("waiting for it, 300 s at most"), "{line}");
    assert_eq!(fake.markers(), ["", ""]);
    std::fs::write(fake.file("first.go"), "").unwrap();
    finish(first);
    assert!(second.wait().unwrap().success());
    assert_eq!(fake.markers(), ["first second", "first second"]);
}
