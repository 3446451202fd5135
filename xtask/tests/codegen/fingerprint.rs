//! Notices, without Java, that `openapi/` or `codegen/` was edited and the crates were not regenerated, or that generated code was edited by hand.

use crate::support::{Copy, root};
use xtask::codegen::fingerprint::Fingerprint;
use xtask::workspace::Workspace;

const CRATES: [&str; 2] = ["slack-rtm-models", "slack-rtm-apis"];

fn drift(workspace: &Workspace) -> Vec<String> {
    Fingerprint::committed(workspace).unwrap().differences(&Fingerprint::of_tree(workspace, &CRATES).unwrap())
}

#[test]
fn the_generated_code_is_what_the_spec_gives() {
    let drift = drift(&Workspace::at(root()));
    assert!(
        drift.is_empty(),
        "run `cargo xtask codegen`; these files are not as they were at the last run:\n{}",
        drift.join("\n")
    );
}

#[test]
fn every_kind_of_drift_is_noticed() {
    let copy = Copy::new();
    let workspace = Workspace::at(copy.path(""));
    assert_eq!(drift(&workspace), Vec::<String>::new());
    copy.edit("openapi/slack-rtm.yaml", "The id of an app.", "The id of one app.");
    assert_eq!(drift(&workspace), ["openapi/slack-rtm.yaml"]);
    copy.edit("codegen/templates/models/struct.mustache", "PartialEq", "Eq");
    copy.edit("crates/slack-rtm-apis/src/generated/mod.rs", "pub mod", "mod");
    std::fs::write(copy.path("crates/slack-rtm-models/src/generated/extra.rs"), "").unwrap();
    std::fs::remove_file(copy.path("crates/slack-rtm-models/src/generated/bot.rs")).unwrap();
    assert_eq!(drift(&workspace).len(), 5);
    // Windows may check files out with other line ends.
    copy.edit("openapi/events/people.yaml", "\n", "\r\n");
    assert_eq!(drift(&workspace).len(), 5);
}
