//! Envelopes: handed out once, acknowledged once, where they came from and in time.

use std::sync::Arc;
use std::time::Duration;

use super::super::world::secs;
use super::world::World;
use crate::machine::{Config, Input};
use crate::socket_mode::PoolState;
use crate::{AckPolicy, Item, RespondError};

fn commands(world: &World) -> Vec<crate::SlashCommand> {
    let found = world.items.iter().filter_map(|(_, item)| match item {
        Item::Command(command) => Some(command.clone()),
        _ => None,
    });
    found.collect()
}

#[test]
fn an_event_is_acknowledged_when_the_queue_has_it() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    assert_eq!((world.acked(), world.acks[0].at), (vec!["e1"], world.now));
    // What the queue has no room for is not, and comes again.
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
fn a_repetition_is_acknowledged_and_not_handed_out_for_a_quarter_of_an_hour() {
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
fn what_is_remembered_is_bounded() {
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
fn by_hand_an_event_is_acknowledged_when_the_user_says_so() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    world.run(3.0);
    // The user takes their time, and Slack delivers again, which they do not see.
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
fn by_hand_what_is_dropped_is_handed_out_again() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.event(connection, "e1", "Ev1");
    world.items.clear();
    world.run_until_idle();
    world.event(connection, "e2", "Ev1");
    assert_eq!(world.handed_out()["Ev1"], 1);
    // It has come again when the user drops it.
    world.event(connection, "e3", "Ev1");
    world.items.clear();
    world.run_until_idle();
    let Some((_, Item::Event(event))) = world.items.pop() else { panic!("nothing was handed out") };
    assert_eq!(event.envelope().unwrap().id(), "e3");
    event.ack();
    world.run_until_idle();
    assert_eq!(world.acked(), ["e3"]);
}

#[test]
fn a_response_is_waited_for_and_not_too_long() {
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
    // Whoever drops it does not want to respond.
    world.command(connection, "c3");
    world.items.clear();
    world.run_until_idle();
    assert_eq!((world.acked().len(), world.acks[2].at), (3, world.now));
}

#[test]
fn a_response_that_slack_would_drop_is_an_error_and_nothing_is_written() {
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
fn by_hand_nothing_is_acknowledged_by_itself() {
    let mut world = World::new(AckPolicy::Manual);
    let connection = world.last();
    world.command(connection, "c1");
    world.event(connection, "e1", "Ev1");
    world.run(30.0);
    assert!(world.acks.is_empty());
}

#[test]
fn a_malformed_envelope_costs_nothing() {
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
fn nothing_is_handed_out_that_can_not_be_acknowledged_any_more() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.command(connection, "c1");
    world.input(Input::Close);
    // What waited for a response is acknowledged first.
    assert_eq!(world.acked(), ["c1"]);
    world.event(connection, "e1", "Ev1");
    assert_eq!(world.acked().len(), 1);
    assert!(world.handed_out().is_empty());
    world.run(3.0);
    assert_eq!(world.story().last().unwrap(), "closed");
    assert_eq!(world.machine.deadline(), None::<Duration>);
}
