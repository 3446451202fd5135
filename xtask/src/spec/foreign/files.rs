//! The files of a document, and the targets of references in them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::addresses::{self, Id};
use super::{pointer, swagger_files, version};
use crate::finding::{Finding, Findings, Location};
use crate::spec::yaml::{self, Node, Value};
use crate::spec::{naming, swagger};
use crate::workspace::Workspace;

/// How large a file may be, in bytes. The largest documents that are published have a third of it.
const MAX_FILE: u64 = 96 << 20;

/// A file that was read.
struct File {
    path: PathBuf,
    /// As it was written.
    source: Arc<Node>,
    /// As OpenAPI 3 says it, where it is Swagger.
    converted: Option<Arc<Node>>,
    /// Whether it is a part of a Swagger document that has nothing to tell its version by.
    is_swagger_part: bool,
    /// Whether what stands beside a reference counts.
    merges: bool,
    /// Its schemas that have an address.
    ids: Vec<Id>,
}

/// All files of a document, the document itself first.
pub(super) struct Files {
    workspace: Workspace,
    /// The folder of the document. Files outside of it are not read.
    folder: PathBuf,
    files: Vec<File>,
    /// The numbers of the files by path, or why a file cannot be used.
    known: HashMap<PathBuf, Result<usize, Unusable>>,
    /// The errors within files that could not be parsed.
    pub(super) findings: Findings,
    /// The errors of parts of Swagger 2.0 that have no counterpart in 3.0.
    pub(super) unconverted: Findings,
}

