//! Parses YAML 1.2 (core schema), and thus JSON, into a tree in which every node has its location.

mod anchors;
mod indentation;
mod surrogates;

use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::finding::{Finding, Location};
use anchors::Anchors;
use indentation::Moved;

/// The maximum nesting of a document. Real documents stay under 30.
const MAX_DEPTH: usize = 128;

/// A value and its location.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub location: Location,
}

/// A value of the core schema.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~` or an empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits in 64 bits, with or without a sign.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// A string.
    String(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(IndexMap<String, Entry>),
}

/// One pair of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The location of the key.
    pub key: Location,
    /// The value.
    pub node: Node,
}

static EMPTY: LazyLock<IndexMap<String, Entry>> = LazyLock::new(IndexMap::new);

impl Node {
    /// Returns the value of a key, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map().get(key).map(|entry| &entry.node)
    }

    /// Returns the value at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the string, if it is one.
    #[must_use]
    pub fn str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the string at a key; empty if there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.get(key).and_then(Self::str).unwrap_or_default().to_owned()
    }

    /// Returns the boolean at a key, if there is one.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// Returns the pairs of a mapping; none if it is not a mapping.
    #[must_use]
    pub fn map(&self) -> &IndexMap<String, Entry> {
        match &self.value {
            Value::Map(map) => map,
            _ => &EMPTY,
        }
    }

    /// Returns the pairs of the mapping at a path of keys, to change them; `None` if there is no mapping.
    pub(super) fn map_mut(&mut self, path: &[&str]) -> Option<&mut IndexMap<String, Entry>> {
        match (&mut self.value, path) {
            (Value::Map(map), []) => Some(map),
            (Value::Map(map), [key, rest @ ..]) => map.get_mut(*key)?.node.map_mut(rest),
            _ => None,
        }
    }

    /// Returns the items of a sequence; none if it is not a sequence.
    #[must_use]
    pub fn seq(&self) -> &[Node] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    /// Returns the name of the value's kind, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::Seq(_) => "a sequence",
            Value::Map(_) => "a mapping",
        }
    }

    /// Converts the value to JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Number, Value as Json};
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => Number::from_i128(*value).map_or(Json::Null, Json::Number),
            Value::Float(value) => (*value).into(),
            Value::String(value) => value.as_str().into(),
            Value::Seq(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(map) => {
                Json::Object(map.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect())
            }
        }
    }
}

/// Reads one document. `file` is the name of the file in locations.
///
/// # Errors
/// Returns the first syntax error, duplicate key, or part that OpenAPI does not need (anchors, tags, keys that are not scalars).
pub fn parse(file: &str, text: &str) -> Result<Node, Finding> {
    let mut builder = Builder::of(file, None);
    builder.read(text).map_err(|error| builder.invalid(text, &error))?
}

/// Reads a foreign document: expands aliases and merge keys, and joins the escaped surrogate pairs of JSON. Brackets may close further left than YAML allows.
///
/// # Errors
/// Returns the same errors as [`parse`], except that anchors are accepted and aliases that expand to too many values are not.
pub fn parse_foreign(file: &str, text: &str) -> Result<Node, Finding> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut moved = Moved::default();
    let mut joined = surrogates::join(text);
    loop {
        let mut builder = Builder::of(file, Some(Anchors::default()));
        builder.moved = moved;
        match builder.read(&joined) {
            Ok(read) => return read,
            Err(error) => {
                moved = std::mem::take(&mut builder.moved);
                if !moved.line(&mut joined, error.info(), error.marker().line()) {
                    builder.moved = moved;
                    return Err(builder.invalid(text, &error));
                }
            }
        }
    }
}

/// A collection whose end has not been seen yet.
struct Open {
    node: Node,
    key: Option<(String, Location)>,
    /// The number of its anchor; 0 if it has none.
    anchor: usize,
    /// Whether its next value belongs to a merge key.
    is_merging: bool,
    /// The pairs of merge keys, which the mapping's own pairs override.
    merged: Vec<(String, Entry)>,
}

struct Builder {
    file: Arc<str>,
    open: Vec<Open>,
    root: Option<Node>,
    /// The anchors that were seen; `None` if anchors are not allowed.
    anchors: Option<Anchors>,
    moved: Moved,
}

impl Builder {
    fn of(file: &str, anchors: Option<Anchors>) -> Self {
        Self { file: file.into(), open: Vec::new(), root: None, anchors, moved: Moved::default() }
    }

