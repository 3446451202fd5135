//! The grammar of OpenAPI 3.0, with the extensions that our generator reads.

/// The expected form of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Anything,
    Text,
    Flag,
    Number,
    /// A whole number from 0.
    Count,
    List,
    Texts,
    /// A mapping of names to strings.
    TextOf,
    /// A list of mappings of names to lists of strings.
    Requirements,
    /// The name of a type.
    Type,
    One(Kind),
    Many(Kind),
    /// A mapping of names to mappings of this kind.
    Named(Kind),
    /// A schema, or a boolean.
    SchemaOrFlag,
}

use Kind::{
    Components, Contact, Discriminator, Document, Encoding, Example, ExternalDocs, Flow, Flows, Header, Info,
    Licence, Media, Operation, Pagination, Parameter, PathItem, Predicate, Provenance, RequestBody, Response,
    Schema, SecurityScheme, Server, Tag, Variable,
};
use Shape::{
    Anything, Count, Flag, List, Many, Named, Number, One, Requirements, SchemaOrFlag, Text, TextOf, Texts,
    Type,
};

macro_rules! kinds {
    ($($kind:ident { $($key:literal: $shape:expr),* })*) => {
        /// A kind of mapping.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// Returns the keys that it may have, with the forms of their values.
            pub(crate) fn keys(self) -> &'static [(&'static str, Shape)] {
                match self {
                    $(Self::$kind => &[$(($key, $shape)),*],)*
                }
            }
        }
    };
}

kinds! {
    Document {
        "openapi": Text, "info": One(Info), "servers": Many(Server), "tags": Many(Tag),
        "paths": Named(PathItem), "components": One(Components), "security": Requirements,
        "externalDocs": One(ExternalDocs), "x-feature": Text
    }
    Info {
        "title": Text, "version": Text, "description": Text, "termsOfService": Text,
        "contact": One(Contact), "license": One(Licence), "x-provenance": One(Provenance)
    }
    Contact { "name": Text, "url": Text, "email": Text }
    Licence { "name": Text, "url": Text }
    Provenance {
        "source": Text, "version": Text, "commit": Text, "sha256": Text, "overlay": Text,
        "licence": Text, "changes": Text, "content": Text, "operations": Texts
    }
    Server { "url": Text, "description": Text, "variables": Named(Variable) }
    Variable { "enum": Texts, "default": Text, "description": Text }
    Tag { "name": Text, "description": Text, "externalDocs": One(ExternalDocs) }
    ExternalDocs { "description": Text, "url": Text }
    Components {
        "schemas": Named(Schema), "parameters": Named(Parameter), "responses": Named(Response),
        "requestBodies": Named(RequestBody), "headers": Named(Header),
        "securitySchemes": Named(SecurityScheme)
    }
    PathItem {
        "$ref": Text, "summary": Text, "description": Text, "parameters": Many(Parameter),
        "get": One(Operation), "post": One(Operation), "put": One(Operation), "patch": One(Operation),
        "delete": One(Operation)
    }
    Operation {
        "operationId": Text, "tags": Texts, "summary": Text, "description": Text,
        "externalDocs": One(ExternalDocs), "deprecated": Flag, "security": Requirements,
        "parameters": Many(Parameter), "requestBody": One(RequestBody), "responses": Named(Response),
        "x-deprecated-reason": Text, "x-errors": Texts, "x-feature": Text, "x-idempotent": Flag,
        "x-pagination": One(Pagination)
    }
    Parameter {
        "$ref": Text, "name": Text, "in": Text, "description": Text, "required": Flag,
        "deprecated": Flag, "schema": One(Schema), "content": Named(Media), "example": Anything,
        "examples": Named(Example), "style": Text, "explode": Flag, "allowEmptyValue": Flag,
        "allowReserved": Flag, "x-credential": Flag, "x-deprecated-reason": Text, "x-rust-name": Text
    }
    Header {
        "$ref": Text, "description": Text, "required": Flag, "deprecated": Flag,
        "schema": One(Schema), "example": Anything
    }
    RequestBody { "$ref": Text, "description": Text, "required": Flag, "content": Named(Media) }
    Response { "$ref": Text, "description": Text, "headers": Named(Header), "content": Named(Media) }
    Media {
        "schema": One(Schema), "example": Anything, "examples": Named(Example),
        "encoding": Named(Encoding)
    }
    Encoding {
        "contentType": Text, "headers": Named(Header), "style": Text, "explode": Flag,
        "allowReserved": Flag
    }
    Example { "summary": Text, "description": Text, "value": Anything, "externalValue": Text }
    SecurityScheme {
        "type": Text, "description": Text, "name": Text, "in": Text, "scheme": Text,
        "bearerFormat": Text, "flows": One(Flows), "openIdConnectUrl": Text
    }
    Flows {
        "implicit": One(Flow), "password": One(Flow), "clientCredentials": One(Flow),
        "authorizationCode": One(Flow)
    }
    Flow { "authorizationUrl": Text, "tokenUrl": Text, "refreshUrl": Text, "scopes": TextOf }
    Schema {
        "$ref": Text, "type": Type, "format": Text, "title": Text, "description": Text,
        "example": Anything, "default": Anything, "deprecated": Flag, "nullable": Flag,
        "readOnly": Flag, "writeOnly": Flag, "externalDocs": One(ExternalDocs), "enum": List,
        "pattern": Text, "minLength": Count, "maxLength": Count, "minimum": Number, "maximum": Number,
        "exclusiveMinimum": Flag, "exclusiveMaximum": Flag, "multipleOf": Number,
        "items": One(Schema), "minItems": Count, "maxItems": Count, "uniqueItems": Flag,
        "properties": Named(Schema), "required": Texts, "additionalProperties": SchemaOrFlag,
        "minProperties": Count, "maxProperties": Count, "allOf": Many(Schema), "oneOf": Many(Schema),
        "anyOf": Many(Schema), "not": One(Schema), "discriminator": One(Discriminator),
        "x-closed": Flag, "x-feature": Text, "x-frames": Flag, "x-rust-name": Text,
        "x-rust-type": Text, "x-enum-descriptions": Texts, "x-enum-varnames": Texts,
        "x-enum-predicates": Named(Predicate), "x-php-empty": Flag, "x-may-lack": Flag,
        "x-rare": Flag
    }
    Discriminator { "propertyName": Text, "mapping": TextOf }
    Predicate { "description": Text, "values": Texts }
    Pagination {
        "argument": Text, "next": Text, "page": Text, "pages": Text, "items": Text, "repeated": Text
    }
}

