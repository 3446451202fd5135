//! Reads `codegen/config.yaml` strictly.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::finding::{Finding, Findings, Location};
use crate::spec::naming;
use crate::spec::yaml::{self, Node, Value};
use crate::workspace::Workspace;

/// The contents of the file.
#[derive(Debug)]
pub struct Config {
    /// The generator.
    pub generator: Generator,
    /// The Java runtime for machines without one.
    pub runtime: Runtime,
    /// The crate of the wire types.
    pub models: Crate,
    /// The crate of the HTTP calls.
    pub apis: Crate,
    /// Parts of harmless log lines.
    pub known_warnings: Vec<String>,
}

/// The generator's package on PyPI, and its jar.
#[derive(Debug)]
pub struct Generator {
    /// The package.
    pub package: String,
    /// The pinned version.
    pub version: String,
    /// The jar's path in the package.
    pub jar: String,
    /// The jar's SHA-256, in lowercase hexadecimal.
    pub sha256: String,
    /// The location of the pinned hash.
    pub pinned_at: Location,
}

/// The Java runtime's package on PyPI.
#[derive(Debug)]
pub struct Runtime {
    /// The package.
    pub package: String,
    /// The pinned version.
    pub version: String,
    /// The path of `java` in the installed package.
    pub java: String,
}

/// A generated crate.
#[derive(Debug)]
pub struct Crate {
    /// The name of the crate and of its folder.
    pub name: String,
    /// The template of its models, which is rendered once, or of its operations, which is rendered once for each module.
    pub main: String,
    /// The names of its other files, by their templates.
    pub supporting: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file, and checks that its templates exist.
    ///
    /// # Errors
    /// Returns all errors in the file.
    pub fn load(workspace: &Workspace) -> Result<Self, Findings> {
        let path = workspace.codegen().join("config.yaml");
        let name = workspace.display(&path);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Finding::new(&Location::whole(&name), format!("cannot be read: {error}"))
                .help("it has to be there, in UTF-8")
        })?;
        let root = yaml::parse(&name, &text)?;
        let mut reader =
            Reader { findings: Findings::default(), templates: workspace.codegen().join("templates") };
        let config = reader.config(&root);
        reader.partials(workspace);
        reader.findings.into_result()?;
        Ok(config)
    }

    /// Returns both crates.
    #[must_use]
    pub fn crates(&self) -> [&Crate; 2] {
        [&self.models, &self.apis]
    }
}

struct Reader {
    findings: Findings,
    templates: PathBuf,
}

impl Reader {
    fn config(&mut self, root: &Node) -> Config {
        let keys = ["generator", "runtime", "models", "apis", "known_warnings"];
        self.keys(root, "the configuration", &keys);
        let section = |key: &str| root.get(key).unwrap_or(root);
        let (generator, runtime) = (section("generator"), section("runtime"));
        self.keys(generator, "`generator`", &["package", "version", "jar", "sha256"]);
        self.keys(runtime, "`runtime`", &["package", "version", "java"]);
        Config {
            generator: Generator {
                package: self.string(generator, "package"),
                version: self.string(generator, "version"),
                jar: self.string(generator, "jar"),
                sha256: self.string(generator, "sha256"),
                pinned_at: generator.get("sha256").unwrap_or(generator).location.clone(),
            },
            runtime: Runtime {
                package: self.string(runtime, "package"),
                version: self.string(runtime, "version"),
                java: self.string(runtime, "java"),
            },
            models: self.generated_crate(section("models"), "models"),
            apis: self.generated_crate(section("apis"), "api"),
            known_warnings: section("known_warnings")
                .seq()
                .iter()
                .filter_map(|node| node.str().map(str::to_owned))
                .collect(),
        }
    }

