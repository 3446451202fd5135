//! Headers that a user adds: to calls, and to the upgrade of a session.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderName, HeaderValue};

use crate::ConfigError;

/// Headers of a call that are not the user's to set: the token belongs to the client, and the framing to HTTP.
pub(crate) const OF_CALLS: &[HeaderName] = &[
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

/// Headers of an upgrade that are not the user's to set: they belong to the handshake. The token is not sent there, so `Authorization` is free.
pub(crate) const OF_UPGRADES: &[HeaderName] = &[
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

/// Reads a header. Its value may be secret, so neither errors nor `Debug` show it.
pub(crate) fn parse(
    name: &str,
    value: &str,
    reserved: &[HeaderName],
) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let name = HeaderName::try_from(name)
        .map_err(|source| ConfigError::new("header", "a header's name is malformed").with_source(source))?;
    if reserved.contains(&name) {
        return Err(ConfigError::new("header", format!("`{name}` cannot be set")));
    }
    let mut value = HeaderValue::try_from(value).map_err(|source| {
        ConfigError::new("header", format!("the value of `{name}` is malformed")).with_source(source)
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_http_is_refused_and_no_value_is_shown() {
        for (name, value, reserved) in [
            ("authorization", "SECRET", OF_CALLS),
            ("Host", "SECRET", OF_CALLS),
            ("Sec-WebSocket-Protocol", "SECRET", OF_UPGRADES),
            ("user-agent", "SECRET", OF_UPGRADES),
            ("a b", "SECRET", OF_CALLS),
            ("cookie", "SECRET\n", OF_UPGRADES),
        ] {
            let error = parse(name, value, reserved).unwrap_err();
            assert_eq!(error.setting(), "header");
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
        let (_, value) = parse("Authorization", "SECRET", OF_UPGRADES).unwrap();
        assert_eq!(format!("{value:?}"), "Sensitive");
    }
}
