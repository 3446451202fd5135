//! `cargo xtask vendor` with a small document of our own, and with upstream's where `SLACK_WEB_OPENAPI` names it.

use std::path::PathBuf;
use std::process::Output;

use crate::edit::SPEC;
use crate::support::{Copy, Project, root, skipped, stderr};

const VENDORED: &str = "openapi/vendor/desks.yaml";

/// Swagger 2.0 with much of what people write into it.
const DOCUMENT: &str = r##"
swagger: "2.0"
info: { title: Desks, version: "2.1", license: { name: MIT } }
host: slack.com
basePath: /api
securityDefinitions:
  slackAuth: { type: oauth2, flow: accessCode, authorizationUrl: "https://slack.com/oauth/authorize", tokenUrl: "https://slack.com/api/oauth.access", scopes: { "desks:read": Reads desks. } }
security: [{ slackAuth: ["desks:read"] }]
paths:
  /desks.list:
    get:
      operationId: desks_list
      tags: [desks, more]
      summary: Lists the desks.
      x-tier: 2
      parameters:
        - { name: token, in: query, required: true, type: string, description: The token. }
        - { name: user, in: query, type: string }
        - { name: limit, in: query, type: integer, description: How many., default: 20 }
      responses:
        "200":
          description: The desks.
          examples: { application/json: { ok: true } }
          schema:
            type: object
            additionalProperties: false
            required: [ok, desks, gone]
            properties:
              ok: { $ref: "#/definitions/defs_ok_true" }
              desks: { type: array, items: { $ref: "#/definitions/objs_desk" } }
        default: { description: A refusal., schema: { $ref: "#/definitions/objs_error" } }
  /desks.take:
    post:
      operationId: desks.take
      tags: [desks]
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - { name: token, in: formData, required: true, type: string }
        - { name: desk, in: formData, required: true, type: string, description: Which. }
      responses:
        default: { description: Whatever comes., schema: { type: object, properties: { ok: { type: boolean } } } }
  /rtm.connect:
    get: { operationId: rtm_connect, responses: { default: { description: Not ours. } } }
definitions:
  defs_ok_true: { type: boolean, enum: [true], title: true }
  defs_user_id: { type: string, pattern: "^U" }
  objs_desk:
    type: object
    title: a desk
    required: [id]
    properties:
      id: { type: string }
      owner: { $ref: "#/definitions/owner" }
      state: { type: string, enum: [free, Free, taken, null, free] }
      near: { type: array, items: { $ref: "#/definitions/objs_desk" } }
      either: { type: [string, "null"], pattern: "(?=x)" }
      size: { type: integer, maxLength: 3, format: feet }
  owner: { $ref: "#/definitions/defs_user_id" }
  objs_error: { type: object, properties: { ok: { type: boolean }, error: { type: string } }, required: [ok, error] }
  unused: { type: string }
"##;

struct Upstream {
    copy: Copy,
    folder: tempfile::TempDir,
}

impl Upstream {
    fn new() -> Self {
        let upstream = Self { copy: Copy::new(), folder: tempfile::tempdir().unwrap() };
        upstream.write(DOCUMENT);
        upstream
    }

    fn document(&self) -> PathBuf {
        self.folder.path().join("desks.json")
    }

    fn write(&self, text: &str) {
        std::fs::write(self.document(), text).unwrap();
    }

