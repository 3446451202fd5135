//! Edits that have to be refused: exit code 1, the file and the line, what is wrong and how to mend it, and the tree as it was.

use crate::edit::Edit::{self, File, Parameter, Path, Property, Replace, Schema};
use crate::edit::{COMMANDS, CONFIG, CONNECTION, CONVERSATIONS, EVENT, MESSAGE, SPEC, TYPES, operation};
use crate::support::{Copy, stderr};

/// How conversations.list says that it comes in pages.
const PAGED: &str = "{ argument: cursor, next: response_metadata.next_cursor, items: channels }";

/// Edits by what they are wrong in, with what the message has to say.
const EDITS: &[(Edit, &[&str])] = &[
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
        &["openapi/slack-rtm.yaml:6:", "no valid YAML"],
    ),
    (Replace(SPEC, "  title: Slack RTM API", "\ttitle: x"), &["openapi/slack-rtm.yaml:", "no valid YAML"]),
    (
        Replace(SPEC, "    ConnectedUser:\n", "    ConnectedTeam:\n"),
        &["`ConnectedTeam` stands twice", "the first is at openapi/slack-rtm.yaml:"],
    ),
    (
        Replace(SPEC, "schemas/ConnectedUser\" }", "schemas/ConnectedUsr\" }"),
        &["the $ref leads nowhere", "`components/schemas/ConnectedUsr`", "did you mean `ConnectedUser`?"],
    ),
    (
        Replace(SPEC, "\"#/components/schemas/ConnectedUser\"", "\"nowhere.yaml#/components/schemas/X\""),
        &["openapi/nowhere.yaml", "cannot be read"],
    ),
    (
        Replace(SPEC, "\"#/components/schemas/ConnectedUser\"", "\"#/definitions/ConnectedUser\""),
        &["is no reference that this tool follows"],
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
        &["requires `nam`, which is none of its properties"],
    ),
    (
        Replace(SPEC, "required: [ok, url, team, self]", "requierd: [ok]"),
        &["unknown key `requierd`", "did you mean `required`?"],
    ),
    (
        Replace(SPEC, "      x-rust-name: UserId", "      x-rust-nmae: UserId"),
        &["nobody reads the extension `x-rust-nmae`"],
    ),
    (
        Replace(SPEC, "      operationId: rtm_start", "      operationId: rtm_connect"),
        &["the operationId `rtm_connect` stands twice"],
    ),
    (Replace(SPEC, "      operationId: rtm_start\n", ""), &["`get /rtm.start` has no operationId"]),
    (
        Replace(SPEC, "        - access_denied\n", ""),
        &["the schema `ErrorCode` has ", " in `x-enum-descriptions`", "one line for each value"],
    ),
    (
        Replace(SPEC, "        - access_denied\n", "        - accesslimited\n"),
        &["the value \"accesslimited\" of the schema `ErrorCode` stands twice"],
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
        &["`unrecognized` of the schema `ErrorCode` would be called as the variant"],
    ),
    (
        Replace(
            SPEC,
            "    ConnectedUser:\n",
            "    Same:\n      description: x\n      allOf: [{ $ref: \"#/components/schemas/Same\" }]\n    ConnectedUser:\n",
        ),
        &["the schema `Same` is nothing but another one"],
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
        &["openapi/slack-rtm.yaml:", "no valid YAML"],
    ),
    (Replace(SPEC, "info:\n", "info:\n  <<: { title: x }\n"), &["YAML merge keys are not supported"]),
    (
        Replace(SPEC, "  title: Slack RTM API", "  title: Slack RTM API\n  title: twice"),
        &["the key `title` stands twice", "the first is at openapi/slack-rtm.yaml:5:3"],
    ),
    // Keys and kinds at every level.
    (
        Replace(SPEC, "info:\n", "infos:\n"),
        &["unknown key `infos`", "did you mean `info`?", "lacks the key `info`"],
    ),
    (
        Replace(SPEC, "  version: 1.7.0\n  description", "  version: 1.7\n  description"),
        &["`version` of `info` is a number", "quote it"],
    ),
    (
        Replace(SPEC, "    name: Slack developer relations", "    nam: x"),
        &["`contact` of `info` has an unknown key `nam`", "did you mean `name`?"],
    ),
    (
        Replace(SPEC, "    licence: MIT, (c)", "    license: MIT, (c)"),
        &["unknown key `license`", "did you mean `licence`?"],
    ),
    (
        Replace(SPEC, "  - url: https://slack.com/api\n", "  - uri: https://slack.com/api\n"),
        &["unknown key `uri`", "did you mean `url`?"],
    ),
    (Replace(SPEC, "  - name: rtm\n", "  - nome: rtm\n"), &["unknown key `nome`", "lacks the key `name`"]),
    (
        Replace(SPEC, "components:\n", "component:\n"),
        &["unknown key `component`", "did you mean `components`?"],
    ),
    (
        Replace(SPEC, "components:\n  securitySchemes", "components:\n  schemaz: {}\n  securitySchemes"),
        &["unknown key `schemaz`", "did you mean `schemas`?"],
    ),
    (
        Replace(CONNECTION, "  schemas:\n", "  schemaz:\n"),
        &["openapi/events/connection.yaml:6:3", "unknown key `schemaz`"],
    ),
    (
        Replace(CONNECTION, "openapi: 3.0.3\n", "openapi: 3.1.0\n"),
        &["openapi/events/connection.yaml:2:10", "OpenAPI 3.1.0 is not supported"],
    ),
    (
        Replace(CONNECTION, "paths: {}\n", "paths: {}\nwebhooks: {}\n"),
        &["openapi/events/connection.yaml:5:1", "unknown key `webhooks`"],
    ),
    (
        Replace(CONNECTION, "paths: {}\n", "paths:\n  /lost:\n    get: {}\n"),
        &["openapi/events/connection.yaml:5:3", "nothing refers to the path `/lost`"],
    ),
    (
        Replace(
            SPEC,
            "      tags: [rtm]\n      summary: Starts a Real Time Messaging session.\n",
            "      tags: rtm\n      summary: x\n",
        ),
        &["`tags` of `get /rtm.connect` is a string, where a list of strings was expected"],
    ),
    (
        Replace(
            SPEC,
            "      tags: [rtm]\n      summary: Starts a Real Time Messaging session.\n",
            "      tag: [rtm]\n      summary: x\n",
        ),
        &["`get /rtm.connect` has an unknown key `tag`", "did you mean `tags`?"],
    ),
    (
        Replace(SPEC, "      deprecated: true\n", "      deprecated: \"true\"\n"),
        &["`deprecated` of `get /rtm.start` is a string, where true or false was expected", "without quotes"],
    ),
    (
        Replace(SPEC, "      deprecated: true\n", ""),
        &["`x-deprecated-reason` of `get /rtm.start` has no effect", "add `deprecated: true`"],
    ),
    (
        Replace(
            SPEC,
            "            application/json:\n              schema: { $ref: \"#/components/schemas/RtmConnectResponse\" }",
            "            application/json:\n              schemas: { $ref: \"#/components/schemas/RtmConnectResponse\" }",
        ),
        &["unknown key `schemas`", "did you mean `schema`?"],
    ),
    (
        Replace(SPEC, "  /rtm.connect:\n    get:", "  /rtm.connect:\n    gte:"),
        &["the path `/rtm.connect` has an unknown key `gte`", "did you mean `get`?"],
    ),
    (
        Replace(SPEC, "  /rtm.connect:\n    get:", "  /rtm.connect:\n    head:"),
        &["`head` of the path `/rtm.connect` would have no effect"],
    ),
    (
        Replace(SPEC, "  /rtm.connect:\n", "  rtm.connect:\n"),
        &["`rtm.connect` is no path below the base URL"],
    ),
    (Replace(SPEC, "  /rtm.connect:\n", "  \"/rtm connect?x=1\":\n"), &["is no path below the base URL"]),
    (
        Replace(SPEC, "        \"200\":\n", "        \"2OO\":\n"),
        &["`2OO` of `get /rtm.connect` is no HTTP status"],
    ),
    (
        Replace(
            SPEC,
            "      operationId: rtm_connect\n",
            "      operationId: rtm_connect\n      x-ratelimit-tier: 1\n",
        ),
        &["nobody reads the extension `x-ratelimit-tier` of `get /rtm.connect`", "openapi/README.md"],
    ),
    (
        Replace(
            SPEC,
            "      operationId: rtm_connect\n",
            "      operationId: rtm_connect\n      servers: []\n",
        ),
        &["`servers` of `get /rtm.connect` would have no effect", "with_base_url"],
    ),
    // Schemas.
    (
        Schema("Lone:\n  type: object\n  description: x\n  properties: {}"),
        &["nothing uses the schema `Lone`"],
    ),
    (
        Replace(
            SPEC,
            "  parameters:\n    Token:\n",
            "  parameters:\n    Lone: { name: lone, in: query, description: x, schema: { type: string } }\n    Token:\n",
        ),
        &["nothing uses the parameter `Lone`"],
    ),
    (
        File("openapi/events/lost.yaml", b"openapi: 3.0.3\n"),
        &["openapi/events/lost.yaml", "no reference leads to this file"],
    ),
    (
        Property("more:\n  description: x\n  type: [string, 'null']"),
        &["the type of the property `more` of the schema `ConnectedUser` is a sequence", "nullable"],
    ),
    (Property("more:\n  description: x\n  type: array"), &["is an array without `items`"]),
    (
        Property("more:\n  description: x\n  type: string\n  items: { type: string }"),
        &["`items` of the property `more` of the schema `ConnectedUser` belongs to the type `array`"],
    ),
    (
        Property("more:\n  description: x\n  properties: { a: { type: string, description: x } }"),
        &["`properties` of the property `more`", "add `type: object`"],
    ),
    (
        Property("more:\n  type: string"),
        &["the property `more` of the schema `ConnectedUser` has no description"],
    ),
    (
        Property("more:\n  description: ''\n  type: string"),
        &["the property `more` of the schema `ConnectedUser` has no description"],
    ),
    (
        Property("more:\n  description: 5\n  type: string"),
        &["`description` of the property `more` of the schema `ConnectedUser` is a number", "quote it"],
    ),
    (
        Property("more: A name"),
        &["the property `more` of the schema `ConnectedUser` is a string, where a mapping was expected"],
    ),
    (Property("more:"), &["the property `more` of the schema `ConnectedUser` is null"]),
    (
        Property("more:\n  description: x\n  $ref: \"#/components/schemas/AppId\""),
        &["`description` of the property `more` of the schema `ConnectedUser` stands beside a $ref", "allOf"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  format: int16"),
        &["has the format `int16`", "did you mean `int32`?"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  format: int64"),
        &["is `string` and has the format `int64`"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  minimum: 5\n  maximum: 1"),
        &["`minimum` of the property `more` of the schema `ConnectedUser` is above its `maximum`"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  minimum: '5'"),
        &["`minimum` of the property `more` of the schema `ConnectedUser` is a string", "without quotes"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  maximum: 1e999"),
        &["`maximum` of the property `more` of the schema `ConnectedUser` is a string"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  minLength: -1"),
        &["`minLength` of the property `more`", "a whole number from 0"],
    ),
    (
        Property("more:\n  description: x\n  type: number\n  multipleOf: 0"),
        &["`multipleOf` of the property `more`", "is not above 0"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  default: 5"),
        &[
            "the default of the property `more` of the schema `ConnectedUser` is the number `5`, and its schema says a string",
        ],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, blue]\n  default: rad"),
        &["is `rad`, which its enum does not have", "did you mean `red`?"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, red]"),
        &["the value \"red\" of the property `more` of the schema `ConnectedUser` stands twice"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, Red]"),
        &[
            "two values of the property `more` of the schema `ConnectedUser` are called `Red` in Rust",
            "x-enum-varnames",
        ],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: []"),
        &["the enum of the property `more` of the schema `ConnectedUser` has no values"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [on, 5]"),
        &[
            "a value of the property `more` of the schema `ConnectedUser` is a number, not a string",
            "quote it",
        ],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  enum: [1, two]"),
        &[
            "a value of the property `more` of the schema `ConnectedUser` is a string",
            "its type is `integer`",
        ],
    ),
    (Property("more:\n  description: x\n  enum: [red, blue]"), &["has an enum and no type"]),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, '☃']"),
        &["`☃` of the property `more`", "has no letter for a name in Rust", "x-enum-varnames"],
    ),
    (
        Property(
            "more:\n  description: x\n  type: string\n  enum: [red, blue]\n  x-enum-varnames: [Red, 'Blue One']",
        ),
        &["`Blue One` in Rust, which is no name"],
    ),
    (
        Property(
            "more:\n  description: x\n  type: string\n  enum: [red, blue]\n  x-enum-varnames: [Red, Red]",
        ),
        &["two values", "are called `Red` in Rust"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  enum: [red, blue]\n  x-enum-varnames: [Red]"),
        &["has 2 values and 1 in `x-enum-varnames`"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  x-enum-varnames: [Red]"),
        &["`x-enum-varnames` of the property `more` of the schema `ConnectedUser` has no effect"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  x-may-lack: true"),
        &[
            "`x-may-lack` of the property `more` of the schema `ConnectedUser` has no effect",
            "text that is required",
        ],
    ),
    (
        Replace(
            SPEC,
            "          type: string\n          x-may-lack: true",
            "          type: string\n          nullable: true\n          x-may-lack: true",
        ),
        &["`x-may-lack` of the property `name` of the schema `ConnectedUser` has no effect"],
    ),
    (
        Property("more:\n  description: x\n  type: integer\n  x-may-lack: true"),
        &["`x-may-lack` of the property `more` of the schema `ConnectedUser` has no effect"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  x-closed: true"),
        &["`x-closed` of the property `more` of the schema `ConnectedUser` has no effect"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  discriminator: { propertyName: type }"),
        &["`discriminator` of the property `more` of the schema `ConnectedUser` has no effect"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  example: 7"),
        &[
            "the example of the property `more` of the schema `ConnectedUser` is the number `7`, and its schema says a string",
        ],
    ),
    (
        Property(
            "more:\n  description: x\n  type: object\n  properties: { a: { type: string, description: x } }\n  additionalProperties: { type: string }",
        ),
        &["has properties and further ones of a type"],
    ),
    (
        Property(
            "more:\n  description: x\n  type: object\n  required: [b]\n  properties: { a: { type: string, description: x } }",
        ),
        &["requires `b`, which is none of its properties"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  const: red"),
        &["`const` of the property `more`", "enum: [value]"],
    ),
    (
        Property("more:\n  description: x\n  type: string\n  examples: [red]"),
        &["`examples` of the property `more`", "one `example`"],
    ),
    (Property("more:\n  description: x\n  type: file"), &["unknown type `file`"]),
    (
        Property("name_: { description: x, type: string }"),
        &["two properties of the schema `ConnectedUser` are called `name` in Rust", "x-rust-name"],
    ),
    (
        Property("Name: { description: x, type: string }"),
        &["two properties of the schema `ConnectedUser` are called `name` in Rust"],
    ),
    (
        Property("größe: { description: x, type: string }"),
        &["would be called `größe` in Rust, which is no name", "x-rust-name"],
    ),
    (
        Property("more: { description: x, type: string, x-rust-name: type }"),
        &["would be called `type` in Rust, which is no name", "no keyword"],
    ),
    (
        Property("more: { description: x, type: string, x-rust-name: 'more more' }"),
        &["would be called `more more` in Rust"],
    ),
    (
        Property("more: { description: x, type: string, x-rust-name: More }"),
        &["would be called `More` in Rust"],
    ),
    (
        Replace(SPEC, "      required: [id, name]\n", "      required: [id, name, id]\n"),
        &["the schema `ConnectedUser` requires `id` twice"],
    ),
    (
        Replace(SPEC, "      required: [id, name]\n", "      required: id\n"),
        &["`required` of the schema `ConnectedUser` is a string, where a list of strings was expected"],
    ),
    (
        Replace(SPEC, "      required: [id, name]\n", "      required: true\n"),
        &["`required` of the schema `ConnectedUser` is a boolean"],
    ),
    (
        Replace(SPEC, "      x-rust-name: TeamId\n", "      x-rust-name: UserId\n"),
        &["two schemas are called `UserId` in Rust", "the first is at openapi/slack-rtm.yaml:"],
    ),
    (
        Replace(SPEC, "      x-rust-name: TeamId\n", "      x-rust-name: team_id\n"),
        &["`team_id` is no name of a type in Rust"],
    ),
    (
        Replace(SPEC, "      x-rust-name: TeamId\n", "      x-rust-name: Vec\n"),
        &["`Vec` cannot be the name of a generated type"],
    ),
    (
        Schema("lower_case:\n  type: string\n  description: x"),
        &["`lower_case` is no PascalCase name", "call it `LowerCase`"],
    ),
    (Schema("Größe:\n  type: string\n  description: x"), &["is no name of a type in Rust"]),
    (
        Schema("Newtypes:\n  type: string\n  description: x"),
        &["`Newtypes` cannot be the name of a generated type"],
    ),
    (
        Schema(
            "Loop:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/Pool\" }\n    - { type: object, properties: {} }\nPool:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/Loop\" }\n    - { type: object, properties: {} }",
        ),
        &["the schema `Loop` is made of itself"],
    ),
    (
        Schema(
            "Odd:\n  description: x\n  oneOf:\n    - { $ref: \"#/components/schemas/AppId\" }\n    - { $ref: \"#/components/schemas/ConnectedTeam\" }\n  properties: { a: { type: string, description: x } }",
        ),
        &["`properties` of the schema `Odd` stands beside a `oneOf`"],
    ),
    (
        Schema("Odd:\n  description: x\n  not: { type: string }"),
        &["`not` of the schema `Odd` has no counterpart in Rust"],
    ),
    // Examples.
    (
        Replace(
            SPEC,
            "      example: { id: U01ROBOT000, name: helpful-robot }\n",
            "      example: { id: U01ROBOT000, nam: helpful-robot }\n",
        ),
        &[
            "the example of the schema `ConnectedUser` has `nam`",
            "did you mean `name`?",
            "lacks `name`, which is required",
        ],
    ),
    (
        Replace(
            SPEC,
            "      example: { id: U01ROBOT000, name: helpful-robot }\n",
            "      example: { id: u-1, name: helpful-robot }\n",
        ),
        &["is `u-1`, which does not match its pattern"],
    ),
    (
        Replace(SPEC, "      example: E01ACME0000\n", "      example: 5\n"),
        &["the example of the schema `EnterpriseId` is the number `5`"],
    ),
    (
        Replace(
            SPEC,
            "example: { ok: false, error: missing_scope,",
            "example: { ok: false, error: missing_scoop,",
        ),
        &["is `missing_scoop`, which its enum does not have", "did you mean `missing_scope`?"],
    ),
    // Enums and predicates.
    (
        Replace(SPEC, "        is_fatal:\n", "        is fatal:\n"),
        &["`is fatal` cannot be the name of a predicate"],
    ),
    (
        Replace(SPEC, "        is_fatal:\n", "        as_str:\n"),
        &["`as_str` cannot be the name of a predicate"],
    ),
    (
        Replace(
            SPEC,
            "          values:\n            - fatal_error\n",
            "          values:\n            - fatal_eror\n",
        ),
        &["`fatal_eror` is named by `is_transient`", "did you mean `fatal_error`?"],
    ),
    (
        Replace(
            SPEC,
            "          values:\n            - fatal_error\n",
            "          values:\n            - internal_error\n",
        ),
        &["`internal_error` stands twice in `is_transient`"],
    ),
    // Events.
    (
        Replace(TYPES, "        - accounts_changed\n", ""),
        &[
            "openapi/events/connection.yaml:",
            "`EventType` does not list `accounts_changed`, the type of `AccountsChangedEvent`",
        ],
    ),
    (
        Replace(CONNECTION, "enum: [accounts_changed]", "enum: [account_changed]"),
        &[
            "openapi/events/connection.yaml:",
            "`AccountsChangedEvent` has the type `account_changed`, which is not its name",
            "`AccountChangedEvent`",
        ],
    ),
    (
        Replace(
            EVENT,
            "        - $ref: \"notifications.yaml#/components/schemas/ActivityEvent\"\n",
            "        - $ref: \"connection.yaml#/components/schemas/AccountsChangedEvent\"\n",
        ),
        &[
            "openapi/events/event.yaml:13:",
            "two parts of the schema `Event` have the `type` `accounts_changed`",
        ],
    ),
    (
        Replace(
            COMMANDS,
            "          typing: \"#/components/schemas/TypingCommand\"",
            "          typong: \"#/components/schemas/TypingCommand\"",
        ),
        &["openapi/events/commands.yaml:21:", "the mapping of the schema `Command` names `typong`"],
    ),
    (
        Replace(
            COMMANDS,
            "          typing: \"#/components/schemas/TypingCommand\"",
            "          typing: \"#/components/schemas/PingCommand\"",
        ),
        &["the mapping of the schema `Command` leads from `typing` to `#/components/schemas/PingCommand`"],
    ),
    (
        Replace(COMMANDS, "        propertyName: type\n", "        propertyNam: type\n"),
        &["unknown key `propertyNam`", "did you mean `propertyName`?"],
    ),
    (Replace(EVENT, "oneOf:", "anyOf:"), &["`anyOf` of the schema `Event` has no counterpart in Rust"]),
    // Operations.
    (Path(operation!("/x.probe", "get", "    tags: [team]\n")), &["`get /x.probe` has no operationId"]),
    (Path(operation!("/x.probe", "get", "    operationId: x_probe\n")), &["`get /x.probe` has no tag"]),
    (
        Path(operation!("/x.probe", "get", "    operationId: x_probe\n    tags: [Team Things]\n")),
        &["the tag `Team Things` is no name of a module", "call it `team_things`"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: rtmConnect\n    tags: [team]\n")),
        &["collides with another as `rtm_connect`"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: call\n    tags: [team]\n")),
        &["the operationId `call` is a name that clients have already"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: session\n    tags: [team]\n")),
        &["the operationId `session` is a name that clients have already"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: operation\n    tags: [team]\n")),
        &["is a name that clients have already"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: größe\n    tags: [team]\n")),
        &["would be called `größe` in Rust, which is no name"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "get",
            "    operationId: x_probe\n    tags: [team]\n    callbacks: {}\n"
        )),
        &["`callbacks` of `get /x.probe` would have no effect"],
    ),
    (
        Path(operation!("/x.probe/{id}", "get", "    operationId: x_probe\n    tags: [team]\n")),
        &["`get /x.probe/{id}` has no parameter for `{id}`"],
    ),
    (
        Path("/x.probe: { $ref: \"vendor.yaml#/paths/~1x.probe\" }"),
        &["openapi/vendor.yaml", "cannot be read"],
    ),
    (
        Path("/x.probe: { $ref: \"events/event.yaml#/paths/~1x.probe\" }"),
        &["the $ref of a path leads nowhere"],
    ),
    (
        Path(
            "/x.probe:\n  get:\n    operationId: x_probe\n    tags: [team]\n    description: x\n    responses: {}",
        ),
        &["`get /x.probe` has no response for a success", "`200` is the typed answer"],
    ),
    (
        Path(
            "/x.probe:\n  get:\n    operationId: x_probe\n    tags: [team]\n    description: x\n    responses: { \"204\": { description: Done. } }",
        ),
        &["`get /x.probe` has no `default` response", "it is the typed refusal"],
    ),
    (
        Path("/x.probe:\n  get:\n    operationId: x_probe\n    tags: [team]\n    description: x"),
        &["`get /x.probe` has no responses"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: self\n    tags: [team]\n")),
        &["the operationId `self` would be called `self_` in Rust, which is no name"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: type\n    tags: [team]\n")),
        &["the operationId `type` would be called `r#type` in Rust, which is no name", "no keyword"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "post",
            "    operationId: x_probe\n    tags: [team]\n",
            "    requestBody: { content: { application/json: {} } }\n"
        )),
        &["`requestBody` of `post /x.probe` lacks the key `schema`", "say what it holds"],
    ),
    // Parameters.
    (
        Parameter("- { name: more, in: query, schema: { type: string } }"),
        &["the parameter `more` of `get /rtm.connect` has no description"],
    ),
    (
        Parameter("- { name: more, in: query, description: x }"),
        &["the parameter `more` of `get /rtm.connect` has no schema"],
    ),
    (
        Parameter("- { name: more, in: quary, description: x, schema: { type: string } }"),
        &["is in `quary`, which is no place"],
    ),
    (
        Parameter("- { name: more, description: x, schema: { type: string } }"),
        &["the parameter `more` of `get /rtm.connect` lacks the key `in`"],
    ),
    (Parameter("- { in: query, description: x, schema: { type: string } }"), &["lacks the key `name`"]),
    (
        Parameter("- { name: more, in: query, type: string, description: x }"),
        &["the parameter `more` of `get /rtm.connect` has an unknown key `type`"],
    ),
    (
        Parameter("- { name: batchPresenceAware, in: query, description: x, schema: { type: string } }"),
        &["two parameters of `get /rtm.connect` are called `batch_presence_aware` in Rust"],
    ),
    (
        Parameter("- { name: send, in: query, description: x, schema: { type: string } }"),
        &[
            "the parameter `send` of `get /rtm.connect` would be called as a method that calls have already",
            "x-rust-name",
        ],
    ),
    (
        Parameter("- { name: with_timeout, in: query, description: x, schema: { type: string } }"),
        &["the parameter `with_timeout` of `get /rtm.connect` would be called as a method"],
    ),
    (
        Parameter("- { name: more, in: query, description: x, schema: { type: strin } }"),
        &["did you mean `string`?"],
    ),
    (
        Parameter("- { name: more, in: path, required: true, description: x, schema: { type: string } }"),
        &["the path of `get /rtm.connect` has no `{more}`"],
    ),
    (
        Parameter("- { $ref: \"#/components/parameters/PresenceSab\" }"),
        &["the $ref leads nowhere", "did you mean `PresenceSub`?"],
    ),
    (
        Parameter("- { $ref: \"#/components/parameters/PresenceSub\", required: true }"),
        &["`required` of", "stands beside a $ref"],
    ),
    (
        Parameter("- { name: Authorization, in: header, description: x, schema: { type: string } }"),
        &["the parameter `Authorization` of `get /rtm.connect` is a header that is not the caller's to set"],
    ),
    // References to another kind of thing.
    (
        Parameter("- { $ref: \"#/components/schemas/Secret\" }"),
        &["refers to `#/components/schemas/Secret`", "write `#/components/parameters/<name>`"],
    ),
    (
        Replace(
            SPEC,
            "        \"200\":\n          description: \"The URL of the session and the connected user. Refusals also arrive with HTTP 200 and have `ok: false`.\"\n          content:\n            application/json:\n              schema: { $ref: \"#/components/schemas/RtmConnectResponse\" }",
            "        \"200\": { $ref: \"#/components/schemas/ErrorResponse\" }",
        ),
        &[
            "the response 200 of `get /rtm.connect` refers to `#/components/schemas/ErrorResponse`",
            "write `#/components/responses/<name>`",
        ],
    ),
    (
        Path(operation!(
            "/x.probe",
            "post",
            "    operationId: x_probe\n    tags: [team]\n",
            "    requestBody: { $ref: \"#/components/schemas/ConnectedTeam\" }\n"
        )),
        &["`requestBody` of `post /x.probe` refers to", "write `#/components/requestBodies/<name>`"],
    ),
    (
        Property("more:\n  description: x\n  allOf: [{ $ref: \"#/components/parameters/Token\" }]"),
        &["refers to `#/components/parameters/Token`", "write `#/components/schemas/<name>`"],
    ),
    (
        Parameter(
            "- { name: more, in: query, description: x, schema: { $ref: \"#/components/parameters/Tokn\" } }",
        ),
        &["the $ref leads nowhere", "did you mean `Token`?"],
    ),
    // Media types.
    (
        Replace(SPEC, "            application/json:\n", "            aplication/json:\n"),
        &[
            "`aplication/json` of the response 200 of `get /rtm.connect` is no media type",
            "did you mean `application/json`?",
        ],
    ),
    (
        Replace(SPEC, "            application/json:\n", "            application/jsno:\n"),
        &["has a schema under `application/jsno`", "did you mean `application/json`?"],
    ),
    (
        Replace(SPEC, "            application/json:\n", "            application/xml:\n"),
        &[
            "the response 200 of `get /rtm.connect` has a schema under `application/xml`",
            "write `application/json`",
        ],
    ),
    (
        Replace(SPEC, "            application/json:\n", "            multipart/form-data:\n"),
        &["has a schema under `multipart/form-data`"],
    ),
    (
        Path(operation!(
            "/x.probe",
            "post",
            "    operationId: x_probe\n    tags: [team]\n",
            "    requestBody: { content: { text/xml: { schema: { $ref: \"#/components/schemas/ConnectedTeam\" } } } }\n"
        )),
        &["`requestBody` of `post /x.probe` has a schema under `text/xml`"],
    ),
    // Parts.
    (
        Property(
            "more:\n  description: x\n  allOf: [{ $ref: \"#/components/schemas/AppId\" }, { $ref: \"#/components/schemas/BotId\" }]",
        ),
        &[
            "a part of the `allOf` of the property `more` of the schema `ConnectedUser` is no object",
            "one object",
        ],
    ),
    (
        Property(
            "more:\n  description: x\n  type: object\n  allOf: [{ $ref: \"#/components/schemas/AppId\" }]\n  properties: { a: { description: x, type: string } }",
        ),
        &["a part of the `allOf` of the property `more` of the schema `ConnectedUser` is no object"],
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
        &["`get /rtm.connect` requires `slackAth`, which is no security scheme", "did you mean `slackAuth`?"],
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
        &["`acces_denied` is no code of `ErrorCode`", "add it there"],
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
        &["`x-idempotent` of `get /x.probe` has no effect", "take the key away"],
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

#[test]
fn a_bad_edit_is_refused_with_its_place_and_changes_nothing() {
    let copy = Copy::new();
    let original = copy.tree();
    let mut failures = Vec::new();
    for (n, (edit, expected)) in EDITS.iter().enumerate() {
        let file = edit.apply(&copy);
        let before = copy.tree();
        // Neither java nor python is on the way: the input has to be refused before a tool is looked for.
        let output = copy.xtask(&["codegen"]).env("PATH", "").output().unwrap();
        let message = stderr(&output);
        let missing: Vec<&&str> = expected.iter().filter(|part| !message.contains(**part)).collect();
        let is_told = output.status.code() == Some(1) && message.contains(": error: ") && missing.is_empty();
        // Whatever is wrong, its message says what to do about it.
        let count = |part: &str| message.lines().filter(|line| line.contains(part)).count();
        let is_helpful = count(": error: ") == count("  help: ");
        if !is_told || !is_helpful || before != copy.tree() {
            failures.push(format!("edit {n}, of {file}: no {missing:?} in\n{message}"));
        }
        copy.restore(&original);
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), EDITS.len(), failures.join("\n"));
}
