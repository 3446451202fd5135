//! User-defined headers of calls and of WebSocket upgrades.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderName, HeaderValue};

use crate::ConfigError;

/// The reserved headers of calls: authorization and framing.
pub(crate) const RESERVED_FOR_CALLS: &[HeaderName] = &[
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The reserved headers of upgrades: those of the handshake. `Authorization` is not reserved, since the token is not sent.
pub(crate) const RESERVED_FOR_UPGRADES: &[HeaderName] = &[
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    PROXY_AUTHORIZATION,
    SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    USER_AGENT,
];

/// Parses a header. Its value can be secret, so neither errors nor `Debug` print it.
pub(crate) fn parse(
    name: &str,
    value: &str,
    reserved: &[HeaderName],
) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let name = HeaderName::try_from(name)
        .map_err(|source| ConfigError::new("header", "invalid header name").with_source(source))?;
    if reserved.contains(&name) {
        return Err(ConfigError::new("header", format!("`{name}` is reserved")));
    }
    let mut value = HeaderValue::try_from(value).map_err(|source| {
        ConfigError::new("header", format!("invalid value of `{name}`")).with_source(source)
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_headers_are_rejected_and_values_are_not_printed() {
        for (name, value, reserved) in [
            ("authorization", "SECRET", RESERVED_FOR_CALLS),
            ("Host", "SECRET", RESERVED_FOR_CALLS),
            ("Sec-WebSocket-Protocol", "SECRET", RESERVED_FOR_UPGRADES),
            ("user-agent", "SECRET", RESERVED_FOR_UPGRADES),
            ("a b", "SECRET", RESERVED_FOR_CALLS),
            ("cookie", "SECRET\n", RESERVED_FOR_UPGRADES),
        ] {
            let error = parse(name, value, reserved).unwrap_err();
            assert_eq!(error.setting(), "header");
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
        let (_, value) = parse("Authorization", "SECRET", RESERVED_FOR_UPGRADES).unwrap();
        assert_eq!(format!("{value:?}"), "Sensitive");
    }
}
