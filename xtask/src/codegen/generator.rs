//! One run of the generator, and what it wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value as Json, json};

use super::Generated;
use super::config::Config;
use super::toolchain::Toolchain;
use crate::workspace::Workspace;

/// Starts quickly rather than running fast for long: a run takes a second.
const JVM_OPTIONS: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];

/// Runs the generator into a fresh folder, which is returned.
///
/// # Errors
/// If it cannot be run, fails, or logs something that is not known to be harmless.
pub fn run(workspace: &Workspace, config: &Config, toolchain: &Toolchain, spec: &Json) -> Result<PathBuf> {
    let stage = workspace.scratch().join("stage");
    if stage.exists() {
        std::fs::remove_dir_all(&stage).with_context(|| format!("cannot empty {}", stage.display()))?;
    }
    std::fs::create_dir_all(&stage).with_context(|| format!("cannot create {}", stage.display()))?;
    write_json(&stage.join("spec.json"), spec)?;
    write_json(&stage.join("generator.json"), &configuration(workspace, config))?;
    let output = Command::new(&toolchain.java)
        .args(JVM_OPTIONS)
        .arg("-jar")
        .arg(&toolchain.jar)
        .args(["generate", "--generator-name", "rust", "--input-spec"])
        .arg(stage.join("spec.json"))
        .arg("--config")
        .arg(stage.join("generator.json"))
        .arg("--output")
        .arg(stage.join("out"))
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", toolchain.java.display()))?;
    let log =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::write(stage.join("log.txt"), &log)?;
    check_log(&log, output.status.success(), &config.known_warnings).with_context(|| {
        format!("openapi-generator failed; its whole log is {}", stage.join("log.txt").display())
    })?;
    Ok(stage)
}

/// It exits with 0 on many errors, so its log decides.
fn check_log(log: &str, success: bool, known_warnings: &[String]) -> Result<()> {
    let suspicious: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("ERROR") || line.contains("WARN") || line.contains("Exception"))
        .filter(|line| !known_warnings.iter().any(|known| line.contains(known)))
        .collect();
    if !success || !suspicious.is_empty() {
        let shown = if suspicious.is_empty() { log.lines().take(20).collect() } else { suspicious };
        bail!("{}", shown.join("\n"));
    }
    Ok(())
}

fn configuration(workspace: &Workspace, config: &Config) -> Json {
    let folder = |name: &str| format!("{name}/generated");
    let mut files = serde_json::Map::new();
    let mut supporting = Vec::new();
    for (generated, kind) in [(&config.models, "Model"), (&config.apis, "API")] {
        let main =
            json!({ "templateType": kind, "folder": folder(&generated.name), "destinationFilename": ".rs" });
        files.insert(generated.main.clone(), main);
        for (template, file) in &generated.supporting {
            let entry = json!({ "templateType": "SupportingFiles", "folder": folder(&generated.name), "destinationFilename": file });
            files.insert(template.clone(), entry);
            supporting.push(file.clone());
        }
    }
    json!({
        "templateDir": workspace.codegen().join("templates"),
        "globalProperties": {
            "models": "", "apis": "", "modelDocs": "false", "apiDocs": "false", "modelTests": "false", "apiTests": "false",
            "supportingFiles": supporting.join(","),
        },
        "files": files,
    })
}

fn write_json(path: &Path, value: &Json) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(value)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The two crates' files among what the generator wrote. It also writes files of its own that nobody wants.
///
/// # Errors
/// If a crate has got no files.
pub fn collect(config: &Config, stage: &Path) -> Result<Vec<Generated>> {
    let mut crates = Vec::new();
    for generated in config.crates() {
        let folder = stage.join("out").join(&generated.name).join("generated");
        let generated = Generated { name: generated.name.clone(), stage: folder };
        if generated.files()?.is_empty() {
            bail!(
                "openapi-generator wrote nothing for {}; its log is {}",
                generated.name,
                stage.join("log.txt").display()
            );
        }
        crates.push(generated);
    }
    Ok(crates)
}

/// Formats the staged files as the workspace is formatted.
///
/// # Errors
/// If rustfmt cannot be run, or cannot parse a file: then a template or the spec gives what is no Rust.
pub fn format(workspace: &Workspace, crates: &[Generated]) -> Result<()> {
    for generated in crates {
        let mut command = Command::new("rustfmt");
        command.arg("--config-path").arg(workspace.root().join("rustfmt.toml"));
        for file in generated.files()? {
            command.arg(generated.stage.join(file));
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("cannot run rustfmt; `rustup component add rustfmt` installs it")?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            bail!("rustfmt refused the code generated for {}:\n{}", generated.name, stderr.trim());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_line_fails_the_run_although_the_generator_exits_with_0() {
        let log =
            "[main] INFO  a\n[main] ERROR o.o.c.DefaultCodegen - Unknown type found in the schema: objekt\n";
        assert!(check_log(log, true, &[]).unwrap_err().to_string().contains("objekt"));
    }

    #[test]
    fn only_warnings_that_are_known_pass() {
        let log = "[main] WARN  o.o.c.languages.AbstractRustCodegen - self cannot be used\n";
        assert!(check_log(log, true, &[]).is_err());
        assert!(check_log(log, true, &["self cannot be used".to_owned()]).is_ok());
    }

    #[test]
    fn a_failure_without_a_telling_line_shows_the_log() {
        assert_eq!(check_log("no such option\n", false, &[]).unwrap_err().to_string(), "no such option");
    }
}
