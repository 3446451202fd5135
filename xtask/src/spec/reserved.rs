//! Names that generated code cannot use, because they are taken.

/// Types that a generated one would shadow: those of Rust and serde, and the hand-written ones of slack-rtm-models.
pub const TYPES: [&str; 44] = [
    "Author",
    "Box",
    "Broadcast",
    "Bytes",
    "Clone",
    "Debug",
    "Decode",
    "DecodeError",
    "Default",
    "Deserialize",
    "Err",
    "EventError",
    "False",
    "FrameKind",
    "From",
    "Into",
    "Mention",
    "MessageChange",
    "None",
    "Ok",
    "Option",
    "Parameter",
    "PartialEq",
    "RawEvent",
    "RawJson",
    "Reply",
    "Result",
    "Secret",
    "Self",
    "SelfValue",
    "Serialize",
    "SmallString",
    "SocketUrl",
    "Some",
    "String",
    "Tagged",
    "ToString",
    "True",
    "UnknownEvent",
    "Unrecognized",
    "Url",
    "Vec",
    "Vendor",
    "Visitor",
];

/// Types whose modules would have the name of a generated file for several types, or of the module that contains them.
pub const MODULES: [&str; 3] = ["Examples", "Generated", "Newtypes"];

/// Names that the modules of operations import, so that no request can have them.
pub const REQUESTS: [&str; 17] = [
    "Box",
    "Call",
    "Client",
    "Clone",
    "Debug",
    "Default",
    "Into",
    "Method",
    "Operation",
    "Option",
    "Parameters",
    "PartialEq",
    "Self",
    "Some",
    "String",
    "ToString",
    "Vec",
];

/// The methods that the clients of slack-rtm-apis and slack-rtm have besides those of operations.
pub const METHODS_OF_CLIENTS: [&str; 33] = [
    "api",
    "app_client",
    "as_mut",
    "as_ref",
    "base_url",
    "borrow",
    "builder",
    "call",
    "call_budget",
    "clone",
    "clone_into",
    "default",
    "deref",
    "fmt",
    "from",
    "has_bot_token",
    "inner",
    "into",
    "native_tls_connector",
    "new",
    "proxy",
    "proxy_for",
    "rustls_config",
    "session",
    "socket_mode",
    "suspend_clock",
    "to_owned",
    "try_into",
    "upgrade_headers",
    "user_agent",
    "with_app_token",
    "with_call_budget",
    "with_token",
];

/// The methods of a client's builder, including those of traits.
pub const METHODS_OF_BUILDERS: [&str; 34] = [
    "app_token",
    "app_token_from_env",
    "as_mut",
    "as_ref",
    "base_url",
    "basic_auth",
    "borrow",
    "build",
    "build_each",
    "call_budget",
    "connect_timeout",
    "credential",
    "danger_allow_plain_http",
    "default",
    "fmt",
    "from",
    "gov_slack",
    "header",
    "http_client",
    "into",
    "max_body",
    "native_tls_connector",
    "prepare",
    "proxy",
    "retry",
    "rustls_config",
    "suspend_clock",
    "timeout",
    "token",
    "token_from_env",
    "try_from",
    "try_into",
    "upgrade_header",
    "user_agent",
];

/// The methods that every call has. In addition, names that begin with `with_` and `send_` are reserved for options and for ways of sending.
pub const METHODS_OF_CALLS: [&str; 11] =
    ["as_ref", "borrow", "clone", "drop", "fmt", "from", "into", "new", "option", "request", "send"];

/// The options and ways of sending that a call has today.
pub const OPTIONS_OF_CALLS: [&str; 11] = [
    "items",
    "pages",
    "send",
    "send_raw",
    "send_with_info",
    "with_accept",
    "with_base_url",
    "with_header",
    "with_method",
    "with_retry",
    "with_timeout",
];

/// The methods of an open enum.
pub const METHODS_OF_ENUMS: [&str; 18] = [
    "as_ref",
    "as_str",
    "borrow",
    "clone",
    "cmp",
    "default",
    "eq",
    "fmt",
    "from",
    "hash",
    "into",
    "ne",
    "new",
    "partial_cmp",
    "serialize",
    "to_owned",
    "to_string",
    "to_text",
];

/// Headers that are not parameters according to OpenAPI, and those of HTTP itself.
pub const HEADERS: [&str; 12] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Returns whether a name is taken by or reserved for a method of calls.
#[must_use]
pub fn is_of_calls(name: &str) -> bool {
    name.starts_with("with_") || name.starts_with("send_") || METHODS_OF_CALLS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the names of the methods in all blocks of a file that begin with the line `of`.
    fn methods(file: &str, of: &str) -> Vec<String> {
        let path = format!("{}/../crates/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let parts: Vec<&str> = text.split(&format!("\n{of} {{\n")).skip(1).collect();
        assert!(!parts.is_empty(), "{file} has no {of}");
        let bodies = parts.into_iter().map(|part| part.split("\n}\n").next().unwrap_or_default());
        bodies
            .flat_map(str::lines)
            .filter(|line| !line.trim_start().starts_with("//"))
            .filter_map(|line| line.split_once("fn ")?.1.split(['(', '<']).next())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_method_of_a_client_is_taken() {
        for file in [
            "slack-rtm-apis/src/client.rs",
            "slack-rtm-apis/src/client_builder.rs",
            "slack-rtm-apis/src/call.rs",
            "slack-rtm/src/client.rs",
        ] {
            for name in methods(file, "impl Client") {
                assert!(METHODS_OF_CLIENTS.contains(&name.as_str()), "`{name}` of {file}");
            }
        }
    }

    #[test]
    fn every_method_of_a_builder_is_taken() {
        for file in [
            "slack-rtm-apis/src/client_builder.rs",
            "slack-rtm-apis/src/client_builder/build.rs",
            "slack-rtm-apis/src/slack.rs",
        ] {
            for name in methods(file, "impl<C: From<Client>> ClientBuilder<C>") {
                assert!(METHODS_OF_BUILDERS.contains(&name.as_str()), "`{name}` of {file}");
            }
        }
    }

    #[test]
    fn every_method_of_a_call_is_taken() {
        for name in methods("slack-rtm-apis/src/call.rs", "impl<O: Operation> Call<O>") {
            assert!(is_of_calls(&name), "`{name}`");
            let is_listed = METHODS_OF_CALLS.contains(&&*name) || OPTIONS_OF_CALLS.contains(&&*name);
            assert!(is_listed, "`{name}`");
        }
    }

    #[test]
    fn every_type_of_the_models_is_taken() {
        let path = format!("{}/../crates/slack-rtm-models/src/lib.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let exported =
            text.lines().filter(|line| line.starts_with("pub use ") && !line.contains("generated"));
        for line in exported {
            for name in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
                if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    assert!(TYPES.contains(&name), "`{name}`");
                }
            }
        }
    }
}