    fn generated_crate(&mut self, node: &Node, main: &str) -> Crate {
        self.keys(node, "a crate", &["crate", main, "supporting"]);
        self.plain(node.get("crate"), |name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        for entry in node.get("supporting").map(Node::map).into_iter().flat_map(IndexMap::values) {
            let is_file = |name: &str| {
                name.strip_suffix(".rs")
                    .is_some_and(|stem| stem.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            };
            self.plain(Some(&entry.node), is_file);
        }
        let out = Crate {
            name: self.string(node, "crate"),
            main: self.string(node, main),
            supporting: node.get("supporting").map(|node| self.strings(node)).unwrap_or_default(),
        };
        let locations = node
            .get("supporting")
            .map(Node::map)
            .into_iter()
            .flatten()
            .map(|(name, entry)| (name.as_str(), &entry.key));
        let main = node.get(main).map(|node| (out.main.as_str(), &node.location));
        for (template, location) in locations.chain(main) {
            if !template.is_empty() && !self.templates.join(template).is_file() {
                self.findings.push(no_template(location, template));
            }
        }
        out
    }

    /// Returns whether a template exists in the folder of templates.
    fn is_template(&self, name: &str) -> bool {
        !name.split('/').any(|part| part == "..") && self.templates.join(name).is_file()
    }

    /// Reports partials in templates that do not exist, which the generator's own error would not name.
    fn partials(&mut self, workspace: &Workspace) {
        let mut queue = vec![self.templates.clone()];
        while let Some(folder) = queue.pop() {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            for path in entries.map(|entry| entry.path()) {
                if path.is_dir() {
                    queue.push(path);
                    continue;
                }
                let name = workspace.display(&path);
                let Ok(text) = std::fs::read_to_string(&path) else {
                    self.findings.push(
                        Finding::new(&Location::whole(&name), "cannot be read as UTF-8")
                            .help("save it in UTF-8"),
                    );
                    continue;
                };
                for (n, line) in text.lines().enumerate() {
                    let Some((before, rest)) = line.split_once("{{>") else { continue };
                    let partial = rest.split("}}").next().unwrap_or_default().trim();
                    if !self.is_template(&format!("{partial}.mustache")) {
                        let location = Location {
                            file: name.as_str().into(),
                            line: n + 1,
                            column: before.chars().count() + 1,
                        };
                        self.findings.push(no_template(&location, &format!("{partial}.mustache")));
                    }
                }
            }
        }
    }

    /// Reports a name that is empty or could be a path out of its folder.
    fn plain(&mut self, node: Option<&Node>, is_plain: impl Fn(&str) -> bool) {
        if let Some(node) = node
            && let Some(name) = node.str()
            && (name.is_empty() || !is_plain(name))
        {
            self.findings.push(
                Finding::new(&node.location, format!("`{name}` is no plain name"))
                    .help("it may have no path in it"),
            );
        }
    }

    fn keys(&mut self, node: &Node, what: &str, known: &[&str]) {
        for (key, entry) in node.map() {
            if !known.contains(&key.as_str()) {
                let finding = Finding::new(&entry.key, format!("{what} has an unknown key `{key}`"));
                self.findings.push(finding.help(match naming::nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the keys are {}", known.join(", ")),
                }));
            }
        }
        for key in known {
            if node.get(key).is_none() {
                self.findings.push(
                    Finding::new(&node.location, format!("{what} lacks the key `{key}`"))
                        .help("there are no defaults"),
                );
            }
        }
    }

    fn string(&mut self, node: &Node, key: &str) -> String {
        match node.get(key) {
            Some(Node { value: Value::String(text), .. }) => text.clone(),
            Some(other) => {
                self.findings.push(
                    Finding::new(
                        &other.location,
                        format!("`{key}` is {}, where a string was expected", other.kind()),
                    )
                    .help("quote it"),
                );
                String::new()
            }
            None => String::new(),
        }
    }

    fn strings(&mut self, node: &Node) -> BTreeMap<String, String> {
        node.map().keys().map(|key| (key.clone(), self.string(node, key))).collect()
    }
}

fn no_template(location: &Location, name: &str) -> Finding {
    Finding::new(location, format!("there is no template codegen/templates/{name}"))
        .help("correct the name, or add the file")
}
