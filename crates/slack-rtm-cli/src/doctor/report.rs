//! What was found out, on standard output; in short on standard error if something failed.

use std::fmt::{self, Write as _};
use std::io;
use std::process::ExitCode;

use serde::Serialize;

use super::diagnosis::Diagnosis;
use super::finding::{Finding, Outcome};
use crate::exit;
use crate::output::{self, complain};

/// How the report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    /// For people.
    Text {
        is_coloured: bool,
    },
}

#[derive(Debug)]
pub(super) struct Report {
    format: Format,
    /// The first failure: how the program ends, and what it is called.
    failure: Option<(u8, String)>,
    warnings: usize,
    /// Why standard output cannot be written, if it cannot.
    unwritten: Option<io::Error>,
}

impl Report {
    pub(super) fn new(format: Format) -> Self {
        Self { format, failure: None, warnings: 0, unwritten: None }
    }

    /// Tells of a step. Somebody who does not read on is no reason to stop.
    pub(super) fn tell(&mut self, finding: &Finding) {
        let diagnosis = match &finding.outcome {
            Outcome::Failed(problem) => {
                let diagnosis = problem.diagnosis();
                if self.failure.is_none() {
                    let Diagnosis { code, meaning, .. } = &diagnosis;
                    // Where both outputs are the same terminal, the step says it already.
                    if !output::are_both_seen() {
                        complain(harmless(&format!("{}: {code}: {meaning}", finding.step.title())));
                    }
                    self.failure = Some((problem.exit(), code.clone()));
                }
                Some(diagnosis)
            }
            Outcome::Warning(problem) => {
                self.warnings += 1;
                Some(problem.diagnosis())
            }
            Outcome::Ok(_) | Outcome::Skipped(_) => None,
        };
        match self.format {
            Format::Json => self.write(json_line(finding, diagnosis.as_ref())),
            Format::Text { is_coloured } => self.write(text_lines(finding, diagnosis.as_ref(), is_coloured)),
        }
    }

    /// What cannot be written is no reason to stop; it is told at the end.
    fn write(&mut self, text: impl fmt::Display) {
        if let Err(error) = output::line(text) {
            self.unwritten.get_or_insert(error);
        }
    }

    /// Tells how it ends.
    pub(super) fn conclude(mut self) -> ExitCode {
        let (exit, code) = self.failure.take().map_or((0, None), |(exit, code)| (exit, Some(code)));
        match self.format {
            Format::Json => {
                let result = Line::Result { ok: exit == 0, exit, code, warnings: self.warnings }.text();
                self.write(result);
            }
            Format::Text { .. } => {
                let result = match (code, self.warnings) {
                    (Some(code), _) => format!("There is no connection: {code}."),
                    (None, 0) => "All is well.".to_owned(),
                    (None, _) => "There is a connection; see the warnings.".to_owned(),
                };
                self.write(format_args!("\n{}", harmless(&result)));
            }
        }
        match self.unwritten {
            None => ExitCode::from(exit),
            Some(error) => {
                output::complain_of_output(&error);
                ExitCode::from(if exit == 0 { exit::FAILED } else { exit })
            }
        }
    }
}

/// The outcome's name, its colour, and what it says.
fn outcome(outcome: &Outcome, diagnosis: Option<&Diagnosis>) -> (&'static str, &'static str, String) {
    let meaning = || diagnosis.map(|diagnosis| diagnosis.meaning.clone()).unwrap_or_default();
    match outcome {
        Outcome::Ok(detail) => ("ok", "32", detail.clone()),
        Outcome::Warning(_) => ("warning", "33", meaning()),
        Outcome::Failed(_) => ("failed", "31", meaning()),
        Outcome::Skipped(why) => ("skipped", "2", why.clone()),
    }
}

fn text_lines(finding: &Finding, diagnosis: Option<&Diagnosis>, is_coloured: bool) -> String {
    let (name, colour, detail) = outcome(&finding.outcome, diagnosis);
    let took = finding.took.map_or_else(String::new, |took| format!("{:.0} ms", took.as_secs_f64() * 1e3));
    let (on, off) = if is_coloured { (format!("\x1b[{colour}m"), "\x1b[0m") } else { (String::new(), "") };
    let title = finding.step.title();
    let mut lines = format!("{on}{name:<7}{off}  {title:<11}  {took:>8}  {}", harmless(&detail));
    if let Some(Diagnosis { code, advice, .. }) = diagnosis {
        let indent = " ".repeat(32);
        let _ = write!(lines, " ({})\n{indent}What to do: {}", harmless(code), harmless(advice));
    }
    lines.trim_end().to_owned()
}

/// A step, for programs.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Step {
        step: &'static str,
        status: &'static str,
        detail: String,
        ms: Option<f64>,
        code: Option<&'a str>,
        advice: Option<&'a str>,
    },
    Result {
        ok: bool,
        exit: u8,
        code: Option<String>,
        warnings: usize,
    },
}

impl Line<'_> {
    fn text(&self) -> String {
        // Strings and numbers: there is nothing that does not serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn json_line(finding: &Finding, diagnosis: Option<&Diagnosis>) -> String {
    let (status, _, detail) = outcome(&finding.outcome, diagnosis);
    Line::Step {
        step: finding.step.key(),
        status,
        detail,
        ms: finding.took.map(|took| (took.as_secs_f64() * 1e5).round() / 1e2),
        code: diagnosis.map(|diagnosis| &*diagnosis.code),
        advice: diagnosis.map(|diagnosis| &*diagnosis.advice),
    }
    .text()
}

/// Nothing that comes from elsewhere may steer the terminal.
fn harmless(text: &str) -> String {
    text.replace(char::is_control, " ")
}
