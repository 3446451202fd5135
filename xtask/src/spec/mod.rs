//! The spec: read with locations, bundled into one document, checked, read as types, and brought into the form that the templates render.

mod build;
pub mod bundle;
pub mod doc_comment;
pub mod examples;
pub mod foreign;
pub(crate) mod json_pointer;
pub mod lint;
mod lower;
pub mod naming;
pub mod normalize;
mod openapi;
pub mod reserved;
mod security;
pub mod skip;
pub mod swagger;
pub mod yaml;
