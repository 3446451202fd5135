//! Whatever is wrong: exit code 1, the file and the place, what is wrong, and the tree as it was.

use crate::support::{Copy, stderr};

const SPEC: &str = "openapi/slack-rtm.yaml";
const MESSAGE: &str = "openapi/events/message.yaml";
const EVENT: &str = "openapi/events/event.yaml";
const CONNECTION: &str = "openapi/events/connection.yaml";
const CONFIG: &str = "codegen/config.yaml";

/// An edit that has to be refused: file, what stands there, what shall stand there, and what the message has to say.
const EDITS: &[(&str, &str, &str, &[&str])] = &[
    (
        EVENT,
        "        - $ref: \"connection.yaml#/components/schemas/AccountsChangedEvent\"\n",
        "",
        &["openapi/events/connection.yaml:", "no union lists the event `AccountsChangedEvent`"],
    ),
    (
        CONNECTION,
        "      example:\n        type: accounts_changed\n        event_ts: \"1700000000.000200\"\n",
        "",
        &["`AccountsChangedEvent` has no example", "it becomes a test"],
    ),
    (SPEC, "  title: Slack RTM API", "  title: [Slack", &["openapi/slack-rtm.yaml:6:", "no valid YAML"]),
    (SPEC, "  title: Slack RTM API", "\ttitle: x", &["openapi/slack-rtm.yaml:", "no valid YAML"]),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    ConnectedTeam:\n",
        &["`ConnectedTeam` stands twice", "the first is at openapi/slack-rtm.yaml:"],
    ),
    (
        SPEC,
        "schemas/ConnectedUser\" }",
        "schemas/ConnectedUsr\" }",
        &["the $ref leads nowhere", "`components/schemas/ConnectedUsr`", "did you mean `ConnectedUser`?"],
    ),
    (
        SPEC,
        "\"#/components/schemas/ConnectedUser\"",
        "\"nowhere.yaml#/components/schemas/X\"",
        &["openapi/nowhere.yaml", "cannot be read"],
    ),
    (
        SPEC,
        "\"#/components/schemas/ConnectedUser\"",
        "\"#/definitions/ConnectedUser\"",
        &["is no reference that this tool follows"],
    ),
    (
        SPEC,
        "        warning:\n          description: A warning's code, or several with commas between them. Absent when there is nothing to warn of.\n          type: string",
        "        warning:\n          description: x\n          type: objekt",
        &["unknown type `objekt`", "did you mean `object`?", "`warning`"],
    ),
    (
        SPEC,
        "required: [ok, url, team, self]",
        "required: [ok, url, team, self, nam]",
        &["requires `nam`, which is none of its properties"],
    ),
    (
        SPEC,
        "required: [ok, url, team, self]",
        "requierd: [ok]",
        &["unknown key `requierd`", "did you mean `required`?"],
    ),
    (
        SPEC,
        "      x-rust-name: UserId",
        "      x-rust-nmae: UserId",
        &["nobody reads the extension `x-rust-nmae`"],
    ),
    (
        SPEC,
        "      operationId: rtm_start",
        "      operationId: rtm_connect",
        &["the operationId `rtm_connect` stands twice"],
    ),
    (SPEC, "      operationId: rtm_start\n", "", &["`get /rtm.start` has no operationId"]),
    (SPEC, "        - access_denied\n", "", &["has 38 values and 39 in `x-enum-descriptions`"]),
    (
        SPEC,
        "        - access_denied\n",
        "        - accesslimited\n",
        &["two values of the schema `ErrorCode` are called `Accesslimited`"],
    ),
    (
        SPEC,
        "      pattern: ^E[A-Z0-9]{2,}$",
        "      pattern: ^E[A-Z0-9{2,}$",
        &["the pattern of the schema `EnterpriseId` does not compile"],
    ),
    (SPEC, "openapi: 3.0.3", "openapi: 3.1.0", &["OpenAPI 3.1.0 is not supported", "3.0.3"]),
    (SPEC, "  version: 1.7.0\n  description", "  description", &["`info.version` is missing"]),
    (SPEC, "      description: The id of an app.\n", "", &["the schema `AppId` has no description"]),
    (
        MESSAGE,
        "type: integer",
        "type: interger",
        &["openapi/events/message.yaml:", "did you mean `integer`?"],
    ),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    Option:\n      type: object\n      description: x\n      properties: {}\n    ConnectedUser:\n",
        &["`Option` cannot be the name of a generated type"],
    ),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    Type:\n      type: object\n      description: x\n      properties: {}\n    ConnectedUser:\n",
        &["`Type` cannot be the name"],
    ),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    Either:\n      description: x\n      anyOf: []\n    ConnectedUser:\n",
        &["`anyOf` of the schema `Either` has no counterpart"],
    ),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    Either:\n      description: x\n      oneOf: [{ $ref: \"#/components/schemas/AppId\" }, { $ref: \"#/components/schemas/BotId\" }]\n    ConnectedUser:\n",
        &["the parts of the schema `Either` cannot be told apart"],
    ),
    (
        CONFIG,
        "  crate: slack-rtm-apis",
        "  crate: ../../x",
        &["codegen/config.yaml:", "`../../x` is no plain name"],
    ),
    (
        CONFIG,
        "newtypes.mustache: newtypes.rs",
        "newtypes.mustache: ../../evil.rs",
        &["`../../evil.rs` is no plain name"],
    ),
    (CONFIG, "  preferUnsignedInt: \"true\"", "  wibble: \"1\"", &["the generator has no property `wibble`"]),
    (
        "codegen/templates/models/model.mustache",
        "models/struct",
        "models/strukt",
        &[
            "codegen/templates/models/model.mustache:",
            "there is no template codegen/templates/models/strukt.mustache",
        ],
    ),
    (SPEC, "          in: query\n", "          in: header\n", &["is in the header"]),
    (SPEC, "x-rust-type: SocketUrl", "x-rust-type: Nope", &["slack-rtm-models has no such type"]),
    (
        SPEC,
        "        - access_denied\n",
        "        - unrecognized\n",
        &["`unrecognized` of the schema `ErrorCode` would be called as the variant"],
    ),
    (
        SPEC,
        "    ConnectedUser:\n",
        "    Same:\n      description: x\n      allOf: [{ $ref: \"#/components/schemas/Same\" }]\n    ConnectedUser:\n",
        &["the schema `Same` is nothing but another one"],
    ),
    (SPEC, "{ $ref: \"#/components/schemas/RtmConnectResponse\" }", "{ $ref: 5 }", &["a $ref is a number"]),
    (
        "openapi/events/event.yaml",
        "connection.yaml#/components/schemas/HelloEvent",
        "connection.yaml#/components/schemas/ConnectionError",
        &["openapi/events/event.yaml:", "a part of the schema `Event` has no constant `type`"],
    ),
    (
        CONFIG,
        "  version: 7.26.0",
        "  version: 7.26.0\n  verzion: 7",
        &["codegen/config.yaml:8:3", "unknown key `verzion`", "did you mean `version`?"],
    ),
    (CONFIG, "  version: 7.26.0\n", "", &["codegen/config.yaml:", "lacks the key `version`"]),
    (CONFIG, "  version: 7.26.0", "  version: 7.26", &["`version` is a number", "quote it"]),
    (
        CONFIG,
        "models/newtypes.mustache: newtypes.rs",
        "models/gone.mustache: newtypes.rs",
        &["there is no template codegen/templates/models/gone.mustache"],
    ),
];

#[test]
fn a_bad_edit_is_refused_with_its_place_and_changes_nothing() {
    let copy = Copy::new();
    for (file, from, to, expected) in EDITS {
        let original = std::fs::read(copy.path(file)).unwrap();
        copy.edit(file, from, to);
        let before = copy.tree();
        // Neither java nor python is on the way: the input has to be refused before a tool is looked for.
        let output = copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{to}: {message}");
        for part in *expected {
            assert!(message.contains(part), "{to}: no {part:?} in:\n{message}");
        }
        assert!(message.contains(": error: "), "{message}");
        assert!(before == copy.tree(), "{to}: the tree has changed");
        std::fs::write(copy.path(file), original).unwrap();
    }
}

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
