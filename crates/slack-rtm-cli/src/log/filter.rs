//! The filter of the log: the environment variable `RUST_LOG`.

use std::env::{self, VarError};

use tracing_subscriber::EnvFilter;

use crate::output::{hint, warn};

/// The filter without `RUST_LOG`. The session's own messages are left out, because each command prints them in its own form.
const DEFAULT: &str = "warn,slack_rtm_session::telemetry=off";

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The crates of this program that may log.
const CRATES: [&str; 15] = [
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "reqwest",
    "rustls",
    "rustls_platform_verifier",
    "slack_rtm",
    "slack_rtm_apis",
    "slack_rtm_cli",
    "slack_rtm_models",
    "slack_rtm_session",
    "slack_rtm_test",
    "tokio",
    "tokio_websockets",
];

/// Parses `RUST_LOG`, and prints what is wrong with it.
pub(super) fn from_env() -> EnvFilter {
    let text = match env::var(EnvFilter::DEFAULT_ENV) {
        Ok(text) => text,
        Err(VarError::NotPresent) => return EnvFilter::new(DEFAULT),
        Err(VarError::NotUnicode(_)) => {
            complain("it is not UTF-8");
            return EnvFilter::new(DEFAULT);
        }
    };
    // Blanks after a comma are not part of a crate's name.
    let text = text.split(',').map(str::trim).collect::<Vec<_>>().join(",");
    if text.is_empty() {
        return EnvFilter::new(DEFAULT);
    }
    if let Some(problem) = problem(&text) {
        complain(&problem);
    }
    EnvFilter::try_new(&text).unwrap_or_else(|_| EnvFilter::new(DEFAULT))
}

fn complain(problem: &str) {
    warn(format_args!("RUST_LOG is not usable: {problem}"));
    hint("set a level, or levels of crates: RUST_LOG=debug, RUST_LOG=warn,slack_rtm_session=trace");
}

/// Returns what is wrong with a filter: a syntax error, an unknown level, or a crate that is not in this program.
fn problem(text: &str) -> Option<String> {
    let refused =
        text.split(',').find_map(|directive| Some((directive, EnvFilter::try_new(directive).err()?)));
    if let Some((directive, error)) = refused {
        return Some(printable(&format!("`{directive}`: {error}")));
    }
    let unknown = text.split(',').map(str::trim).find_map(|directive| {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (target.trim(), Some(level)),
            None => (directive, None),
        };
        // Spans and fields may have any name.
        if target.is_empty() || target.contains('[') || (level.is_none() && is_level(target)) {
            return None;
        }
        let name = target.split("::").next().unwrap_or(target);
        if CRATES.contains(&name) {
            return None;
        }
        Some(match level {
            None => {
                format!("`{target}` is neither a level ({}) nor a crate of this program", LEVELS.join(", "))
            }
            Some(_) => format!("`{name}` is not a crate of this program"),
        })
    });
    unknown.map(|problem| printable(&problem))
}

fn is_level(text: &str) -> bool {
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text))
        || matches!(text, "0" | "1" | "2" | "3" | "4" | "5")
}

fn printable(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_filters_have_no_problem() {
        for text in [
            "debug",
            "WARN",
            "off",
            "3",
            "slack_rtm_session=trace",
            "warn,slack_rtm_session::machine=debug,hyper=off",
            "slack_rtm_apis",
            "[session{team=T1}]=debug",
            "warn,",
            DEFAULT,
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn invalid_filters_are_reported() {
        for (text, expected) in [
            ("debgu", "`debgu` is neither a level"),
            ("verbose,slack_rtm=info", "`verbose`"),
            ("warn,slack_rtm_session=loud", "`slack_rtm_session=loud`: "),
            ("slack-rtm=debug", "`slack-rtm` is not a crate"),
            ("slack_rtm_sesion::machine=trace", "`slack_rtm_sesion`"),
            ("=====", "`=====`: "),
            ("a\u{1b}[2Jb=info\u{7}", ""),
        ] {
            let problem = problem(text).unwrap_or_else(|| panic!("{text}"));
            assert!(problem.contains(expected) && !problem.contains(char::is_control), "{text}: {problem}");
        }
    }
}
