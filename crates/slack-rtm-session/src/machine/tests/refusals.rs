//! Refusals of a token that was accepted before, and refusals by the message server.

use super::world::{World, refusal, secs};
use crate::machine::{Config, Input};
use crate::{DisconnectReason, Error, Item, Outcome};

const DEFINITE: [&str; 5] =
    ["account_inactive", "team_disabled", "token_expired", "token_revoked", "user_removed_from_team"];
const DOUBTFUL: [&str; 4] = ["invalid_auth", "not_authed", "not_allowed_token_type", "missing_scope"];

/// Returns the error that ended the session.
fn end(world: &World) -> Option<&Error> {
    match world.items.last() {
        Some((_, Item::Closed(error))) => Some(error),
        _ => None,
    }
}

#[test]
fn a_revoked_token_ends_a_connected_session_at_once() {
    for code in DEFINITE {
        let mut world = World::new(1);
        world.server.acks = false;
        let pending = world.send("x");
        world.server.calls = [Some(refusal(code))].into();
        world.lose();
        world.run(1.0);
        assert_eq!((world.calls.len(), world.stopped.is_some()), (2, true));
        assert!(end(&world).is_some_and(|error| error.is_fatal() && error.code().unwrap() == code));
        assert_eq!(world.outcome(pending), Some(&Outcome::Unknown));
    }
}

#[test]
fn a_transient_refusal_is_retried_for_minutes() {
    for (seed, code) in (0..40).zip(DOUBTFUL.into_iter().cycle()) {
        let mut world = World::new(seed);
        world.run(7_200.0);
        world.server.calls = std::iter::repeat_with(|| Some(refusal(code))).take(20).collect();
        let lost = world.now;
        world.lose();
        world.run(180.0);
        assert_eq!(world.stopped, None);
        world.run(200.0);
        assert_eq!(world.calls.len(), 1 + 5, "the first call, and four more");
        let lasted = world.stopped.unwrap() - lost;
        assert!(lasted >= secs(225.0) && lasted <= secs(301.0), "{lasted:?}");
        assert!(end(&world).is_some_and(|error| error.is_fatal() && error.code().unwrap() == code));
        for (_, item) in &world.items {
            if let Item::Retry(retry) = item {
                assert!(!retry.error.is_fatal() && retry.error.code().unwrap() == code);
                assert!(retry.delay >= secs(15.0));
            }
        }
        world.run(3_600.0);
        assert_eq!(world.calls.len(), 6);
    }
}

#[test]
fn a_hello_resets_the_count_of_refusals() {
    let mut world = World::new(1);
    for _ in 0..5 {
        world.server.calls = std::iter::repeat_with(|| Some(refusal("invalid_auth"))).take(4).collect();
        world.lose();
        world.run(400.0);
        assert!(world.stopped.is_none() && matches!(world.items.last(), Some((_, Item::Gap(_)))));
    }
}

#[test]
fn retries_and_waits_are_configurable() {
    let mut config = Config { refusal_retries: 0, ..Config::default() };
    let mut world = World::with(1, config.clone(), |_| {});
    world.server.calls = [Some(refusal("invalid_auth"))].into();
    world.lose();
    world.run(1.0);
    assert!(world.stopped.is_some());
    (config.refusal_retries, config.refusal_wait) = (2, secs(1.0));
    let mut world = World::with(1, config, |_| {});
    world.server.calls = std::iter::repeat_with(|| Some(refusal("invalid_auth"))).take(9).collect();
    world.lose();
    world.run(6.0);
    assert_eq!((world.calls.len(), world.stopped.is_some()), (4, true));
}

/// Refuses a token as a message server does, in one of several ways.
fn refuse(world: &mut World, way: usize, code: &str) {
    let connection = world.last();
    let frames = [
        format!(r#"{{"type":"error","error":{{"msg":"{code}","code":401}}}}"#),
        format!(r#"{{"type":"error","error":{{"code":"{code}"}}}}"#),
        format!(r#"{{"type":"error","error":"{code}"}}"#),
        format!(r#"{{"ok":false,"error":"{code}"}}"#),
    ];
    let closed = |reason: &str| DisconnectReason::Closed { code: Some(1008), reason: reason.into() };
    match way / 2 {
        way if way < frames.len() => {
            world.frame(connection, &frames[way]);
            world.input(Input::Lost(connection, closed("")));
        }
        _ => world.input(Input::Lost(connection, closed(code))),
    }
}

#[test]
fn a_token_that_the_message_server_refuses_ends_the_session_after_three_attempts() {
    for way in 0..10 {
        for code in DOUBTFUL.into_iter().chain(DEFINITE) {
            let says_hello = way % 2 == 0;
            let mut world = World::with(1, Config::default(), |server| server.says_hello = says_hello);
            for attempt in 1..=3 {
                assert_eq!((world.dials.len(), world.stopped), (attempt, None), "{way} {code}");
                refuse(&mut world, way, code);
                if attempt < 3 {
                    world.run(0.9);
                    assert_eq!(world.dials.len(), attempt, "they are spaced");
                    world.run(4.6);
                }
            }
            assert!(world.stopped.is_some(), "{way} {code}");
            let error = end(&world).unwrap();
            assert!(error.is_fatal() && error.code().unwrap() == code && error.to_string().contains(code));
            let told = world.items.iter().filter(|(_, item)| match item {
                Item::Disconnected(reason) => reason.code().is_some_and(|found| found == code),
                Item::Retry(retry) => !retry.error.is_fatal() && retry.error.code().unwrap() == code,
                _ => false,
            });
            assert_eq!(told.count(), if says_hello { 3 } else { 2 }, "{:?}", world.story());
            world.run(3_600.0);
            assert_eq!(world.dials.len(), 3);
        }
    }
}

#[test]
fn what_is_not_fatal_for_a_call_is_not_fatal_for_the_message_server() {
    // The last two codes are fatal for other methods.
    for code in ["brand_new", "internal_error", "no_text", "channel_not_found"] {
        let mut world = World::new(1);
        for _ in 0..12 {
            refuse(&mut world, 0, code);
            world.run(70.0);
        }
        assert_eq!((world.dials.len(), world.stopped), (13, None));
        let named =
            |item: &Item| matches!(item, Item::Disconnected(reason) if reason.code().unwrap() == code);
        assert_eq!(world.items.iter().filter(|(_, item)| named(item)).count(), 12);
    }
}

#[test]
fn a_stable_connection_resets_the_count() {
    let mut world = World::new(1);
    for _ in 0..10 {
        refuse(&mut world, 0, "invalid_auth");
        world.run(100.0);
    }
    assert_eq!((world.dials.len(), world.stopped), (11, None));
}

#[test]
fn an_error_long_before_the_end_does_not_explain_it() {
    let mut world = World::new(1);
    let connection = world.last();
    world.frame(connection, r#"{"type":"error","error":{"msg":"invalid_auth","code":401}}"#);
    world.run(60.0);
    world.lose();
    assert_eq!(world.story(), ["First", "error", "unexpected_eof"]);
}
