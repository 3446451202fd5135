//! HTTP methods.

/// An HTTP method. Nearly all of Slack's methods accept both GET and POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// GET, with the arguments in the query.
    Get,
    /// POST, with the arguments in a form.
    Post,
    /// PUT, with the arguments in a form.
    Put,
    /// PATCH, with the arguments in a form.
    Patch,
    /// DELETE, with the arguments in the query.
    Delete,
    /// HEAD, with the arguments in the query.
    Head,
    /// OPTIONS, with the arguments in the query.
    Options,
}

impl Method {
    /// Returns whether HTTP defines the method as idempotent: all methods except POST and PATCH.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }

    /// Returns whether arguments are sent as a form body.
    pub(crate) fn has_form(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
            Method::Head => Self::HEAD,
            Method::Options => Self::OPTIONS,
        }
    }
}
