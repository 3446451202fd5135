//! The report on standard output, and a summary of the first failure on standard error.

use std::fmt::{self, Write as _};
use std::io;
use std::process::ExitCode;

use serde::Serialize;

use super::diagnosis::Diagnosis;
use super::finding::{Finding, Outcome, Step};
use crate::exit;
use crate::output::{self, complain};

/// The format of the report.
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
    /// The first failure: the exit code and the name of the problem.
    failure: Option<(u8, String)>,
    warnings: usize,
    /// The width of the column with the names of the steps.
    width: usize,
    /// The first error of writing to standard output.
    write_error: Option<io::Error>,
}

impl Report {
    pub(super) fn new(format: Format, steps: &[Step]) -> Self {
        let width = steps.iter().map(|step| step.title().len()).max().unwrap_or_default();
        Self { format, failure: None, warnings: 0, width, write_error: None }
    }

    /// Prints a step.
    pub(super) fn add(&mut self, finding: &Finding) {
        let diagnosis = match &finding.outcome {
            Outcome::Failed(problem) => {
                let diagnosis = problem.diagnosis();
                if self.failure.is_none() {
                    let Diagnosis { code, meaning, .. } = &diagnosis;
                    // If both outputs are the same terminal, the step is already there.
                    if !output::are_both_seen() {
                        complain(printable(&format!("{}: {code}: {meaning}", finding.step.title())));
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
            Format::Text { is_coloured } => {
                self.write(text_lines(finding, diagnosis.as_ref(), self.width, is_coloured));
            }
        }
    }

    /// Prints a line. An error is reported at the end, because the remaining steps are still of use.
    fn write(&mut self, text: impl fmt::Display) {
        if let Err(error) = output::line(text) {
            self.write_error.get_or_insert(error);
        }
    }

    /// Prints the result.
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
                    (None, 0) => "Everything works.".to_owned(),
                    (None, _) => "There is a connection; see the warnings.".to_owned(),
                };
                self.write(format_args!("\n{}", printable(&result)));
            }
        }
        match self.write_error {
            None => ExitCode::from(exit),
            Some(error) => {
                output::complain_of_output(&error);
                ExitCode::from(if exit == 0 { exit::FAILED } else { exit })
            }
        }
    }
}

/// Returns the name of an outcome, its colour, and its text.
fn outcome(outcome: &Outcome, diagnosis: Option<&Diagnosis>) -> (&'static str, &'static str, String) {
    let meaning = || diagnosis.map(|diagnosis| diagnosis.meaning.clone()).unwrap_or_default();
    match outcome {
        Outcome::Ok(detail) => ("ok", "32", detail.clone()),
        Outcome::Warning(_) => ("warning", "33", meaning()),
        Outcome::Failed(_) => ("failed", "31", meaning()),
        Outcome::Skipped(why) => ("skipped", "2", why.clone()),
    }
}

fn text_lines(finding: &Finding, diagnosis: Option<&Diagnosis>, width: usize, is_coloured: bool) -> String {
    let (name, colour, detail) = outcome(&finding.outcome, diagnosis);
    let elapsed = finding.elapsed;
    let elapsed = elapsed.map_or_else(String::new, |time| format!("{:.0} ms", time.as_secs_f64() * 1e3));
    let (on, off) = if is_coloured { (format!("\x1b[{colour}m"), "\x1b[0m") } else { (String::new(), "") };
    let title = finding.step.title();
    let mut lines = format!("{on}{name:<7}{off}  {title:<width$}  {elapsed:>8}  {}", printable(&detail));
    if let Some(Diagnosis { code, advice, .. }) = diagnosis {
        let indent = " ".repeat(width + 21);
        let _ = write!(lines, " ({})\n{indent}Suggestion: {}", printable(code), printable(advice));
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
        // It has only strings and numbers, so it always serializes.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn json_line(finding: &Finding, diagnosis: Option<&Diagnosis>) -> String {
    let (status, _, detail) = outcome(&finding.outcome, diagnosis);
    Line::Step {
        step: finding.step.key(),
        status,
        detail,
        ms: finding.elapsed.map(|time| (time.as_secs_f64() * 1e5).round() / 1e2),
        code: diagnosis.map(|diagnosis| &*diagnosis.code),
        advice: diagnosis.map(|diagnosis| &*diagnosis.advice),
    }
    .text()
}

/// Replaces control characters, since text from the network must not control the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}
