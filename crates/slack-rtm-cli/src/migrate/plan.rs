//! What the new app needs for the events that the bot handles.

use std::collections::BTreeSet;
use std::fmt;

use super::events::{Entry, Events};

/// The scope for posting messages, which RTM does over its own connection.
const POSTING: &str = "chat:write";

/// A type that is not known.
#[derive(Debug)]
pub(super) struct UnknownType {
    name: String,
    pub(super) similar: Option<String>,
}

impl fmt::Display for UnknownType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a known type of event", self.name.replace(char::is_control, " "))
    }
}

#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The types that the bot handles, in order, without repetitions.
    pub(super) types: Vec<(&'a str, &'a Entry)>,
    pub(super) bot_events: BTreeSet<&'a str>,
    pub(super) user_events: BTreeSet<&'a str>,
    pub(super) bot_scopes: BTreeSet<&'a str>,
    pub(super) user_scopes: BTreeSet<&'a str>,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// Returns an error if a type is not known.
    pub(super) fn new(events: &'a Events, types: &'a [String]) -> Result<Self, UnknownType> {
        let mut plan = Self {
            types: Vec::new(),
            bot_events: BTreeSet::new(),
            user_events: BTreeSet::new(),
            bot_scopes: BTreeSet::from([POSTING]),
            user_scopes: BTreeSet::new(),
        };
        for name in types.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let Some(entry) = events.get(name) else {
                let similar = events.similar(name).map(str::to_owned);
                return Err(UnknownType { name: name.to_owned(), similar });
            };
            if plan.types.iter().any(|(known, _)| *known == name) {
                continue;
            }
            plan.types.push((name, entry));
            for (event, scopes) in &entry.bot_events {
                plan.bot_events.insert(event);
                plan.bot_scopes.extend(scopes.iter().map(String::as_str));
            }
            for (event, scopes) in &entry.user_events {
                plan.user_events.insert(event);
                plan.user_scopes.extend(scopes.iter().map(String::as_str));
            }
        }
        Ok(plan)
    }
}
