//! Events, operations, their parameters and their media types.

use crate::edit::Edit::{self, Parameter, Path, Property, Replace};
use crate::edit::{COMMANDS, CONNECTION, EVENT, SPEC, TYPES, operation};

pub(super) const EDITS: &[(Edit, &[&str])] = &[
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
        &["the tag `Team Things` is not the name of a module", "call it `team_things`"],
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
        &["would be called `größe` in Rust, which is not a valid name"],
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
        &["the $ref of a path cannot be resolved"],
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
        &["the operationId `self` would be called `self_` in Rust, which is not a valid name"],
    ),
    (
        Path(operation!("/x.probe", "get", "    operationId: type\n    tags: [team]\n")),
        &[
            "the operationId `type` would be called `r#type` in Rust, which is not a valid name",
            "not a keyword",
        ],
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
        &["is in `quary`, which is not a location of parameters"],
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
            "the parameter `send` of `get /rtm.connect` would have the name of a method that calls have already",
            "x-rust-name",
        ],
    ),
    (
        Parameter("- { name: with_timeout, in: query, description: x, schema: { type: string } }"),
        &["the parameter `with_timeout` of `get /rtm.connect` would have the name of a method"],
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
        &["the $ref cannot be resolved", "did you mean `PresenceSub`?"],
    ),
    (
        Parameter("- { $ref: \"#/components/parameters/PresenceSub\", required: true }"),
        &["`required` of", "is beside a $ref"],
    ),
    (
        Parameter("- { name: Authorization, in: header, description: x, schema: { type: string } }"),
        &["the parameter `Authorization` of `get /rtm.connect` is a header that callers cannot set"],
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
        &["the $ref cannot be resolved", "did you mean `Token`?"],
    ),
    // Media types.
    (
        Replace(SPEC, "            application/json:\n", "            aplication/json:\n"),
        &[
            "`aplication/json` of the response 200 of `get /rtm.connect` is not a media type",
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
];
