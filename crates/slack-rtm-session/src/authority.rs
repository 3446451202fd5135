//! The authority of a URL: the host and the port that a connection leads to.

use std::io;

use http::Uri;
use url::Url;

/// Returns the host of a URL in the form that DNS and certificates use: an IPv6 address without its brackets.
pub(crate) fn host(url: &Url) -> io::Result<&str> {
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the URL has no host"))?;
    Ok(host.trim_matches(['[', ']']))
}

/// Returns `host:port`, as a CONNECT request names its target.
pub(crate) fn authority(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}", url.host_str()?))
}

/// Returns the origin of a URL with the scheme `http` or `https` in place of `ws` or `wss`, for libraries that accept only HTTP.
pub(crate) fn http_origin(url: &Url) -> Option<Uri> {
    let scheme = if matches!(url.scheme(), "wss" | "https") { "https" } else { "http" };
    format!("{scheme}://{}/", authority(url)?).parse().ok()
}
