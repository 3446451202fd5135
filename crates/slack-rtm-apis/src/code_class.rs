//! What the codes mean that any of Slack's methods may refuse with, whatever type an operation gives to its refusals.

/// Calling again cannot help until somebody changes something.
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

/// It passes by itself.
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

/// Part of the work may have been done when Slack answers with one of these.
const MAY_HAVE_BEEN_DONE: &[&str] = &["fatal_error", "internal_error"];

/// Returns whether a refusal with this code stays until somebody changes the token, the app, the workspace or the call, whatever method or server refuses so.
///
/// Only the codes that all of Slack's methods share are known here. One that only some methods have, such as `no_text`, means nothing elsewhere;
/// `ErrorCode::is_fatal` counts those too.
#[must_use]
pub fn is_fatal_code(code: &str) -> bool {
    FATAL.contains(&code)
}

/// Returns whether a refusal with this code is known to pass by itself, whatever method or server refuses so.
///
/// Only the codes that all of Slack's methods share are known here.
#[must_use]
pub fn is_transient_code(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

pub(crate) fn may_have_been_done(code: &str) -> bool {
    // A code that is not known says nothing about how far Slack came.
    MAY_HAVE_BEEN_DONE.contains(&code) || !is_transient_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm_models::ErrorCode;

    /// The first code in the document that only some methods have. Their own types of refusals tell what those mean.
    const FIRST_OF_SOME_METHODS: &str = "already_archived";

    /// The document is the truth; a code that all methods share has to be added above.
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
