//! Keys and kinds of values at every level.

use crate::edit::Edit::{self, Replace};
use crate::edit::{CONNECTION, SPEC};

pub(super) const EDITS: &[(Edit, &[&str])] = &[
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
        &["`rtm.connect` is not a path below the base URL"],
    ),
    (Replace(SPEC, "  /rtm.connect:\n", "  \"/rtm connect?x=1\":\n"), &["is not a path below the base URL"]),
    (
        Replace(SPEC, "        \"200\":\n", "        \"2OO\":\n"),
        &["`2OO` of `get /rtm.connect` is not an HTTP status"],
    ),
    (
        Replace(
            SPEC,
            "      operationId: rtm_connect\n",
            "      operationId: rtm_connect\n      x-ratelimit-tier: 1\n",
        ),
        &["unknown extension `x-ratelimit-tier` of `get /rtm.connect`", "openapi/README.md"],
    ),
    (
        Replace(
            SPEC,
            "      operationId: rtm_connect\n",
            "      operationId: rtm_connect\n      servers: []\n",
        ),
        &["`servers` of `get /rtm.connect` would have no effect", "with_base_url"],
    ),
];
