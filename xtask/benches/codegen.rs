//! `cargo xtask codegen` against the run of the generator that it contains, with everything cached: `cargo bench -p xtask`.
//!
//! The generator is run by hand on the same bundled spec and with the same configuration as the last `cargo xtask codegen` left under `target/codegen/stage/`.

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

fn main() {
    let workspace = Workspace::current();
    let config = Config::load(&workspace).expect("a configuration");
    let tools = toolchain::provide(&config, &mut Progress::start()).expect("the generator");
    let xtask = || Command::new(env!("CARGO_BIN_EXE_xtask"));
    time(xtask().arg("codegen"));
    let stage: PathBuf = workspace.scratch().join("stage");
    let kept = workspace.scratch().join("bench");
    std::fs::create_dir_all(&kept).expect("a folder");
    for file in ["spec.json", "generator.json"] {
        std::fs::copy(stage.join(file), kept.join(file)).expect("what codegen left");
    }
    let (mut whole, mut alone, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let _ = std::fs::remove_dir_all(kept.join("out"));
        let b = time(&mut generator(&tools.jar, &tools.java, &kept, &kept.join("out")));
        let a = time(xtask().arg("codegen"));
        whole.push(a);
        alone.push(b);
        ratios.push(a / b);
    }
    println!("cargo xtask codegen    {:>6.2} s", median(whole));
    println!("the generator alone    {:>6.2} s", median(alone));
    println!("ratio                  {:>6.2}    (wanted: at most 1.5)", median(ratios));
}
