//! Connections: their replacement, their loss, and their number.

use std::sync::Arc;

use super::super::world::secs;
use super::world::World;
use crate::AckPolicy;
use crate::machine::Config;
use crate::socket_mode::PoolState;

#[test]
fn a_connection_is_replaced_before_it_ends() {
    for reason in ["warning", "refresh_requested", "something_new"] {
        let mut world = World::new(AckPolicy::Auto);
        let old = world.last();
        world.run(60.0);
        world.disconnect(old, reason);
        let new = world.last();
        assert_ne!(old, new, "{reason}");
        // Both connections are read until the old one has ended, and nothing is held.
        world.event(new, "e2", "Ev2");
        assert_eq!(world.acked(), ["e2"]);
        world.run(2.0);
        assert_eq!(world.closes.len(), 1);
        // Slack does not close the TCP connection, so it is dropped after a second.
        assert_eq!(world.drops, [(world.closes[0].0 + secs(1.0), old)]);
        assert_eq!(world.story(), ["First", "HandedOver", "Ev2"], "{reason}");
    }
}

#[test]
fn a_connection_is_replaced_shortly_before_the_time_that_hello_names() {
    for seed in 0..20 {
        let mut world = World::with(seed, AckPolicy::Auto, Arc::new(PoolState::new(7)), Config::default());
        world.hello = r#"{"type":"hello","debug_info":{"approximate_connection_time":3600}}"#.to_owned();
        world.run(60.0);
        let first = world.last();
        world.disconnect(first, "refresh_requested");
        let since = world.now;
        world.run(3_500.0);
        assert_eq!(world.dials.len(), 2);
        world.run(100.0);
        assert_eq!(world.dials.len(), 3);
        let lasted = world.dials[2].0 - since;
        assert!(lasted >= secs(3_540.0) && lasted <= secs(3_570.0), "{lasted:?}");
    }
}

#[test]
fn acknowledgements_go_to_the_old_connection_while_it_is_open() {
    let mut world = World::new(AckPolicy::Auto);
    let old = world.last();
    world.run(60.0);
    world.command(old, "c1");
    world.disconnect(old, "refresh_requested");
    world.run(1.0);
    assert!(world.closes.is_empty());
    let Some(crate::Item::SlashCommand(command)) = world
        .items
        .iter()
        .map(|(_, item)| item.clone())
        .find(|item| matches!(item, crate::Item::SlashCommand(_)))
    else {
        panic!()
    };
    command.ack();
    world.run_until_idle();
    assert_eq!((world.acks[0].connection, world.closes[0]), (old, (world.now, old)));
    // A later envelope is delivered; Slack repeats it, and the repetition is acknowledged.
    world.event(old, "e1", "Ev1");
    assert_eq!(world.acks.len(), 1);
    world.run(3.0);
    let new = world.last();
    world.event(new, "e2", "Ev1");
    assert_eq!((world.acked(), world.handed_out()["Ev1"]), (vec!["c1", "e2"], 1));
}

#[test]
fn a_connection_without_server_pings_is_dropped() {
    let mut world = World::new(AckPolicy::Auto);
    world.run(60.0);
    assert_eq!(world.dials.len(), 1);
    let asked = world.now;
    world.server_pings = false;
    // Events do not count as pings of the server.
    for number in 0..60 {
        world.run(1.0);
        let connection = world.last();
        world.event(connection, &format!("e{number}"), &format!("Ev{number}"));
        if world.dials.len() > 1 {
            break;
        }
    }
    assert!(world.story().contains(&"ping_timeout".to_owned()), "{:?}", world.story());
    assert!(world.dials[1].0 - asked <= secs(32.0));

    let mut world = World::new(AckPolicy::Auto);
    world.run(60.0);
    world.pongs = false;
    world.run(0.5);
    // Events do not count as pongs.
    for number in 0..20 {
        world.run(0.5);
        let connection = world.last();
        world.event(connection, &format!("e{number}"), &format!("Ev{number}"));
    }
    assert!(world.story().contains(&"pong_timeout".to_owned()), "{:?}", world.story());
}

#[test]
fn too_many_connections_back_off() {
    let mut world = World::new(AckPolicy::Auto);
    let old = world.last();
    world.run(60.0);
    world.instead.extend([r#"{"type":"disconnect","reason":"too_many_websockets"}"#; 30]);
    world.disconnect(old, "refresh_requested");
    // The old connection is dropped to make room for the new one.
    assert!(world.drops.iter().any(|(_, dropped)| *dropped == old));
    let calls = world.calls.len();
    world.run(300.0);
    let made = world.calls.len() - calls;
    assert!((3..=20).contains(&made), "{made} calls in five minutes");
    world.instead.clear();
    while world.story().last().unwrap() != "gap" {
        world.run(1.0);
    }
    // A hello does not reset the backoff.
    let active = world.last();
    world.instead.extend([r#"{"type":"disconnect","reason":"too_many_websockets"}"#; 30]);
    world.lose(active);
    let calls = world.calls.len();
    world.run(120.0);
    assert!(world.calls.len() - calls <= 6, "{}", world.calls.len() - calls);
}

#[test]
fn disabled_socket_mode_is_retried_every_few_minutes() {
    let mut world = World::new(AckPolicy::Auto);
    let connection = world.last();
    world.run(60.0);
    world.instead.extend([r#"{"type":"disconnect","reason":"link_disabled"}"#; 30]);
    world.disconnect(connection, "link_disabled");
    let calls = world.calls.len();
    world.run(3_600.0);
    let made = world.calls.len() - calls;
    assert!((8..=12).contains(&made), "{made} calls in an hour");
    assert!(world.story()[1..].iter().all(|word| word.ends_with("link_disabled")), "{:?}", world.story());
}

#[test]
fn other_connections_are_reported() {
    let mut world = World::new(AckPolicy::Auto);
    world.hello = r#"{"type":"hello","num_connections":3}"#.to_owned();
    world.run(60.0);
    let old = world.last();
    // Including the old connection, two of the connections are the session's own.
    world.disconnect(old, "refresh_requested");
    assert_eq!(world.story(), ["First", "HandedOver", "2 of 3"]);
}

#[test]
fn there_is_no_gap_while_another_connection_is_open() {
    let pool_state = Arc::new(PoolState::new(7));
    let mut one = World::with(1, AckPolicy::Auto, pool_state.clone(), Config::default());
    let other = World::with(2, AckPolicy::Auto, pool_state, Config::default());
    let connection = one.last();
    one.lose(connection);
    one.run(30.0);
    assert_eq!(one.story(), ["First", "unexpected_eof", "Reconnected"]);
    drop(other);

    // An event of one connection is not delivered again over the other.
    let pool_state = Arc::new(PoolState::new(7));
    let mut one = World::with(1, AckPolicy::Auto, pool_state.clone(), Config::default());
    let mut other = World::with(2, AckPolicy::Auto, pool_state, Config::default());
    let (first, second) = (one.last(), other.last());
    one.event(first, "e1", "Ev1");
    other.event(second, "e2", "Ev1");
    assert_eq!((other.acked(), other.handed_out().len()), (vec!["e2"], 0));
}
