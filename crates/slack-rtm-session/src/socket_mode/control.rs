//! Reads the control frames of Socket Mode: hello and disconnect.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The reason of a disconnect frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The connection has to be replaced. Unknown reasons count as this one.
    Refresh,
    LinkDisabled,
    TooManyConnections,
}

/// The content of a hello frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The number of the app's connections.
    pub(crate) connections: Option<u32>,
    /// The expected lifetime of the connection.
    pub(crate) lifetime: Option<Duration>,
}

impl Hello {
    pub(crate) fn read(json: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Frame<'a> {
            #[serde(borrow)]
            num_connections: Option<&'a RawValue>,
            #[serde(borrow)]
            debug_info: Option<&'a RawValue>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct DebugInfo<'a> {
            #[serde(borrow)]
            approximate_connection_time: Option<&'a RawValue>,
        }
        let frame: Frame<'_> = serde_json::from_slice(json).unwrap_or_default();
        let debug = frame.debug_info.map(RawValue::get).unwrap_or_default();
        let debug: DebugInfo<'_> = serde_json::from_str(debug).unwrap_or_default();
        Self {
            connections: frame.num_connections.and_then(number),
            lifetime: debug
                .approximate_connection_time
                .and_then(number)
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.into())),
        }
    }
}

/// Reads a member that is a number or a string of digits.
pub(super) fn number(raw: &RawValue) -> Option<u32> {
    raw.get().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_may_be_empty() {
        assert_eq!(Hello::read(b"{}"), Hello::default());
        let hello =
            Hello::read(br#"{"num_connections":"3","debug_info":{"approximate_connection_time":18060}}"#);
        assert_eq!(hello, Hello { connections: Some(3), lifetime: Some(Duration::from_secs(18_060)) });
        assert_eq!(Hello::read(br#"{"num_connections":-1,"debug_info":[]}"#), Hello::default());
    }
}
