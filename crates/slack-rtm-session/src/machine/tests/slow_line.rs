//! Slow lines, and servers that are slow for a while.

use std::time::Duration;

use super::world::{World, secs};
use crate::Outcome;
use crate::machine::{Config, Input};

/// Returns how many times the connection was lost.
fn losses(world: &World) -> usize {
    world.story().iter().filter(|word| *word == "pong_timeout").count()
}

/// Returns the duration of each attempt to connect, from the dial to the timeout.
fn attempts(world: &World) -> Vec<Duration> {
    let given_up = |connection| world.drops.iter().find(|(_, dropped)| *dropped == connection);
    let long = |(at, connection, _): &(Duration, _, _)| given_up(*connection).map(|(end, _)| *end - *at);
    world.dials.iter().filter_map(long).collect()
}

#[test]
fn pongs_after_four_and_a_half_seconds_are_no_loss() {
    for pong in [4.5, 6.0] {
        for seed in 0..200 {
            let mut world = World::with(seed, Config::default(), |server| server.pong_after = secs(pong));
            world.run(900.0);
            assert_eq!((world.dials.len(), losses(&world)), (1, 0), "{pong} s");
            let vitals = world.machine.changed_vitals().unwrap();
            assert_eq!(vitals.round_trip, Some(secs(pong)));
            assert!(vitals.recent >= secs(5.0 + pong), "it is ready all the time");
        }
    }
}

#[test]
fn a_line_that_becomes_slow_loses_at_most_three_connections() {
    for (pong, max) in [(4.5, 1), (8.0, 2), (12.0, 3)] {
        for seed in 0..200 {
            let mut world = World::new(seed);
            world.run(60.0);
            world.server.pong_after = secs(pong);
            world.run(120.0);
            let lost = losses(&world);
            assert!(lost <= max, "{pong} s: {lost} losses");
            world.run(900.0);
            assert_eq!(losses(&world), lost, "{pong} s");
        }
    }
}

#[test]
fn a_line_that_is_slow_from_the_start_is_adapted_to() {
    for (pong, max) in [(8.0, 3), (12.0, 3)] {
        for seed in 0..200 {
            let mut world = World::with(seed, Config::default(), |server| server.pong_after = secs(pong));
            world.run(150.0);
            let lost = losses(&world);
            assert!(lost <= max, "{pong} s: {lost} losses");
            world.run(900.0);
            assert_eq!(losses(&world), lost, "{pong} s");
        }
    }
}

#[test]
fn limits_do_not_grow_beyond_their_maximum() {
    for seed in 0..50 {
        let mut world = World::with(seed, Config::default(), |server| server.pongs = false);
        world.run(600.0);
        let stood: Vec<_> = attempts(&world).into_iter().map(|stood| stood.as_secs_f64()).collect();
        // The first ping is sent within five seconds, and its pong may take fifteen.
        assert!(stood.len() > 10 && stood.iter().all(|stood| *stood <= 20.0), "{stood:?}");
        assert!(stood[0] <= 9.0 && stood[1] <= 9.0, "{stood:?}");
    }
}

/// Scenario 1, directly after hello and after the line was slow.
#[test]
fn a_fast_line_that_goes_dead_is_detected_in_time() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        let first = world.last();
        world.server.mute = Some(first);
        world.run(9.5);
        assert_eq!((losses(&world), world.dials.len()), (1, 2), "right after hello");

        world.server.pong_after = secs(4.5);
        world.run(60.0);
        world.server.pong_after = secs(0.08);
        world.run(300.0);
        let (before, last) = (losses(&world), world.writes.last().unwrap().0);
        world.server.mute = Some(world.last());
        while losses(&world) == before {
            world.run(0.05);
        }
        assert!(world.now - last <= secs(10.0), "{:?}", world.now - last);
    }
}

