//! Mistakes in the files themselves: YAML, keys, kinds of values, and one mistake of each kind.

use crate::edit::Edit::{self, File, Replace};
use crate::edit::{CONFIG, CONNECTION, EVENT, MESSAGE, SPEC};

pub(super) const EDITS: &[(Edit, &[&str])] = &[
    (
        Replace(EVENT, "        - $ref: \"connection.yaml#/components/schemas/AccountsChangedEvent\"\n", ""),
        &["openapi/events/connection.yaml:", "no union lists the event `AccountsChangedEvent`"],
    ),
    (
        Replace(
            CONNECTION,
            "      example:\n        type: accounts_changed\n        event_ts: \"1700000000.000200\"\n",
            "",
        ),
        &["`AccountsChangedEvent` has no example", "it becomes a test"],
    ),
    (
        Replace(SPEC, "  title: Slack RTM API", "  title: [Slack"),
        &["openapi/slack-rtm.yaml:6:", "not valid YAML"],
    ),
    (Replace(SPEC, "  title: Slack RTM API", "\ttitle: x"), &["openapi/slack-rtm.yaml:", "not valid YAML"]),
    (
        Replace(SPEC, "    ConnectedUser:\n", "    ConnectedTeam:\n"),
        &["`ConnectedTeam` occurs twice", "the first is at openapi/slack-rtm.yaml:"],
    ),
    (
        Replace(SPEC, "schemas/ConnectedUser\" }", "schemas/ConnectedUsr\" }"),
        &[
            "the $ref cannot be resolved",
            "`components/schemas/ConnectedUsr`",
            "did you mean `ConnectedUser`?",
        ],
    ),
    (
        Replace(SPEC, "\"#/components/schemas/ConnectedUser\"", "\"nowhere.yaml#/components/schemas/X\""),
        &["openapi/nowhere.yaml", "cannot be read"],
    ),
    (
        Replace(SPEC, "\"#/components/schemas/ConnectedUser\"", "\"#/definitions/ConnectedUser\""),
        &["is not a reference that this tool follows"],
    ),
    (
        Replace(
            SPEC,
            "        warning:\n          description: The codes of warnings, separated by commas. Absent if there are none.\n          type: string",
            "        warning:\n          description: x\n          type: objekt",
        ),
        &["unknown type `objekt`", "did you mean `object`?", "`warning`"],
    ),
    (
        Replace(SPEC, "required: [ok, url, team, self]", "required: [ok, url, team, self, nam]"),
        &["requires `nam`, which is not one of its properties"],
    ),
    (
        Replace(SPEC, "required: [ok, url, team, self]", "requierd: [ok]"),
        &["unknown key `requierd`", "did you mean `required`?"],
    ),
    (
        Replace(SPEC, "      x-rust-name: UserId", "      x-rust-nmae: UserId"),
        &["unknown extension `x-rust-nmae`"],
    ),
    (
        Replace(SPEC, "      operationId: rtm_start", "      operationId: rtm_connect"),
        &["the operationId `rtm_connect` occurs twice"],
    ),
    (Replace(SPEC, "      operationId: rtm_start\n", ""), &["`get /rtm.start` has no operationId"]),
    (
        Replace(SPEC, "        - access_denied\n", ""),
        &["the schema `ErrorCode` has ", " in `x-enum-descriptions`", "one line for each value"],
    ),
    (
        Replace(SPEC, "        - access_denied\n", "        - accesslimited\n"),
        &["the value \"accesslimited\" of the schema `ErrorCode` occurs twice"],
    ),
    (
        Replace(SPEC, "      pattern: ^E[A-Z0-9]{2,}$", "      pattern: ^E[A-Z0-9{2,}$"),
        &["the pattern of the schema `EnterpriseId` does not compile"],
    ),
    (Replace(SPEC, "openapi: 3.0.3", "openapi: 3.1.0"), &["OpenAPI 3.1.0 is not supported", "3.0.3"]),
    (Replace(SPEC, "  version: 1.7.0\n  description", "  description"), &["`info` lacks the key `version`"]),
    (Replace(SPEC, "      description: The id of an app.\n", ""), &["the schema `AppId` has no description"]),
    (
        Replace(MESSAGE, "type: integer", "type: interger"),
        &["openapi/events/message.yaml:", "did you mean `integer`?"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Option:\n      type: object\n      description: x\n      properties: {}\n    ConnectedUser:\n",
        ),
        &["`Option` cannot be the name of a generated type"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Type:\n      type: object\n      description: x\n      properties: {}\n    ConnectedUser:\n",
        ),
        &["`Type` cannot be the name"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Either:\n      description: x\n      anyOf: []\n    ConnectedUser:\n",
        ),
        &["`anyOf` of the schema `Either` has no counterpart"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Either:\n      description: x\n      oneOf: [{ $ref: \"#/components/schemas/AppId\" }, { $ref: \"#/components/schemas/BotId\" }]\n    ConnectedUser:\n",
        ),
        &["the parts of the schema `Either` cannot be told apart: two are `string`"],
    ),
    (
        Replace(CONFIG, "  crate: slack-rtm-apis", "  crate: ../../x"),
        &["codegen/config.yaml:", "`../../x` is no plain name"],
    ),
    (
        Replace(CONFIG, "newtypes.mustache: newtypes.rs", "newtypes.mustache: ../../evil.rs"),
        &["`../../evil.rs` is no plain name"],
    ),
    (Replace(CONFIG, "known_warnings:", "wibble: \"1\"\nknown_warnings:"), &["unknown key `wibble`"]),
    (
        Replace("codegen/templates/models/model.mustache", "models/struct", "models/strukt"),
        &[
            "codegen/templates/models/model.mustache:",
            "there is no template codegen/templates/models/strukt.mustache",
        ],
    ),
    (
        Replace(SPEC, "          in: query\n", "          in: cookie\n"),
        &["is in the cookie", "write `in: query`"],
    ),
    (Replace(SPEC, "x-rust-type: SocketUrl", "x-rust-type: Nope"), &["slack-rtm-models has no such type"]),
    (
        Replace(SPEC, "        - access_denied\n", "        - unrecognized\n"),
        &["`unrecognized` of the schema `ErrorCode` would have the name of the variant"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Same:\n      description: x\n      allOf: [{ $ref: \"#/components/schemas/Same\" }]\n    ConnectedUser:\n",
        ),
        &["the schema `Same` is only a reference to another schema"],
    ),
    (
        Replace(SPEC, "{ $ref: \"#/components/schemas/RtmConnectResponse\" }", "{ $ref: 5 }"),
        &["a $ref is a number"],
    ),
    (
        Replace(
            EVENT,
            "connection.yaml#/components/schemas/HelloEvent",
            "connection.yaml#/components/schemas/ConnectionError",
        ),
        &["openapi/events/event.yaml:", "a part of the schema `Event` has no constant `type`"],
    ),
    (
        Replace(CONFIG, "  version: 7.26.0", "  version: 7.26.0\n  verzion: 7"),
        &["codegen/config.yaml:8:3", "unknown key `verzion`", "did you mean `version`?"],
    ),
    (Replace(CONFIG, "  version: 7.26.0\n", ""), &["codegen/config.yaml:", "lacks the key `version`"]),
    (Replace(CONFIG, "  version: 7.26.0", "  version: 7.26"), &["`version` is a number", "quote it"]),
    (
        Replace(CONFIG, "models/newtypes.mustache: newtypes.rs", "models/gone.mustache: newtypes.rs"),
        &["there is no template codegen/templates/models/gone.mustache"],
    ),
    // YAML.
    (File(SPEC, b""), &["openapi/slack-rtm.yaml: error: the file is empty"]),
    (
        File(SPEC, b"\xff\xfeo\0p\0"),
        &["openapi/slack-rtm.yaml:1:1: error: cannot be read", "byte 0 is not UTF-8"],
    ),
    (
        File(SPEC, b"[]\n"),
        &["openapi/slack-rtm.yaml:1:1", "the document is a sequence, where a mapping was expected"],
    ),
    (File(CONNECTION, b"# nothing\n"), &["openapi/events/connection.yaml: error: the file is empty"]),
    (File(CONFIG, b""), &["codegen/config.yaml", "the file is empty"]),
    (
        Replace(SPEC, "  title: Slack RTM API", "  title: &t Slack\n  x-provenance2: *t"),
        &["anchors are not supported", "use a $ref"],
    ),
    (Replace(SPEC, "  title: Slack RTM API", "  title: !!binary aGk="), &["tags are not supported"]),
    (Replace(SPEC, "  title: Slack RTM API", "  title: x\n---\na: 1"), &["a second document begins here"]),
    (
        Replace(SPEC, "  title: Slack RTM API", "  title: \"Slack"),
        &["openapi/slack-rtm.yaml:", "not valid YAML"],
    ),
    (Replace(SPEC, "info:\n", "info:\n  <<: { title: x }\n"), &["YAML merge keys are not supported"]),
    (
        Replace(SPEC, "  title: Slack RTM API", "  title: Slack RTM API\n  title: twice"),
        &["the key `title` occurs twice", "the first is at openapi/slack-rtm.yaml:5:3"],
    ),
];
