//! Envelopes: delivered once, and acknowledged once, in time and over the right connection.

use std::sync::Arc;
use std::time::Duration;

use super::super::world::secs;
use super::world::World;
use crate::machine::{Config, Input};
use crate::socket_mode::PoolState;
use crate::{AckPolicy, Item, RespondError};

fn commands(world: &World) -> Vec<crate::SlashCommand> {
    let found = world.items.iter().filter_map(|(_, item)| match item {
        Item::SlashCommand(command) => Some(command.clone()),
        _ => None,
    });
    found.collect()
}

#[test]
fn an_event_is_acknowledged_when_it_is_queued() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    assert_eq!((world.acked(), world.acks[0].at), (vec!["e1"], world.now));
    // An event that does not fit into the queue is not acknowledged, so Slack delivers it again.
    world.has_room = false;
    world.event(connection, "e2", "Ev2");
    world.run(5.0);
    assert_eq!(world.acked(), ["e1"]);
    world.has_room = true;
    world.event(connection, "e3", "Ev2");
    assert_eq!(
        (world.acked(), world.story()),
        (vec!["e1", "e3"], vec!["First".into(), "Ev1".into(), "Ev2".into()])
    );
}

#[test]
fn a_repetition_is_acknowledged_and_not_delivered_for_15_minutes() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    world.run(14.9 * 60.0);
    let connection = world.last();
    world.event(connection, "e2", "Ev1");
    assert_eq!((world.acked(), world.handed_out()["Ev1"]), (vec!["e1", "e2"], 1));
    assert_eq!(world.machine.changed_vitals().unwrap().duplicates, 1);
    world.run(10.0);
    let connection = world.last();
    world.event(connection, "e3", "Ev1");
    assert_eq!(world.handed_out()["Ev1"], 2);
}

#[test]
fn remembered_events_are_bounded() {
    let config = Config { max_event_ids: 10, ..Config::default() };
    let mut world = World::with(1, AckPolicy::Auto, Arc::new(PoolState::new(7)), config);
    let connection = world.last();
    for number in 0..30 {
        world.event(connection, &format!("a{number}"), &format!("Ev{number}"));
    }
    world.event(connection, "b29", "Ev29");
    world.event(connection, "b0", "Ev0");
    assert_eq!((world.handed_out()["Ev29"], world.handed_out()["Ev0"]), (1, 2));
}

#[test]
fn with_the_manual_policy_the_user_acknowledges() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    world.run(3.0);
    // The user is slow, so Slack repeats the event, which the user does not see.
    world.event(connection, "e2", "Ev1");
    world.run(60.0);
    world.event(connection, "e3", "Ev1");
    assert!(world.acks.is_empty());
    let Some((_, Item::Event(event))) = world.items.pop() else { panic!() };
    event.ack();
    event.ack();
    world.run_until_idle();
    assert_eq!(world.acked(), ["e1", "e2", "e3"]);
    // The acknowledgement was lost.
    world.event(connection, "e4", "Ev1");
    assert_eq!(world.acked(), ["e1", "e2", "e3", "e4"]);
    assert!(world.handed_out().is_empty());
}

#[test]
fn with_the_manual_policy_a_dropped_event_is_delivered_again() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    world.items.clear();
    world.run_until_idle();
    world.event(connection, "e2", "Ev1");
    assert_eq!(world.handed_out()["Ev1"], 1);
    // The event was repeated before the user drops it.
    world.event(connection, "e3", "Ev1");
    world.items.clear();
    world.run_until_idle();
    let Some((_, Item::Event(event))) = world.items.pop() else { panic!("nothing was delivered") };
    assert_eq!(event.envelope().unwrap().id(), "e3");
    event.ack();
    world.run_until_idle();
    assert_eq!(world.acked(), ["e3"]);
}

