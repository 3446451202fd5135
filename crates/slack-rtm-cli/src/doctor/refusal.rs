//! What Slack's own codes mean for whoever runs the command.

use super::diagnosis::{API_URL, LATER, RIGHT_TOKEN, SAME_AGAIN};

const REPORT: &str = "This is a fault of slack-rtm, not of your settings: report it at https://github.com/slack-rtm/slack-rtm/issues.";
const GATEWAY: &str = "If SLACK_API_URL or a proxy leads through a gateway, it may have changed the call: try without it first.";

/// Slack's own codes.
pub(super) fn refusal(code: &str, is_fatal: bool) -> (&str, String, String) {
    let token = format!("{SAME_AGAIN} {RIGHT_TOKEN}");
    let report = || format!("{REPORT} {GATEWAY}");
    let admin = "Ask an administrator of the workspace.".to_owned();
    let (meaning, advice) = match code {
        "invalid_auth" => (
            "Slack does not accept the token, or not from this network.",
            format!("{token} If the app allows certain addresses only, add this machine's."),
        ),
        "not_authed" => {
            ("The call reached Slack without a token.", "A proxy may take the Authorization header away; go around it.".to_owned())
        }
        "not_allowed_token_type" => (
            "The token is of an app with granular permissions, which Slack does not let use RTM.",
            format!("{RIGHT_TOKEN} New classic apps cannot be made any more: a new app uses Socket Mode or the Events API."),
        ),
        "missing_scope" => (
            "The token lacks a scope.",
            "A user token needs rtm:stream, a bot token the plain scope bot of a classic app. Install the app anew with it.".to_owned(),
        ),
        "account_inactive" => (
            "The token's user, or workspace, is not active any more.",
            "Install the app anew, or have the user activated.".to_owned(),
        ),
        "token_revoked" => ("The token was revoked, or the app was removed.", "Install the app anew.".to_owned()),
        "token_expired" => (
            "The token has expired, since the app rotates its tokens.",
            "Exchange the refresh token for a new one.".to_owned(),
        ),
        "no_permission" => (
            "The token may not use RTM in this workspace.",
            format!("{RIGHT_TOKEN} An administrator of the workspace may also have restricted the app; ask one."),
        ),
        "access_denied" => (
            "The token's user has no access to what the call is about.",
            format!("{admin} The user, or the app, may be restricted to certain channels or workspaces."),
        ),
        "legacy_custom_bots_deprecated" => (
            "The token is that of a legacy custom bot, which Slack has switched off in March 2025.",
            format!("Make an app in place of the bot. {RIGHT_TOKEN}"),
        ),
        "method_deprecated" => (
            "Slack does not offer RTM to this kind of token any more. Legacy custom bots lost it in March 2025.",
            format!("Make an app in place of a legacy bot. {RIGHT_TOKEN}"),
        ),
        "deprecated_endpoint" => (
            "Slack does not offer the URL that was called any more.",
            format!("{API_URL} If it is not set, update slack-rtm."),
        ),
        "upgrade_required" => ("Slack does not serve this version of the client any more.", "Update slack-rtm.".to_owned()),
        "rtm_connect_required" => (
            "The app may not call rtm.start, and has to call rtm.connect, as this command does.",
            "If SLACK_API_URL leads through a gateway, have it pass rtm.connect on as it is.".to_owned(),
        ),
        "is_bot" => (
            "Slack does not let this kind of bot use RTM.",
            format!("{RIGHT_TOKEN} The bot of an app with granular permissions, or of a workflow, will not do."),
        ),
        "ekm_access_denied" => (
            "The organization manages its own encryption keys (Slack EKM), and they have cut off access.",
            "Ask an administrator of the organization to restore access to its keys.".to_owned(),
        ),
        "user_removed_from_team" => (
            "The token's user is no member of the workspace any more.",
            "Have the user invited again, or install the app anew as another user.".to_owned(),
        ),
        "team_disabled" => ("The workspace is switched off.", "Ask an owner of the workspace.".to_owned()),
        "accesslimited" => (
            "The workspace does not allow calls from this network.",
            "Ask an administrator of the workspace to allow this machine's address, or run it in a network that is allowed.".to_owned(),
        ),
        "enterprise_is_restricted" => (
            "The token is of an Enterprise organization, and RTM needs that of a workspace.",
            "Use the token that belongs to one workspace.".to_owned(),
        ),
        "team_access_not_granted" => (
            "The organization's token was not granted to this workspace.",
            "Ask an administrator of the organization to add the app to the workspace, or use the workspace's own token.".to_owned(),
        ),
        "invalid_arg_name" => ("Slack does not accept the name of an argument of the call.", report()),
        "invalid_arguments" => ("Slack does not accept the arguments of the call.", report()),
        "invalid_array_arg" => ("Slack does not accept that an argument of the call is a list.", report()),
        "invalid_charset" => ("Slack does not accept the character set of the call.", report()),
        "invalid_form_data" => ("Slack cannot read the call's form.", report()),
        "invalid_json" => ("Slack cannot read the call's JSON.", report()),
        "invalid_post_type" => ("Slack does not accept the content type of the call.", report()),
        "json_not_object" => ("The call's JSON is not an object.", report()),
        "missing_post_type" => ("The call has a body and no content type.", report()),
        "two_factor_setup_required" => {
            ("The token's user has to set up two-factor authentication first.", "Sign in as that user, and do so.".to_owned())
        }
        "org_login_required" | "migration_in_progress" | "team_added_to_org" => {
            ("The workspace is being moved, which passes.", "Wait some minutes. A session tries again by itself.".to_owned())
        }
        "unknown_method" => ("There is no rtm.connect at this API.", API_URL.to_owned()),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            ("Slack has a fault, which passes.", LATER.to_owned())
        }
        _ if is_fatal => ("Slack refuses, and calling again will not help.", admin),
        _ => ("Slack refuses, for a reason that is not known here.", LATER.to_owned()),
    };
    (code, meaning.to_owned(), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm::ErrorCode;
    use std::collections::HashMap;

    #[test]
    fn every_fatal_code_has_a_meaning_of_its_own() {
        let unknown = refusal("brand_new", true);
        let mut seen = HashMap::new();
        for text in ErrorCode::KNOWN {
            let code = ErrorCode::from(*text);
            if !code.is_fatal() {
                continue;
            }
            let (named, meaning, advice) = refusal(text, true);
            assert_eq!(named, *text);
            assert!(meaning != unknown.1 && !advice.is_empty(), "{text} has no text");
            assert_eq!(seen.insert(meaning, *text), None, "{text} says the same as another code");
        }
        assert!(seen.len() > 25, "{seen:?}");
    }

    #[test]
    fn every_known_code_is_explained() {
        let unknown = refusal("brand_new", false);
        // It has a problem of its own.
        for text in ErrorCode::KNOWN.iter().filter(|text| **text != "ratelimited") {
            assert_ne!(refusal(text, false).1, unknown.1, "{text}");
        }
    }
}
