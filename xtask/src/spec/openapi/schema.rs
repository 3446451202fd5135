//! Schemas.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::PREFIX;
use crate::finding::Location;
use crate::spec::yaml::{Node, Value};

/// Schemas by name.
pub(in crate::spec) type Schemas = IndexMap<String, Schema>;

/// The type of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spec) enum Type {
    String,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
}

/// The `additionalProperties` of a schema: whether they are allowed, or their schema.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::spec) enum Additional {
    Allowed(bool),
    Schema(Box<Schema>),
}

/// The discriminator of a union.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::spec) struct Discriminator {
    pub(in crate::spec) property: String,
    /// The names of schemas by the values of the property.
    pub(in crate::spec) mapping: IndexMap<String, String>,
}

/// A method of an enum that returns true for some of its values.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::spec) struct Predicate {
    pub(in crate::spec) description: String,
    pub(in crate::spec) values: Vec<String>,
}

/// A schema. A field is `None` if its key is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::spec) struct Schema {
    pub(in crate::spec) location: Location,
    /// The name of the schema that this one refers to.
    pub(in crate::spec) reference: Option<String>,
    pub(in crate::spec) kind: Option<Type>,
    pub(in crate::spec) format: Option<String>,
    pub(in crate::spec) values: Option<Vec<Json>>,
    pub(in crate::spec) pattern: Option<String>,
    pub(in crate::spec) minimum: Option<f64>,
    pub(in crate::spec) maximum: Option<f64>,
    pub(in crate::spec) min_length: Option<f64>,
    pub(in crate::spec) max_length: Option<f64>,
    pub(in crate::spec) items: Option<Box<Schema>>,
    pub(in crate::spec) properties: Option<Schemas>,
    pub(in crate::spec) required: Option<Vec<String>>,
    pub(in crate::spec) additional: Option<Additional>,
    pub(in crate::spec) all_of: Option<Vec<Schema>>,
    pub(in crate::spec) one_of: Option<Vec<Schema>>,
    pub(in crate::spec) any_of: Option<Vec<Schema>>,
    pub(in crate::spec) discriminator: Option<Discriminator>,
    /// Whether it has a `not`.
    pub(in crate::spec) has_not: bool,
    /// Whether it has a key that restricts its values without changing its type, such as `maxItems`.
    pub(in crate::spec) is_restricted: bool,

    pub(in crate::spec) title: Option<String>,
    pub(in crate::spec) description: Option<String>,
    pub(in crate::spec) example: Option<Json>,
    pub(in crate::spec) default: Option<Json>,
    pub(in crate::spec) deprecated: Option<bool>,
    pub(in crate::spec) nullable: Option<bool>,
    pub(in crate::spec) read_only: Option<bool>,
    pub(in crate::spec) write_only: Option<bool>,

    pub(in crate::spec) rust_name: Option<String>,
    pub(in crate::spec) rust_type: Option<String>,
    pub(in crate::spec) feature: Option<String>,
    pub(in crate::spec) frames: Option<bool>,
    pub(in crate::spec) closed: Option<bool>,
    pub(in crate::spec) php_empty: Option<bool>,
    pub(in crate::spec) may_lack: Option<bool>,
    pub(in crate::spec) rare: Option<bool>,
    pub(in crate::spec) credential: Option<bool>,
    pub(in crate::spec) value_names: Option<Vec<String>>,
    pub(in crate::spec) value_descriptions: Option<Vec<String>>,
    pub(in crate::spec) predicates: Option<IndexMap<String, Predicate>>,

    /// The value of a union's discriminator for it, unless the union maps another: `x-ms-discriminator-value`, or its name in the document.
    pub(in crate::spec) wire_name: Option<String>,
    /// Whether its properties are optional when it is a part of an `allOf`.
    pub(in crate::spec) is_optional: bool,
}

impl Schema {
    /// Reads a schema. Anything but a mapping, such as `true`, becomes a schema that allows any value.
    pub(in crate::spec) fn read(node: &Node) -> Self {
        let mut out = Self { location: node.location.clone(), ..Self::default() };
        for (key, entry) in node.map() {
            out.read_key(key, &entry.node);
        }
        out
    }

