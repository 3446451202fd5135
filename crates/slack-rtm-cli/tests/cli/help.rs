//! What a newcomer reads.

use crate::command;

async fn help(arguments: &[&str]) -> String {
    let output = command(arguments).output().await.unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), [].as_slice()));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn every_command_is_explained() {
    insta::assert_snapshot!("help", help(&["--help"]).await);
    insta::assert_snapshot!("help_listen", help(&["listen", "--help"]).await);
    insta::assert_snapshot!("help_send", help(&["send", "--help"]).await);
    insta::assert_snapshot!("help_completions", help(&["completions", "--help"]).await);
    insta::assert_snapshot!("help_man", help(&["man", "--help"]).await);
    insta::assert_snapshot!("help_doctor", help(&["doctor", "--help"]).await);
    insta::assert_snapshot!("help_migrate", help(&["migrate", "--help"]).await);
    insta::assert_snapshot!("help_serve", help(&["serve", "--help"]).await);
}