/// Why a file cannot be used, and what to do about it; `None` if it cannot be read, for which the advice depends on who names it.
#[derive(Clone)]
struct Unusable(String, Option<&'static str>);

/// The target of a reference.
pub(super) struct Target {
    pub(super) file: usize,
    pub(super) pointer: String,
}

impl Target {
    pub(super) fn key(&self) -> (usize, String) {
        (self.file, self.pointer.clone())
    }
}

impl Files {
    /// Reads the document itself.
    pub(super) fn open(workspace: &Workspace, root: &Path) -> Result<Self, Findings> {
        let path = std::path::absolute(root).map_or_else(|_| root.to_owned(), |path| plain(&path));
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let mut files = Self {
            workspace: workspace.clone(),
            folder,
            files: Vec::new(),
            known: HashMap::new(),
            findings: Findings::default(),
            unconverted: Findings::default(),
        };
        let name = files.name(&path);
        if let Err(Unusable(why, help)) = files.file(&path) {
            std::mem::take(&mut files.findings).into_result()?;
            let finding = Finding::new(&Location::whole(&name), why);
            return Err(finding.help(help.unwrap_or("it must exist and be a file")).into());
        }
        if let Some(root) = files.files.first() {
            version::check(&root.source)?;
            if swagger::is_swagger(&root.source) {
                let source = root.source.clone();
                let whole = swagger_files::assemble(&mut files, &source);
                let (converted, findings) = swagger::convert_partly(&whole);
                files.unconverted.extend(findings);
                if let Some(root) = files.files.first_mut() {
                    root.converted = Some(Arc::new(converted));
                }
            }
        }
        Ok(files)
    }

    /// Returns the node at a pointer of a file as it was written. The path is relative to the folder of the document.
    pub(super) fn raw(&mut self, path: &str, pointer: &str, from: &Location) -> Option<Node> {
        let file = self.other(path, 0, from, &mut Findings::default())?;
        pointer::find(&self.files.get(file)?.source, pointer).cloned()
    }

    /// Returns the tree of a file, converted to OpenAPI 3.
    pub(super) fn tree(&self, file: usize) -> Arc<Node> {
        let empty = || Arc::new(Node { value: Value::Null, location: Location::whole("") });
        self.files
            .get(file)
            .map_or_else(empty, |file| file.converted.as_ref().unwrap_or(&file.source).clone())
    }

    /// Returns the target of a reference.
    pub(super) fn node(&self, target: &Target) -> Node {
        let found = self.files.get(target.file).and_then(|file| file.find(&target.pointer));
        found.map_or_else(
            || Node { value: Value::Null, location: Location::whole("") },
            |(_, node)| node.into_owned(),
        )
    }

    /// Returns the number of files that were read.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns the schemas of a file that have an `$id`.
    pub(super) fn ids(&self, file: usize) -> &[Id] {
        self.files.get(file).map_or(&[], |file| &file.ids)
    }

    pub(super) fn path(&self, file: usize) -> Option<&Path> {
        self.files.get(file).map(|file| file.path.as_path())
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    /// Returns whether keys beside a reference have an effect in this file.
    pub(super) fn merges(&self, file: usize) -> bool {
        self.files.get(file).is_some_and(|file| file.merges)
    }

    /// Returns a file's name without its extension.
    pub(super) fn stem(&self, file: usize) -> String {
        let stem = self.files.get(file).and_then(|file| file.path.file_stem());
        let stem = stem.unwrap_or_default().to_string_lossy().into_owned();
        stem.strip_suffix(".schema").map_or(stem.clone(), str::to_owned)
    }

    /// Resolves a reference of a file; reports why if it cannot be resolved.
    pub(super) fn resolve(
        &mut self,
        reference: &Node,
        from: usize,
        findings: &mut Findings,
    ) -> Option<Target> {
        let location = &reference.location;
        let Some(text) = reference.str() else {
            let message = format!("a $ref is {}, where a string was expected", reference.kind());
            findings.push(
                Finding::new(location, message)
                    .help("write `\"#/components/schemas/Name\"`, or a file's path"),
            );
            return None;
        };
        let (path, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (file, base) = match self.called(path, from) {
            Some(called) => called,
            None => self.file_or_schema(path, from, location, findings)?,
        };
        let known = self.files.get(file)?;
        let decoded = pointer::decode(fragment);
        let found = match decoded.as_str() {
            "" | "/" => known.find(&base),
            pointer if pointer.starts_with('/') => {
                let mut readings = pointer::readings(fragment);
                let inside = || known.find(&self.within(file, fragment, location)?);
                readings.find_map(|pointer| known.find(&format!("{base}{pointer}"))).or_else(inside)
            }
            anchor => pointer::anchored(&known.source, anchor).and_then(|pointer| known.find(&pointer)),
        };
        let Some((pointer, _)) = found else {
            findings.push(self.nowhere(text, file, &decoded, location));
            return None;
        };
        Some(Target { file, pointer })
    }

    /// Resolves a reference of a file; reports nothing if it cannot be resolved.
    pub(super) fn resolve_if_any(&mut self, reference: &Node, from: usize) -> Option<Target> {
        let findings = std::mem::take(&mut self.findings);
        let target = self.resolve(reference, from, &mut Findings::default());
        self.findings = findings;
        // The errors in a file are reported with a reference that matters.
        self.known.retain(|_, file| file.is_ok());
        target
    }

    fn nowhere(&self, text: &str, file: usize, fragment: &str, location: &Location) -> Finding {
        let finding = Finding::new(location, format!("the $ref cannot be resolved: there is no `{text}`"));
        let parent = fragment.rsplit_once('/').and_then(|(parent, last)| {
            let (_, node) = self.files.get(file)?.find(parent)?;
            naming::nearest(last, node.map().keys().map(String::as_str)).map(str::to_owned)
        });
        finding.did_you_mean(parent, "describe it, or correct the reference")
    }

    /// Returns the file that a path names, or the file and the JSON pointer of the schema with that address if there is no such file.
    fn file_or_schema(
        &mut self,
        path: &str,
        from: usize,
        location: &Location,
        findings: &mut Findings,
    ) -> Option<(usize, String)> {
        let mut missing = Findings::default();
        let file = self.other(path, from, location, &mut missing).map(|file| (file, String::new()));
        let found = file.or_else(|| self.called_relatively(path, from, location));
        if found.is_none() {
            findings.extend(missing);
        }
        found
    }

    /// Returns the file that a path in another file names, if it may be read and can be.
    fn other(
        &mut self,
        path: &str,
        from: usize,
        location: &Location,
        findings: &mut Findings,
    ) -> Option<usize> {
        let beside = self.beside_document(path);
        let (path, from) = beside.as_deref().map_or((path, from), |path| (path, 0));
        if swagger_files::is_remote(path) {
            findings.push(
                Finding::new(location, format!("`{path}`: remote references are not followed"))
                    .help("put what it names into a file of the document's folder, and refer to that"),
            );
            return None;
        }
        let folder = self.files.get(from)?.path.parent()?.to_owned();
        let path = plain(&folder.join(pointer::decode(path)));
        let is_inside = |path: &Path, folder: &Path| path.starts_with(folder);
        let really = path.canonicalize().ok();
        let leads_out = !is_inside(&path, &self.folder)
            || really.is_some_and(|path| {
                !self.folder.canonicalize().is_ok_and(|folder| is_inside(&path, &folder))
            });
        if leads_out {
            findings.push(
                Finding::new(location, "the $ref leads out of the folder of the document")
                    .help("put what it names into that folder, or below it"),
            );
            return None;
        }
        let name = self.name(&path);
        let file = self.file(&path).map_err(|Unusable(why, help)| {
            findings.push(
                Finding::new(location, format!("the $ref names {name}, which {why}"))
                    .help(help.unwrap_or("paths are relative to the file that the $ref stands in")),
            );
        });
        file.ok()
    }

    /// Returns the number of a file, or why it cannot be used.
    fn file(&mut self, path: &Path) -> Result<usize, Unusable> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let number = self.read(path).map(|file| {
            self.files.push(file);
            self.files.len() - 1
        });
        self.known.insert(path.to_owned(), number.clone());
        number
    }

    /// Returns a path as messages show it.
    fn name(&self, path: &Path) -> String {
        let here = std::env::current_dir().ok();
        let shown = here.and_then(|here| path.strip_prefix(here).ok().map(|path| path.display().to_string()));
        shown.unwrap_or_else(|| self.workspace.display(path))
    }

    fn read(&mut self, path: &Path) -> Result<File, Unusable> {
        let name = self.name(path);
        let mut unparsable = |finding: Finding| {
            self.findings.push(finding);
            Unusable("cannot be parsed".to_owned(), Some("the error in it is reported where it is"))
        };
        let text = content(path)?;
        let text = String::from_utf8(text)
            .map_err(|error| unparsable(crate::spec::bundle::no_utf8(&name, &error)))?;
        let source = yaml::parse_foreign(&name, &text).map_err(unparsable)?;
        // The document itself is converted as a whole, with the parts that other files have of it.
        let converted = (!self.files.is_empty() && swagger::is_swagger(&source)).then(|| {
            let (converted, findings) = swagger::convert_partly(&source);
            self.unconverted.extend(findings);
            converted
        });
        let version = source.get("openapi").and_then(Node::str);
        let merges = match version {
            Some(version) => !version.starts_with("3.0"),
            // A part of a document goes by the rules of the document.
            None => converted.is_none() && self.files.first().is_some_and(|root| root.merges),
        };
        let is_swagger_part =
            version.is_none() && self.files.first().is_some_and(|root| swagger::is_swagger(&root.source));
        // Most have none.
        let ids = if text.contains("$id") { addresses::ids(&source, path) } else { Vec::new() };
        let (source, converted) = (Arc::new(source), converted.map(Arc::new));
        Ok(File { path: path.to_owned(), source, converted, is_swagger_part, merges, ids })
    }
}

impl File {
    /// Returns the node at a pointer, with the pointer to it after the conversion to OpenAPI 3.
    fn find(&self, pointer: &str) -> Option<(String, Cow<'_, Node>)> {
        let Some(converted) = &self.converted else {
            let node = pointer::find(&self.source, pointer)?;
            let node = match self.is_swagger_part {
                true => Cow::Owned(swagger::repair_schema(node)),
                false => Cow::Borrowed(node),
            };
            return Some((pointer.to_owned(), node));
        };
        let moved = swagger::moved(&format!("#{pointer}"));
        let moved = moved.trim_start_matches('#');
        // The parameters of an operation are fewer, and the one with a schema has become its body.
        let is_of_body = pointer.starts_with("/paths/") && pointer.contains("/parameters/");
        let is_of_body = is_of_body && pointer.contains("/schema");
        if let Some(node) = pointer::find(converted, moved).filter(|_| !is_of_body) {
            return Some((moved.to_owned(), Cow::Borrowed(node)));
        }
        // What has no place of its own in OpenAPI 3 can only be a schema.
        let node = pointer::find(&self.source, pointer)?;
        Some((pointer.to_owned(), Cow::Owned(swagger::repair_schema(node))))
    }
}

/// Reads a file, or returns why it cannot be read.
fn content(path: &Path) -> Result<Vec<u8>, Unusable> {
    let unreadable = |error: std::io::Error| Unusable(format!("cannot be read: {error}"), None);
    // To open what is no file may take for ever.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Unusable("cannot be read: it is not a file".to_owned(), None));
    }
    if metadata.len() > MAX_FILE {
        let why =
            format!("is too large: {} MiB, and the maximum is {}", metadata.len() >> 20, MAX_FILE >> 20);
        return Err(Unusable(
            why,
            Some("split the document into several files, or name the one that is meant"),
        ));
    }
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    Read::take(&mut file, MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Resolves `.` and `..` by the names alone, so that a file has one path.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}
