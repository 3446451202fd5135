//! Limits, refusals, and how they are reported.

use std::time::Duration;

use slack_rtm_models::ErrorCode;

use super::world::World;
use crate::backfill::request::{Failure, Query};
use crate::backfill::{Backfill, ShortfallReason};

/// Creates a world after a gap in which `messages` messages were posted, spread over the channels.
fn after_a_gap(channels: usize, messages: usize, settings: Backfill) -> World {
    let mut world = World::new(channels, settings);
    world.connect();
    for channel in 0..channels {
        world.post(channel, None);
    }
    world.run_until_idle();
    world.lose();
    for number in 0..messages {
        world.post(number % channels, None);
    }
    world.connect();
    world
}

fn refused(code: &str) -> Failure {
    Failure::Refused { code: ErrorCode::from(code), is_fatal: false }
}

fn free() -> Backfill {
    Backfill::default().calls_per_minute(None)
}

#[test]
fn a_gap_is_filled_with_a_call_for_each_channel() {
    let mut world = after_a_gap(3, 30, free());
    world.run_until_idle();
    let missed = world.delivered.iter().filter(|delivered| delivered.is_missed).count();
    assert_eq!((missed, world.delivered.len()), (30, 33));
    let [filled] = &world.filled[..] else { panic!() };
    assert_eq!((filled.channels, filled.messages, filled.is_overtaken), (3, 30, false));
    assert!(filled.incomplete.is_empty());
    assert_eq!(filled.to.as_ref().unwrap(), &world.posts.last().unwrap().ts.to_ts());
    // Two pages of channels, and one page of the history of each channel.
    assert_eq!(world.calls.len(), 5);
}

#[test]
fn memory_is_bounded_and_order_is_kept_across_windows() {
    let mut world = after_a_gap(1, 5_000, free().page_size(100).buffer_bytes(100_000));
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 5_001);
    assert!(world.delivered.windows(2).all(|pair| pair[0].ts < pair[1].ts));
    let min = 5_000 / 100;
    assert!(world.calls.len() < min * 2, "{} calls for {min} pages", world.calls.len());
}

#[test]
fn a_gap_that_does_not_fit_into_memory_is_recognized_early() {
    let mut world = after_a_gap(1, 5_000, free().page_size(100).buffer_bytes(400_000));
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 5_001);
    assert!(world.delivered.windows(2).all(|pair| pair[0].ts < pair[1].ts));
    let min = 5_000 / 100;
    assert!(world.calls.len() < min * 5 / 4, "{} calls for {min} pages", world.calls.len());
}

#[test]
fn the_channel_that_is_furthest_behind_is_read_first() {
    let mut world = after_a_gap(2, 4_000, free().page_size(100).buffer_bytes(50_000));
    world.run_until_idle();
    let channels: Vec<_> = world
        .delivered
        .iter()
        .filter(|delivered| delivered.is_missed)
        .map(|delivered| &delivered.channel)
        .collect();
    let changes = channels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(changes > 5, "{changes}");
}

#[test]
fn refusals_are_reported_once_and_the_rest_is_read() {
    let mut world = after_a_gap(4, 40, free());
    world.run(2, true);
    // The list of channels takes two calls.
    world.failures.extend([refused("missing_scope"), refused("missing_scope")]);
    world.run_until_idle();
    let [filled] = &world.filled[..] else { panic!() };
    let [listing, history] = &filled.incomplete.shortfalls[..] else { panic!("{filled:?}") };
    assert_eq!(listing.to_string(), "users.conversations was refused: missing_scope");
    assert_eq!(history.channels, 1);
    assert_eq!(history.to_string(), "conversations.history was refused: missing_scope in C00");
    assert_eq!(filled.channels, 3, "the channels that were seen are read");
    let unreadable = |text: &str| Failure::Unreadable(text.into());
    let mut world = after_a_gap(2, 4, free());
    world.failures.extend([unreadable("no channels"), refused("not_in_channel"), refused("not_in_channel")]);
    world.run_until_idle();
    let [_, history] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!((history.channels, history.example.as_ref().unwrap().as_str()), (2, "C00"));
    assert_eq!(world.filled[0].messages, 0);
}

#[test]
fn a_revoked_token_ends_the_fill() {
    let mut world = after_a_gap(3, 9, free());
    let code = ErrorCode::from("token_revoked");
    world.failures.push_back(Failure::Refused { code, is_fatal: true });
    world.run_until_idle();
    let [filled] = &world.filled[..] else { panic!() };
    assert_eq!(filled.incomplete.shortfalls.len(), 1);
    assert_eq!(filled.incomplete.shortfalls[0].channels, 3);
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn transient_failures_are_retried_and_then_reported() {
    let passing = || Failure::Passing("no route".into());
    let mut world = after_a_gap(1, 5, free());
    world.failures.extend([passing(), passing(), passing()]);
    world.run_until_idle();
    assert!(world.filled[0].incomplete.is_empty());
    let waits: Vec<_> = world.calls.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 0]);
    let mut world = after_a_gap(1, 5, free());
    world.run(3, true);
    world.failures.extend([passing(), passing(), passing(), passing()]);
    world.run_until_idle();
    let text = world.filled[0].incomplete.to_string();
    assert!(text.contains("failed: no route"), "{text}");
}

#[test]
fn an_expired_cursor_starts_the_channel_again() {
    let mut world = after_a_gap(1, 10, free().page_size(3));
    while world.call.as_ref().is_none_or(|call| call.cursor.is_none()) {
        world.run(1, true);
    }
    assert!(matches!(world.calls.last().unwrap().1.query, Query::History { .. }));
    world.failures.push_back(refused("invalid_cursor"));
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 11);
}

