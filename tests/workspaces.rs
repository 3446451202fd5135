//! Many workspaces in one process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::{Client, ConfigError};
use slack_rtm_e2e::Watch;
use slack_rtm_test::{Answer, FakeSlack};

const WORKSPACES: usize = 50;

/// Returns tokens, one of which is malformed.
fn tokens(malformed: usize) -> impl Iterator<Item = String> {
    (1..=WORKSPACES).map(move |number| {
        if number == malformed { "xoxb SECRET".to_owned() } else { format!("xoxb-{number}") }
    })
}

#[tokio::test]
async fn one_malformed_token_among_fifty_is_reported_and_the_others_work() {
    let slack = FakeSlack::start().await.unwrap();
    // Another token is well formed, but Slack refuses it.
    slack
        .answer_with(|request| (request.token() == Some("xoxb-23")).then(|| Answer::refusal("invalid_auth")));
    let clients = Client::builder().base_url(slack.base_url()).build_each(tokens(17)).unwrap();
    assert_eq!(clients.len(), WORKSPACES);
    let mut sessions = Vec::new();
    for (number, client) in (1..).zip(clients) {
        match client {
            Ok(client) => sessions.push((number, client.session().start().split())),
            Err(error) => {
                assert_eq!(number, 17);
                assert_eq!(error.to_string(), "token: item 17 of the list: the token contains whitespace");
                assert!(!format!("{error:?}").contains("SECRET") && error.setting() == "token");
            }
        }
    }
    assert_eq!(sessions.len(), WORKSPACES - 1);
    for (number, (sender, events)) in sessions {
        let mut watch = Watch::new(events);
        if number == 23 {
            while watch.next().await.is_some() {}
            assert!(format!("{:?}", watch.seen).contains("invalid_auth"), "{:?}", watch.seen);
        } else {
            watch.until_connected().await;
            assert!(sender.send_message("C01GENERAL0", "hi").await.is_acked(), "{number}");
        }
    }
}

#[tokio::test]
async fn clients_of_a_list_share_settings_but_not_the_budget() {
    let clients: Vec<Client> = Client::builder()
        .base_url("http://127.0.0.1:1/api")
        .user_agent("many/1")
        .build_each(["xoxb-1", "xoxb-2"])
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(clients.iter().all(|client| client.user_agent() == "many/1"));
    assert!(!std::sync::Arc::ptr_eq(clients[0].call_budget(), clients[1].call_budget()));
}

/// Invalid settings are an error even without tokens.
#[test]
fn invalid_settings_are_a_single_error() {
    let setting = |error: ConfigError| error.setting();
    for tokens in [vec![], vec!["xoxb-1"], vec!["a b", "c d"]] {
        let builder = Client::builder().base_url("no URL");
        assert_eq!(builder.build_each(&tokens).map(|_| ()).map_err(setting), Err("base_url"));
    }
    assert!(Client::builder().build_each([""; 0]).unwrap().is_empty());
}
