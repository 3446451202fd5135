//! Handovers: scenarios 10 and 16.

use proptest::prelude::*;

use super::world::{World, message, refusal, secs};
use crate::connection_id::ConnectionId;
use crate::machine::Input;
use crate::{DisconnectReason, Error, Item};

const GOODBYE: &str = r#"{"type":"goodbye"}"#;

/// A world in which the server has said goodbye, and the new connection has been dialed.
fn leaving() -> (World, ConnectionId, ConnectionId) {
    let mut world = World::new(1);
    let old = world.last();
    world.run(31.0);
    world.frame(old, &message("C1", "1.0"));
    world.server.says_hello = false;
    world.server.closes = false;
    world.frame(old, GOODBYE);
    assert_eq!(world.dials.len(), 2, "the new connection is dialed at once");
    let new = world.last();
    (world, old, new)
}

#[test]
fn a_handover_loses_nothing_repeats_nothing_and_keeps_the_order() {
    let (mut world, old, new) = leaving();
    world.frame(old, &message("C1", "2.0"));
    world.frame(old, &message("C2", "2.5"));
    assert!(world.closes.is_empty());
    world.hello(new);
    assert_eq!(world.closes, [(world.now, old)], "hello before the old one is closed");
    // The new connection is ahead of the old one.
    world.frame(new, &message("C1", "2.0"));
    world.frame(new, &message("C1", "4.0"));
    world.frame(old, &message("C1", "3.0"));
    world.frame(new, &message("C2", "2.5"));
    world.frame(new, r#"{"type":"user_typing","channel":"C1","user":"U1"}"#);
    world.frame(old, r#"{"type":"user_typing","channel":"C1","user":"U1"}"#);
    world.input(Input::Lost(old, DisconnectReason::Closed { code: Some(1000), reason: "".into() }));
    // It repeats some events even later.
    world.frame(new, &message("C1", "3.0"));
    world.frame(new, &message("C1", "5.0"));
    world.frame(new, r#"{"type":"user_typing","channel":"C1","user":"U1"}"#);
    assert_eq!(
        world.story(),
        [
            "First",
            "C1 1.0",
            "goodbye",
            "C1 2.0",
            "C2 2.5",
            "HandedOver",
            "C1 3.0",
            "user_typing",
            "C1 4.0",
            "C1 5.0",
            "user_typing"
        ]
    );
    assert!(world.drops.is_empty());
    world.run(60.0);
    assert_eq!(world.calls.len(), 2);
}

#[test]
fn an_old_connection_that_does_not_end_is_dropped() {
    let (mut world, old, new) = leaving();
    world.hello(new);
    world.frame(new, &message("C1", "2.0"));
    world.run(0.9);
    assert_eq!(world.story().last().unwrap(), "HandedOver");
    world.run(0.2);
    assert_eq!(world.story().last().unwrap(), "C1 2.0");
    assert_eq!(world.drops[0].1, old);
}

#[test]
fn a_failed_dial_keeps_the_old_connection() {
    let (mut world, old, new) = leaving();
    world.input(Input::Lost(new, DisconnectReason::UnexpectedEof));
    world.frame(old, &message("C1", "2.0"));
    let ticket = world.send("x");
    assert!(world.outcome(ticket).unwrap().is_acked());
    assert_eq!(world.writes.last().unwrap().1, old);
    world.server.says_hello = true;
    world.server.closes = true;
    world.run(5.0);
    assert_eq!(world.story(), ["First", "C1 1.0", "goodbye", "retry unexpected_eof", "C1 2.0", "HandedOver"]);
    assert!(world.drops.iter().all(|(_, dropped)| *dropped != old));
}

#[test]
fn an_old_connection_that_ends_too_soon_is_a_gap() {
    let (mut world, old, new) = leaving();
    world.input(Input::Lost(old, DisconnectReason::UnexpectedEof));
    world.hello(new);
    assert_eq!(world.story()[2..], ["goodbye", "goodbye", "Reconnected", "gap"]);
    assert_eq!(world.calls.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The server sends numbered events: the old connection receives those up to `end`, the new one those from `hello` on, and the client reads from both in random
    /// order.
    #[test]
    fn overlapping_connections_deliver_every_event_once_and_in_order(
        hello in 0..20_usize,
        overlap in 0..20_usize,
        chance in prop::collection::vec(any::<bool>(), 100),
    ) {
        let (mut world, old, new) = leaving();
        let before = world.story().len();
        let end = hello + overlap;
        let event = |number: usize| message("C1", &format!("{}.0", 100 + number));
        let mut on_old = (0..end).map(event);
        let mut on_new = (hello..40).map(event);
        let (mut is_greeted, mut has_ended) = (false, false);
        for first in chance {
            let (is_old, next) = if first && !has_ended {
                (true, on_old.next())
            } else if is_greeted {
                (false, on_new.next())
            } else {
                is_greeted = true;
                world.hello(new);
                continue;
            };
            match next {
                Some(frame) => world.frame(if is_old { old } else { new }, &frame),
                None if is_old && is_greeted => {
                    has_ended = true;
                    world.input(Input::Lost(old, DisconnectReason::UnexpectedEof));
                }
                None => {}
            }
        }
        // Read the rest, in the order in which the server would have sent it.
        if !is_greeted {
            world.hello(new);
        }
        on_old.for_each(|frame| world.frame(old, &frame));
        world.input(Input::Lost(old, DisconnectReason::UnexpectedEof));
        on_new.for_each(|frame| world.frame(new, &frame));
        let expected: Vec<_> = (0..40).map(|number| format!("C1 {}.0", 100 + number)).collect();
        let mut story = world.story().split_off(before);
        story.retain(|word| word != "HandedOver");
        prop_assert_eq!(story, expected);
    }
}

#[test]
fn events_are_not_repeated_after_a_gap() {
    let (mut world, old, new) = leaving();
    world.frame(old, &message("C1", "2.0"));
    world.frame(old, r#"{"type":"user_typing","channel":"C1","user":"U1"}"#);
    world.input(Input::Lost(old, DisconnectReason::UnexpectedEof));
    world.hello(new);
    world.frame(new, &message("C1", "2.0"));
    world.frame(new, &message("C1", "3.0"));
    // An event without a timestamp may be another one with the same content.
    world.frame(new, r#"{"type":"user_typing","channel":"C1","user":"U1"}"#);
    assert_eq!(
        world.story()[2..],
        ["goodbye", "C1 2.0", "user_typing", "goodbye", "Reconnected", "gap", "C1 3.0", "user_typing"]
    );
}

#[test]
fn repeated_goodbyes_back_off() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        while world.now < secs(600.0) {
            let last = world.last();
            world.frame(last, GOODBYE);
            world.run(0.5);
        }
        assert!(super::connecting::within_budget(&world.calls));
        assert!(world.story().iter().all(|word| word != "gap"));
    }
}

#[test]
fn a_fatal_code_during_a_handover_ends_the_session() {
    let mut world = World::new(1);
    world.run(31.0);
    world.server.calls = [Some(refusal("token_revoked"))].into();
    let old = world.last();
    world.frame(old, GOODBYE);
    assert_eq!(world.story(), ["First", "goodbye", "closed call"]);
    assert_eq!(world.drops[0].1, old);
}

#[test]
fn replies_are_accepted_over_either_connection() {
    let (mut world, old, new) = leaving();
    world.server.acks = false;
    let (m1, m2) = (world.send("1"), world.send("2"));
    let ids: Vec<_> = world.written("message").iter().map(|sent| sent.2["id"].clone()).collect();
    world.hello(new);
    world.frame(old, &format!(r#"{{"ok":true,"reply_to":{},"ts":"1.0"}}"#, ids[0]));
    world.frame(new, &format!(r#"{{"ok":true,"reply_to":{},"ts":"2.0"}}"#, ids[1]));
    assert!(world.outcome(m1).unwrap().is_acked() && world.outcome(m2).unwrap().is_acked());
}

#[test]
fn too_many_held_events_drop_the_old_connection() {
    let (mut world, old, new) = leaving();
    world.hello(new);
    for number in 0..20_000 {
        world.frame(new, &message("C1", &format!("{}.0", 100_000 + number)));
    }
    assert_eq!(world.drops[0].1, old);
    assert_eq!(world.story().len(), 4 + 20_000);
}

#[test]
fn a_loss_without_goodbye_reports_one_gap_with_the_channels_seen() {
    let mut world = World::new(1);
    let first = world.last();
    for (channel, ts) in [("C2", "7.0"), ("C1", "3.0"), ("C1", "4.0")] {
        world.frame(first, &message(channel, ts));
    }
    world.server.pongs = false;
    world.run(2.0);
    let last_heard = world.now;
    world.frame(first, r#"{"type":"presence_change"}"#);
    world.run(1.0);
    world.server.calls = [Some(Error::CallTimeout), Some(Error::CallTimeout)].into();
    world.lose();
    world.server.pongs = true;
    world.run(30.0);
    let gaps: Vec<_> = world
        .items
        .iter()
        .filter_map(|(at, item)| if let Item::Gap(gap) = item { Some((at, gap)) } else { None })
        .collect();
    let [(at, gap)] = gaps[..] else { panic!("{:?}", world.story()) };
    let seen: Vec<_> = gap.channels.iter().map(|(channel, ts)| (channel.as_str(), ts.as_str())).collect();
    assert_eq!(
        (seen, gap.is_complete, gap.reason.clone()),
        (vec![("C1", "4.0"), ("C2", "7.0")], true, DisconnectReason::UnexpectedEof)
    );
    assert_eq!(gap.duration, *at - last_heard);
}
