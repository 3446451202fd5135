//! Reports unused components and files, which would be generated without a use or silently ignored.

use std::collections::BTreeSet;

use super::{Lint, Rules};
use crate::finding::{Finding, Location};
use crate::spec::yaml::Node;

impl<'a> Lint<'a> {
    /// Reports components to which neither an operation nor a component that the root document lists refers, directly or indirectly.
    pub(super) fn usage(&mut self) {
        if self.rules == Rules::Foreign {
            return;
        }
        let document = self.document;
        let mut reached: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut queue: Vec<&'a Node> = document.root.get("paths").into_iter().collect();
        for (section, name) in &document.listed {
            reached.insert((section, name));
            queue.extend(document.component(section, name).map(|entry| &entry.node));
        }
        while let Some(node) = queue.pop() {
            if let Some(target) = node.get("$ref").and_then(Node::str)
                && let Some(found) =
                    target.strip_prefix("#/components/").and_then(|path| path.split_once('/'))
                && reached.insert(found)
            {
                queue.extend(document.resolve(target));
            }
            queue.extend(node.seq());
            queue.extend(node.map().values().map(|entry| &entry.node));
        }
        for (section, entries) in document.root.get("components").map(Node::map).into_iter().flatten() {
            if section == "securitySchemes" {
                continue;
            }
            for (name, entry) in entries.node.map() {
                if !reached.contains(&(section.as_str(), name.as_str())) {
                    let one = section.trim_end_matches('s').replace("requestBodie", "request body");
                    self.report(
                        Finding::new(&entry.key, format!("nothing uses the {one} `{name}`")).help(
                            "refer to it from what uses it, or list it in the root document if it stands for itself, or remove it",
                        ),
                    );
                }
            }
        }
    }

    /// Reports files in the root's folder to which no reference leads.
    pub(super) fn unread_files(&mut self) {
        for name in &self.document.unread {
            self.report(
                Finding::new(
                    &Location::whole(name),
                    "no reference leads to this file, so nothing of it is generated",
                )
                .help("refer to what it holds, or remove it"),
            );
        }
    }
}
