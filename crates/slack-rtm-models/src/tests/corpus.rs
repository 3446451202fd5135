//! Payloads that others have seen or documented. They are not ours to keep, so `SLACK_RTM_CORPUS` names the folder that has them.

use std::path::Path;

use serde_json::Value;

use super::leniency::{as_value, loss};
use crate::{Command, Event, Reply};

/// What a file lets one expect of its payload.
struct Entry {
    file: String,
    kind: String,
}

fn entries(folder: &Path) -> Vec<Entry> {
    let sources = std::fs::read_to_string(folder.join("SOURCES.csv")).unwrap();
    let mut lines = sources.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    assert_eq!(header[..4], ["file", "type", "subtype", "kind"], "SOURCES.csv has other columns");
    lines
        .map(|line| {
            let mut columns = line.split(',');
            Entry { file: columns.next().unwrap().to_owned(), kind: columns.nth(2).unwrap().to_owned() }
        })
        .collect()
}

/// The name of the variant, and the payload written again.
fn decoded(json: &str) -> (&'static str, Value) {
    let parsed: Value = serde_json::from_str(json).unwrap();
    match parsed["type"].as_str() {
        None => {
            let reply = Reply::from_json(json).unwrap_or_else(|error| panic!("{error:?}"));
            (if reply.is_ok() { "Ack" } else { "AckError" }, as_value(&reply))
        }
        Some(sent) if Command::TYPES.contains(&sent) && !Event::TYPES.contains(&sent) => {
            let command = Command::from_json(json).unwrap_or_else(|error| panic!("{error:?}"));
            (command.variant_name(), as_value(&command))
        }
        Some(_) => {
            let event = Event::from_json(json).unwrap_or_else(|error| panic!("{error:?}"));
            (event.variant_name(), as_value(&event))
        }
    }
}

/// Fields that no schema has, by file: made up to see them passed over, or extras of a ping, which can have any name. A message that a client sends is read as
/// one that it receives, which has no `id`.
const NOT_IN_THE_SCHEMAS: [(&str, &str); 5] = [
    ("message.future_subtype.synthetic.json", "brand_new_field"),
    ("out.message.synthetic.json", "id"),
    ("out.message_thread.synthetic.json", "id"),
    ("out.ping.synthetic.json", "note"),
    ("pong.synthetic.json", "note"),
];

#[test]
fn every_payload_decodes_and_keeps_its_fields() {
    let Some(folder) = std::env::var_os("SLACK_RTM_CORPUS") else {
        eprintln!("skipped: SLACK_RTM_CORPUS is not set");
        return;
    };
    let folder = Path::new(&folder).join("examples");
    let mut seen = 0;
    for Entry { file, .. } in entries(&folder).iter().filter(|entry| entry.kind != "schema-sample") {
        let json = std::fs::read_to_string(folder.join(file)).unwrap();
        let mut given: Value = serde_json::from_str(&json).unwrap();
        let (variant, written) = decoded(&json);
        assert_eq!(variant == "Unknown", file.starts_with("unknown_"), "{file} is {variant}");
        for (_, field) in NOT_IN_THE_SCHEMAS.iter().filter(|(of, _)| of == file) {
            given.as_object_mut().unwrap().remove(*field);
        }
        assert_eq!(loss(&given, &written), None, "{file}");
        seen += 1;
    }
    assert!(seen > 200, "only {seen} payloads");
}
