//! What the fake answers is what the typed calls read: nothing in it is unknown to them.

use std::fmt::Debug;

use slack_rtm::Client;
use slack_rtm::models::UserId;
use slack_rtm_e2e::builder;
use slack_rtm_test::FakeSlack;

const GENERAL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";

/// An answer in which everything was recognized.
fn known<T: Debug>(answer: Result<T, slack_rtm::Error>) -> T {
    let answer = answer.unwrap();
    let shown = format!("{answer:?}");
    assert!(!shown.contains("Unrecognized") && !shown.contains("Unknown"), "{shown}");
    answer
}

async fn start() -> (FakeSlack, Client, String) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).build().unwrap();
    let ts = slack.user(ALICE).says(GENERAL, "hello").await;
    (slack, client, ts)
}

#[tokio::test]
async fn reactions_and_pins() {
    let (_slack, client, ts) = start().await;
    known(client.reactions_add(GENERAL, "tada", ts.as_str()).send().await);
    known(client.pins_add(GENERAL).timestamp(ts.as_str()).send().await);
    let reactions = known(client.reactions_get().channel(GENERAL).timestamp(ts.as_str()).send().await);
    assert_eq!(reactions.message.unwrap().reactions.unwrap()[0].name.as_deref(), Some("tada"));
    let pins = known(client.pins_list(GENERAL).send().await);
    assert!(format!("{pins:?}").contains(&ts));
    known(client.pins_remove(GENERAL).timestamp(ts.as_str()).send().await);
    known(client.reactions_remove("tada").channel(GENERAL).timestamp(ts.as_str()).send().await);
    let error = client.reactions_add("C99NOWHERE0", "tada", ts.as_str()).send().await.unwrap_err();
    assert_eq!(error.code(), Some("channel_not_found"));
}

#[tokio::test]
async fn files() {
    let (slack, client, ts) = start().await;
    let upload = client.upload_file("report.csv", "name,state\n").title("Report").channel(GENERAL);
    let file = known(upload.thread_ts(ts.as_str()).send().await);
    let id = file.id.unwrap();
    let info = known(client.files_info(id.as_str()).send().await);
    assert_eq!(info.file.and_then(|file| file.size), Some(11));
    let list = known(client.files_list().channel(GENERAL).send().await);
    assert_eq!(format!("{list:?}").matches("text/csv").count(), 1);
    let messages = slack.messages(GENERAL);
    assert_eq!(
        (&messages[1]["thread_ts"], &messages[1]["files"][0]["title"]),
        (&ts.into(), &"Report".into())
    );
    known(client.reactions_get().file(id.as_str()).send().await);
    known(client.files_delete(id.as_str()).send().await);
    let error = client.files_info(id.as_str()).send().await.unwrap_err();
    assert_eq!(error.code(), Some("file_not_found"));
}

#[tokio::test]
async fn bots_emoji_quiet_hours_and_groups() {
    let (_slack, client, _) = start().await;
    let bot = known(client.bots_info().bot("B01ROBOT000").send().await);
    assert!(format!("{bot:?}").contains("U01ROBOT000"));
    known(client.emoji_list().send().await);
    known(client.dnd_info().user(ALICE).send().await);
    known(client.dnd_team_info([UserId::from(ALICE)]).send().await);
    let groups = known(client.usergroups_list().include_users(true).include_count(true).send().await);
    assert!(format!("{groups:?}").contains(ALICE));
    known(client.usergroups_users_list("S01BUILDERS").send().await);
}
