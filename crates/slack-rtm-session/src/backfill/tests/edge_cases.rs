//! What people do in a gap, and what servers answer that nobody expects.

use bytes::Bytes;
use slack_rtm_models::{ChannelId, ErrorCode};

use super::world::{World, name};
use crate::backfill::request::{Entries, Failure, Page, Query, Request};
use crate::backfill::timestamp::Timestamp;
use crate::backfill::{Backfill, ShortfallReason};

fn free() -> Backfill {
    Backfill::default().calls_per_minute(None)
}

/// A world in which a message was seen in each channel, and the connection is lost.
fn lost(channels: usize, settings: Backfill) -> World {
    let mut world = World::new(channels, settings);
    world.connect();
    for channel in 0..channels {
        world.post(channel, None);
    }
    world.run_until_idle();
    world.save();
    world.lose();
    world
}

/// Lets the missed messages come, and gives their channels and timestamps.
fn missed(world: &mut World) -> Vec<(String, String)> {
    world.connect();
    world.run_until_idle();
    let missed = world.delivered.iter().filter(|delivered| delivered.is_missed);
    missed.map(|delivered| (delivered.channel.clone(), delivered.ts.clone())).collect()
}

fn all_come_once(world: &World) {
    let mut seen: Vec<_> = world.delivered.iter().map(|delivered| delivered.ts.clone()).collect();
    seen.sort();
    let mut sent: Vec<_> = world.posts.iter().map(|post| post.ts.to_string()).collect();
    sent.sort();
    assert_eq!(seen, sent);
}

/// Changes the pages of histories.
fn history(world: &mut World, change: impl Fn(&mut Vec<Bytes>) + 'static) {
    messages(world, |query| matches!(query, Query::History { .. }), change);
}

/// Changes the pages of messages that are answered to some calls.
fn messages(
    world: &mut World,
    is_meant: impl Fn(&Query) -> bool + 'static,
    change: impl Fn(&mut Vec<Bytes>) + 'static,
) {
    world.tamper = Some(Box::new(move |request: &Request, page: &mut Page| {
        if let (true, Entries::Messages(messages)) = (is_meant(&request.query), &mut page.entries) {
            change(messages);
        }
    }));
}

#[test]
fn a_page_in_any_order_is_read_all_the_same() {
    // Whatever stands first and last, and where the known one is.
    for shift in 0..5 {
        let mut world = lost(1, free().page_size(5));
        for _ in 0..23 {
            world.post(0, None);
        }
        history(&mut world, move |messages| {
            let shift = shift.min(messages.len());
            messages.rotate_left(shift);
        });
        assert_eq!(missed(&mut world).len(), 23, "{shift}");
        all_come_once(&world);
        assert!(world.filled[0].incomplete.is_empty());
    }
    let mut world = lost(1, free().page_size(5));
    (0..23).for_each(|_| world.post(0, None));
    history(&mut world, |messages| messages.reverse());
    assert_eq!(missed(&mut world).len(), 23);
}

#[test]
fn what_stands_on_two_pages_comes_once() {
    let mut world = lost(1, free().page_size(4));
    (0..15).for_each(|_| world.post(0, None));
    let repeated = std::cell::RefCell::new(None::<Bytes>);
    history(&mut world, move |messages| {
        let last = messages.last().cloned();
        if let Some(before) = repeated.replace(last) {
            messages.insert(0, before);
        }
    });
    assert_eq!(missed(&mut world).len(), 15);
    all_come_once(&world);
}

#[test]
fn messages_without_a_time_are_left_out_and_told() {
    let mut world = lost(1, free());
    world.post(0, None);
    history(&mut world, |messages| {
        for odd in ["{}", r#"{"type":"message","ts":"soon"}"#, r#"{"type":"message","ts":null}"#, "5", "null"]
        {
            messages.insert(0, Bytes::from_static(odd.as_bytes()));
        }
    });
    assert_eq!(missed(&mut world).len(), 1);
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!(
        shortfall.to_string(),
        "conversations.history failed: it gave messages without a timestamp in C00"
    );
}

#[test]
fn a_reply_that_is_shown_in_the_channel_comes_once() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.post(0, None);
    // History has it too, as Slack's has.
    let broadcast = world.posts[1].ts;
    history(&mut world, move |messages| {
        let json = format!(
            r#"{{"type":"message","subtype":"thread_broadcast","user":"U01ALICE000","text":"x","ts":"{broadcast}","thread_ts":"{parent}","root":{{"ts":"{parent}","thread_ts":"{parent}","reply_count":1,"latest_reply":"{broadcast}"}}}}"#
        );
        messages.insert(1, Bytes::from(json));
    });
    assert_eq!(missed(&mut world).len(), 2);
    all_come_once(&world);
    // Nor when there is another gap, or another process.
    world.lose();
    world.connect();
    world.run_until_idle();
    world.save();
    world.restart();
    world.connect();
    world.run_until_idle();
    all_come_once(&world);
}

