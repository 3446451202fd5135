//! What is wrong with more than a line of the spec: files that are missing, tools that are missing.

use crate::edit::{CONNECTION, EVENT, TYPES};
use crate::support::{Copy, root, stderr};

const SPEC: &str = "openapi/slack-rtm.yaml";
const MESSAGE: &str = "openapi/events/message.yaml";

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let copy = Copy::new();
    copy.edit(SPEC, "required: [ok, url, team, self]", "required: [ok, url, team, self, nam]");
    copy.edit(MESSAGE, "type: integer", "type: interger");
    let message = stderr(&copy.xtask(&["codegen"]).output().unwrap());
    assert!(message.contains("`nam`") && message.contains("`interger`"), "{message}");
}

#[test]
fn a_new_event_hears_of_everything_that_it_lacks_at_once() {
    let copy = Copy::new();
    copy.edit(EVENT, "        - $ref: \"connection.yaml#/components/schemas/AccountsChangedEvent\"\n", "");
    copy.edit(TYPES, "        - accounts_changed\n", "");
    let example = "      example:\n        type: accounts_changed\n        event_ts: \"1700000000.000200\"\n";
    copy.edit(CONNECTION, example, "");
    let message = stderr(&copy.xtask(&["codegen"]).env("PATH", "").output().unwrap());
    for part in [
        "no union lists the event `AccountsChangedEvent`",
        "`AccountsChangedEvent` has no example",
        "`EventType` does not list `accounts_changed`, the type of `AccountsChangedEvent`",
    ] {
        assert!(message.contains(part), "no {part:?} in\n{message}");
    }
}

#[test]
fn a_builder_method_is_deprecated_with_its_argument() {
    const BUILDER: &str = "crates/slack-rtm-session/src/session_builder.rs";
    let copy = Copy::new();
    std::fs::create_dir_all(copy.path(BUILDER).parent().unwrap()).unwrap();
    std::fs::copy(root().join(BUILDER), copy.path(BUILDER)).unwrap();
    let message = || stderr(&copy.xtask(&["codegen"]).env("PATH", "").output().unwrap());
    let deprecated =
        "      name: presence_sub\n      deprecated: true\n      x-deprecated-reason: Slack decides.\n";
    copy.edit(SPEC, "      name: presence_sub\n", deprecated);
    let attribute = "#[deprecated(note = \"Slack decides.\")]";
    let missing = message();
    let line = std::fs::read_to_string(copy.path(BUILDER)).unwrap();
    let line = line.lines().position(|line| line.contains("pub fn presence_sub(")).unwrap() + 1;
    assert!(
        missing.contains(&format!(
            "{BUILDER}:{line}:5: error: the spec deprecates `presence_sub` of rtm.connect"
        )) && missing.contains(&format!("add `{attribute}` above the method")),
        "{missing}"
    );
    copy.edit(BUILDER, "    pub fn presence_sub(", &format!("    {attribute}\n    pub fn presence_sub("));
    let agreed = message();
    assert!(agreed.contains("files bundled, checked"), "{agreed}");
    copy.edit(SPEC, deprecated, "      name: presence_sub\n");
    let superfluous = message();
    assert!(
        superfluous.contains("this method is deprecated, and `presence_sub` of rtm.connect is not"),
        "{superfluous}"
    );
}

#[test]
fn a_missing_template_file_is_told() {
    let copy = Copy::new();
    std::fs::remove_file(copy.path("codegen/templates/models/model.mustache")).unwrap();
    let output = copy.xtask(&["codegen"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there is no template codegen/templates/models/model.mustache"));
}

#[test]
fn a_missing_spec_is_told() {
    let copy = Copy::new();
    std::fs::remove_file(copy.path(SPEC)).unwrap();
    let output = copy.xtask(&["codegen"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("openapi/slack-rtm.yaml: error: cannot be read"), "{}", stderr(&output));
}

#[test]
fn a_jar_with_another_hash_is_refused() {
    let copy = Copy::new();
    let before = copy.tree();
    let jar = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(jar.path(), "no jar").unwrap();
    let output = copy.xtask(&["codegen"]).env("OPENAPI_GENERATOR_JAR", jar.path()).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains("codegen/config.yaml:") && message.contains("sha256 is pinned to 1760050094"),
        "{message}"
    );
    assert!(before == copy.tree());
}

#[test]
fn without_java_and_python_it_says_what_to_install() {
    let copy = Copy::new();
    let before = copy.tree();
    let cache = tempfile::tempdir().unwrap();
    let output = copy
        .xtask(&["codegen"])
        .env("PATH", "")
        .env("SLACK_RTM_CODEGEN_CACHE", cache.path())
        .output()
        .unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    let error = message.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(error.contains("install") && error.contains("python3"), "{message}");
    assert!(before == copy.tree());
}

#[test]
fn without_a_network_it_says_so() {
    let copy = Copy::new();
    let before = copy.tree();
    let cache = tempfile::tempdir().unwrap();
    let output = copy
        .xtask(&["codegen"])
        .env("SLACK_RTM_CODEGEN_CACHE", cache.path())
        // What pip sees of a machine that reaches no index.
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", "")
        .output()
        .unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("is there a network") || message.contains("install python3"), "{message}");
    assert!(before == copy.tree());
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0, "something is left in the cache");
}