#[test]
fn hello_after_twelve_seconds_is_eventually_waited_for() {
    for seed in 0..50 {
        let mut world = World::with(seed, Config::default(), |server| server.hello_after = secs(12.0));
        world.run(60.0);
        assert_eq!(world.story(), ["retry hello_timeout", "retry hello_timeout", "First"]);
        // A hello resets the limit.
        world.run(60.0);
        world.server.says_hello = false;
        world.lose();
        world.run(60.0);
        assert_eq!(attempts(&world)[2..4], [secs(9.5); 2]);
    }
}

#[test]
fn repeated_timeouts_double_the_limits_up_to_their_maximum() {
    let mut config = Config::default();
    for max in [30.0, 12.0, 1.0] {
        (config.max_dial_timeout, config.max_hello_timeout) = (secs(max), secs(max));
        for takes_dials in [true, false] {
            let mut world = World::with(1, config.clone(), |server| {
                server.takes_dials = takes_dials;
                server.says_hello = false;
            });
            world.run(300.0);
            let limits = [9.5, 9.5, 19.0, 30.0, 30.0].map(|limit: f64| secs(limit.min(max).max(9.5)));
            assert_eq!(attempts(&world)[..5], limits);
        }
    }
}

#[test]
fn an_address_is_not_dialed_for_longer_than_it_is_valid() {
    let mut world = World::with(1, Config::default(), |server| {
        server.takes_dials = false;
        server.call_after = secs(14.0);
    });
    world.run(600.0);
    // The limit is thirty seconds after the call, but never less than the usual timeout.
    assert_eq!(attempts(&world)[..4], [9.5, 9.5, 16.0, 16.0].map(secs));

    // Even with a longer call timeout the address must not be old.
    let config = Config { call_timeout: secs(60.0), ..Config::default() };
    let mut world = World::with(1, config, |server| server.call_after = secs(40.0));
    world.run(35.0);
    assert_eq!((world.dials.len(), world.story()), (0, vec!["retry call_timeout".to_owned()]));
}

#[test]
fn a_dial_over_a_slow_line_has_enough_time() {
    for seed in 0..50 {
        let mut world = World::with(seed, Config::default(), |server| server.pong_after = secs(4.5));
        world.run(120.0);
        // Three round trips: TCP, TLS and the upgrade.
        world.server.dial_after = secs(13.5);
        world.lose();
        world.run(60.0);
        assert_eq!(world.story(), ["First", "unexpected_eof", "Reconnected", "gap"]);
    }
}

#[test]
fn an_acknowledgement_may_take_as_long_as_a_pong() {
    let mut world = World::with(1, Config::default(), |server| {
        server.pong_after = secs(12.0);
        server.acks = false;
    });
    world.run(300.0);
    let (ticket, connection) = (world.send("x"), world.last());
    let id = world.written("message")[0].2["id"].clone();
    world.run(11.9);
    assert_eq!(world.outcome(ticket), None);
    world.frame(connection, &format!(r#"{{"ok":true,"reply_to":{id},"ts":"1.0"}}"#));
    assert!(matches!(world.outcome(ticket), Some(Outcome::Acked(_))));
    let lost = world.send("y");
    world.run(16.0);
    assert_eq!(world.outcome(lost), Some(&Outcome::TimedOut));
}

/// Pings are sent on time while earlier pongs are still in flight, and each pong is matched with its own ping.
#[test]
fn overlapping_pongs_are_matched_with_their_pings() {
    let config = Config { pong_timeout: secs(14.0), ..Config::default() };
    let mut world = World::with(1, config, |server| server.pong_after = secs(12.0));
    world.run(120.0);
    assert_eq!(world.dials.len(), 1);
    assert_eq!(world.machine.changed_vitals().unwrap().round_trip, Some(secs(12.0)));
    let pings = world.written("ping");
    assert!(pings.windows(2).all(|pair| pair[1].0 - pair[0].0 <= secs(5.0)));
    let first = world.last();
    world.input(Input::Heard(first));
}
