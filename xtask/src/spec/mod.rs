//! The spec: read with places, bundled into one document, checked, and brought into the form that the templates render.

pub mod bundle;
pub mod doc_comment;
pub(crate) mod evidence;
pub mod lint;
pub mod naming;
pub mod normalize;
pub mod swagger;
pub mod taken;
pub mod yaml;
