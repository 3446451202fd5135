//! `slack-rtm migrate`.

use std::process::Output;

use crate::command;

async fn migrate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command(&[&["migrate"], arguments].concat()).output().await.unwrap();
    let Output { status, stdout, stderr } = output;
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn a_manifest_and_a_report() {
    let (code, manifest, report) =
        migrate(&["--types", "message,user_typing, reaction_added", "--types", "dnd_updated,message"]).await;
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("migrate_report", report);
    insta::assert_snapshot!("migrate_manifest", manifest);
}

#[tokio::test]
async fn the_manifest_may_go_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    let path = path.to_str().unwrap();
    let arguments = ["--types", "channel_created", "--name", "Build \"bot\"", "--manifest", path];
    let (code, report, err) = migrate(&arguments).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(report.contains("channel_created\n  survives as the same event"), "{report}");
    let manifest = std::fs::read_to_string(path).unwrap();
    insta::assert_snapshot!("migrate_manifest_json", manifest);
    let json: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(json["display_information"]["name"], "Build \"bot\"");
    let (_, yaml, _) = migrate(&["--types", "hello", "--format", "json"]).await;
    let json: serde_json::Value = serde_json::from_str(&yaml).unwrap();
    assert!(json["settings"]["event_subscriptions"].is_null(), "{json}");
    let (code, _, err) = migrate(&["--types", "hello", "--manifest", "/nowhere/manifest.yaml"]).await;
    assert!(code == Some(1) && err.contains("/nowhere/manifest.yaml"), "{err}");
}

#[tokio::test]
async fn a_type_that_is_not_known_is_wrong_usage() {
    let (code, out, err) = migrate(&["--types", "message,usertyping"]).await;
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("usertyping is not a known type") && err.contains("user_typing?"), "{err}");
    assert_eq!(migrate(&[]).await.0, Some(2));
    assert_eq!(migrate(&["--types", "message", "--name", ""]).await.0, Some(2));
}
