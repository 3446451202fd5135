//! Random schedules: every message is delivered once and in order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;

use super::world::{Delivered, Post, World, name};
use crate::backfill::Backfill;
use crate::backfill::request::Failure;

#[derive(Clone, Copy, Debug)]
enum Step {
    Post(u8),
    Reply(u8),
    Edit(u8),
    Lose,
    Connect,
    Overflow(u8),
    /// The user takes some items, while calls are in progress or answered.
    Take(u8, bool),
    Pass(u32),
    RateLimited(u8),
    Passing,
    Save,
    Restart,
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => any::<u8>().prop_map(Step::Post),
        8 => any::<u8>().prop_map(Step::Reply),
        3 => any::<u8>().prop_map(Step::Edit),
        4 => Just(Step::Lose),
        6 => Just(Step::Connect),
        1 => any::<u8>().prop_map(Step::Overflow),
        14 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(count, answers)| Step::Take(count, answers)),
        4 => (0..90_000_u32).prop_map(Step::Pass),
        2 => any::<u8>().prop_map(Step::RateLimited),
        1 => Just(Step::Passing),
        3 => Just(Step::Save),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
    ];
    prop::collection::vec(step, 1..70)
}

/// Pages may be so short that the thread of a reply is not found; such a reply may be missing.
fn settings() -> impl Strategy<Value = (Backfill, bool)> {
    let calls = prop_oneof![Just(None), Just(Some(50)), Just(Some(3))];
    let page = prop_oneof![1..8_u32, Just(999)];
    (page, 600..6_000_usize, 0..120_u64, calls, any::<bool>()).prop_map(
        |(page, buffer, hold, calls, has_replies)| {
            let settings = Backfill::default()
                .calls_per_minute(calls)
                .hold_live(Duration::from_secs(hold))
                .max_duration(Duration::from_secs(10_000_000))
                .max_calls(u32::MAX)
                .buffer_bytes(buffer);
            (settings.page_size(page), has_replies)
        },
    )
}

fn check(world: &World, may_repeat: bool) {
    let key = |post: &Post| (name(post.channel), post.ts.to_string());
    let sent: HashSet<_> = world.posts.iter().map(key).collect();
    let mut times: HashMap<_, usize> = HashMap::new();
    for delivered in &world.delivered {
        *times.entry((delivered.channel.clone(), delivered.ts.clone())).or_default() += 1;
    }
    for post in &world.posts {
        let may_be_lost = post.thread.is_some() && !post.is_findable;
        assert!(may_be_lost || times.contains_key(&key(post)), "{post:?} was lost");
    }
    assert!(times.keys().all(|delivered| sent.contains(delivered)), "something was made up");
    if may_repeat {
        return;
    }
    for (post, times) in times {
        assert_eq!(times, 1, "{post:?} came {times} times");
    }
    let mut last: HashMap<&str, &str> = HashMap::new();
    // Replies that came while their channel was being read may be early; those that history does not show, and that come live, may be late.
    let is_astray = |post: &&Post| post.thread.is_some() && (post.is_amid || !post.is_findable);
    let astray: HashSet<_> = world.posts.iter().filter(is_astray).map(key).collect();
    let in_order = |delivered: &&Delivered| {
        !delivered.is_late && !astray.contains(&(delivered.channel.clone(), delivered.ts.clone()))
    };
    for delivered in world.delivered.iter().filter(in_order) {
        let before = last.insert(&delivered.channel, &delivered.ts);
        assert!(before < Some(&delivered.ts), "out of order: {delivered:?} after {before:?}");
    }
}

/// Runs a schedule, and checks what was delivered at its end.
fn check_schedule(steps: Vec<Step>, channels: usize, settings: Backfill, has_replies: bool) {
    let mut world = World::new(channels, settings);
    world.connect();
    world.run(1, true);
    world.save();
    let (mut may_repeat, mut passing) = (false, 0);
    for step in steps {
        match step {
            Step::Post(number) => world.post(number as usize % channels, None),
            Step::Reply(number) => {
                let parents: Vec<_> =
                    world.posts.iter().filter(|post| post.thread.is_none()).cloned().collect();
                if has_replies && !parents.is_empty() {
                    let parent = &parents[number as usize % parents.len()];
                    world.post(parent.channel, Some(parent.ts));
                }
            }
            Step::Edit(number) if !world.posts.is_empty() => world.edit(number as usize % world.posts.len()),
            Step::Edit(_) => {}
            Step::Lose => world.lose(),
            Step::Connect => world.connect(),
            Step::Overflow(count) => world.overflow(1 + count as usize % 9),
            Step::Take(count, answers) => world.run(count as usize, answers),
            Step::Pass(millis) => world.now += Duration::from_millis(millis.into()),
            Step::RateLimited(seconds) => {
                world.failures.push_back(Failure::RateLimited(Duration::from_secs(seconds.into())));
            }
            // More consecutive failures would be reported as a shortfall.
            Step::Passing if passing < 3 => {
                passing += 1;
                world.failures.push_back(Failure::Passing("x".into()));
            }
            Step::Passing => {}
            Step::Save => world.save(),
            Step::Restart => {
                // Delivered messages are in the checkpoint; live messages that were delivered first may be repeated.
                may_repeat |= world.coordinator.is_busy();
                world.save();
                world.restart();
            }
            Step::Kill => {
                may_repeat = true;
                world.restart();
            }
        }
    }
    world.connect();
    world.run_until_idle();
    for filled in &world.filled {
        assert!(filled.incomplete.is_empty(), "{}", filled.incomplete);
    }
    check(&world, may_repeat);
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Fewer or more cases can be requested.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_message_is_delivered_once_and_in_order(
        steps in steps(),
        channels in 1..5_usize,
        (settings, has_replies) in settings(),
    ) {
        check_schedule(steps, channels, settings, has_replies);
    }
}

/// Settings under which live messages overtake the missed ones at once.
fn overtaking(page_size: u32) -> Backfill {
    Backfill::default().calls_per_minute(None).hold_live(Duration::ZERO).page_size(page_size)
}

// Schedules that were found.

#[test]
fn a_checkpoint_after_two_losses_keeps_where_an_unread_channel_begins() {
    use Step::*;
    let steps = vec![
        Lose,
        Post(1),
        Post(0),
        Post(0),
        RateLimited(101),
        Connect,
        Take(5, true),
        Post(0),
        Post(0),
        Post(1),
        Post(0),
        Take(1, false),
        Post(0),
        Post(1),
        Pass(121_000),
        Take(8, true),
        Lose,
        Connect,
        Take(13, false),
        Restart,
    ];
    check_schedule(steps, 2, overtaking(2), false);
}

#[test]
fn a_late_reply_does_not_make_a_second_gap_begin_earlier() {
    use Step::*;
    let steps = vec![
        Post(0),
        Post(0),
        RateLimited(58),
        Lose,
        Post(0),
        Take(2, false),
        Post(0),
        Post(0),
        Connect,
        Post(0),
        Post(0),
        Overflow(0),
        Post(0),
        Post(0),
        Reply(45),
        Post(0),
        Take(5, true),
        Pass(58_000),
        Take(20, true),
        RateLimited(92),
        Lose,
    ];
    check_schedule(steps, 1, overtaking(1), true);
}
