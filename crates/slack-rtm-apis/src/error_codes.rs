//! The classification of the error codes that all of Slack's methods share.

/// Codes for which a retry is futile.
const FATAL: &[&str] = &[
    "access_denied",
    "accesslimited",
    "account_inactive",
    "deprecated_endpoint",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_auth",
    "invalid_charset",
    "invalid_form_data",
    "invalid_json",
    "invalid_post_type",
    "is_bot",
    "json_not_object",
    "legacy_custom_bots_deprecated",
    "method_deprecated",
    "missing_post_type",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "rtm_connect_required",
    "team_access_not_granted",
    "team_disabled",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
    "upgrade_required",
    "user_removed_from_team",
];

/// Codes of temporary errors.
const TRANSIENT: &[&str] = &[
    "fatal_error",
    "internal_error",
    "migration_in_progress",
    "org_login_required",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
    "unknown_method",
];

/// Codes after which Slack may have processed part of the call.
const MAY_HAVE_BEEN_PROCESSED: &[&str] = &["fatal_error", "internal_error"];

/// Returns whether a refusal with this code is permanent until the token, the app, the workspace or the call is changed.
///
/// Only the codes that all of Slack's methods share are considered. `ErrorCode::is_fatal` also covers codes of specific methods, such as `no_text`.
///
/// ```
/// assert!(slack_rtm_apis::is_fatal_code("invalid_auth"));
/// assert!(!slack_rtm_apis::is_fatal_code("internal_error"));
/// ```
#[must_use]
pub fn is_fatal_code(code: &str) -> bool {
    FATAL.contains(&code)
}

/// Returns whether a refusal with this code is known to be temporary.
///
/// Only the codes that all of Slack's methods share are considered.
///
/// ```
/// assert!(slack_rtm_apis::is_transient_code("internal_error"));
/// assert!(!slack_rtm_apis::is_transient_code("invalid_auth"));
/// ```
#[must_use]
pub fn is_transient_code(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

pub(crate) fn may_have_been_processed(code: &str) -> bool {
    // An unknown code does not tell how much of the call Slack processed.
    MAY_HAVE_BEEN_PROCESSED.contains(&code) || !is_transient_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::ErrorCode;

    /// The first code in the OpenAPI document that only some methods return.
    const FIRST_OF_SOME_METHODS: &str = "already_archived";

    /// Codes that all methods share are listed in the OpenAPI document and above.
    #[test]
    fn the_lists_agree_with_the_document() {
        assert!(ErrorCode::KNOWN.contains(&FIRST_OF_SOME_METHODS));
        for text in ErrorCode::KNOWN.iter().take_while(|text| **text != FIRST_OF_SOME_METHODS) {
            let code = ErrorCode::from(*text);
            assert_eq!(
                (is_fatal_code(text), is_transient_code(text)),
                (code.is_fatal(), code.is_transient()),
                "{text}"
            );
        }
        for text in ErrorCode::KNOWN.iter().skip_while(|text| **text != FIRST_OF_SOME_METHODS) {
            assert!(!is_fatal_code(text) && !is_transient_code(text), "{text}");
        }
        for text in FATAL.iter().chain(TRANSIENT) {
            assert!(ErrorCode::KNOWN.contains(text), "{text} is not in the document");
        }
    }
}
