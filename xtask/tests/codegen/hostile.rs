//! Documents and machines that mean harm: files that are too large, circles, ways out of the folder, a disk that is full, a kill at any moment.

use std::path::Path;
use std::process::Output;
use std::time::Instant;

use crate::atomic::Fake;
use crate::support::{root, stderr};

const HEAD: &str = "openapi: 3.0.3\ninfo: { title: t, version: '1' }\n";

/// A document, and what is said of it; nothing is generated.
fn refused(write: impl FnOnce(&Path), expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("api.yaml");
    write(&spec);
    let out = folder.path().join("out");
    let output = export(&spec, &out);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in expected {
        assert!(message.contains(part), "no {part:?} in\n{message}");
    }
    assert!(!out.exists(), "something was generated");
}

fn export(spec: &Path, out: &Path) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["codegen", "--spec"]).arg(spec).arg("--out").arg(out).env("NO_COLOR", "1");
    command.env_remove("SLACK_RTM_WORKSPACE").output().unwrap()
}

fn text(text: String) -> impl FnOnce(&Path) {
    move |path: &Path| std::fs::write(path, text).unwrap()
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    let began = Instant::now();
    refused(
        |path| std::fs::File::create(path).unwrap().set_len(100 << 20).unwrap(),
        &["api.yaml: error: is too large: 100 MiB", "split the document"],
    );
    assert!(began.elapsed().as_secs() < 20, "it was read");
}

#[test]
fn an_alias_bomb() {
    let mut bomb = format!("{HEAD}x-0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let inner = vec![format!("*l{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("x-{n}: &l{n} [{inner}]\n"));
    }
    refused(text(bomb), &["api.yaml:", "the aliases of this file stand for more than", "use a $ref"]);
}

#[test]
fn circles_of_references() {
    let schemas = "paths: {}\ncomponents:\n  schemas:\n    A: { $ref: '#/components/schemas/B' }\n    B: { allOf: [{ $ref: '#/components/schemas/A' }] }\n";
    refused(
        text(format!("{HEAD}{schemas}")),
        &["api.yaml:", "the schema `A` contains itself", "the schema `B` contains itself"],
    );
    let path = "paths:\n  /a: { $ref: '#/paths/~1b' }\n  /b: { $ref: '#/paths/~1a' }\n";
    refused(text(format!("{HEAD}{path}")), &["the $ref leads back to itself"]);
}

#[test]
fn ways_out_of_the_folder_and_into_the_network() {
    let schema = |n: usize, reference: &str| format!("    S{n}: {{ $ref: '{reference}' }}\n");
    let references = [
        "../../etc/passwd",
        "/etc/passwd",
        "http://127.0.0.1:1/a.yaml",
        "file:///etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
    ];
    let all: String = references.iter().enumerate().map(|(n, reference)| schema(n, reference)).collect();
    refused(
        text(format!("{HEAD}paths: {{}}\ncomponents:\n  schemas:\n{all}")),
        &[
            "api.yaml:6:17: error: the $ref leads out of the folder",
            "api.yaml:7:17: error: the $ref leads out",
            "api.yaml:8:17: error: `http://127.0.0.1:1/a.yaml`: remote references are not followed",
            "api.yaml:10:17: error: the $ref leads out",
        ],
    );
}

#[test]
fn a_file_that_is_no_text() {
    refused(
        |path| std::fs::write(path, b"openapi: 3.0.3\ninfo: \xff\n").unwrap(),
        &["api.yaml:2:7: error:", "is not UTF-8"],
    );
    refused(
        |path| std::fs::create_dir(path).unwrap(),
        &["api.yaml: error: cannot be read: it is not a file"],
    );
}

/// A workspace that whole crates can be made of, with scripts in place of the tools.
fn fake() -> Fake {
    let fake = Fake::new();
    for part in ["Cargo.toml", "clippy.toml"] {
        std::fs::copy(root().join(part), fake.copy.path(part)).unwrap();
    }
    for name in ["slack-rtm-models", "slack-rtm-apis"] {
        let folder = format!("crates/{name}");
        std::fs::copy(root().join(&folder).join("Cargo.toml"), fake.copy.path(&folder).join("Cargo.toml"))
            .unwrap();
        for entry in std::fs::read_dir(root().join(&folder).join("src"))
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().is_file())
        {
            std::fs::copy(entry.path(), fake.copy.path(&folder).join("src").join(entry.file_name())).unwrap();
        }
    }
    std::fs::write(fake.copy.path("api.yaml"), format!("{HEAD}paths: {{}}\n")).unwrap();
    fake
}

