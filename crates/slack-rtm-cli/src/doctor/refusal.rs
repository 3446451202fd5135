//! What Slack's error codes mean.

use super::diagnosis::{API_URL, CHECK_TOKEN, LATER};
use super::method::Method;

const REPORT: &str =
    "This is a bug in slack-rtm: report it at https://github.com/slack-rtm/slack-rtm/issues.";
const GATEWAY: &str = "If SLACK_API_URL or a proxy leads through a gateway, it may have changed the call: try without it first.";
const MIGRATE: &str = "Move to Socket Mode: `slack-rtm migrate --types message` prints what the new app needs, and https://github.com/slack-rtm/slack-rtm/blob/main/docs/src/socket-mode.md has a bot before and after.";

/// Describes an error code of Slack's: the code, its meaning, and what to do.
pub(super) fn refusal(method: Method, code: &str, is_fatal: bool) -> (&str, String, String) {
    let accepted = method.accepted_tokens();
    let token = format!("{CHECK_TOKEN} {accepted}");
    let report = || format!("{REPORT} {GATEWAY}");
    let admin = "Ask an administrator of the workspace.".to_owned();
    let (meaning, advice) = match code {
        "invalid_auth" => (
            "Slack does not accept the token, or not from this network.",
            format!("{token} If the app allows certain addresses only, add this machine's."),
        ),
        "not_authed" => (
            "The call reached Slack without a token.",
            "A proxy may remove the Authorization header; bypass it.".to_owned(),
        ),
        "not_allowed_token_type" => match method {
            Method::RtmConnect => (
                "The token belongs to an app with granular permissions, which cannot use RTM.",
                format!("{accepted} New classic apps cannot be created. {MIGRATE}"),
            ),
            _ => ("This method does not accept this kind of token.", accepted.to_owned()),
        },
        "missing_scope" => (
            "The token lacks a scope.",
            match method {
                Method::RtmConnect => {
                    "A user token needs rtm:stream, a bot token the scope bot of a classic app. Reinstall the app with it.".to_owned()
                }
                Method::AppsConnectionsOpen => {
                    "Create an app-level token with the scope connections:write in the app's settings, under Basic Information.".to_owned()
                }
                Method::AuthTest => "Reinstall the app with the scope.".to_owned(),
            },
        ),
        "forbidden_team" => (
            "The app may not use Socket Mode in this workspace.",
            "Ask an administrator of the workspace or of the organization.".to_owned(),
        ),
        "account_inactive" => (
            "The token's user or workspace has been deactivated.",
            "Reinstall the app, or ask an administrator to reactivate the user.".to_owned(),
        ),
        "token_revoked" => ("The token was revoked, or the app was removed.", "Reinstall the app.".to_owned()),
        "token_expired" => (
            "The token has expired, because the app rotates its tokens.",
            "Exchange the refresh token for a new one.".to_owned(),
        ),
        "no_permission" => (
            "The token may not use RTM in this workspace.",
            format!("{accepted} An administrator of the workspace may also have restricted the app."),
        ),
        "access_denied" => (
            "The token's user has no access to the resource.",
            format!("{admin} The user or the app may be restricted to certain channels or workspaces."),
        ),
        "legacy_custom_bots_deprecated" => (
            "The token belongs to a legacy custom bot. Slack switched them off in March 2025.",
            format!("Replace the bot by an app. {MIGRATE}"),
        ),
        "method_deprecated" => (
            "Slack no longer offers RTM to this kind of token. Legacy custom bots lost it in March 2025.",
            format!("Replace a legacy bot by an app. {MIGRATE}"),
        ),
        "deprecated_endpoint" => (
            "Slack no longer offers this URL.",
            format!("{API_URL} If it is not set, update slack-rtm."),
        ),
        "upgrade_required" => ("Slack no longer serves this version of the client.", "Update slack-rtm.".to_owned()),
        "rtm_connect_required" => (
            "The app may not call rtm.start, only rtm.connect, which this command calls.",
            "If SLACK_API_URL leads through a gateway, it must forward rtm.connect unchanged.".to_owned(),
        ),
        "is_bot" => (
            "This kind of bot cannot use RTM.",
            format!("{accepted} Bots of apps with granular permissions and of workflows are refused."),
        ),
        "ekm_access_denied" => (
            "The organization manages its own encryption keys (Slack EKM) and has revoked access to them.",
            "Ask an administrator of the organization to restore access to its keys.".to_owned(),
        ),
        "user_removed_from_team" => (
            "The token's user is no longer a member of the workspace.",
            "Ask for a new invitation of the user, or reinstall the app as another user.".to_owned(),
        ),
        "team_disabled" => ("The workspace is disabled.", "Ask an owner of the workspace.".to_owned()),
        "accesslimited" => (
            "The workspace does not allow calls from this network.",
            "Ask an administrator of the workspace to allow this machine's address, or use a network that is allowed.".to_owned(),
        ),
        "enterprise_is_restricted" => (
            "The token belongs to an Enterprise organization, and RTM needs the token of a workspace.",
            "Use the token of one of its workspaces.".to_owned(),
        ),
        "team_access_not_granted" => (
            "The organization's token has no access to this workspace.",
            "Ask an administrator of the organization to add the app to the workspace, or use the workspace's own token.".to_owned(),
        ),
        "invalid_arg_name" => ("Slack does not accept the name of one of the call's arguments.", report()),
        "invalid_arguments" => ("Slack does not accept the arguments of the call.", report()),
        "invalid_array_arg" => ("Slack does not accept an array as one of the call's arguments.", report()),
        "invalid_charset" => ("Slack does not accept the character set of the call.", report()),
        "invalid_form_data" => ("Slack cannot parse the call's form.", report()),
        "invalid_json" => ("Slack cannot parse the call's JSON.", report()),
        "invalid_post_type" => ("Slack does not accept the content type of the call.", report()),
        "json_not_object" => ("The call's JSON is not an object.", report()),
        "missing_post_type" => ("The call has a body but no content type.", report()),
        "two_factor_setup_required" => {
            ("The token's user must set up two-factor authentication first.", "Sign in as that user and set it up.".to_owned())
        }
        "org_login_required" | "migration_in_progress" | "team_added_to_org" => {
            ("The workspace is being migrated.", "Wait some minutes. A session retries by itself.".to_owned())
        }
        "unknown_method" => ("This API does not have the method.", API_URL.to_owned()),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            ("Slack has a temporary problem.", LATER.to_owned())
        }
        _ if is_fatal => ("Slack refuses the call, and retrying does not help.", admin),
        _ => ("Slack refuses the call for a reason that is not known here.", LATER.to_owned()),
    };
    (code, meaning.to_owned(), advice)
}