    /// Reads a document, if it is YAML.
    fn read(&mut self, text: &str) -> Result<Result<Node, Finding>, ScanError> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event?;
            if let Err(finding) = self.event(event, span) {
                return Ok(Err(finding));
            }
        }
        Ok(self.root.take().ok_or_else(|| {
            Finding::new(&Location::whole(&self.file), "the file is empty")
                .help("a file that nothing needs is better removed")
        }))
    }

    fn location(&self, at: Marker) -> Location {
        let column = self.moved.column(at.line(), at.col() + 1);
        Location { file: self.file.clone(), line: at.line(), column }
    }

    fn invalid(&self, text: &str, error: &ScanError) -> Finding {
        let location = self.location(*error.marker());
        let finding = Finding::new(&location, format!("this is not valid YAML: {}", error.info()));
        let line = text.lines().nth(location.line.saturating_sub(1)).unwrap_or_default();
        finding.help(if line.contains('\t') {
            "indent with blanks: YAML takes no tabs"
        } else {
            "look at the indentation, at brackets and quotes, and quote text with `: ` or ` #` in it"
        })
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        let location = self.location(span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.plain(&location, anchor, tag.as_deref())?;
                let allows_merging = self.anchors.is_some();
                if let Some(open) = self.open.last_mut()
                    && matches!(open.node.value, Value::Map(_))
                    && open.key.is_none()
                {
                    if text == "<<" && style == ScalarStyle::Plain {
                        if !allows_merging {
                            return Err(Finding::new(&location, "YAML merge keys are not supported")
                                .help("write the keys out, or use a $ref"));
                        }
                        open.is_merging = true;
                    }
                    open.key = Some((text.into_owned(), location));
                    return Ok(());
                }
                let value = if is_text { Value::String(text.into_owned()) } else { scalar(&text, style) };
                self.close(Node { value, location }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(&location, anchor, tag.as_deref())?;
                self.start(Node { value: Value::Seq(Vec::new()), location }, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(&location, anchor, tag.as_deref())?;
                self.start(Node { value: Value::Map(IndexMap::new()), location }, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(mut open) => {
                    if let Value::Map(map) = &mut open.node.value {
                        for (key, entry) in open.merged {
                            map.entry(key).or_insert(entry);
                        }
                    }
                    self.close(open.node, open.anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let depth = self.open.len();
                let Some(anchors) = &mut self.anchors else {
                    return Err(Finding::new(&location, "YAML aliases are not supported").help("use a $ref"));
                };
                let node = anchors.expand(anchor, &location, depth, MAX_DEPTH)?;
                if let Some(open) = self.open.last_mut()
                    && matches!(open.node.value, Value::Map(_))
                    && open.key.is_none()
                {
                    let Some(text) = node.str() else {
                        return Err(Finding::new(&location, "a key has to be a scalar").help("quote it"));
                    };
                    open.key = Some((text.to_owned(), location));
                    return Ok(());
                }
                self.close(node, 0)
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Finding::new(&location, "a second document begins here").help("keep one document a file"))
            }
            _ => Ok(()),
        }
    }

    /// Rejects unsupported anchors and tags, and nesting that is too deep. Returns whether the tag is `!!str`.
    fn plain(&self, location: &Location, anchor: usize, tag: Option<&Tag>) -> Result<bool, Finding> {
        if anchor > 0 && self.anchors.is_none() {
            return Err(Finding::new(location, "YAML anchors are not supported").help("use a $ref"));
        }
        let is_known = self.anchors.is_some() && tag.is_some_and(Tag::is_yaml_core_schema);
        if tag.is_some() && !is_known {
            return Err(
                Finding::new(location, "YAML tags are not supported").help("quote what shall be a string")
            );
        }
        if self.open.len() > MAX_DEPTH {
            return Err(too_deep(location, MAX_DEPTH));
        }
        Ok(tag.is_some_and(|tag| tag.suffix == "str"))
    }

    fn start(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if let Some(open) = self.open.last()
            && matches!(open.node.value, Value::Map(_))
            && open.key.is_none()
        {
            return Err(Finding::new(&node.location, "a key has to be a scalar").help("quote it"));
        }
        self.open.push(Open { node, key: None, anchor, is_merging: false, merged: Vec::new() });
        Ok(())
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        if let Some(anchors) = self.anchors.as_mut().filter(|_| anchor > 0) {
            anchors.keep(anchor, &node);
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::Seq(items) => items.push(node),
            Value::Map(map) => {
                let Some((key, location)) = open.key.take() else { return Ok(()) };
                if std::mem::take(&mut open.is_merging) {
                    open.merged.extend(anchors::merged(node)?);
                    return Ok(());
                }
                if let Some(first) = map.get(&key) {
                    return Err(Finding::new(&location, format!("the key `{key}` occurs twice"))
                        .help(format!("the first is at {}", first.key)));
                }
                map.insert(key, Entry { key: location, node });
            }
            _ => {}
        }
        Ok(())
    }
}

fn too_deep(location: &Location, levels: usize) -> Finding {
    Finding::new(location, format!("nested deeper than {levels} levels"))
        .help("give the inner parts names, and refer to them")
}

/// Resolves a scalar by the core schema, in which only plain scalars can be anything but a string.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            let float = || text.parse::<f64>().ok().filter(|number| number.is_finite());
            let fits = |number: &i128| (i64::MIN.into()..=u64::MAX.into()).contains(number);
            text.parse::<i128>()
                .ok()
                .filter(fits)
                .map(Value::Int)
                .or_else(|| float().map(Value::Float))
                .unwrap_or_else(|| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
