//! The properties of the API service, which the generated code defines.

/// The properties of a service.
pub(crate) struct Service {
    /// The base URL, if the OpenAPI document names an absolute one.
    pub(crate) base_url: Option<&'static str>,
    /// Whether a successful HTTP status with `"ok": false` in the body is a refusal.
    pub(crate) refuses_with_ok: bool,
    /// Whether a client requires a token.
    pub(crate) needs_token: bool,
}