    fn vendor(&self, arguments: &[&str]) -> Output {
        self.copy.xtask(&["vendor", "--from"]).arg(self.document()).args(arguments).output().unwrap()
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.vendor(arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{message}");
        message
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let before = self.copy.tree();
        let output = self.vendor(arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(before == self.copy.tree(), "the tree has changed");
        message
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.copy.path(file)).unwrap()
    }
}

#[test]
fn operations_come_with_all_that_they_reach() {
    let upstream = Upstream::new();
    let message = upstream.succeeds(&[
        "--operation",
        "desks.list",
        "--operation",
        "/desks.take",
        "--operation",
        "rtm_connect",
    ]);
    for line in [
        "kept: /rtm.connect is already in openapi/slack-rtm.yaml",
        "kept: DefsUserId is already in openapi/slack-rtm.yaml",
        "taken: /desks.list",
        "taken: Desk (schemas)",
        "left out: `maxLength`, which belongs to another type, of Desk size",
        "left out: the format `feet` of Desk size",
        "left out: a pattern that does not compile of Desk either",
        "written: openapi/vendor/desks.yaml",
    ] {
        assert!(message.lines().any(|told| told.contains(line)), "no {line:?} in\n{message}");
    }
    let text = upstream.read(VENDORED);
    for part in [
        "    source: desks.json\n    version: \"2.1\"\n    sha256: ",
        "    licence: MIT\n",
        "        - { $ref: \"../slack-rtm.yaml#/components/parameters/Token\" }\n",
        "                  ok: { $ref: \"../slack-rtm.yaml#/components/schemas/DefsOkTrue\" }\n",
        "        owner: { $ref: \"../slack-rtm.yaml#/components/schemas/DefsUserId\" }\n",
        "tags: [{ name: desks, description: Operations of Desks. }]\n",
        "          x-enum-varnames: [Free, Free2, Taken]\n",
        "      operationId: desks_take\n      tags: [desks]\n",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    for part in ["unused", "x-tier", "examples", "gone", "Not ours", "token:"] {
        assert!(!text.to_lowercase().contains(&part.to_lowercase()), "{part:?} in\n{text}");
    }
    let root = upstream.read(SPEC);
    assert!(root.contains(
        "  /desks.list: { $ref: \"vendor/desks.yaml#/paths/~1desks.list\" }\n  /desks.take: { $ref: \"vendor/desks.yaml#/paths/~1desks.take\" }\ncomponents:\n"
    ));
    // The linter has nothing against it: what fails next is the search for Java.
    let output = upstream.copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
    assert!(stderr(&output).contains(" files bundled, checked"), "{}", stderr(&output));
}

#[test]
fn a_dry_run_shows_the_change_and_makes_none() {
    let upstream = Upstream::new();
    let before = upstream.copy.tree();
    let output = upstream.vendor(&["--operation", "desks_list", "--dry-run"]);
    let diff = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for line in [
        "+++ b/openapi/vendor/desks.yaml\n",
        "+  /desks.list:\n",
        "--- a/openapi/slack-rtm.yaml\n",
        "+  /desks.list: { $ref: \"vendor/desks.yaml#/paths/~1desks.list\" }\n",
    ] {
        assert!(diff.contains(line), "no {line:?} in\n{diff}");
    }
    assert!(stderr(&output).contains("nothing was written"));
    assert!(before == upstream.copy.tree());
}

#[test]
fn what_was_taken_before_stays_and_follows_the_document() {
    let upstream = Upstream::new();
    upstream.succeeds(&["--operation", "desks.list"]);
    let before = upstream.copy.tree();
    assert!(upstream.succeeds(&["--operation", "desks.list"]).contains("nothing has changed"));
    assert!(upstream.succeeds(&[]).contains("nothing has changed"));
    assert!(before == upstream.copy.tree());
    upstream.succeeds(&["--operation", "desks.take"]);
    upstream.write(&DOCUMENT.replace("How many.", "So many."));
    assert!(upstream.succeeds(&[]).contains("written"));
    let text = upstream.read(VENDORED);
    assert!(
        text.contains("  /desks.list:\n") && text.contains("  /desks.take:\n") && text.contains("So many.")
    );
    // Whose line is gone from the root is not wanted any more.
    upstream.copy.edit(SPEC, "  /desks.list: { $ref: \"vendor/desks.yaml#/paths/~1desks.list\" }\n", "");
    assert!(upstream.succeeds(&[]).contains("dropped: /desks.list"));
    assert!(!upstream.read(VENDORED).contains("/desks.list"));
    // What the document has lost is told.
    upstream.write(&DOCUMENT.replace("/desks.take:", "/desks.took:"));
    assert!(upstream.fails(&[]).contains("the document has no path /desks.take any more"));
}

#[test]
fn an_edit_by_hand_is_not_overwritten_without_a_word() {
    let upstream = Upstream::new();
    upstream.succeeds(&["--operation", "desks.list"]);
    // Other line ends are no edit.
    let text = upstream.read(VENDORED);
    std::fs::write(upstream.copy.path(VENDORED), text.replace('\n', "\r\n")).unwrap();
    upstream.succeeds(&["--operation", "desks.list"]);
    upstream.copy.edit(VENDORED, "Lists the desks.", "Lists all desks.");
    let message = upstream.fails(&["--operation", "desks.take"]);
    assert!(
        message.contains("openapi/vendor/desks.yaml was edited by hand") && message.contains("--force"),
        "{message}"
    );
    let output = upstream.vendor(&["--force", "--dry-run"]);
    let diff = String::from_utf8(output.stdout).unwrap();
    assert!(
        diff.contains("-      description: Lists all desks.\n+      description: Lists the desks.\n"),
        "{diff}"
    );
    upstream.succeeds(&["--force"]);
    assert_eq!(upstream.read(VENDORED), text);
}

#[test]
fn what_cannot_be_taken_is_told() {
    let upstream = Upstream::new();
    let message = upstream.fails(&["--operation", "desks.lost", "--operation", "zzzzzzzz"]);
    assert!(
        message.contains("no operation `desks.lost`; did you mean `desks.list`?")
            && message.contains("no operation `zzzzzzzz`"),
        "{message}"
    );
    assert!(upstream.fails(&[]).contains("name operations with --operation"));
    upstream.write("swagger: [");
    assert!(upstream.fails(&["--operation", "desks.list"]).contains("not valid YAML"));
    std::fs::remove_file(upstream.document()).unwrap();
    assert!(upstream.fails(&["--operation", "desks.list"]).contains("cannot read"));
    // Two operations of one name in Rust: the linter's findings stop it.
    upstream.write(&DOCUMENT.replace("operationId: desks.take", "operationId: rtm_start"));
    let message = upstream.fails(&["--operation", "desks.take"]);
    assert!(message.contains("the operationId `rtm_start` occurs twice"), "{message}");
}

#[test]
fn all_and_families_can_be_taken() {
    let upstream = Upstream::new();
    let message = upstream.succeeds(&["--operation", "desks.*"]);
    assert!(message.contains("taken: /desks.list") && message.contains("taken: /desks.take"), "{message}");
    assert!(upstream.fails(&["--operation", "chairs.*"]).contains("no operation `chairs.*`"));
    let fresh = Upstream::new();
    let message = fresh.succeeds(&["--operation", "rtm.connect"]);
    assert!(message.contains("kept: /rtm.connect") && message.contains("nothing has changed"), "{message}");
    upstream.write(&DOCUMENT.replace("/desks.take:", "/chairs.take:"));
    upstream.copy.edit(SPEC, "  /desks.take: { $ref: \"vendor/desks.yaml#/paths/~1desks.take\" }\n", "");
    let message = upstream.succeeds(&["--all"]);
    assert!(message.contains("taken: /chairs.take") && message.contains("kept: /rtm.connect"), "{message}");
}

/// What is vendored of `documents/methods.yaml`.
fn methods() -> (Upstream, String) {
    let upstream = Upstream::new();
    upstream.write(&std::fs::read_to_string(root().join("xtask/tests/documents/methods.yaml")).unwrap());
    let message = upstream.succeeds(&["--all"]);
    (upstream, message)
}

#[test]
fn ours_stands_in_for_theirs() {
    let (upstream, message) = methods();
    for line in [
        "kept: User is already in openapi/events/people.yaml",
        "kept: Ts is already in openapi/slack-rtm.yaml",
        "added from the examples of /desks.list: response_metadata, total",
    ] {
        assert!(message.lines().any(|told| told == line), "no {line:?} in\n{message}");
    }
    let text = upstream.read(VENDORED);
    for part in [
        // Two tags that our own spec does not declare. One of them looks like `auth`.
        "tags: [{ name: desks, description: Operations of Desks. }, { name: oauth, description: Operations of Desks. }]\n",
        "description: Lists desks, in [pages](https://desks.example/docs/pages).\n",
        "      x-pagination:\n        argument: cursor\n        next: response_metadata.next_cursor\n        items: desks\n",
        "            items: { $ref: \"../slack-rtm.yaml#/components/schemas/DefsUserId\" }\n",
        "description: Of which thread., schema: { $ref: \"../slack-rtm.yaml#/components/schemas/Ts\" } }\n",
        "        owner: { $ref: \"../events/people.yaml#/components/schemas/User\" }\n",
        "        channel: { $ref: \"../slack-rtm.yaml#/components/schemas/ChannelId\" }\n",
        "              schema: { $ref: \"../slack-rtm.yaml#/components/schemas/ErrorResponse\" }\n",
        "description: A [view](https://desks.example/web#view).\n",
        "items: { $ref: \"../blocks.yaml#/components/schemas/Block\" }\n",
        "discriminator: { propertyName: type }\n",
        "    OauthDeskResponsePinsItemNote:\n",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let required: Vec<&str> =
        text.lines().filter(|line| line.trim_start().starts_with("required: [")).collect();
    assert!(
        required.iter().all(|line| ["[ok]", "[ok, error]", "[file]"].iter().any(|it| line.ends_with(it))),
        "{required:?}"
    );
}

#[test]
fn an_overlay_survives() {
    const OVERLAY: &str = "openapi/vendor/desks.overlay.yaml";
    let (upstream, _) = methods();
    let overlay = "overlay: 1.0.0\ninfo: { title: What Desks says otherwise, version: \"1\" }\nactions:\n  - target: $.components.schemas.Desk.properties.colour\n    update: { description: The colour of its top. }\n  - target: $.paths['/desks.list'].get.parameters[?@.name == 'user_ids']\n    remove: true\n  - target: $.components.schemas.Chair\n    remove: true\n";
    std::fs::write(upstream.copy.path(OVERLAY), overlay).unwrap();
    let message = upstream.succeeds(&[]);
    for line in [
        "applied: openapi/vendor/desks.overlay.yaml",
        "warning: openapi/vendor/desks.overlay.yaml: `$.components.schemas.Chair` is nowhere in what is vendored",
    ] {
        assert!(message.lines().any(|told| told == line), "no {line:?} in\n{message}");
    }
    let text = upstream.read(VENDORED);
    assert!(text.contains("description: The colour of its top.\n") && !text.contains("user_ids"), "{text}");
    assert!(upstream.succeeds(&[]).contains("nothing has changed"));
    // The spec has nothing against the file beside it.
    let output = upstream.copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
    assert!(stderr(&output).contains(" files bundled, checked"), "{}", stderr(&output));
    // What the overlay makes wrong is refused, as all else that is.
    let wrong =
        overlay.replace("update: { description: The colour of its top. }", "update: { type: colour }");
    std::fs::write(upstream.copy.path(OVERLAY), wrong).unwrap();
    assert!(upstream.fails(&[]).contains("colour"));
    std::fs::write(upstream.copy.path(OVERLAY), "overlay: 1.0.0\nactions: [{ target: 'x[' }]\n").unwrap();
    assert!(upstream.fails(&[]).contains("desks.overlay.yaml:2:21: error: `x[` is no JSONPath"));
}

/// Two commands bring three methods, which are compiled with and without the feature that has one of their tags, and called.
#[test]
fn three_methods_from_a_document_to_a_call() {
    if skipped() {
        return;
    }
    let project = Project::new();
    let document = root().join("xtask/tests/documents/methods.yaml");
    let output = project.copy().xtask(&["vendor", "--all", "--from"]).arg(document).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    project.codegen();
    let program = std::fs::read_to_string(root().join("xtask/tests/documents/methods.rs")).unwrap();
    for features in [&[][..], &["--features", "web"]] {
        assert_eq!(project.run_with(features, &program), "all three were called\n", "{features:?}");
    }
}

#[test]
fn upstreams_operations_reach_both_crates() {
    let Some(document) = std::env::var_os("SLACK_WEB_OPENAPI").map(PathBuf::from) else {
        eprintln!("skipped: SLACK_WEB_OPENAPI is not set");
        return;
    };
    if skipped() {
        return;
    }
    let project = Project::new();
    // The first two are ours already, and stay. The tag of files.upload is gated, and that of oauth.v2.access looks like one of ours.
    let wanted =
        ["team.info", "rtm.connect", "search.messages", "admin.users.*", "files.upload", "oauth.v2.access"];
    let mut command = project.copy().xtask(&["vendor", "--from"]);
    command.arg(document);
    for operation in wanted {
        command.args(["--operation", operation]);
    }
    let output = command.output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert!(message.contains("kept: /rtm.connect") && message.contains("kept: DefsOkTrue"), "{message}");
    project.codegen();
    let program = r##"
use slack_rtm_apis::Client;

fn main() {
    let client = Client::builder().token("xoxb-1").base_url("http://127.0.0.1:1/api").build().unwrap();
    let _call = client.rtm_connect();
    let _call = client.admin_users_invite("T1", "a@example.com", ["C1", "C2"]);
    let _users = client.admin_users_list("T1").items();
    let _call = client.files_upload().channels(["C1"]).thread_ts("1700000000.000100");
}
"##;
    for features in [&[][..], &["--features", "web"]] {
        project.run_with(features, program);
    }
}
