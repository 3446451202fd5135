//! The responses of the fake Slack decode as typed responses without unknown values.

use std::fmt::Debug;

use slack_rtm::Client;
use slack_rtm::models::{Block, UserId};
use slack_rtm_e2e::builder;
use slack_rtm_test::FakeSlack;

const GENERAL: &str = "C01GENERAL0";
const ALICE: &str = "U01ALICE000";

/// Returns a response after asserting that it contains no unknown values.
fn known<T: Debug>(answer: Result<T, slack_rtm::Error>) -> T {
    let answer = answer.unwrap();
    let shown = format!("{answer:?}");
    assert!(!shown.contains("Unrecognized") && !shown.contains("Unknown"), "{shown}");
    answer
}

async fn start() -> (FakeSlack, Client, String) {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).app_token("xapp-1").build().unwrap();
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
async fn bots_emoji_do_not_disturb_and_user_groups() {
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

#[tokio::test]
async fn messages() {
    let (slack, client, theirs) = start().await;
    let post = client.chat_post_message(GENERAL).text("one").blocks([Block::section("*one*")]);
    let posted = known(post.send().await);
    let ts = posted.ts.as_str().to_owned();
    assert_eq!(posted.channel, GENERAL);
    known(client.chat_post_message(GENERAL).text("a reply").thread_ts(theirs.as_str()).send().await);
    known(client.chat_update(GENERAL, ts.as_str()).text("two").send().await);
    known(client.chat_get_permalink(GENERAL, ts.as_str()).send().await);
    known(client.chat_post_ephemeral(GENERAL, ALICE).text("psst").send().await);
    known(client.chat_me_message(GENERAL, "waves").send().await);
    known(client.chat_schedule_message(GENERAL, 1_800_000_000_i64).text("later").send().await);
    known(client.reactions_add(GENERAL, "tada", ts.as_str()).send().await);
    known(client.pins_add(GENERAL).timestamp(ts.as_str()).send().await);
    let history = known(client.conversations_history(GENERAL).limit(2).send().await);
    let text = |message: &slack_rtm::models::Message| message.text.clone().unwrap_or_default();
    assert_eq!(history.messages.iter().map(text).collect::<Vec<_>>(), ["waves", "two"]);
    assert_eq!(history.has_more, Some(true));
    let thread = known(client.conversations_replies(GENERAL, theirs.as_str()).send().await);
    assert_eq!(thread.messages.iter().map(text).collect::<Vec<_>>(), ["hello", "a reply"]);
    known(client.chat_delete(GENERAL, ts.as_str()).send().await);
    assert_eq!(slack.messages(GENERAL).len(), 3);
    let error = client.chat_delete(GENERAL, ts.as_str()).send().await.unwrap_err();
    assert_eq!(error.code(), Some("message_not_found"));
}

#[tokio::test]
async fn conversations() {
    let (_slack, client, ts) = start().await;
    let made = known(client.conversations_create("builds").send().await);
    let id = made.channel.id.unwrap();
    known(client.conversations_invite(id.clone(), [ALICE]).send().await);
    known(client.conversations_set_topic(id.clone(), "green").send().await);
    known(client.conversations_set_purpose(id.clone(), "to build").send().await);
    known(client.conversations_kick(id.clone(), ALICE).send().await);
    known(client.conversations_mark(GENERAL, ts.as_str()).send().await);
    known(client.conversations_leave(id.clone()).send().await);
    known(client.conversations_join(id.clone()).send().await);
    known(client.conversations_open().users([ALICE]).return_im(true).send().await);
    known(client.conversations_open().users([ALICE, "U02BOB00000"]).send().await);
    known(client.conversations_info(GENERAL).include_num_members(true).send().await);
    let members = known(client.conversations_members(GENERAL).limit(1).send().await);
    assert_eq!(members.members.len(), 1);
    let list = known(client.conversations_list().send().await);
    assert_eq!(list.channels.len(), 2);
    known(client.conversations_archive(id).send().await);
}

#[tokio::test]
async fn users_and_the_workspace() {
    let (_slack, client, _) = start().await;
    let user = known(client.users_info("U01ROBOT000").send().await);
    assert_eq!(user.user.name.as_deref(), Some("helpful-robot"));
    assert_eq!(known(client.users_list().send().await).members.len(), 3);
    assert_eq!(known(client.users_conversations().send().await).channels.len(), 1);
    known(client.users_get_presence().send().await);
    known(client.users_profile_get().user(ALICE).send().await);
    known(client.users_lookup_by_email("alice@acme.example.com").send().await);
    known(client.team_info().send().await);
    known(client.auth_test().send().await);
    known(client.api_test().send().await);
    known(client.app_client().unwrap().apps_connections_open().send().await);
}