    fn read_key(&mut self, key: &str, node: &Node) {
        let text = || node.str().map(str::to_owned);
        let name = || text().filter(|name| !name.is_empty());
        let flag = || match node.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        };
        let number = || node.to_json().as_f64();
        let schema = || Box::new(Self::read(node));
        let schemas = || Some(node.seq().iter().map(Self::read).collect());
        let is_map = matches!(node.value, Value::Map(_));
        match key {
            "$ref" => self.reference = node.str().map(|text| name_of(text).to_owned()),
            "type" => self.kind = node.str().and_then(Type::of),
            "format" => self.format = text(),
            "enum" if matches!(node.value, Value::Seq(_)) => {
                self.values = Some(node.seq().iter().map(Node::to_json).collect());
            }
            "pattern" => self.pattern = text(),
            "minimum" => self.minimum = number(),
            "maximum" => self.maximum = number(),
            "minLength" => self.min_length = number(),
            "maxLength" => self.max_length = number(),
            "items" => self.items = Some(schema()),
            "properties" if is_map => {
                let properties = node.map().iter();
                self.properties =
                    Some(properties.map(|(name, it)| (name.clone(), Self::read(&it.node))).collect());
            }
            "required" => self.required = Some(texts(node)),
            "additionalProperties" => {
                self.additional = Some(match node.value {
                    Value::Bool(false) => Additional::Allowed(false),
                    Value::Map(_) => Additional::Schema(schema()),
                    _ => Additional::Allowed(true),
                });
            }
            "allOf" => self.all_of = schemas(),
            "oneOf" => self.one_of = schemas(),
            "anyOf" => self.any_of = schemas(),
            "discriminator" => {
                let mapping = node.get("mapping").map(Node::map).into_iter().flatten();
                self.discriminator = Some(Discriminator {
                    property: node.text("propertyName"),
                    mapping: mapping
                        .map(|(value, it)| {
                            (value.clone(), name_of(it.node.str().unwrap_or_default()).to_owned())
                        })
                        .collect(),
                });
            }
            "not" => self.has_not = true,
            "title" => self.title = text(),
            "description" => self.description = text(),
            "example" => self.example = Some(node.to_json()),
            "default" => self.default = Some(node.to_json()),
            "deprecated" => self.deprecated = flag(),
            "nullable" => self.nullable = flag(),
            "readOnly" => self.read_only = flag(),
            "writeOnly" => self.write_only = flag(),
            "x-ms-discriminator-value" => self.wire_name = name(),
            "x-rust-name" => self.rust_name = name(),
            "x-rust-type" => self.rust_type = name(),
            "x-feature" => self.feature = name(),
            "x-frames" => self.frames = flag(),
            "x-closed" => self.closed = flag(),
            "x-php-empty" => self.php_empty = flag(),
            "x-may-lack" => self.may_lack = flag(),
            "x-rare" => self.rare = flag(),
            "x-credential" => self.credential = flag(),
            "x-enum-varnames" => self.value_names = Some(texts(node)),
            "x-enum-descriptions" => self.value_descriptions = Some(texts(node)),
            "x-enum-predicates" => {
                let predicate = |node: &Node| Predicate {
                    description: node.text("description"),
                    values: node.get("values").map(texts).unwrap_or_default(),
                };
                let all = node.map().iter();
                self.predicates = Some(all.map(|(name, it)| (name.clone(), predicate(&it.node))).collect());
            }
            key => self.is_restricted |= !only_comments(key),
        }
    }

    /// Creates a schema that is only a reference to a named one.
    pub(in crate::spec) fn reference_to(name: &str) -> Self {
        Self { reference: Some(name.to_owned()), ..Self::default() }
    }

    pub(in crate::spec) fn of_type(kind: Type) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// Returns the name of the schema that it refers to, by a `$ref` or by an `allOf` with a single part.
    pub(in crate::spec) fn target(&self) -> Option<&str> {
        let has_more = self.properties.is_some()
            || self.required.is_some()
            || self.one_of.is_some()
            || self.any_of.is_some()
            || self.map_value().is_some();
        match self.all_of.as_deref() {
            Some([only]) if !has_more => only.reference.as_deref(),
            _ => self.reference.as_deref(),
        }
    }

    /// Returns the schemas directly inside this one.
    pub(in crate::spec) fn children(&self) -> impl Iterator<Item = &Self> {
        let lists = [&self.all_of, &self.one_of, &self.any_of].into_iter().flatten().flatten();
        let properties = self.properties.iter().flat_map(IndexMap::values);
        lists.chain(properties).chain(self.items.as_deref()).chain(self.map_value())
    }

    /// Returns mutable references to the schemas directly inside this one.
    pub(in crate::spec) fn children_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let lists = [&mut self.all_of, &mut self.one_of, &mut self.any_of].into_iter().flatten().flatten();
        let further = match &mut self.additional {
            Some(Additional::Schema(schema)) => Some(&mut **schema),
            _ => None,
        };
        let properties = self.properties.iter_mut().flat_map(IndexMap::values_mut);
        lists.chain(properties).chain(self.items.as_deref_mut()).chain(further)
    }

    /// Returns the schema at a JSON pointer relative to this one.
    pub(super) fn at_mut(&mut self, pointer: &[&str]) -> Option<&mut Self> {
        let (next, rest) = match pointer {
            [] => return Some(self),
            ["properties", name, rest @ ..] => (self.properties.as_mut()?.get_mut(*name)?, rest),
            ["items", rest @ ..] => (self.items.as_deref_mut()?, rest),
            ["additionalProperties", rest @ ..] => match self.additional.as_mut()? {
                Additional::Schema(schema) => (&mut **schema, rest),
                Additional::Allowed(_) => return None,
            },
            [key, n, rest @ ..] => {
                let parts = match *key {
                    "allOf" => &mut self.all_of,
                    "oneOf" => &mut self.one_of,
                    "anyOf" => &mut self.any_of,
                    _ => return None,
                };
                (parts.as_mut()?.get_mut(n.parse::<usize>().ok()?)?, rest)
            }
            _ => return None,
        };
        next.at_mut(rest)
    }

    /// Takes over the keys of another schema that this one lacks.
    pub(in crate::spec) fn absorb(&mut self, other: Self) {
        macro_rules! each {
            ($($field:ident)*) => { $(if self.$field.is_none() { self.$field = other.$field; })* };
        }
        each!(reference kind format values pattern minimum maximum min_length max_length items properties required additional);
        each!(all_of one_of any_of discriminator title description example default deprecated nullable read_only write_only);
        each!(rust_name rust_type feature frames closed php_empty may_lack rare credential);
        each!(value_names value_descriptions predicates wire_name);
        self.has_not |= other.has_not;
        self.is_restricted |= other.is_restricted;
        self.is_optional |= other.is_optional;
    }

    /// Returns the schema of its `additionalProperties`, if they have one.
    pub(in crate::spec) fn map_value(&self) -> Option<&Self> {
        match &self.additional {
            Some(Additional::Schema(schema)) => Some(schema),
            _ => None,
        }
    }

    /// Returns whether it has no type of its own: it restricts at most the length or the range of values, of whatever type.
    pub(in crate::spec) fn has_no_type(&self) -> bool {
        self.reference.is_none()
            && self.kind.is_none()
            && self.format.is_none()
            && self.values.is_none()
            && self.required.is_none()
            && self.properties.is_none()
            && self.additional.is_none()
            && self.discriminator.is_none()
            && self.items.is_none()
            && [&self.all_of, &self.one_of, &self.any_of].iter().all(|parts| parts.is_none())
    }

    /// Returns whether it has only annotations, such as `description`, extensions and `nullable`.
    pub(in crate::spec) fn is_comment(&self) -> bool {
        let bounds = [self.minimum, self.maximum, self.min_length, self.max_length];
        self.has_no_type()
            && self.pattern.is_none()
            && bounds.iter().all(Option::is_none)
            && !self.has_not
            && !self.is_restricted
    }

    pub(in crate::spec) fn is_text(&self) -> bool {
        self.kind == Some(Type::String)
    }

    pub(in crate::spec) fn is_nullable(&self) -> bool {
        self.nullable == Some(true)
    }

    pub(in crate::spec) fn property(&self, name: &str) -> Option<&Self> {
        self.properties.as_ref()?.get(name)
    }

    pub(in crate::spec) fn properties(&self) -> impl Iterator<Item = (&String, &Self)> {
        self.properties.iter().flatten()
    }

    pub(in crate::spec) fn requires(&self, name: &str) -> bool {
        self.required.iter().flatten().any(|required| required == name)
    }

    /// Returns the values of its enum; none if it has no enum.
    pub(in crate::spec) fn values(&self) -> &[Json] {
        self.values.as_deref().unwrap_or_default()
    }

    /// Returns the values of its enum as strings.
    pub(in crate::spec) fn texts(&self) -> impl Iterator<Item = &str> {
        self.values().iter().map(|value| value.as_str().unwrap_or_default())
    }

    /// Returns the only value of its enum, if that is a string.
    pub(in crate::spec) fn constant(&self) -> Option<&str> {
        match self.values() {
            [only] => only.as_str(),
            _ => None,
        }
    }

    /// Returns the parts of its `oneOf`.
    pub(in crate::spec) fn parts(&self) -> &[Self] {
        self.one_of.as_deref().unwrap_or_default()
    }

    /// Returns the property of its discriminator.
    pub(in crate::spec) fn tag(&self) -> Option<&str> {
        self.discriminator.as_ref().map(|it| it.property.as_str()).filter(|name| !name.is_empty())
    }
}

impl Type {
    pub(in crate::spec) fn is_scalar(self) -> bool {
        !matches!(self, Self::Array | Self::Object)
    }

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }
}

/// Returns the name of the schema in a reference or in the mapping of a discriminator.
pub(in crate::spec) fn name_of(reference: &str) -> &str {
    reference.strip_prefix(PREFIX).unwrap_or(reference)
}

fn texts(node: &Node) -> Vec<String> {
    node.seq().iter().map(|item| item.str().unwrap_or_default().to_owned()).collect()
}

/// Returns whether a key of a schema is an annotation, such as `description`, an extension or `nullable`.
pub(in crate::spec) fn only_comments(key: &str) -> bool {
    const COMMENTS: [&str; 9] = [
        "default",
        "deprecated",
        "description",
        "example",
        "externalDocs",
        "nullable",
        "readOnly",
        "title",
        "writeOnly",
    ];
    COMMENTS.contains(&key) || key.starts_with("x-")
}
