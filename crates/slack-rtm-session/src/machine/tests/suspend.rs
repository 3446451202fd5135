//! Suspends of the computer.

use super::connecting::within_budget;
use super::world::{World, refusal, secs, too_many};
use crate::machine::{Config, Input};
use crate::{Error, Item};

#[test]
fn after_a_long_suspend_the_session_reconnects_at_once_and_reports_the_gap() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        world.run(47.0);
        let (first, heard) = (world.last(), world.writes.last().unwrap().0);
        world.suspend(3_600.0);
        world.run(0.0);
        assert_eq!(world.story(), ["First", "suspended", "Reconnected", "gap"]);
        assert_eq!((world.drops[0].1, world.calls.last()), (first, Some(&world.now)));
        let Some((_, Item::Gap(gap))) = world.items.last() else { panic!() };
        assert_eq!(gap.duration, world.now - heard);
        assert!(gap.duration >= secs(3_600.0));
        // The first ping is sent at the usual time.
        world.run(60.0);
        assert_eq!(world.dials.len(), 2);
    }
}

#[test]
fn after_a_short_suspend_the_connection_is_pinged() {
    for seed in 0..100 {
        for answers in [true, false] {
            let mut world = World::new(seed);
            world.run(20.0);
            // A ping that was in flight is ignored.
            world.server.pongs = false;
            let pings = world.written("ping").len();
            while world.written("ping").len() == pings {
                world.run(0.1);
            }
            let (woken, connection) = (world.now + secs(8.0), world.last());
            world.server.pongs = answers;
            world.suspend(8.0);
            world.run(0.0);
            assert_eq!(world.written("ping").last().unwrap().0, woken);
            world.run(30.0);
            if answers {
                assert_eq!(world.dials.len(), 1);
            } else {
                let lost = world.drops.iter().find(|(_, dropped)| *dropped == connection).unwrap().0;
                assert!(lost - woken <= secs(4.0), "{:?}", lost - woken);
            }
        }
    }
}

#[test]
fn a_suspend_ends_the_backoff() {
    for seed in 0..100 {
        let mut world = World::with(seed, Config::default(), |server| {
            server.calls = std::iter::repeat_with(|| Some(refusal("internal_error"))).take(1_000).collect();
        });
        // Wait long enough for the budget to have a call left.
        world.run(600.0);
        while world.budget.available_at(6) > world.now {
            world.run(1.0);
        }
        world.server.calls.clear();
        let calls = world.calls.len();
        world.suspend(120.0);
        world.run(0.0);
        assert_eq!(world.calls[calls..], [world.now]);
        assert_eq!(world.story().last().unwrap(), "First");

        // The network needs a few seconds: the backoff starts from the beginning.
        world.server.takes_dials = false;
        world.suspend(120.0);
        world.run(0.0);
        let failed = world.last();
        world.input(Input::Dialed(failed, Err(Error::UpgradeRefused { status: 503, retry_after: None })));
        world.run(0.91);
        assert_eq!(world.dials.len(), 3);
    }
}

#[test]
fn a_retry_after_includes_the_suspend() {
    let upgrade = |world: &mut World| {
        let retry_after = Some(secs(300.0));
        world.input(Input::Dialed(world.last(), Err(Error::UpgradeRefused { status: 503, retry_after })));
    };
    for is_call in [true, false] {
        let mut world = World::with(1, Config::default(), |server| {
            server.takes_dials = false;
            server.calls = is_call.then(|| Some(too_many(300.0))).into_iter().collect();
        });
        if !is_call {
            upgrade(&mut world);
        }
        world.suspend(200.0);
        world.run(99.0);
        assert_eq!(world.calls.len(), 1, "it is obeyed");
        world.suspend(2.0);
        world.run(0.0);
        assert_eq!(world.calls.len(), 2, "and it is over");
    }
}

#[test]
fn a_suspended_attempt_is_started_again() {
    let late = |server: &mut super::world::Server, step: usize| match step {
        0 => server.call_after = secs(5.0),
        1 => server.dial_after = secs(5.0),
        _ => server.hello_after = secs(5.0),
    };
    for step in 0..3 {
        let mut world = World::with(1, Config::default(), |server| late(server, step));
        world.run(1.0);
        world.suspend(60.0);
        world.run(0.0);
        assert_eq!(world.calls, [secs(0.0), secs(61.0)]);
        world.run(6.0);
        assert_eq!(world.story(), ["First"]);
        let urls: std::collections::HashSet<_> = world.dials.iter().map(|dial| dial.2.clone()).collect();
        assert_eq!(urls.len(), world.dials.len());
    }
    // A request for a permit is kept.
    let mut world = World::with(1, Config::default(), |server| server.gives_turns = false);
    world.suspend(60.0);
    world.input(Input::Permit);
    assert_eq!((world.queued, world.calls.len()), (1, 1));
}

#[test]
fn repeated_suspends_do_not_exceed_the_budget() {
    for seed in 0..50 {
        let mut world = World::with(seed, Config::default(), |server| server.takes_dials = false);
        for _ in 0..200 {
            world.suspend(2.0);
            world.run(0.5);
            let last = world.last();
            world.input(Input::Dialed(last, Err(Error::UpgradeRefused { status: 503, retry_after: None })));
        }
        assert!(within_budget(&world.calls));
    }
}

#[test]
fn a_closing_session_keeps_closing() {
    let mut world = World::with(1, Config::default(), |server| server.closes = false);
    world.input(Input::Close);
    world.suspend(60.0);
    world.run(0.0);
    assert_eq!((world.stopped, world.story().last().unwrap().as_str()), (Some(world.now), "closed closed"));
    world.suspend(60.0);
    assert_eq!(world.calls.len(), 1);
}
