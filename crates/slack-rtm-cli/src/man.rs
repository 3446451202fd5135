//! `slack-rtm man`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;

use crate::output::{self, complain};
use crate::{Cli, exit};

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("man/help.txt"))]
pub(crate) struct Arguments {
    /// The command to describe; the default is the program itself
    #[arg(value_parser = PossibleValuesParser::new(["listen", "send", "doctor", "serve", "migrate", "completions", "man"]))]
    command: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match page(arguments.command.as_deref()) {
        Ok(page) => output::document(&page),
        Err(error) => {
            complain(format_args!("the manual page cannot be generated: {error}"));
            ExitCode::from(exit::FAILED)
        }
    }
}

fn page(name: Option<&str>) -> io::Result<Vec<u8>> {
    let mut program = Cli::command();
    program.build();
    let command = name.and_then(|name| program.find_subcommand(name)).unwrap_or(&program).clone();
    let notes = notes(&command);
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if name.is_none() {
        man.render_subcommands_section(&mut page)?;
    }
    write_notes(&notes, &mut page)?;
    Ok(page)
}

/// Returns what `--help` prints below the options.
fn notes(command: &Command) -> String {
    command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default()
}

/// Keeps the lines as they are, because of columns and examples. A line that ends with a colon is a heading.
fn write_notes(notes: &str, page: &mut impl Write) -> io::Result<()> {
    writeln!(page, ".SH NOTES\n.nf")?;
    for line in notes.lines() {
        match line.strip_suffix(':').filter(|heading| !heading.contains([' ', '.']) || heading.len() < 20) {
            Some(heading) if heading.starts_with(char::is_alphabetic) => {
                writeln!(page, ".fi\n.SH {}\n.nf", escape(&heading.to_uppercase()))?;
            }
            _ => writeln!(page, "{}", escape(line))?,
        }
    }
    writeln!(page, ".fi")
}

/// Escapes the characters of a line that have a meaning in troff.
fn escape(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let page = String::from_utf8(page(Some(name)).unwrap()).unwrap();
            assert!(
                page.contains(&format!(".TH slack\\-rtm\\-{name} 1"))
                    || page.contains(&format!(".TH slack-rtm-{name} 1")),
                "{page}"
            );
        }
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escape(".TH 'a\\n' -x"), "\\&.TH \\(aqa\\en\\(aq \\-x");
    }
}
