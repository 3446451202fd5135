//! Calls, dials and hellos: scenarios 2 to 9.

use std::time::Duration;

use super::world::{World, refusal, secs, too_many};
use crate::machine::{Config, Input};
use crate::{DisconnectReason, Error};

fn gaps(times: &[Duration]) -> Vec<Duration> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

pub(super) fn within_budget(calls: &[Duration]) -> bool {
    calls.windows(7).all(|seven| seven[6] - seven[0] > secs(60.0))
}

#[test]
fn without_hello_a_new_address_is_fetched() {
    let mut world = World::with(1, Config::default(), |server| server.says_hello = false);
    world.run(10.0);
    assert_eq!(world.drops.len(), 1);
    assert!(world.drops[0].0 < secs(10.0));
    world.run(120.0);
    let urls: std::collections::HashSet<_> = world.dials.iter().map(|dial| dial.2.clone()).collect();
    assert_eq!(urls.len(), world.dials.len());
    assert!(world.story().iter().all(|word| word == "retry hello_timeout"));
}

#[test]
fn a_slow_dial_times_out() {
    let mut world = World::with(1, Config::default(), |server| server.takes_dials = false);
    world.run(10.0);
    assert_eq!((world.drops.len(), world.story()), (1, vec!["retry dial_timeout".to_owned()]));
    // Too late.
    let first = world.dials[0].1;
    world.input(Input::Dialed(first, Ok(())));
    world.hello(first);
    assert_eq!(world.story(), ["retry dial_timeout"]);
}

#[test]
fn a_slow_call_times_out_and_its_address_is_not_dialed() {
    let mut world = World::with(1, Config::default(), |server| server.takes_calls = false);
    world.run(15.0);
    assert_eq!((world.aborts, world.dials.len()), (1, 0));
    assert_eq!(world.story(), ["retry call_timeout"]);
}

#[test]
fn an_expired_address_is_reported_and_replaced() {
    let mut world = World::with(1, Config::default(), |server| server.says_hello = false);
    let first = world.last();
    world.server.says_hello = true;
    world.frame(first, r#"{"type":"error","error":{"code":1,"msg":"Socket URL has expired"}}"#);
    assert!(
        matches!(&world.items[0].1, crate::Item::Retry(retry) if matches!(retry.error, Error::Server { number: Some(1), .. }))
    );
    world.run(2.0);
    assert_eq!((world.dials.len(), world.story()), (2, vec!["retry server".to_owned(), "First".to_owned()]));
}

#[test]
fn refused_upgrades_are_retried_with_backoff() {
    for seed in 0..200 {
        let mut world = World::with(seed, Config::default(), |server| server.takes_dials = false);
        for _ in 0..200 {
            let Some(&(_, connection, _)) = world.dials.last() else { panic!() };
            let before = world.dials.len();
            world.input(Input::Dialed(
                connection,
                Err(Error::UpgradeRefused { status: 503, retry_after: None }),
            ));
            while world.dials.len() == before && world.now < secs(3600.0) {
                world.run(1.0);
            }
        }
        assert!(within_budget(&world.calls), "{:?}", gaps(&world.calls));
        assert!(world.calls.len() > 40, "{}", world.calls.len());
        assert!(gaps(&world.calls).iter().all(|gap| *gap < secs(61.0)));
        // The waits grow: the first five are shorter than any later five.
        assert!(gaps(&world.calls)[..3].iter().sum::<Duration>() < secs(12.0));
    }
}

#[test]
fn flapping_connections_back_off_and_a_stable_one_resets_the_backoff() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        while world.now < secs(600.0) {
            let before = world.dials.len();
            world.run(0.02);
            world.lose();
            while world.dials.len() == before {
                world.run(0.1);
            }
        }
        assert!(within_budget(&world.calls), "{:?}", gaps(&world.calls));
        let flapped = world.calls.len();
        assert!(flapped < 60);
        world.run(30.0);
        world.lose();
        world.run(0.31);
        // Only the budget may still delay the call.
        let allowed = world.calls.len() > flapped || world.calls[flapped - 6] + secs(60.0) > world.now;
        assert!(allowed, "the backoff was not reset");
    }
}

#[test]
fn retry_after_is_obeyed() {
    for seed in 0..100 {
        for (error, min, max) in
            [(too_many(2.0), 2.0, 3.0), (refusal("ratelimited"), 30.0, 31.0), (too_many(0.0), 0.0, 1.0)]
        {
            let mut world =
                World::with(seed, Config::default(), |server| server.calls = [Some(error)].into());
            world.run(60.0);
            let gap = gaps(&world.calls)[0];
            assert!(gap >= secs(min) && gap <= secs(max), "{gap:?}");
        }
    }
}

#[test]
fn a_retry_after_of_hours_is_capped() {
    for asked in [3.0 * 3_600.0, f64::from(u32::MAX)] {
        let mut config = Config::default();
        for max in [600.0, 60.0] {
            let mut world = World::with(1, config.clone(), |server| {
                server.calls = [Some(too_many(asked)), Some(too_many(asked))].into();
            });
            world.run(10_000.0);
            let gaps = gaps(&world.calls);
            assert_eq!(gaps.len(), 2);
            assert!(gaps.iter().all(|gap| *gap >= secs(max) && *gap <= secs(max + 1.0)), "{gaps:?}");
            config.max_retry_after = secs(60.0);
        }
    }
}

