//! What the command line and the environment may be.

use std::process::Stdio;

use crate::{TOKEN, command};

#[tokio::test]
async fn wrong_usage_has_its_own_exit_code() {
    for (arguments, token, url) in [
        (vec!["listen"], None, None),
        (vec!["listen"], Some("xoxb SECRET"), None),
        (vec!["listen"], Some("xoxb-SECRET\n"), None),
        (vec!["listen"], Some("\"xoxb-SECRET\""), None),
        (vec!["listen"], Some(""), None),
        (vec!["listen", "--nope"], Some(TOKEN), None),
        (vec!["listen", "--type", "message,"], Some(TOKEN), None),
        (vec!["send", "C01GENERAL0"], Some(TOKEN), None),
        (vec!["listen"], Some(TOKEN), Some("https://")),
        (vec!["listen"], Some(TOKEN), Some("")),
        (vec!["listen"], Some(TOKEN), Some("https:///api")),
        (vec!["listen"], Some(TOKEN), Some("https:api")),
        (vec!["listen"], Some(TOKEN), Some("https://user:SECRET@slack.com/api")),
        (vec!["send", "C01GENERAL0", "hi"], Some(TOKEN), Some("http://slack.example.com/api")),
        (vec![], None, None),
    ] {
        let mut command = command(&arguments);
        if let Some(token) = token {
            command.env("SLACK_TOKEN", token);
        }
        if let Some(url) = url {
            command.env("SLACK_API_URL", url);
        }
        let output = command.output().await.unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(!message.is_empty() && !message.contains("SECRET"), "{message}");
    }
}

/// It is neither gone around nor tried for ever.
#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_wrong_usage() {
    for proxy in ["http://u:SECRET@:bad:", "ftp://u:SECRET@proxy", "http:///SECRET", "http://u:SEC@RET@proxy"]
    {
        for arguments in [vec!["listen"], vec!["send", "C01GENERAL0", "hi"], vec!["doctor"]] {
            for variable in ["HTTPS_PROXY", "ALL_PROXY"] {
                let mut command = command(&arguments);
                command.env("SLACK_TOKEN", TOKEN).env("SLACK_API_URL", "https://slack.invalid/api");
                let output = command.env(variable, proxy).output().await.unwrap();
                let message = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
                assert!(message.contains(variable), "{message}");
                let all = message + &String::from_utf8(output.stdout).unwrap();
                assert!(!all.contains("SECRET") && !all.contains("RET@"), "{all}");
            }
        }
    }
}

#[tokio::test]
async fn an_invalid_log_filter_is_reported() {
    for (filter, expected) in [
        ("debgu", "neither a level"),
        ("slack_rtm=loud", "`slack_rtm=loud`"),
        ("slack-rtm=info", "not a crate"),
    ] {
        let mut command = command(&["listen", "--demo", "--exit-on-eof"]);
        let output = command.env("RUST_LOG", filter).stdin(Stdio::null());
        let output = output.output().await.unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with("warning: RUST_LOG") && message.contains(expected), "{message}");
        assert!(message.contains("RUST_LOG=debug"), "{message}");
        // It runs all the same.
        assert_eq!(output.status.code(), Some(0));
    }
}
