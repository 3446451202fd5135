//! Checks that the union of events, the list of their types, and the event schemas agree.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, Rules};
use crate::finding::Finding;
use crate::spec::naming;
use crate::spec::yaml::{Entry, Node};

impl<'a> Lint<'a> {
    /// Reports events that no union lists, which would be generated but never decoded, and events without an example, which would never be tested.
    pub(super) fn events(&mut self) {
        if self.rules == Rules::Foreign {
            return;
        }
        let listed: BTreeSet<&str> = self
            .schemas()
            .into_iter()
            .filter(|(_, entry)| ["x-frames", "x-closed"].iter().any(|key| entry.node.get(key).is_some()))
            .flat_map(|(_, entry)| entry.node.get("oneOf").map_or(&[][..], Node::seq))
            .filter_map(reference_name)
            .collect();
        let mut unlisted = Vec::new();
        for (name, entry) in self.schemas() {
            let is_unlisted =
                name.ends_with("Event") && constant_type(entry).is_some() && !listed.contains(name);
            if is_unlisted {
                unlisted.push(name);
                self.report(
                    Finding::new(&entry.key, format!("no union lists the event `{name}`"))
                        .help("add it to `Event` in openapi/events/event.yaml, or it is never decoded"),
                );
            }
            if (is_unlisted || listed.contains(name)) && entry.node.get("example").is_none() {
                self.report(
                    Finding::new(&entry.key, format!("`{name}` has no example"))
                        .help("add an `example` of your own making: it becomes a test"),
                );
            }
        }
        self.types_of_events(&unlisted);
    }

    /// Checks that `EventType` lists the types of all events, and that events are named after their types.
    fn types_of_events(&mut self, unlisted: &[&str]) {
        let schemas: BTreeMap<&str, &'a Entry> = self.schemas().into_iter().collect();
        let (Some(union), Some(types)) = (schemas.get("Event"), schemas.get("EventType")) else { return };
        let known: Vec<&str> =
            types.node.get("enum").map_or(&[][..], Node::seq).iter().filter_map(Node::str).collect();
        let listed = union.node.get("oneOf").map_or(&[][..], Node::seq).iter().filter_map(reference_name);
        for name in listed.chain(unlisted.iter().copied()) {
            let Some(value) = schemas.get(name).and_then(|entry| constant_type(entry)) else { continue };
            let text = value.str().unwrap_or_default();
            if !known.contains(&text) {
                let finding = Finding::new(
                    &value.location,
                    format!("`EventType` does not list `{text}`, the type of `{name}`"),
                );
                self.report(match naming::nearest(text, known.iter().copied()) {
                    Some(near) => finding.help(format!(
                        "did you mean `{near}`? A new type is a line in openapi/events/event_types.yaml"
                    )),
                    None => finding.help("add it to openapi/events/event_types.yaml"),
                });
            }
            // An event that is also part of other objects, such as a message, has no suffix.
            let plain = naming::pascal(text);
            let expected = format!("{plain}Event");
            if name != expected && name != plain {
                self.report(
                    Finding::new(
                        &value.location,
                        format!("`{name}` has the type `{text}`, which is not its name"),
                    )
                    .help(format!("correct the type, or call the schema `{expected}`")),
                );
            }
        }
    }
}

fn reference_name(part: &Node) -> Option<&str> {
    part.get("$ref")?.str()?.rsplit('/').next()
}

/// Returns the constant of an event's `type`.
fn constant_type(entry: &Entry) -> Option<&Node> {
    match entry.node.at(&["properties", "type", "enum"])?.seq() {
        [only] if only.str().is_some() => Some(only),
        _ => None,
    }
}
