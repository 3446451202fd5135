//! Names components: those of the document keep their names, and other targets of references are named after their location.

use super::files::Target;
use super::{Assembly, Pending, SECTIONS, pointer, section};
use crate::finding::{Findings, Location};
use crate::spec::lint::Kind;
use crate::spec::yaml::Node;

impl Assembly<'_> {
    /// Gives the target of a component that is only a reference into another file the name of the component.
    pub(super) fn alias(&mut self, section: &'static str, name: &str, node: &Node, file: usize) {
        let Some(target) = node.get("$ref").filter(|_| node.map().len() == 1) else { return };
        if target.str().is_none_or(|text| text.starts_with('#')) {
            return;
        }
        if let Some(target) = self.files.resolve(target, file, &mut Findings::default()) {
            self.named.entry((target.key(), section)).or_insert_with(|| name.to_owned());
        }
    }

    /// Returns the name of the target of a reference at a location. A target without a name gets one, and is queued to be converted.
    pub(super) fn name(
        &mut self,
        kind: Kind,
        section: &'static str,
        target: Target,
        from: &Location,
    ) -> String {
        if let Some(name) = self.named.get(&(target.key(), section)) {
            return name.clone();
        }
        let wanted = pointer::name(&target.pointer, &self.files.stem(target.file));
        let name = self.free(section, &wanted);
        self.named.insert((target.key(), section), name.clone());
        let of = target.pointer.strip_prefix("/components/").and_then(|rest| rest.split_once('/'));
        let is_misplaced = of.is_some_and(|(of, _)| {
            of != section && SECTIONS.into_iter().any(|kind| self::section(kind) == Some(of))
        });
        let misplaced = is_misplaced.then(|| from.clone());
        self.queue.push_back(Pending { kind, section, name: name.clone(), target, misplaced });
        name
    }

    /// Returns a name that no component of the section has.
    pub(super) fn free(&mut self, section: &'static str, wanted: &str) -> String {
        let plain = wanted.replace(['/', '~'], "_");
        let taken = self.taken.entry(section).or_default();
        let mut name = plain.clone();
        while taken.contains_key(&name) {
            let number = taken.get_mut(&plain).map_or(2, |number| {
                *number += 1;
                *number
            });
            name = format!("{plain}{number}");
        }
        taken.insert(name.clone(), 1);
        name
    }
}