/// Returns the codes of rtm.connect. In the document they come before those of the other methods of the Web API.
#[cfg(test)]
pub(super) fn codes_of_rtm_connect() -> impl Iterator<Item = &'static &'static str> {
    slack_rtm::ErrorCode::KNOWN.iter().take_while(|text| **text != "already_archived")
}

#[cfg(test)]
mod tests {
    use super::*;
    use slack_rtm::ErrorCode;
    use std::collections::HashMap;

    #[test]
    fn every_fatal_code_has_a_meaning_of_its_own() {
        let unknown = refusal(Method::RtmConnect, "brand_new", true);
        let mut seen = HashMap::new();
        for text in codes_of_rtm_connect() {
            let code = ErrorCode::from(*text);
            if !code.is_fatal() {
                continue;
            }
            let (named, meaning, advice) = refusal(Method::RtmConnect, text, true);
            assert_eq!(named, *text);
            assert!(meaning != unknown.1 && !advice.is_empty(), "{text} has no text");
            assert_eq!(seen.insert(meaning, *text), None, "{text} says the same as another code");
        }
        assert!(seen.len() > 25, "{seen:?}");
    }

    #[test]
    fn every_known_code_is_explained() {
        let unknown = refusal(Method::RtmConnect, "brand_new", false);
        // `Problem::RateLimited` is for this one.
        for text in codes_of_rtm_connect().filter(|text| **text != "ratelimited") {
            assert_ne!(refusal(Method::RtmConnect, text, false).1, unknown.1, "{text}");
        }
    }
}
