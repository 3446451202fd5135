//! Scenarios m14 and m15.

use serde_json::json;
use slack_rtm::models::{
    CommandResponse, Event, InteractionPayload, OptionObject, OptionsResponse, ViewResponse,
    ViewResponseAction,
};
use slack_rtm::{Events, Item, NotSent, Outcome, Sender};
use slack_rtm_e2e::{TOKEN, builder, causes, fast_clock, seconds};
use slack_rtm_test::{Answer, FakeSlack};

use super::{APP_TOKEN, client};
use crate::{ALICE, GENERAL, open};

/// A bot that knows nothing of the transport.
async fn echo(sender: &Sender, events: &mut Events, times: usize) {
    let mut answered = 0;
    while answered < times {
        let item = events.next().await.unwrap();
        if let Item::Event(event) = item
            && let Ok(Event::Message(message)) = event.decode_event()
            && message.user.as_ref().is_some_and(|user| user == ALICE)
        {
            assert!(sender.reply(&message, "I heard you").await.is_acked());
            event.ack();
            answered += 1;
        }
    }
}

#[tokio::test]
async fn m14_the_same_bot_runs_over_either() {
    let (slack, client) = client().await;
    for session in [client.session(), client.socket_mode()] {
        let (sender, mut events) = session.open().await.unwrap().split();
        slack.wait_for_connections(1).await.unwrap();
        let ts = slack.user(ALICE).says(GENERAL, "hello?").await;
        echo(&sender, &mut events, 1).await;
        let reply = slack.messages(GENERAL).pop().unwrap();
        assert_eq!((&reply["text"], &reply["thread_ts"]), (&"I heard you".into(), &ts.into()));
        sender.close().await;
        slack.wait_for_connections(0).await.unwrap();
    }
}

#[tokio::test]
async fn m14_a_bot_answers_what_people_do() {
    let (slack, client) = client().await;
    let (_sender, mut events) = client.socket_mode().open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    slack.slash_command(json!({ "command": "/deploy", "text": "web", "user_id": ALICE })).await;
    slack.interaction(json!({ "type": "block_actions", "actions": [{ "action_id": "go" }] })).await;
    slack.interaction(json!({ "type": "view_submission", "view": { "id": "V1" } })).await;
    slack.interaction(json!({ "type": "block_suggestion", "value": "al" })).await;
    slack.interaction(json!({ "type": "brand_new" })).await;
    let mut left = 5;
    while left > 0 {
        match events.next().await.unwrap() {
            Item::SlashCommand(command) => {
                let typed = command.decode().unwrap();
                let text = format!("{} {}", typed.command, typed.text.unwrap());
                command.respond(&CommandResponse::new().set_text(text)).unwrap();
            }
            Item::Interaction(interaction) => match interaction.decode().unwrap() {
                InteractionPayload::BlockActions(used) => {
                    assert_eq!(used.actions.unwrap()[0].action_id.as_deref(), Some("go"));
                }
                InteractionPayload::ViewSubmission(_) => {
                    interaction.respond(&ViewResponse::new(ViewResponseAction::Clear)).unwrap();
                }
                InteractionPayload::BlockSuggestion(_) => {
                    interaction
                        .respond(&OptionsResponse::new().set_options(Vec::<OptionObject>::new()))
                        .unwrap();
                }
                _ => assert_eq!(interaction.interaction_type(), Some("brand_new")),
            },
            Item::Connected(_) => continue,
            other => panic!("{other:?}"),
        }
        left -= 1;
    }
    let acks = slack.wait_for_acks(5).await.unwrap();
    let payload = |of: &str| {
        let envelope = slack.deliveries().into_iter().map(|delivered| delivered.envelope_id);
        let envelope = envelope.into_iter().nth(of.parse().unwrap()).unwrap();
        acks.iter().find(|ack| ack.envelope_id == envelope).unwrap().payload.clone()
    };
    assert_eq!(payload("0"), json!({ "text": "/deploy web" }));
    assert!(payload("1").is_null() && payload("4").is_null());
    assert_eq!(payload("2"), json!({ "response_action": "clear" }));
    assert_eq!(payload("3"), json!({ "options": [] }));
}

