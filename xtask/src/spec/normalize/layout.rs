//! Estimates the sizes of the generated structs, and decides which of them are boxed.

use std::collections::BTreeMap;

use crate::spec::openapi::{Additional, Schema, Schemas, Type};

/// Nested structs and variants of unions above this many bytes are boxed, so that a union with its tag fits into two cache lines.
const LIMIT: usize = 120;

/// The size of a `String`, of a `Vec`, of an id, and of an `Option` of each.
const TEXT: usize = 24;

/// The estimated sizes of schemas, which decide whether they are boxed as a field or a variant.
#[derive(Debug)]
pub(super) struct Layout {
    sizes: BTreeMap<String, usize>,
}

impl Layout {
    pub(super) fn of(schemas: &Schemas) -> Self {
        let mut layout = Self { sizes: BTreeMap::new() };
        for name in schemas.keys() {
            layout.size(name, schemas, &mut Vec::new());
        }
        layout
    }

    /// Returns whether a field or a variant of this schema's type is boxed, because it is large or would contain itself.
    pub(super) fn boxed(&self, schema: &str) -> bool {
        self.sizes.get(schema).is_some_and(|size| *size > LIMIT)
    }

    fn size(&mut self, name: &str, schemas: &Schemas, within: &mut Vec<String>) -> usize {
        if let Some(size) = self.sizes.get(name) {
            return *size;
        }
        if let Some(cycle) = within.iter().position(|outer| outer == name) {
            // Every struct of a cycle is boxed, so that the outcome does not depend on where the traversal began.
            for member in &within[cycle..] {
                self.sizes.insert(member.clone(), usize::MAX);
            }
            return usize::MAX;
        }
        let Some(schema) = schemas.get(name) else { return TEXT };
        within.push(name.to_owned());
        let size = if schema.rust_type.is_some() {
            TEXT
        } else if let Some(parts) = &schema.one_of {
            parts.iter().map(|part| self.field(part, schemas, within)).max().unwrap_or(TEXT) + 8
        } else if let Some(properties) = &schema.properties {
            properties.values().map(|property| self.field(property, schemas, within)).sum()
        } else {
            TEXT
        };
        within.pop();
        *self.sizes.entry(name.to_owned()).or_insert(size)
    }

    fn field(&mut self, schema: &Schema, schemas: &Schemas, within: &mut Vec<String>) -> usize {
        if let Some(name) = schema.target() {
            let size = self.size(name, schemas, within);
            return if size > LIMIT { 8 } else { size };
        }
        match schema.kind {
            Some(Type::Boolean) => 1,
            Some(Type::Integer | Type::Number) => 16,
            Some(Type::Object) if schema.additional == Some(Additional::Allowed(true)) => 48,
            _ if schema.values().len() == 1 => 0,
            _ => TEXT,
        }
    }
}