#[test]
fn further_pages_without_a_cursor_are_read() {
    let mut world = after_a_gap(2, 40, free().page_size(3));
    world.hides_cursors = true;
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 42);
    assert!(world.filled[0].incomplete.is_empty(), "{}", world.filled[0].incomplete);
}

#[test]
fn the_next_process_reads_the_rest_of_a_gap() {
    let mut world = after_a_gap(3, 30, free());
    // The first channel has been read when the session is closed.
    while world.delivered.len() < 13 {
        world.run(1, true);
    }
    world.is_closing = true;
    world.run_until_idle();
    assert_eq!(world.filled[0].incomplete.shortfalls[0].reason, ShortfallReason::Closed);
    world.post(1, None);
    world.run_until_idle();
    world.save();
    world.restart();
    world.connect();
    world.run_until_idle();
    let lost = world
        .posts
        .iter()
        .filter(|post| !world.delivered.iter().any(|delivered| delivered.ts == post.ts.to_string()));
    assert_eq!(lost.count(), 0);
}

#[test]
fn a_channel_that_was_read_before_another_has_its_own_gap() {
    let mut world = World::new(2, free());
    world.connect();
    world.lose();
    world.connect();
    world.lose();
    // The first channel has been read, and is empty.
    while !matches!(world.calls.last(), Some((_, call)) if matches!(call.query, Query::History { .. })) {
        world.run(1, true);
    }
    world.run(1, true);
    for channel in [0, 0, 0, 1] {
        world.post(channel, None);
    }
    world.connect();
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 4);
}

#[test]
fn a_reply_that_is_read_twice_is_delivered_once() {
    let mut world = World::new(1, free().hold_live(Duration::ZERO));
    world.connect();
    world.post(0, None);
    world.run_until_idle();
    let parent = world.posts[0].ts;
    world.lose();
    world.connect();
    world.lose();
    world.connect();
    world.post(0, Some(parent));
    world.post(0, Some(parent));
    while world.filled.is_empty() {
        world.run(1, true);
    }
    // Filling the second gap is delayed, and the replies arrive live meanwhile.
    world.failures.push_back(Failure::RateLimited(Duration::from_secs(55)));
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 3);
}

#[test]
fn retry_after_is_obeyed() {
    let mut world = after_a_gap(1, 5, free());
    world.failures.push_back(Failure::RateLimited(Duration::from_secs(7)));
    world.run_until_idle();
    assert_eq!(world.calls[1].0 - world.calls[0].0, Duration::from_secs(7));
    assert!(world.filled[0].incomplete.is_empty());
}

#[test]
fn limits_are_reported_with_what_is_missing() {
    let mut world = after_a_gap(5, 50, free().max_calls(5));
    world.run_until_idle();
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!(shortfall.reason, ShortfallReason::TooManyCalls);
    assert_eq!((shortfall.channels, world.filled[0].channels), (3, 2));
    assert!(shortfall.after.is_some());

    let mut world = after_a_gap(2, 4, free().max_duration(Duration::from_secs(20)));
    world.failures.push_back(Failure::RateLimited(Duration::from_secs(3_600)));
    world.run_until_idle();
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!(shortfall.reason, ShortfallReason::TimedOut);
}

#[test]
fn live_events_are_delivered_first_when_reading_takes_too_long() {
    let mut world = after_a_gap(2, 4, free().hold_live(Duration::from_secs(10)));
    world.failures.push_back(Failure::RateLimited(Duration::from_secs(60)));
    world.post(0, None);
    world.run_until_idle();
    let kinds: Vec<_> =
        world.delivered[2..].iter().map(|delivered| (delivered.is_missed, delivered.is_late)).collect();
    assert_eq!(kinds[0], (false, false), "the live one comes first");
    assert_eq!(kinds.iter().filter(|(is_missed, _)| *is_missed).count(), 4);
    assert!(kinds.contains(&(true, true)) && kinds.contains(&(true, false)));
    assert!(world.filled[0].is_overtaken);
}

#[test]
fn edits_of_older_messages_are_delivered_as_changes() {
    let mut world = World::new(1, free());
    world.connect();
    world.post(0, None);
    world.run_until_idle();
    world.lose();
    world.edit(0);
    world.post(0, None);
    world.edit(1);
    world.connect();
    world.run_until_idle();
    assert_eq!(world.edits, [world.posts[0].ts.to_string()]);
    assert_eq!(world.delivered.len(), 2);
    assert_eq!(world.filled[0].messages, 2);
}

#[test]
fn a_checkpoint_has_its_identity_before_the_first_connection() {
    let mut world = World::new(1, free());
    world.connect();
    world.post(0, None);
    world.run_until_idle();
    world.save();
    let identity = |world: &World| {
        let checkpoint = world.coordinator.checkpoint();
        (checkpoint.team().cloned(), checkpoint.user().cloned())
    };
    let before = identity(&world);
    assert!(before.0.is_some() && before.1.is_some());
    world.restart();
    assert_eq!(identity(&world), before);
}

#[test]
fn a_session_resumes_where_the_checkpoint_was_made() {
    let mut world = World::new(2, free());
    world.connect();
    world.post(0, None);
    world.run_until_idle();
    world.save();
    world.restart();
    world.post(0, None);
    // No message was ever seen in this channel.
    world.post(1, None);
    world.connect();
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 3);
    assert_eq!((world.gaps, world.filled.len()), (1, 1));
}
