//! Checks hand-written builder methods that set an argument of an operation: each must be deprecated if, and only if, the spec deprecates the argument.

use anyhow::Result;

use crate::finding::{Finding, Findings, Location};
use crate::spec::bundle::Document;
use crate::spec::yaml::Node;
use crate::workspace::Workspace;

/// The operations whose arguments a builder sets, and the files of the builders.
const BUILDERS: [(&str, &str); 1] = [("/rtm.connect", "crates/slack-rtm-session/src/session_builder.rs")];

/// Compares the `#[deprecated]` attributes of the builders with the spec. Skips builders whose file the workspace lacks.
///
/// # Errors
/// Returns each method whose attribute differs, with the line to add or to remove.
pub fn check(workspace: &Workspace, document: &Document) -> Result<()> {
    let mut findings = Findings::default();
    for (path, file) in BUILDERS {
        let Ok(source) = std::fs::read_to_string(workspace.root().join(file)) else { continue };
        let Some(item) = document.root.at(&["paths", path]) else { continue };
        for operation in item.map().values().map(|entry| &entry.node).chain([item]) {
            for parameter in operation.get("parameters").map_or(&[][..], Node::seq) {
                let reference = parameter.get("$ref").and_then(Node::str);
                let parameter = reference.and_then(|it| document.resolve(it)).unwrap_or(parameter);
                compare(parameter, path, file, &source, &mut findings);
            }
        }
    }
    Ok(findings.into_result()?)
}

fn compare(parameter: &Node, path: &str, file: &str, source: &str, findings: &mut Findings) {
    let text = |key: &str| parameter.get(key).and_then(Node::str);
    let name = text("name").unwrap_or_default();
    let Some(method) = Method::find(source, text("x-rust-name").unwrap_or(name)) else { return };
    let location = Location { file: file.into(), line: method.line, column: method.column };
    let argument = format!("`{name}` of {}", path.trim_start_matches('/'));
    let is_deprecated = parameter.flag("deprecated") == Some(true);
    let attribute = match text("x-deprecated-reason") {
        Some(reason) => format!("#[deprecated(note = {reason:?})]"),
        None => "#[deprecated]".to_owned(),
    };
    let finding = match (is_deprecated, &method.attribute) {
        (true, None) => {
            let message =
                format!("the spec deprecates {argument}, and this method sets it without a warning");
            Finding::new(&location, message).help(format!("add `{attribute}` above the method"))
        }
        (true, Some(found)) if *found != attribute => {
            let message = format!("this method says `{found}`, and the spec deprecates {argument} otherwise");
            Finding::new(&location, message).help(format!("write `{attribute}`"))
        }
        (false, Some(_)) => {
            let message = format!("this method is deprecated, and {argument} is not deprecated in the spec");
            Finding::new(&location, message)
                .help("remove the attribute, or set `deprecated: true` on the parameter")
        }
        _ => return,
    };
    findings.push(finding);
}

/// A method of a builder.
struct Method {
    line: usize,
    column: usize,
    /// Its `#[deprecated]` attribute on one line.
    attribute: Option<String>,
}

impl Method {
    fn find(source: &str, name: &str) -> Option<Self> {
        let lines: Vec<&str> = source.lines().collect();
        let signature = format!("pub fn {name}(");
        let at = lines.iter().position(|line| line.trim_start().starts_with(&signature))?;
        // Attributes and documentation are between the method and the blank line above it.
        let start = lines[..at].iter().rposition(|line| line.trim().is_empty()).map_or(0, |blank| blank + 1);
        let code = lines[start..at].iter().map(|line| line.trim()).filter(|line| !line.starts_with("//"));
        let code = code.collect::<Vec<_>>().join(" ");
        let attribute = code.find("#[deprecated").and_then(|begin| {
            let text = &code[begin..];
            let end = text.find(")]").map(|end| end + 2).or_else(|| text.find(']').map(|end| end + 1))?;
            // Joins the lines of an attribute that rustfmt has broken.
            Some(text[..end].replace("( ", "(").replace(", )", ")").replace(" )", ")"))
        });
        let column = lines[at].chars().take_while(|c| c.is_whitespace()).count() + 1;
        Some(Self { line: at + 1, column, attribute })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::yaml;

    const BUILDER: &str = "impl B {\n    /// Plain.\n    pub fn plain(self) {}\n\n    #[deprecated]\n    pub fn old(self) {}\n\n    /// Doc.\n    #[deprecated(\n        note = \"use `x`\",\n    )]\n    pub fn older(self) {}\n}\n";

    fn found(parameter: &str) -> String {
        let parameter = yaml::parse("f.yaml", parameter).unwrap();
        let mut findings = Findings::default();
        compare(&parameter, "/rtm.connect", "b.rs", BUILDER, &mut findings);
        findings.to_string()
    }

    #[test]
    fn a_method_is_deprecated_exactly_when_its_argument_is() {
        for agreed in [
            "{ name: plain }",
            "{ name: other, deprecated: true }",
            "{ name: old, deprecated: true }",
            "{ name: older, deprecated: true, x-deprecated-reason: use `x` }",
        ] {
            assert_eq!(found(agreed), "", "{agreed}");
        }
        for (parameter, parts) in [
            (
                "{ name: plain, deprecated: true, x-deprecated-reason: 'say \"y\"' }",
                [
                    "b.rs:3:5: error: the spec deprecates `plain` of rtm.connect",
                    "add `#[deprecated(note = \"say \\\"y\\\"\")]` above",
                ],
            ),
            ("{ name: plain, deprecated: true }", ["b.rs:3:5: error", "add `#[deprecated]` above"]),
            ("{ name: old }", ["b.rs:6:5: error: this method is deprecated", "remove the attribute"]),
            (
                "{ name: older, deprecated: true }",
                [
                    "b.rs:12:5: error: this method says `#[deprecated(note = \"use `x`\")]`",
                    "write `#[deprecated]`",
                ],
            ),
        ] {
            let message = found(parameter);
            assert!(parts.iter().all(|part| message.contains(part)), "{parameter}: {message}");
        }
    }
}