fn into(fake: &Fake, out: &Path, marker: &str) -> std::process::Command {
    fake.xtask(
        &["codegen", "--spec", fake.copy.path("api.yaml").to_str().unwrap(), "--out", out.to_str().unwrap()],
        marker,
    )
}

#[test]
fn without_rustfmt_nothing_is_generated() {
    let fake = fake();
    let reached = fake.copy.path("reached");
    fake.java(&format!("touch '{}'", reached.display()));
    let bin = fake.copy.path("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("rustfmt"), "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::set_permissions(bin.join("rustfmt"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let mut command = into(&fake, &fake.copy.path("out"), "x");
    let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
    command.env("PATH", format!("{}:{}", bin.display(), path.to_string_lossy()));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there is no rustfmt"), "{}", stderr(&output));
    assert!(!reached.exists(), "it was found too late");
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_generating() {
    let fake = fake();
    let reached = fake.copy.path("reached");
    fake.java(&format!("touch '{}'", reached.display()));
    let output = into(&fake, Path::new("/proc/nowhere/out"), "x").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write into /proc/nowhere/out"), "{}", stderr(&output));
    assert!(!reached.exists(), "it was found too late");
}

#[test]
fn a_disk_that_is_full() {
    let fake = fake();
    let disk = fake.copy.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = |size: &str| {
        let options = format!("size={size}");
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(&disk).status()
    };
    if !mount("3m").is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root may mount a small disk");
        return;
    }
    let out = disk.join("out");
    let written = into(&fake, &out, "first").output().unwrap();
    let list = std::fs::read_to_string(out.join(".slack-rtm-codegen"));
    // Nothing is left for what a second run would write beside the first.
    let filled = std::fs::write(disk.join("filler"), vec![0; 4 << 20]);
    let refused = into(&fake, &out, "second").output().unwrap();
    let after = std::fs::read_to_string(out.join(".slack-rtm-codegen"));
    let marker = std::fs::read_to_string(out.join("slack-rtm-apis/src/generated/mod.rs")).unwrap_or_default();
    let unmounted = std::process::Command::new("umount").arg(&disk).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert!(written.status.success(), "{}", stderr(&written));
    assert!(filled.is_err());
    let message = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{message}");
    assert!(message.contains("No space left") || message.contains("cannot write"), "{message}");
    assert_eq!(list.unwrap(), after.unwrap());
    assert!(marker.contains("// from first") && !marker.contains("// from second"), "{marker}");
}

#[test]
fn kills_at_thirty_moments_of_an_export() {
    let fake = fake();
    let out = fake.copy.path("out");
    let began = Instant::now();
    assert!(into(&fake, &out, "0").output().unwrap().status.success());
    let whole = began.elapsed();
    let marker = |name: &str| {
        let text = std::fs::read_to_string(out.join(name).join("src/generated/mod.rs")).unwrap();
        text.lines().find_map(|line| line.strip_prefix("// from ").map(str::to_owned))
    };
    for n in 1..=30_u32 {
        let mut child = into(&fake, &out, &n.to_string()).spawn().unwrap();
        let percent = if n % 3 == 0 { 37 * n % 60 } else { 60 + 17 * n % 45 };
        std::thread::sleep(whole * percent / 100);
        let _ = child.kill();
        let _ = child.wait();
        // The next run heals what was half done before it does anything of its own.
        let healed = into(&fake, &out, &format!("healed {n}")).output().unwrap();
        assert!(healed.status.success(), "after {percent} %: {}", stderr(&healed));
        assert_eq!(marker("slack-rtm-models"), Some(format!("healed {n}")));
        assert_eq!(marker("slack-rtm-models"), marker("slack-rtm-apis"));
        assert!(!out.join(".slack-rtm-codegen.journal").exists());
    }
}
