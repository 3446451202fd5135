//! `cargo xtask codegen` against the generator alone, with everything cached: `cargo bench -p xtask`.
//!
//! On our own spec, the generator is run by hand on the same bundled spec and with the same configuration as the last `cargo xtask codegen` left under
//! `target/codegen/stage/`. On Slack's whole Web API, where `SLACK_WEB_OPENAPI` names it, it is run as it comes, with its own templates.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run has nothing better to do"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use xtask::codegen::config::Config;
use xtask::codegen::progress::Progress;
use xtask::codegen::toolchain;
use xtask::workspace::Workspace;

const ROUNDS: usize = 7;

fn time(command: &mut Command) -> f64 {
    let began = Instant::now();
    let status =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("a run");
    assert!(status.success(), "{command:?}");
    began.elapsed().as_secs_f64()
}

fn generator(jar: &Path, java: &Path, stage: &Path, out: &Path) -> Command {
    let mut command = Command::new(java);
    command.arg("-jar").arg(jar).args(["generate", "-g", "rust", "-i"]).arg(stage.join("spec.json"));
    command.arg("-c").arg(stage.join("generator.json")).arg("-o").arg(out);
    command
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How long our command and the generator alone take, run in turns, and the ratio.
fn compare(what: &str, wanted: f64, mut ours: impl FnMut() -> f64, mut alone: impl FnMut() -> f64) {
    let (mut whole, mut part, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (b, a) = (alone(), ours());
        whole.push(a);
        part.push(b);
        ratios.push(a / b);
    }
    println!("{what}");
    println!("  cargo xtask codegen  {:>6.2} s", median(whole));
    println!("  the generator alone  {:>6.2} s", median(part));
    println!("  ratio                {:>6.2}    (wanted: at most {wanted})", median(ratios));
}

fn main() {
    let workspace = Workspace::current();
    let config = Config::load(&workspace).expect("a configuration");
    let tools = toolchain::provide(&config, &mut Progress::start()).expect("the generator");
    let xtask = || Command::new(env!("CARGO_BIN_EXE_xtask"));
    let kept = workspace.scratch().join("bench");
    std::fs::create_dir_all(&kept).expect("a folder");
    let empty = |name: &str| {
        let folder = kept.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        folder
    };

    time(xtask().arg("codegen"));
    let stage: PathBuf = workspace.scratch().join("stage");
    for file in ["spec.json", "generator.json"] {
        std::fs::copy(stage.join(file), kept.join(file)).expect("what codegen left");
    }
    compare(
        "our own spec",
        1.5,
        || time(xtask().arg("codegen")),
        || time(&mut generator(&tools.jar, &tools.java, &kept, &empty("out"))),
    );

    let Some(document) = std::env::var_os("SLACK_WEB_OPENAPI") else {
        println!("Slack's whole Web API: skipped, SLACK_WEB_OPENAPI is not set");
        return;
    };
    compare(
        "Slack's whole Web API",
        2.0,
        || time(xtask().args(["codegen", "--spec"]).arg(&document).arg("--out").arg(empty("crates"))),
        || {
            let mut command = Command::new(&tools.java);
            command.arg("-jar").arg(&tools.jar).args([
                "generate",
                "-g",
                "rust",
                "--skip-validate-spec",
                "-i",
            ]);
            time(command.arg(&document).arg("-o").arg(empty("stock")))
        },
    );
}
