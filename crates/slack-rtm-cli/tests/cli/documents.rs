//! `slack-rtm completions` and `slack-rtm man`.

use std::process::Stdio;

use tokio::process::Command;

use crate::command;

async fn print(arguments: &[&str]) -> String {
    let output = command(arguments).output().await.unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), message.as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = print(&["completions", shell]).await;
        for word in ["listen", "exit-on-eof", "doctor", "broadcast"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
    let script = print(&["completions", "bash"]).await;
    let mut bash = Command::new("bash");
    bash.args(["-n", "/dev/stdin"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    if let Ok(mut bash) = bash.spawn() {
        tokio::io::AsyncWriteExt::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes())
            .await
            .unwrap();
        assert!(bash.wait().await.unwrap().success());
    }
}

#[tokio::test]
async fn a_page_has_what_help_has() {
    let page = print(&["man"]).await;
    for part in [".SH ENVIRONMENT", "SSL_CERT_FILE", ".SH EXIT CODES", "slack\\-rtm\\-listen(1)"] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    let page = print(&["man", "send"]).await;
    for part in ["SYNOPSIS", "\\-\\-thread", ".SH EXAMPLES", "git log \\-\\-oneline"] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    // What begins with a dot or a quotation mark would be a request.
    assert!(page.lines().all(|line| !line.starts_with('\'')), "{page}");
}

#[tokio::test]
async fn a_document_that_does_not_exist_is_wrong_usage() {
    for arguments in [["completions", "tcsh"], ["man", "nothing"]] {
        let output = command(&arguments).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("possible values"));
    }
}
