//! Pings: scenarios 1, 13 and 18.

use super::world::{World, message, secs};
use crate::machine::Input;
use crate::{DisconnectReason, State};

#[test]
fn a_half_open_connection_is_detected() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        world.run(17.0);
        assert_eq!(world.calls.len(), 1);
        let last = world.writes.last().map_or(secs(0.0), |write| write.0);
        let first = world.last();
        world.server.mute = Some(first);
        while world.dials.len() == 1 {
            world.run(0.05);
        }
        let lost = world.drops.iter().find(|(_, dropped)| *dropped == first).unwrap().0;
        assert!(lost - last <= secs(10.0), "{:?}", lost - last);
        assert!(world.now - last < secs(12.0), "{:?}", world.now - last);
        world.run(30.0);
        assert_eq!(world.calls.len(), 2);
        assert_eq!(world.story(), ["First", "pong_timeout", "Reconnected", "gap"]);
    }
}

#[test]
fn pings_are_sent_at_a_steady_rate_while_frames_arrive() {
    for seed in 0..50 {
        let mut world = World::new(seed);
        let first = world.last();
        world.server.pongs = false;
        for number in 0..6_000 {
            world.run(0.01);
            world.frame(first, &message("C1", &format!("{number}.0")));
        }
        // A frame arrives instead of a pong.
        assert_eq!(world.calls.len(), 1);
        let pings = world.written("ping");
        assert!(pings[0].0 <= secs(5.0));
        assert!(pings.windows(2).all(|pair| pair[1].0 - pair[0].0 <= secs(5.0)));
        assert!(pings.len() >= 12);
    }
    let firsts: std::collections::HashSet<_> = (0..50)
        .map(|seed| {
            let mut world = World::new(seed);
            world.run(5.0);
            world.written("ping")[0].0
        })
        .collect();
    assert!(firsts.len() > 40, "the first pings are spread");
}

#[test]
fn a_websocket_ping_shows_that_the_server_is_alive() {
    let mut world = World::new(1);
    world.server.pongs = false;
    let first = world.last();
    for _ in 0..20 {
        world.run(3.0);
        world.input(Input::Heard(first));
    }
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn vitals_are_updated() {
    let mut world = World::new(1);
    let vitals = world.machine.changed_vitals().unwrap();
    assert_eq!((vitals.state, vitals.round_trip), (State::Connected, None));
    assert!(world.machine.changed_vitals().is_none());
    world.server.pongs = false;
    while world.written("ping").is_empty() {
        world.run(0.1);
    }
    let (sent, first, ping) = world.written("ping").remove(0);
    world.run(0.25);
    world.frame(first, &format!(r#"{{"type":"pong","reply_to":{}}}"#, ping["id"]));
    let elapsed = world.now - sent;
    assert_eq!(world.machine.changed_vitals().unwrap().round_trip, Some(elapsed));
    world.input(Input::Lost(first, DisconnectReason::Closed { code: Some(1006), reason: "".into() }));
    assert_eq!(world.machine.changed_vitals().unwrap().state, State::Reconnecting);
    world.server.pongs = true;
    world.run(3.0);
    let vitals = world.machine.changed_vitals().unwrap();
    assert_eq!((vitals.state, vitals.reconnects, vitals.failures["closed"]), (State::Connected, 1, 1));
}

#[test]
fn a_delayed_task_does_not_measure_the_round_trip() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        world.run(30.0);
        world.server.pongs = false;
        let (before, connection) = (world.written("ping").len(), world.last());
        while world.written("ping").len() == before {
            world.run(0.1);
        }
        let ping = world.written("ping").pop().unwrap().2;
        // The process is stopped while the pong arrives.
        world.now += secs(6.0);
        world.frame(connection, &format!(r#"{{"type":"pong","reply_to":{}}}"#, ping["id"]));
        assert_eq!(world.machine.changed_vitals().unwrap().round_trip, Some(secs(0.0)));
        world.server.pongs = true;
        world.run(0.1);
        let last = world.writes.last().unwrap().0;
        world.server.mute = Some(connection);
        world.run(9.3);
        let lost = world.drops.iter().find(|(_, dropped)| *dropped == connection).unwrap().0;
        assert!(lost - last <= secs(9.0), "{:?}", lost - last);
    }
}