#[test]
fn a_reply_that_was_edited_in_the_gap_comes_as_it_is_now() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.edit(1);
    assert_eq!(missed(&mut world).len(), 1);
    assert_eq!(world.edited, [world.posts[1].ts.to_string()]);
    assert!(world.edits.is_empty());
}

#[test]
fn the_thread_of_a_deleted_message_is_read_and_what_stands_for_it_is_not_told() {
    let mut world = lost(1, free());
    world.post(0, None);
    let parent = world.posts[1].ts;
    world.post(0, Some(parent));
    messages(
        &mut world,
        |_| true,
        move |messages| {
            for message in messages {
                if std::str::from_utf8(message)
                    .is_ok_and(|json| json.contains(&format!(r#""ts":"{parent}""#)))
                {
                    let json = format!(
                        r#"{{"type":"message","subtype":"tombstone","text":"This message was deleted.","user":"USLACKBOT","hidden":true,"ts":"{parent}","thread_ts":"{parent}","reply_count":1,"latest_reply":"{}"}}"#,
                        parent.plus(700_001)
                    );
                    *message = Bytes::from(json);
                }
            }
        },
    );
    assert_eq!(missed(&mut world), [(name(0), world.posts[2].ts.to_string())]);
    assert!(world.filled[0].incomplete.is_empty());
    // Without replies there is nothing left of it, and its thread cannot be asked for.
    let mut world = World::new(1, free());
    world.connect();
    world.post(0, None);
    world.post(0, Some(world.posts[0].ts));
    world.run_until_idle();
    world.lose();
    world.posts.clear();
    world.post(0, None);
    world.connect();
    while !matches!(world.calls.last(), Some((_, call)) if matches!(call.query, Query::Replies { .. })) {
        world.run(1, true);
    }
    world.failures.push_back(Failure::Refused { code: ErrorCode::from("thread_not_found"), is_fatal: false });
    world.run_until_idle();
    assert_eq!(world.delivered.len(), 3);
    assert!(world.filled[0].incomplete.is_empty(), "{}", world.filled[0].incomplete);
}

#[test]
fn archived_channels_are_read_if_they_changed_since() {
    let mut world = World::new(4, free());
    world.connect();
    world.post(0, None);
    world.run_until_idle();
    world.lose();
    let before = world.posts[0].ts;
    (0..4).for_each(|channel| world.post(channel, None));
    // The first was seen; of the last one nothing is known.
    world.archived = vec![
        (0, Timestamp::ZERO),
        (1, before.plus(9_000_000)),
        (2, before.minus(9_000_000)),
        (3, Timestamp::ZERO),
    ];
    let mut channels: Vec<String> = missed(&mut world).into_iter().map(|(channel, _)| channel).collect();
    channels.sort();
    assert_eq!(channels, [name(0), name(1)]);
}

#[test]
fn a_channel_with_another_id_goes_on_where_it_was() {
    let mut world = lost(2, free());
    world.connect();
    world.run_until_idle();
    world.send(
        r#"{"type":"channel_id_changed","old_channel_id":"C00","new_channel_id":"C01","event_ts":"1.0"}"#,
    );
    world.run_until_idle();
    world.tamper = Some(Box::new(|_, page| {
        if let Entries::Channels(members) = &mut page.entries {
            members.retain(|member| member.id.as_str() != "C00");
        }
    }));
    world.lose();
    world.post(1, None);
    let since = world.calls.len();
    assert_eq!(missed(&mut world), [(name(1), world.posts[2].ts.to_string())]);
    let asked: Vec<_> = world.calls[since..]
        .iter()
        .filter_map(|(_, call)| match &call.query {
            Query::History { channel, .. } => Some(channel.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [ChannelId::new(name(1))], "it is not asked for under its old id");
}

#[test]
fn a_checkpoint_of_another_workspace_is_put_aside() {
    let mut world = lost(1, free());
    world.post(0, None);
    world.restart();
    world.team = "T02OTHER000";
    world.connect();
    world.run_until_idle();
    assert_eq!((world.gaps, world.delivered.len()), (0, 1), "only what came before the restart");
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!(shortfall.reason, ShortfallReason::OtherIdentity);
    // From here on it is a session as any other.
    world.post(0, None);
    world.run_until_idle();
    world.lose();
    world.post(0, None);
    world.connect();
    world.run_until_idle();
    assert_eq!((world.gaps, world.delivered.len()), (1, 3));
    assert_eq!(world.coordinator.checkpoint().team().unwrap(), "T02OTHER000");
}

#[test]
fn history_that_the_plan_hides_is_told() {
    let mut world = lost(2, free());
    (0..6).for_each(|number| world.post(number % 2, None));
    // The plan hides the older half; in the second channel nothing that was missed.
    let shown = world.posts[4].ts;
    world.tamper = Some(Box::new(move |request: &Request, page: &mut Page| {
        if let (Query::History { channel, .. }, Entries::Messages(messages)) =
            (&request.query, &mut page.entries)
        {
            page.is_limited = true;
            let is_shown = |json: &Bytes| {
                let json: serde_json::Value = serde_json::from_slice(json).unwrap();
                json["ts"].as_str().unwrap() >= shown.to_string().as_str()
            };
            if channel.as_str() == "C00" {
                messages.retain(is_shown);
            }
        }
    }));
    assert_eq!(missed(&mut world).len(), 5);
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!("{:?}", world.filled) };
    assert_eq!(shortfall.to_string(), "the workspace's plan hides old messages in C00");
    assert_eq!(shortfall.after.as_ref().unwrap(), &world.posts[0].ts.to_ts());
}

#[test]
fn a_time_from_the_future_hides_nothing() {
    let mut world = World::new(3, free());
    world.connect();
    world.post(0, None);
    world.post(1, None);
    world.say("C00", "9999999999.000100");
    world.run_until_idle();
    world.save();
    for restarts in [false, true] {
        world.lose();
        let before = world.delivered.len();
        (0..3).for_each(|channel| world.post(channel, None));
        if restarts {
            world.restart();
        }
        world.connect();
        world.run_until_idle();
        let missed = world.delivered[before..].iter().filter(|delivered| delivered.is_missed).count();
        // The next process goes on from before the first gap, and has those again.
        assert_eq!(missed, if restarts { 6 } else { 3 }, "{restarts}");
    }
    let lies = world.delivered.iter().filter(|delivered| delivered.ts.starts_with("99999")).count();
    assert_eq!(lies, 1);
}

#[test]
fn a_reply_that_comes_while_its_channel_is_read_may_come_before_what_is_older() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.connect();
    // The history has been read, and the thread has not.
    while !matches!(&world.call, Some(call) if matches!(call.query, Query::Replies { .. })) {
        world.run(1, true);
    }
    world.post(0, None);
    world.post(0, Some(parent));
    world.run_until_idle();
    all_come_once(&world);
    let order: Vec<_> =
        world.delivered[1..].iter().map(|delivered| (delivered.is_missed, delivered.is_reply)).collect();
    assert_eq!(order, [(true, true), (true, true), (false, false)]);
}

#[test]
fn messages_in_threads_near_the_gap_are_found_and_no_further() {
    for (size, distance, is_found) in
        [(20, 0, true), (20, 9, true), (20, 40, false), (3, 1, true), (3, 9, false)]
    {
        let mut world = World::new(1, free().page_size(size));
        world.connect();
        (0..50).for_each(|_| world.post(0, None));
        world.run_until_idle();
        world.lose();
        // A page of new ones pushes the old ones off the last page.
        (0..size - 1).for_each(|_| world.post(0, None));
        let parent = world.posts[49 - distance].ts;
        world.post(0, Some(parent));
        let found = missed(&mut world);
        assert_eq!(found.len(), size as usize - 1 + usize::from(is_found), "{size} {distance}");
    }
}

/// A reply to the first of nine messages came live while a gap was being filled. Returns which message that is.
fn seen_while_a_gap_was_filled() -> (World, Timestamp) {
    let mut world = World::new(1, free().page_size(3).hold_live(std::time::Duration::ZERO));
    world.connect();
    (0..9).for_each(|_| world.post(0, None));
    world.run_until_idle();
    let parent = world.posts[0].ts;
    world.lose();
    world.connect();
    // History is held up, and the reply overtakes it.
    world.failures.push_back(Failure::RateLimited(std::time::Duration::from_secs(60)));
    world.post(0, Some(parent));
    world.run(20, true);
    assert!(world.coordinator.is_busy() && world.delivered.last().unwrap().is_reply);
    (world, parent)
}

#[test]
fn a_thread_that_was_seen_while_a_gap_was_filled_is_known_to_the_next_process() {
    let (mut world, parent) = seen_while_a_gap_was_filled();
    world.save();
    world.restart();
    world.post(0, Some(parent));
    world.connect();
    world.run_until_idle();
    let reply = world.posts.last().unwrap().ts.to_string();
    assert!(world.delivered.iter().any(|delivered| delivered.ts == reply));
}

#[test]
fn a_thread_that_was_seen_while_a_gap_was_filled_is_read_after_the_next_loss() {
    let (mut world, parent) = seen_while_a_gap_was_filled();
    world.lose();
    world.post(0, Some(parent));
    world.connect();
    world.run_until_idle();
    all_come_once(&world);
}
