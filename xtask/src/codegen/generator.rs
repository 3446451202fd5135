//! Runs the generator, and collects its output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value as Json, json};

use super::config::Config;
use super::toolchain::Toolchain;
use super::{Generated, files_of, process, read, split};
use crate::workspace::Workspace;

/// How long the generator may take. It usually takes seconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// Options for a fast start rather than a high speed: a run takes about a second.
const JVM_OPTIONS: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];

/// Runs the generator with a new output folder, and returns the folder.
///
/// # Errors
/// Returns an error if it cannot be run, fails, or logs an error or a warning that is not known to be harmless.
pub fn run(workspace: &Workspace, config: &Config, toolchain: &Toolchain, spec: &Json) -> Result<PathBuf> {
    let kept = workspace.scratch().join("stage");
    let stage = process::fresh_folder(&workspace.scratch(), "run")?;
    write_json(&stage.join("spec.json"), spec)?;
    write_json(&stage.join("generator.json"), &configuration(workspace, config))?;
    let mut command = Command::new(&toolchain.java);
    command
        .args(JVM_OPTIONS)
        .arg("-jar")
        .arg(&toolchain.jar)
        .args(["generate", "--generator-name", "rust", "--input-spec"])
        .arg(stage.join("spec.json"))
        .arg("--config")
        .arg(stage.join("generator.json"))
        .arg("--output")
        .arg(stage.join("out"));
    let ended = process::run(&mut command, &stage.join("log.txt"), PATIENCE)?;
    if kept.exists() {
        std::fs::remove_dir_all(&kept).with_context(|| format!("cannot empty {}", kept.display()))?;
    }
    std::fs::rename(&stage, &kept).with_context(|| format!("cannot create {}", kept.display()))?;
    let stage = kept;
    check_log(&ended.log, ended.status.success(), &config.known_warnings).with_context(|| {
        format!("openapi-generator failed; its whole log is {}", stage.join("log.txt").display())
    })?;
    Ok(stage)
}

/// Checks the log of the generator, which exits with 0 after many errors.
fn check_log(log: &str, success: bool, known_warnings: &[String]) -> Result<()> {
    let is_entry = |line: &str| line.starts_with('[') || line.starts_with("Exception");
    // An entry of the level INFO may contain the name of a schema such as `RateException`.
    let informs = |line: &str| line.starts_with('[') && line.contains("] INFO ");
    let is_suspicious = |line: &str| {
        !informs(line)
            && ["ERROR", "WARN", "Exception"].iter().any(|word| line.contains(word))
            && !known_warnings.iter().any(|known| line.contains(known))
    };
    let mut suspicious = Vec::new();
    let mut follows = false;
    for line in log.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("\tat ")) {
        // The cause is often in the lines below an entry.
        if is_suspicious(line) {
            follows = true;
        } else if is_entry(line) {
            follows = false;
        }
        if follows {
            suspicious.push(line);
        }
    }
    if !success || !suspicious.is_empty() {
        let shown = if suspicious.is_empty() { log.lines().take(20).collect() } else { suspicious };
        bail!("{}", shown.join("\n"));
    }
    Ok(())
}

fn configuration(workspace: &Workspace, config: &Config) -> Json {
    let mut files = serde_json::Map::new();
    let mut supporting = Vec::new();
    let mut support = |template: &str, folder: &str, file: &str| {
        let entry =
            json!({ "templateType": "SupportingFiles", "folder": folder, "destinationFilename": file });
        supporting.push(file.to_owned());
        (template.to_owned(), entry)
    };
    for generated in config.crates() {
        let folder = format!("{}/generated", generated.name);
        files.extend(generated.supporting.iter().map(|(template, file)| support(template, &folder, file)));
    }
    files.extend([support(&config.models.main, &config.models.name, split::ALL)]);
    let folder = format!("{}/generated", config.apis.name);
    files.insert(
        config.apis.main.clone(),
        json!({ "templateType": "API", "folder": folder, "destinationFilename": ".rs" }),
    );
    json!({
        "templateDir": workspace.codegen().join("templates"),
        // There is no `models`: the generator compares the name of the file of each model with those of all others, which takes most of the time where there
        // are thousands.
        "globalProperties": { "apis": "", "apiDocs": "false", "apiTests": "false", "supportingFiles": supporting.join(",") },
        "files": files,
    })
}

fn write_json(path: &Path, value: &Json) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(value)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Reads the files of the two crates. The generator also writes other files, which are ignored.
///
/// # Errors
/// Returns an error if a crate has no files, or a file cannot be read.
pub fn collect(config: &Config, stage: &Path) -> Result<Vec<Generated>> {
    let mut crates = Vec::new();
    for generated in config.crates() {
        let out = stage.join("out").join(&generated.name);
        let folder = out.join("generated");
        let mut files = BTreeMap::new();
        for name in files_of(&folder)? {
            let text = read(&folder.join(&name))?;
            files.insert(name, text);
        }
        if out.join(split::ALL).exists() {
            let all = read(&out.join(split::ALL))?;
            files.extend(split::models(&all)?.map(|(name, model)| (name.to_owned(), model.to_owned())));
        }
        if files.is_empty() {
            bail!(
                "openapi-generator wrote nothing for {}; its log is {}",
                generated.name,
                stage.join("log.txt").display()
            );
        }
        crates.push(Generated { name: generated.name.clone(), files });
    }
    Ok(crates)
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
    fn a_schema_may_be_called_an_exception() {
        let log = "[main] INFO  o.o.codegen.TemplateManager - Skipped out/docs/RateException.md (Skipped by modelDocs options supplied by user.)\n";
        assert!(check_log(log, true, &[]).is_ok());
    }

    #[test]
    fn what_an_error_goes_on_with_is_told_and_its_trace_is_not() {
        let log = "[main] INFO  a\nException in thread \"main\" X: issues.\n | Error count: 1\nErrors:\n\t-paths.'/a' is bad\n\tat o.o.Main.main(Main.java:1)\n[main] INFO  b\n";
        let told = check_log(log, false, &[]).unwrap_err().to_string();
        assert_eq!(
            told,
            "Exception in thread \"main\" X: issues.\n | Error count: 1\nErrors:\n\t-paths.'/a' is bad"
        );
    }

    #[test]
    fn a_failure_without_a_telling_line_shows_the_log() {
        assert_eq!(check_log("no such option\n", false, &[]).unwrap_err().to_string(), "no such option");
    }
}
