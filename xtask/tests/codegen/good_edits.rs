//! Edits that flow through: one run of the real generator, both crates compile without a warning, and a program uses what is new.
//!
//! Many edits share one copy of the workspace, so that they cost one run and one build. They are skipped like all runs of the real generator.

mod calls;
mod models;

use std::fmt::Write as _;

use crate::edit::Edit;
use crate::support::{Project, skipped};

struct Good {
    what: &'static str,
    edits: &'static [Edit],
    /// What a function of the program does. `user` reads a `ConnectedUser` that has these members too, `client` makes a client.
    uses: &'static str,
}

/// Before each program.
const PRELUDE: &str = r###"
#![allow(clippy::all, reason = "not what is tested")]
use slack_rtm_apis::{Client, Operation};
use slack_rtm_models as models;

fn user(members: &str) -> models::ConnectedUser {
    let json = format!(r##"{{"id":"U01ALICE000","name":"alice",{members}}}"##);
    let user = models::decode::<models::ConnectedUser>(json.as_bytes()).unwrap();
    // What is read is written.
    let again = serde_json::to_string(&user).unwrap();
    assert_eq!(models::decode::<models::ConnectedUser>(again.as_bytes()).unwrap(), user, "{again}");
    user
}

fn client() -> Client {
    Client::builder().token("xoxb-1").base_url("http://127.0.0.1:1/api").build().unwrap()
}

fn known<O: Operation>(_: &slack_rtm_apis::Call<O>) -> (&'static str, &'static str) {
    (O::NAME, O::PATH)
}
"###;

#[test]
fn a_good_edit_reaches_both_crates_and_its_users() {
    if skipped() {
        return;
    }
    let project = Project::new();
    let mut program = PRELUDE.to_owned();
    let mut calls = String::new();
    for (n, good) in models::GOOD.iter().chain(calls::GOOD).enumerate() {
        for edit in good.edits {
            edit.apply(project.copy());
        }
        let _ = write!(program, "\n/// {}\nfn edit_{n}() {{\n{}\n}}\n", good.what, good.uses);
        let _ = writeln!(calls, "    eprintln!({:?});\n    edit_{n}();", good.what);
    }
    let _ = write!(program, "\nfn main() {{\n{calls}}}\n");
    project.codegen();
    project.run(&program);
    project.document();
}
