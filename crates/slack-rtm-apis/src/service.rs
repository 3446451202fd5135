//! What differs from service to service. The generated code says it of the one that the document describes.

/// The service.
pub(crate) struct Service {
    /// Where it is, where the document names a whole address.
    pub(crate) base_url: Option<&'static str>,
    /// Whether a success of HTTP is a refusal where its body has `"ok": false`.
    pub(crate) refuses_with_ok: bool,
    /// Whether a client is of no use without a token.
    pub(crate) needs_token: bool,
}
