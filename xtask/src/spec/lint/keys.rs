//! The keys that mean something, by the kind of mapping they stand in.

pub(super) const ROOT: [&str; 9] =
    ["openapi", "info", "servers", "tags", "paths", "components", "security", "externalDocs", "x-provenance"];

pub(super) const SCHEMA: [&str; 36] = [
    "$ref",
    "type",
    "format",
    "description",
    "title",
    "example",
    "default",
    "deprecated",
    "nullable",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "xml",
];

/// What only our own generation reads, on a schema.
pub(super) const SCHEMA_EXTENSIONS: [&str; 8] = [
    "x-closed",
    "x-frames",
    "x-rust-name",
    "x-rust-type",
    "x-enum-descriptions",
    "x-enum-varnames",
    "x-enum-predicates",
    "x-php-empty",
];

pub(super) const PATH_ITEM: [&str; 13] = [
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "trace",
    "parameters",
    "summary",
    "description",
    "servers",
    "$ref",
];

/// The methods that an operation can have.
pub(crate) const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

pub(super) const OPERATION: [&str; 13] = [
    "operationId",
    "tags",
    "summary",
    "description",
    "externalDocs",
    "deprecated",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "servers",
    "x-deprecated-reason",
    "callbacks",
];

pub(super) const PARAMETER: [&str; 16] = [
    "$ref",
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "schema",
    "example",
    "examples",
    "style",
    "explode",
    "allowEmptyValue",
    "allowReserved",
    "content",
    "x-credential",
    "x-rust-name",
];

pub(super) const RESPONSE: [&str; 5] = ["$ref", "description", "content", "headers", "links"];

/// Keys of JSON Schema that other documents carry and that change nothing here.
pub(super) const IGNORED: [&str; 7] =
    ["$schema", "id", "examples", "consumes", "produces", "collectionFormat", "additionalItems"];

/// Names of types that a generated one would hide: Rust's own, and those that slack-rtm-models writes by hand.
pub(crate) const TAKEN: [&str; 34] = [
    "Box",
    "Clone",
    "Debug",
    "Decode",
    "DecodeError",
    "Default",
    "Deserialize",
    "Err",
    "EventError",
    "False",
    "From",
    "Into",
    "None",
    "Ok",
    "Option",
    "Parameter",
    "PartialEq",
    "RawEvent",
    "RawJson",
    "Reply",
    "Result",
    "Secret",
    "SelfValue",
    "Serialize",
    "SocketUrl",
    "Some",
    "String",
    "Tagged",
    "True",
    "UnknownEvent",
    "Unrecognized",
    "Vec",
    "Vendor",
    "Visitor",
];

/// The types of slack-rtm-models that a schema can stand for.
pub(super) const HAND_WRITTEN: [&str; 5] = ["True", "False", "SocketUrl", "Secret", "RawJson"];