#[test]
fn retry_after_of_a_refused_upgrade_is_obeyed_and_capped() {
    for (asked, min, max) in
        [(Some(45.0), 45.0, 46.0), (Some(7_200.0), 600.0, 601.0), (Some(0.0), 0.0, 1.0), (None, 0.0, 1.0)]
    {
        for status in [429, 503] {
            let mut world = World::with(1, Config::default(), |server| server.takes_dials = false);
            let retry_after = asked.map(secs);
            let connection = world.dials[0].1;
            world.input(Input::Dialed(connection, Err(Error::UpgradeRefused { status, retry_after })));
            // The message server asks for the wait, and not the API, so other sessions of the token may call.
            assert_eq!(world.budget.try_acquire(world.now, 6), Ok(()));
            world.run(700.0);
            let gap = gaps(&world.calls)[0];
            assert!(gap >= secs(min) && gap <= secs(max), "{asked:?}: {gap:?}");
        }
    }
}

#[test]
fn migration_in_progress_is_retried() {
    for seed in 0..200 {
        let mut world = World::with(seed, Config::default(), |server| {
            server.calls =
                std::iter::repeat_with(|| Some(refusal("migration_in_progress"))).take(3).collect();
        });
        assert_eq!(world.items[0].0, Duration::ZERO);
        world.run(20.0);
        assert_eq!(world.story(), ["retry call", "retry call", "retry call", "First"]);
    }
}

#[test]
fn a_migration_reconnects_within_a_second() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        world.run(1.0);
        world.lose();
        world.run(3.0);
        let (calls, last) = (world.calls.len(), world.last());
        world.frame(last, r#"{"type":"team_migration_started"}"#);
        assert!(world.drops.iter().any(|(_, dropped)| *dropped == last));
        world.run(1.0);
        assert_eq!(world.calls.len(), calls + 1);
        assert_eq!(world.story()[4..6], ["team_migration_started", "migration"]);
    }
}

#[test]
fn fatal_codes_end_the_session_and_unknown_ones_do_not() {
    for code in [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "user_removed_from_team",
        "team_disabled",
    ] {
        let mut world =
            World::with(1, Config::default(), |server| server.calls = [Some(refusal(code))].into());
        assert_eq!((world.calls.len(), world.stopped), (1, Some(Duration::ZERO)));
        assert!(
            matches!(&world.items[..], [(_, crate::Item::Closed(error))] if error.is_fatal() && error.code().unwrap() == code)
        );
        assert_eq!(world.machine.deadline(), None);
        world.run(600.0);
        assert_eq!(world.calls.len(), 1);
    }
    let mut world =
        World::with(1, Config::default(), |server| server.calls = [Some(refusal("brand_new"))].into());
    world.run(2.0);
    assert_eq!(world.story(), ["retry call", "First"]);
}

#[test]
fn events_before_hello_are_held_until_hello() {
    let mut world = World::with(1, Config::default(), |server| server.says_hello = false);
    let first = world.last();
    world.frame(first, &super::world::message("C1", "1.0"));
    assert!(world.items.is_empty());
    world.hello(first);
    assert_eq!(world.story(), ["First", "C1 1.0"]);
    world.input(Input::Lost(first, DisconnectReason::UnexpectedEof));
}

#[test]
fn a_permit_is_acquired_before_the_call() {
    let mut world = World::with(1, Config::default(), |server| server.gives_turns = false);
    // The wait has no limit, because there is no address yet that could expire.
    world.run(3_600.0);
    assert_eq!((world.queued, world.calls.len(), world.items.len()), (1, 0, 0));
    world.input(Input::Permit);
    assert_eq!((world.calls.as_slice(), world.story()), (&[secs(3_600.0)][..], vec!["First".to_owned()]));
    // A permit that was not requested has no effect.
    world.input(Input::Permit);
    world.run(60.0);
    assert_eq!((world.calls.len(), world.dials.len()), (1, 1));

    // Each attempt requests its own permit, and one that arrives too late is not used.
    world.lose();
    world.run(1.0);
    assert_eq!((world.queued, world.calls.len()), (2, 1));
    world.input(Input::Close);
    assert_eq!((world.aborts, world.stopped), (1, Some(world.now)));
    world.input(Input::Permit);
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn a_permit_without_budget_is_requested_again() {
    let mut world = World::with(1, Config::default(), |server| server.gives_turns = false);
    for _ in 0..6 {
        assert_eq!(world.budget.try_acquire(world.now, 6), Ok(()));
    }
    world.run(1.0);
    world.input(Input::Permit);
    assert_eq!((world.queued, world.calls.len()), (1, 0));
    world.run(30.0);
    assert_eq!(world.queued, 1, "no permit is requested that could not be used");
    world.run(31.0);
    assert_eq!(world.queued, 2);
    world.input(Input::Permit);
    assert_eq!((world.calls.len(), world.dials.len()), (1, 1));
}
