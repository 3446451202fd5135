//! The union of events against the events that there are.

use std::collections::BTreeSet;

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::yaml::Node;

impl Lint<'_> {
    /// An event that no union lists would be generated, and never decoded to; one without an example would never be tested.
    pub(super) fn events(&mut self) {
        if self.rules == Rules::Foreign {
            return;
        }
        let document = self.document;
        let Some(schemas) = document.root.at(&["components", "schemas"]) else { return };
        let listed: BTreeSet<&str> = schemas
            .map()
            .values()
            .filter(|entry| entry.node.get("discriminator").is_some())
            .flat_map(|entry| entry.node.get("oneOf").map_or(&[][..], Node::seq))
            .filter_map(|part| part.get("$ref")?.str()?.rsplit('/').next())
            .collect();
        for (name, entry) in schemas.map() {
            let is_tagged = entry
                .node
                .at(&["properties", "type", "enum"])
                .is_some_and(|values| matches!(values.seq(), [only] if only.str().is_some()));
            if name.ends_with("Event") && is_tagged && !listed.contains(name.as_str()) {
                self.report(
                    Finding::new(&entry.key, format!("no union lists the event `{name}`"))
                        .help("add it to `Event` in openapi/events/event.yaml, or it is never decoded"),
                );
            }
            if listed.contains(name.as_str()) && entry.node.get("example").is_none() {
                self.report(
                    Finding::new(&entry.key, format!("`{name}` has no example"))
                        .help("add an `example` of your own making: it becomes a test"),
                );
            }
        }
    }
}
