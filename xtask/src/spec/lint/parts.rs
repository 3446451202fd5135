//! Checks an `allOf` of several parts, which becomes one object with the properties of all.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Lint;
use crate::finding::Finding;
use crate::spec::openapi::{Schema, Type};

/// How many nested levels of parts are followed. Cycles are reported elsewhere.
const MAX_DEPTH: usize = 16;

/// The keys in which two schemas of the same property have to agree.
struct Shape<'a> {
    /// The schema's name, if it has one.
    name: Option<&'a str>,
    kind: Option<Type>,
    values: Option<&'a [Json]>,
}

impl Shape<'_> {
    /// Returns whether the types, the names or the enums of two schemas exclude each other.
    fn contradicts(&self, other: &Self) -> bool {
        fn differ<T: Copy + PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.is_some() && b.is_some() && a != b
        }
        let are_apart = |a: &[Json], b: &[Json]| !a.iter().any(|value| b.contains(value));
        differ(self.kind, other.kind)
            || differ(self.name, other.name)
            || matches!((self.values, other.values), (Some(a), Some(b)) if are_apart(a, b))
    }
}

impl<'a> Lint<'a> {
    /// Checks the parts of a schema's `allOf`, together with its own properties.
    pub(super) fn parts(&mut self, schema: &Schema, what: &str) {
        let shapes: Vec<&Schema> = schema.all_of.iter().flatten().filter(|part| !part.is_comment()).collect();
        if shapes.len() + usize::from(schema.properties.is_some()) < 2 {
            return;
        }
        let mut are_objects = true;
        for part in shapes {
            if !self.is_object(part, 0) {
                are_objects = false;
                self.report(
                    Finding::new(&part.location, format!("a part of the `allOf` of {what} is not an object")).help(
                        "several parts are one object with the properties of all; of a single one it says more, as `allOf: [{ $ref: ... }]`",
                    ),
                );
            }
        }
        if are_objects {
            self.agree(schema, what);
        }
    }

    /// Returns whether a schema is an object with known properties, as opposed to a map or a union.
    fn is_object(&self, part: &Schema, depth: usize) -> bool {
        let schema = self.referent(part);
        if depth > MAX_DEPTH || schema.reference.is_some() {
            // References that cannot be resolved and cycles are reported elsewhere.
            return true;
        }
        let says_so = match schema.kind {
            Some(kind) => kind == Type::Object,
            None => schema.properties.is_some() || schema.required.is_some() || schema.all_of.is_some(),
        };
        says_so
            && schema.map_value().is_none()
            && schema.rust_type.is_none()
            && schema.one_of.is_none()
            && schema.all_of.iter().flatten().all(|part| part.is_comment() || self.is_object(part, depth + 1))
    }

    /// Reports properties whose schemas contradict each other in two parts.
    fn agree(&mut self, schema: &Schema, what: &str) {
        let mut all = Vec::new();
        self.described_properties(schema, 0, &mut all);
        let mut first: BTreeMap<&str, &Schema> = BTreeMap::new();
        for (name, property) in all {
            let Some(other) = first.get(name).copied() else {
                first.insert(name, property);
                continue;
            };
            if other.location != property.location && self.shape(other).contradicts(&self.shape(property)) {
                self.report(
                    Finding::new(
                        &property.location,
                        format!("two parts of {what} contradict each other on the property `{name}`"),
                    )
                    .help(format!("the other says it at {}; keep one of them", other.location)),
                );
            }
        }
    }

    /// Collects the properties of a schema and of all its parts, with repetitions.
    fn described_properties<'s>(&self, schema: &'s Schema, depth: usize, out: &mut Vec<(&'s str, &'s Schema)>)
    where
        'a: 's,
    {
        out.extend(schema.properties().map(|(name, property)| (name.as_str(), property)));
        for part in schema.all_of.iter().flatten().filter(|_| depth < MAX_DEPTH) {
            self.described_properties(self.referent(part), depth + 1, out);
        }
    }

    fn shape<'s>(&self, property: &'s Schema) -> Shape<'s>
    where
        'a: 's,
    {
        let mut schema = property;
        let mut name = None;
        for _ in 0..MAX_DEPTH {
            let only = match schema.all_of.as_deref() {
                Some([only]) => only,
                _ => schema,
            };
            let Some(reference) = &only.reference else { break };
            name = name.or(Some(reference.as_str()));
            schema = self.referent(only);
        }
        let values = schema.values.as_deref().or(property.values.as_deref());
        Shape { name, kind: schema.kind.or(property.kind), values }
    }
}
