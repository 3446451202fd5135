//! The client's side of the WebSocket upgrade (RFC 6455, section 4).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use slack_rtm_models::SocketUrl;

use crate::response_head::ResponseHead;

/// The constant that a server appends to the key before it hashes it.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The key of one upgrade. It is not a secret: its hash in the response proves that the server has read the request.
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn random() -> Self {
        Self(STANDARD.encode(fastrand::u128(..).to_ne_bytes()))
    }

    fn accept(&self) -> String {
        let mut sha1 = sha1_smol::Sha1::new();
        sha1.update(self.0.as_bytes());
        sha1.update(GUID.as_bytes());
        STANDARD.encode(sha1.digest().bytes())
    }
}

/// Returns the upgrade request.
pub(crate) fn request(url: &SocketUrl, key: &Key, headers: &HeaderMap) -> Vec<u8> {
    let host = url.expose().host_str().unwrap_or_default();
    let port = url.expose().port().map_or_else(String::new, |port| format!(":{port}"));
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        url.request_target(),
        key.0
    )
    .into_bytes();
    write_headers(&mut request, headers);
    request
}

/// Writes headers and the empty line that ends them. Names are written in title case, such as `User-Agent`, because some old proxies compare case-sensitively.
pub(crate) fn write_headers(request: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        let mut previous = b'-';
        request.extend(name.as_str().bytes().map(|byte| {
            let is_first = std::mem::replace(&mut previous, byte) == b'-';
            if is_first { byte.to_ascii_uppercase() } else { byte }
        }));
        request.extend_from_slice(b": ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
}

/// Checks a response with status 101.
pub(crate) fn check(head: &ResponseHead, key: &Key) -> Result<(), UpgradeError> {
    let has = |name, token: &str| head.list(name).any(|element| element.eq_ignore_ascii_case(token));
    if !has(UPGRADE, "websocket") {
        return Err(UpgradeError("its Upgrade header does not name WebSocket"));
    }
    if !has(CONNECTION, "upgrade") {
        return Err(UpgradeError("its Connection header does not say Upgrade"));
    }
    let accept = key.accept();
    let mut accepts = head.headers.get_all(SEC_WEBSOCKET_ACCEPT).into_iter().peekable();
    if accepts.peek().is_none() || accepts.any(|value| value.as_bytes().trim_ascii() != accept.as_bytes()) {
        return Err(UpgradeError("its Sec-WebSocket-Accept does not match the request"));
    }
    if head.list(SEC_WEBSOCKET_EXTENSIONS).next().is_some() {
        return Err(UpgradeError("it uses an extension that was not offered"));
    }
    if head.list(SEC_WEBSOCKET_PROTOCOL).next().is_some() {
        return Err(UpgradeError("it speaks a subprotocol that was not offered"));
    }
    Ok(())
}

/// The error of a response with status 101 that does not complete the upgrade.
#[derive(Debug)]
pub(crate) struct UpgradeError(&'static str);

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server accepted the upgrade, but {}", self.0)
    }
}

impl std::error::Error for UpgradeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderName, HeaderValue, StatusCode};
    use url::Url;

    /// The key of the RFC's example.
    fn key() -> Key {
        Key("dGhlIHNhbXBsZSBub25jZQ==".to_owned())
    }

    #[test]
    fn the_request_has_the_address_and_the_headers() {
        let url = SocketUrl::new(Url::parse("wss://[::1]:8443/a:b?c=%2f").unwrap());
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("d=1"));
        headers.append("cookie", HeaderValue::from_static("e=2"));
        assert_eq!(
            String::from_utf8(request(&url, &key(), &headers)).unwrap(),
            "GET /a:b?c=%2f HTTP/1.1\r\nHost: [::1]:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nCookie: d=1\r\nCookie: e=2\r\n\r\n"
        );
        assert_ne!(Key::random().0, Key::random().0);
        assert_eq!(Key::random().0.len(), 24);
    }

    #[test]
    fn a_response_has_to_agree() {
        const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        let good = [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-accept", ACCEPT)];
        let outcome = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            check(
                &ResponseHead { status: StatusCode::SWITCHING_PROTOCOLS, headers, rest: Bytes::new() },
                &key(),
            )
        };
        let with = |name, value| {
            let mut lines = good.to_vec();
            lines.retain(|line| line.0 != name);
            lines.push((name, value));
            outcome(&lines)
        };
        outcome(&good).unwrap();
        with("connection", "keep-alive, Upgrade").unwrap();
        with("upgrade", "WebSocket").unwrap();
        outcome(&[&good[..], &[("connection", "keep-alive"), ("upgrade", "h2c")]].concat()).unwrap();
        for (name, value, why) in [
            ("upgrade", "h2c", "does not name WebSocket"),
            ("connection", "close", "Connection"),
            ("sec-websocket-accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Accept"),
            ("sec-websocket-extensions", "permessage-deflate", "extension"),
            ("sec-websocket-protocol", "x", "subprotocol"),
        ] {
            let error = with(name, value).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        for missing in 0..good.len() {
            let mut lines = good.to_vec();
            lines.remove(missing);
            assert!(outcome(&lines).is_err(), "{lines:?}");
        }
    }
}
