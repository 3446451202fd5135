//! What is wrong with more than a line of the spec: files that are missing, tools that are missing.

use crate::support::{Copy, stderr};

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