#[test]
fn a_response_is_waited_for_up_to_the_timeout() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.command(connection, "c1");
    world.run(1.0);
    world.command(connection, "c2");
    let [first, second] = &commands(&world)[..] else { panic!() };
    assert!(world.acks.is_empty());
    first.respond(&serde_json::json!({ "text": "hi" })).unwrap();
    assert_eq!(first.respond(&"more"), Err(RespondError::AlreadyAnswered));
    world.run_until_idle();
    assert_eq!((world.acked(), &world.acks[0].payload["text"]), (vec!["c1"], &"hi".into()));
    let came = world.now;
    world.run(5.0);
    assert_eq!((world.acked(), world.acks[1].at), (vec!["c1", "c2"], came + secs(2.5)));
    assert!(world.acks[1].payload.is_null());
    assert_eq!(second.respond(&"late"), Err(RespondError::AlreadyAnswered));
    // Dropping the envelope acknowledges it without a response.
    world.command(connection, "c3");
    world.items.clear();
    world.run_until_idle();
    assert_eq!((world.acked().len(), world.acks[2].at), (3, world.now));
}

#[test]
fn a_response_that_slack_would_discard_is_an_error() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.command(connection, "c1");
    let command = commands(&world).remove(0);
    let around = r#"{"envelope_id":"c1","payload":""}"#.len();
    let error = command.respond(&"x".repeat(20_480 - around)).unwrap_err();
    assert_eq!(error, RespondError::TooLarge { bytes: 20_480, max: 20_479 });
    world.run_until_idle();
    assert!(world.acks.is_empty() && !command.is_answered());
    command.respond(&"x".repeat(20_479 - around)).unwrap();
    world.run_until_idle();
    assert_eq!(world.acked(), ["c1"]);
    world.event(connection, "e1", "Ev1");
    let Some((_, Item::Event(event))) = world.items.pop() else { panic!() };
    assert_eq!(event.envelope().unwrap().respond(&"x"), Err(RespondError::NotAccepted));
}

#[test]
fn with_the_manual_policy_nothing_is_acknowledged_automatically() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.command(connection, "c1");
    world.event(connection, "e1", "Ev1");
    world.run(30.0);
    assert!(world.acks.is_empty());
}

#[test]
fn a_malformed_envelope_has_no_effect_on_others() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    for json in [
        r#"{"type":"brand_new","envelope_id":"n1","payload":{}}"#,
        r#"{"type":"events_api","envelope_id":"n2","payload":[1,2]}"#,
        r#"{"type":"events_api","envelope_id":"n3","payload":"text"}"#,
        r#"{"type":"events_api","envelope_id":"n4","payload":{"type":"app_rate_limited"}}"#,
        r#"{"type":"events_api","payload":{"event":{"type":"message","text":"no id"}}}"#,
        r#"{"type":"events_api","envelope_id":"#,
        r#"{"type":"interactive","envelope_id":"n5","payload":{"type":"shortcut"}}"#,
    ] {
        world.text(connection, json);
    }
    let input =
        world.member.input(connection, crate::websocket::Received::Binary(bytes::Bytes::from_static(b"x")));
    world.input(input);
    assert_eq!(
        world.story(),
        [
            "First",
            "envelope",
            "envelope",
            "envelope",
            "app_rate_limited",
            "no id",
            "malformed",
            "interaction"
        ]
    );
    assert_eq!(world.acked(), ["n1", "n2", "n3", "n4", "n5"]);
    world.run(60.0);
    assert_eq!(world.dials.len(), 1);
}

#[test]
fn a_closing_session_delivers_no_envelopes() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.command(connection, "c1");
    world.input(Input::Close);
    // Envelopes that wait for a response are acknowledged first.
    assert_eq!(world.acked(), ["c1"]);
    world.event(connection, "e1", "Ev1");
    assert_eq!(world.acked().len(), 1);
    assert!(world.handed_out().is_empty());
    world.run(3.0);
    assert_eq!(world.story().last().unwrap(), "closed");
    assert_eq!(world.machine.deadline(), None::<Duration>);
}