impl Kind {
    /// Returns the section of `components` to which a reference in its place leads.
    pub(crate) fn section(self) -> Option<&'static str> {
        match self {
            Schema => Some("schemas"),
            Parameter => Some("parameters"),
            Response => Some("responses"),
            RequestBody => Some("requestBodies"),
            Header => Some("headers"),
            _ => None,
        }
    }

    /// Returns whether it may have a key.
    pub(crate) fn has(self, key: &str) -> bool {
        self.keys().iter().any(|(known, _)| *known == key)
    }

    /// Returns the required keys.
    pub(crate) fn needs(self) -> &'static [&'static str] {
        match self {
            Document => &["openapi", "info", "paths"],
            Info => &["title", "version"],
            Server | ExternalDocs => &["url"],
            Variable => &["default"],
            Tag | Licence => &["name"],
            Parameter => &["name", "in"],
            RequestBody => &["content"],
            Media => &["schema"],
            Response => &["description"],
            Discriminator => &["propertyName"],
            _ => &[],
        }
    }

    /// Returns the help for a well-known key that would have no effect on the generated code.
    pub(super) fn refused(self, key: &str) -> Option<&'static str> {
        match (self, key) {
            (PathItem, "head" | "options" | "trace") => {
                Some("Slack's methods are called with get, post, put, patch or delete")
            }
            (PathItem | Operation, "servers") => {
                Some("a client has one base URL, and `with_base_url` sets another for one call")
            }
            (Operation, "callbacks") | (Response, "links") => Some("remove it; nothing calls back here"),
            (Components, "links" | "callbacks" | "examples") => Some("remove it; nothing would refer to it"),
            (Schema, "xml") => Some("remove it; everything here is JSON"),
            (Schema, "const") => Some("OpenAPI 3.0 says it as `enum: [value]`"),
            (Schema, "examples") => Some("OpenAPI 3.0 has one `example` for a schema"),
            (Schema, "$defs" | "definitions") => {
                Some("give the schema a name under `components/schemas` and refer to it")
            }
            _ => None,
        }
    }
}
