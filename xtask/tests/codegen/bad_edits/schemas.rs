//! Schemas, their examples and their enums.

use crate::edit::Edit::{self, File, Property, Replace, Schema};
use crate::edit::SPEC;

pub(super) const EDITS: &[(Edit, &[&str])] = &[
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
        &["`description` of the property `more` of the schema `ConnectedUser` is beside a $ref", "allOf"],
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
        &["the value \"red\" of the property `more` of the schema `ConnectedUser` occurs twice"],
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
        &["`Blue One` in Rust, which is not a valid name"],
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
        Property("more:\n  description: x\n  type: string\n  x-rare: true"),
        &["`x-rare` of the property `more` of the schema `ConnectedUser` has no effect"],
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
        &["has both properties and typed additional properties"],
    ),
    (
        Property(
            "more:\n  description: x\n  type: object\n  required: [b]\n  properties: { a: { type: string, description: x } }",
        ),
        &["requires `b`, which is not one of its properties"],
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
        &["would be called `größe` in Rust, which is not a valid name", "x-rust-name"],
    ),
    (
        Property("more: { description: x, type: string, x-rust-name: type }"),
        &["would be called `type` in Rust, which is not a valid name", "not a keyword"],
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
        &["`team_id` is not the name of a type in Rust"],
    ),
    (
        Replace(SPEC, "      x-rust-name: TeamId\n", "      x-rust-name: Vec\n"),
        &["`Vec` cannot be the name of a generated type"],
    ),
    (
        Schema("lower_case:\n  type: string\n  description: x"),
        &["`lower_case` is not a PascalCase name", "call it `LowerCase`"],
    ),
    (Schema("Größe:\n  type: string\n  description: x"), &["is not the name of a type in Rust"]),
    (
        Schema("Newtypes:\n  type: string\n  description: x"),
        &["`Newtypes` cannot be the name of a generated type"],
    ),
    (
        Schema(
            "Loop:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/Pool\" }\n    - { type: object, properties: {} }\nPool:\n  description: x\n  allOf:\n    - { $ref: \"#/components/schemas/Loop\" }\n    - { type: object, properties: {} }",
        ),
        &["the schema `Loop` contains itself"],
    ),
    (
        Schema(
            "Odd:\n  description: x\n  oneOf:\n    - { $ref: \"#/components/schemas/AppId\" }\n    - { $ref: \"#/components/schemas/ConnectedTeam\" }\n  properties: { a: { type: string, description: x } }",
        ),
        &["`properties` of the schema `Odd` is beside a `oneOf`"],
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
            "is missing `name`, which is required",
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
        &["`is_transient` names `fatal_eror`", "did you mean `fatal_error`?"],
    ),
    (
        Replace(
            SPEC,
            "          values:\n            - fatal_error\n",
            "          values:\n            - internal_error\n",
        ),
        &["`internal_error` occurs twice in `is_transient`"],
    ),
];