#[tokio::test]
async fn m14_what_became_of_a_message_is_told_honestly() {
    fast_clock();
    let (slack, client) = client().await;
    let (sender, _watch) = open(&slack, client.socket_mode()).await;
    let posted = sender.send_message(GENERAL, "hi").await;
    assert_eq!(posted.ts().unwrap(), slack.messages(GENERAL)[0]["ts"].as_str().unwrap());
    slack.answer_next_to("chat.postMessage", Answer::refusal("channel_not_found"));
    let Outcome::Rejected(refused) = sender.send_message(GENERAL, "hi").await else { panic!() };
    assert_eq!(refused.message(), "channel_not_found");
    // It may have been posted.
    slack.answer_next_to("chat.postMessage", Answer::html(502, "bad gateway"));
    assert_eq!(sender.send_message(GENERAL, "hi").await, Outcome::Unknown);
    slack.answer_next_to("chat.postMessage", Answer::success().with_delay(seconds(60.0)));
    assert_eq!(sender.send_message(GENERAL, "hi").await, Outcome::TimedOut);
    // It was not, and the next one waits for as long as Slack asks.
    slack.answer_next_to("chat.postMessage", Answer::rate_limited("20"));
    let limited = tokio::time::Instant::now();
    assert!(matches!(sender.send_message(GENERAL, "hi").await, Outcome::Rejected(_)));
    assert!(sender.send_message(GENERAL, "hi").await.is_acked());
    assert!(limited.elapsed() >= seconds(20.0));
    assert_eq!(sender.typing(GENERAL).await, Outcome::NotSent(NotSent::Unsupported));
    assert_eq!(sender.presence_sub([ALICE]).await, Outcome::NotSent(NotSent::Unsupported));
    let waiting = sender.send_message(GENERAL, "last words");
    sender.drain(seconds(30.0)).await.unwrap();
    sender.close().await;
    assert!(waiting.await.is_acked());
    assert_eq!(sender.send_message(GENERAL, "too late").await, Outcome::NotSent(NotSent::Closed));
}

#[tokio::test]
async fn m15_tokens_of_the_wrong_kind_are_named_and_not_printed() {
    let slack = FakeSlack::builder().token(TOKEN).app_token(APP_TOKEN).start().await.unwrap();
    let open = async |client: slack_rtm::ClientBuilder| {
        client.build().unwrap().socket_mode().open().await.unwrap_err()
    };
    let error = open(builder(&slack)).await;
    assert!(error.is_fatal() && error.to_string().contains("app_token: missing"), "{error}");
    let error = open(builder(&slack).app_token(TOKEN)).await;
    assert_eq!(error.code().unwrap().as_str(), "not_allowed_token_type");
    assert!(error.to_string().starts_with("apps.connections.open was refused"), "{error}");
    let error = open(builder(&slack).app_token("xapp-WRONG-SECRET")).await;
    assert_eq!(error.code().unwrap().as_str(), "invalid_auth");
    assert!(!causes(&error).contains("SECRET"));
    let error = open(builder(&slack).token("xoxb-WRONG").app_token(APP_TOKEN)).await;
    assert!(error.to_string().starts_with("auth.test was refused: invalid_auth"), "{error}");

    // An app-level token alone can receive.
    let client =
        slack_rtm::Client::builder().app_token(APP_TOKEN).base_url(slack.base_url()).build().unwrap();
    let (sender, mut events) = client.socket_mode().open().await.unwrap().split();
    slack.wait_for_connections(1).await.unwrap();
    slack.user(ALICE).says(GENERAL, "hello?").await;
    while !matches!(events.next().await.unwrap(), Item::Event(_)) {}
    assert_eq!(sender.send_message(GENERAL, "hi").await, Outcome::NotSent(NotSent::MissingBotToken));
    // The tokens went into the header, and nowhere else.
    let requests = slack.requests();
    assert!(requests.iter().all(|request| {
        !format!("{} {} {:?}", request.path, request.query, request.body).contains("SECRET")
    }));
    let opened = requests.iter().rfind(|request| request.api_method() == "apps.connections.open").unwrap();
    assert_eq!((opened.method.as_str(), opened.token()), ("POST", Some(APP_TOKEN)));
}
