//! Parts of parts, security, the document's head, paths, extensions and the configuration.

use super::PAGED;
use crate::edit::Edit::{self, File, Parameter, Path, Property, Replace};
use crate::edit::{COMMANDS, CONFIG, CONNECTION, CONVERSATIONS, SPEC, operation};

pub(super) const EDITS: &[(Edit, &[&str])] = &[
    // Parts.
    (
        Property(
            "more:\n  description: x\n  allOf: [{ $ref: \"#/components/schemas/AppId\" }, { $ref: \"#/components/schemas/BotId\" }]",
        ),
        &[
            "a part of the `allOf` of the property `more` of the schema `ConnectedUser` is not an object",
            "one object",
        ],
    ),
    (
        Property(
            "more:\n  description: x\n  type: object\n  allOf: [{ $ref: \"#/components/schemas/AppId\" }]\n  properties: { a: { description: x, type: string } }",
        ),
        &["a part of the `allOf` of the property `more` of the schema `ConnectedUser` is not an object"],
    ),
    (
        Property(
            "more:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/ConnectedTeam\" }\n    - { type: object, properties: { id: { type: integer, description: x } } }",
        ),
        &[
            "two parts of the property `more` of the schema `ConnectedUser` contradict each other on the property `id`",
            "the other says it at openapi/slack-rtm.yaml:",
        ],
    ),
    (
        Property(
            "more:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/ConnectedTeam\" }\n    - { $ref: \"#/components/schemas/ConnectedUser\" }",
        ),
        &["contradict each other on the property `id`"],
    ),
    // Names of headers.
    (
        Parameter(
            "- { name: 'X Foo:', in: header, description: x, x-rust-name: foo, schema: { type: string } }",
        ),
        &["`X Foo:` cannot be the name of a header", "no blanks"],
    ),
    // Examples of constants.
    (
        Replace(
            SPEC,
            "example: { ok: false, error: missing_scope,",
            "example: { ok: true, error: missing_scope,",
        ),
        &["`ok` in the example of the schema `ErrorResponse` is `true`, which its enum does not have"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  enum: [1, 2]\n  example: 3"),
        &["is `3`, which its enum does not have"],
    ),
    // Security.
    (
        Replace(SPEC, "- slackAuth: [\"rtm:stream\"]", "- slackAth: [\"rtm:stream\"]"),
        &[
            "`get /rtm.connect` requires `slackAth`, which is not a security scheme",
            "did you mean `slackAuth`?",
        ],
    ),
    (
        Replace(SPEC, "- slackAuth: [\"rtm:stream\"]", "- slackAuth: [\"rtm:strem\"]"),
        &["has the scope `rtm:strem`, which the scheme does not know", "did you mean `rtm:stream`?"],
    ),
    (
        Replace(SPEC, "- slackAuth: [\"rtm:stream\"]", "- slackAuth: [\"rtm:probe\"]"),
        &["has the scope `rtm:probe`", "add it to the `scopes`"],
    ),
    (
        Replace(SPEC, "    slackAuth:\n      type: oauth2", "    token:\n      type: oauth2"),
        &["`get /rtm.connect` requires `slackAuth`", "`get /rtm.start` requires `slackAuth`"],
    ),
    // Null among values.
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, null]"),
        &["a value of the property `more` of the schema `ConnectedUser` is null", "add `nullable: true`"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  nullable: true\n  enum: [null]"),
        &["the enum of the property `more` of the schema `ConnectedUser` has no values"],
    ),
    // The document's head.
    (
        Replace(SPEC, "  - url: https://slack.com/api\n", "  - url: slack.com/api\n"),
        &["the server `slack.com/api` has no scheme or no host"],
    ),
    (
        Replace(SPEC, "  - url: https://slack.com/api\n", "  - url: https:///api\n"),
        &["the server `https:///api` has no scheme or no host"],
    ),
    (
        Replace(SPEC, "      tags: [rtm]\n", "      tags: [rmt]\n"),
        &["`get /rtm.connect` has the unknown tag `rmt`", "did you mean `rtm`?"],
    ),
    // Paths.
    (
        Path(operation!(
            "/team/{id}",
            "get",
            "    operationId: x_probe\n    tags: [team]\n",
            "    parameters: [{ name: id, in: path, description: x, schema: { type: string } }]\n"
        )),
        &["the parameter `id` of `get /team/{id}` is in the path and not required", "add `required: true`"],
    ),
    (
        Path(concat!(
            operation!(
                "/team/{id}",
                "get",
                "    operationId: x_probe\n    tags: [team]\n",
                "    parameters: [{ name: id, in: path, required: true, description: x, schema: { type: string } }]\n"
            ),
            operation!(
                "/team/{name}",
                "put",
                "    operationId: team_name\n    tags: [team]\n",
                "    parameters: [{ name: name, in: path, required: true, description: x, schema: { type: string } }]\n"
            )
        )),
        &["the paths `/team/{id}` and `/team/{name}` are one", "the first is at openapi/slack-rtm.yaml:"],
    ),
    // What is said of an operation beside what OpenAPI has for it.
    (
        Path(operation!(
            "/x.probe",
            "get",
            "    operationId: x_probe\n    tags: [team]\n    x-errors: [acces_denied]\n"
        )),
        &["`acces_denied` is not a code of `ErrorCode`", "add it there"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "get",
            "    operationId: x_probe\n    tags: [team]\n    x-errors: access_denied\n"
        )),
        &["`x-errors` of `get /x.probe` is a string, where a list of strings was expected"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "get",
            "    operationId: x_probe\n    tags: [team]\n    x-idempotent: true\n"
        )),
        &["`x-idempotent` of `get /x.probe` has no effect", "remove the key"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "post",
            "    operationId: x_probe\n    tags: [team]\n    x-idempotent: false\n"
        )),
        &["`x-idempotent` of `post /x.probe` has no effect", "a call by POST is not repeated"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "post",
            "    operationId: x_probe\n    tags: [team]\n    x-idempotent: often\n"
        )),
        &["`x-idempotent` of `post /x.probe` is a string, where true or false was expected"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: curser, next: response_metadata.next_cursor, items: channels }",
        ),
        &["openapi/web/conversations.yaml:", "`x-pagination` of `get /conversations.list` names no argument"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, next: response_metadata.cursor, items: channels }",
        ),
        &["names `response_metadata.cursor`, which the answer does not have", "write `{ argument: cursor"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, next: response_metadata.next_cursor, items: chanels }",
        ),
        &["names `chanels`, which the answer does not have"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, next: response_metadata.next_cursor, items: response_metadata }",
        ),
        &["names `response_metadata`, which is of the type `object` and not `array`"],
    ),
    (
        Replace(CONVERSATIONS, PAGED, "{ argument: cursor, next: channels, items: channels }"),
        &["names `channels`, which is of the type `array` and not `string`"],
    ),
    (
        Replace(CONVERSATIONS, PAGED, "{ argument: cursor, items: channels }"),
        &["does not say where the next page is"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, page: response_metadata.next_cursor, items: channels }",
        ),
        &["does not say where the next page is", "or `page` and `pages` in place of `next`"],
    ),
    (
        Replace(CONVERSATIONS, PAGED, "{ argument: cursor, next: response_metadata.next_cursor }"),
        &["does not say which list comes in pages"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, next: response_metadata.next_cursor, items: channels, repeated: tss }",
        ),
        &["names `tss`, which the items do not have"],
    ),
    (
        Replace(
            CONVERSATIONS,
            PAGED,
            "{ argument: cursor, next: response_metadata.next_cursor, item: channels }",
        ),
        &["unknown key `item`", "did you mean `items`?"],
    ),
    // Mends that fit.
    (
        Parameter(
            "- { name: more, in: query, description: x, x-rust-name: send_it, schema: { type: string } }",
        ),
        &["calls have already: `send_it`", "give it another `x-rust-name`"],
    ),
    (
        Replace(
            SPEC,
            "\"#/components/schemas/ConnectedUser\"",
            "\"https://example.com/a.yaml#/components/schemas/X\"",
        ),
        &["remote references are not followed"],
    ),
    (
        File(CONNECTION, b"openapi: 3.0.3\ninfo: { title: caf\xe9 }\n"),
        &["openapi/events/connection.yaml:2:19: error: cannot be read: byte 33 is not UTF-8"],
    ),
    (
        Replace(COMMANDS, "        propertyName: type\n", "        propertyName: tipe\n"),
        &["openapi/events/commands.yaml:", "no part of the schema `Command` has the property `tipe`"],
    ),
    // The configuration.
    (
        Replace(CONFIG, "known_warnings:", "known_warning:"),
        &["unknown key `known_warning`", "did you mean `known_warnings`?", "lacks the key `known_warnings`"],
    ),
    (Replace(CONFIG, "  api: apis/api.mustache", "  api: 5"), &["`api` is a number", "quote it"]),
];
