//! Anchors, and the expansion of their aliases.

use std::collections::HashMap;

use super::{Entry, Node, Value, too_deep};
use crate::finding::{Finding, Location};

/// The maximum number of values to which all aliases of a file expand.
const MAX_EXPANDED: usize = 200_000;

/// The anchors of a file, by their numbers.
#[derive(Default)]
pub(super) struct Anchors {
    known: HashMap<usize, Node>,
    expanded: usize,
}

impl Anchors {
    /// Records the node of an anchor.
    pub(super) fn keep(&mut self, anchor: usize, node: &Node) {
        self.known.insert(anchor, node.clone());
    }

    /// Returns the node to which an alias at this depth of the document expands.
    pub(super) fn expand(
        &mut self,
        anchor: usize,
        location: &Location,
        depth: usize,
        max_depth: usize,
    ) -> Result<Node, Finding> {
        let Some(node) = self.known.get(&anchor) else {
            return Err(Finding::new(location, "an alias is inside of its own anchor")
                .help("use a $ref, which may go in a circle"));
        };
        let (values, levels) = size(node);
        self.expanded = self.expanded.saturating_add(values);
        if self.expanded > MAX_EXPANDED {
            return Err(Finding::new(
                location,
                format!("the aliases of this file stand for more than {MAX_EXPANDED} values"),
            )
            .help("give the shared parts names under `components`, and use a $ref"));
        }
        if depth + levels > max_depth {
            return Err(too_deep(location, max_depth));
        }
        Ok(node.clone())
    }
}

/// Returns the number of values in a node, including itself, and the number of its levels.
fn size(node: &Node) -> (usize, usize) {
    let add = |(values, levels): (usize, usize), (more, deeper): (usize, usize)| {
        (values.saturating_add(more), levels.max(deeper))
    };
    let items = node.seq().iter().map(size).fold((0, 0), add);
    let (values, levels) = node.map().values().map(|entry| size(&entry.node)).fold(items, add);
    (values + 1, levels + 1)
}

/// Returns the pairs of a merge key's value: those of a mapping, or of a list of mappings, of which the earlier ones take precedence.
pub(super) fn merged(node: Node) -> Result<Vec<(String, Entry)>, Finding> {
    match node.value {
        Value::Map(map) => Ok(map.into_iter().collect()),
        Value::Seq(items) => {
            items.into_iter().map(merged).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
        }
        _ => Err(Finding::new(&node.location, "a merge key takes a mapping, or a list of them")
            .help("write `<<: *name`, where `&name` stands before a mapping")),
    }
}
