//! The examples that the spec gives of its schemas, each a test of its own type.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::leniency::{as_value, loss};
use crate::generated::examples::EXAMPLES;
use crate::{Command, Event, decode};

/// Declares a test for each example, and the list of them all.
macro_rules! spec_examples {
    ($($(#[$meta:meta])* $schema:ident = $json:literal,)*) => {
        pub(crate) const EXAMPLES: &[(&str, &str)] = &[$($(#[$meta])* (stringify!($schema), $json)),*];

        $(
            $(#[$meta])*
            #[test]
            #[allow(non_snake_case, reason = "the test has the schema's name")]
            fn $schema() {
                crate::tests::examples::fits::<crate::$schema>($json);
            }
        )*
    };
}

pub(crate) use spec_examples;

/// Asserts that an example decodes as its type as it stands, and that nothing of it is lost.
pub(crate) fn fits<T: Serialize + DeserializeOwned>(json: &str) {
    let value: T = decode(json.as_bytes()).unwrap();
    assert_eq!(loss(&parsed(json), &as_value(&value)), None);
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// The example of each of these schemas.
fn examples_of(schemas: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let example = |schema: &str| EXAMPLES.iter().find(|(name, _)| *name == schema);
    let missing: Vec<_> = schemas.iter().filter(|schema| example(schema).is_none()).collect();
    assert!(missing.is_empty(), "without an example: {missing:?}");
    schemas.iter().filter_map(|schema| example(schema).copied()).collect()
}

#[test]
fn every_event_has_an_example_that_decodes_as_its_variant() {
    for ((schema, json), wanted) in examples_of(Event::SCHEMAS).into_iter().zip(Event::TYPES) {
        let event = Event::from_json(json).unwrap();
        assert_eq!(parsed(json)["type"], *wanted, "{schema}");
        assert_eq!(event.event_type(), *wanted, "{schema}");
        assert_ne!(event.variant_name(), "Unknown", "{schema}");
        assert_eq!(loss(&parsed(json), &as_value(&event)), None, "{schema}");
    }
    assert!(Event::TYPES.len() >= 100, "{} events", Event::TYPES.len());
}

#[test]
fn every_command_has_an_example() {
    for ((schema, json), wanted) in examples_of(Command::SCHEMAS).into_iter().zip(Command::TYPES) {
        let command = Command::from_json(json).unwrap();
        assert_eq!(command.type_name(), *wanted, "{schema}");
        assert_eq!(as_value(&command), parsed(json), "{schema}");
        assert_eq!(serde_json::from_str::<Command>(json).unwrap(), command, "{schema}");
    }
}
