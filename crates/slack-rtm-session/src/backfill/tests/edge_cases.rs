//! Unusual events during a gap, and unusual answers of the server.

use bytes::Bytes;
use slack_rtm_models::{ChannelId, ErrorCode};

use super::world::{World, name};
use crate::backfill::request::{Entries, Failure, Page, Query, Request};
use crate::backfill::timestamp::Timestamp;
use crate::backfill::{Backfill, ShortfallReason};

fn free() -> Backfill {
    Backfill::default().calls_per_minute(None)
}

/// Creates a world in which a message was seen in each channel, and the connection was lost.
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

/// Fills the gap, and returns the channels and timestamps of the missed messages.
fn missed(world: &mut World) -> Vec<(String, String)> {
    world.connect();
    world.run_until_idle();
    let missed = world.delivered.iter().filter(|delivered| delivered.is_missed);
    missed.map(|delivered| (delivered.channel.clone(), delivered.ts.clone())).collect()
}

fn assert_delivered_once(world: &World) {
    let mut seen: Vec<_> = world.delivered.iter().map(|delivered| delivered.ts.clone()).collect();
    seen.sort();
    let mut sent: Vec<_> = world.posts.iter().map(|post| post.ts.to_string()).collect();
    sent.sort();
    assert_eq!(seen, sent);
}

/// Changes the pages of history.
fn history(world: &mut World, change: impl Fn(&mut Vec<Bytes>) + 'static) {
    messages(world, |query| matches!(query, Query::History { .. }), change);
}

/// Changes the pages of messages of some calls.
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
fn a_page_in_any_order_is_read() {
    // Whichever message is first or last, and wherever the known one is.
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
        assert_delivered_once(&world);
        assert!(world.filled[0].incomplete.is_empty());
    }
    let mut world = lost(1, free().page_size(5));
    (0..23).for_each(|_| world.post(0, None));
    history(&mut world, |messages| messages.reverse());
    assert_eq!(missed(&mut world).len(), 23);
}

#[test]
fn a_message_on_two_pages_is_delivered_once() {
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
    assert_delivered_once(&world);
}

#[test]
fn messages_without_a_timestamp_are_skipped_and_reported() {
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
fn a_reply_that_is_shown_in_the_channel_is_delivered_once() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.post(0, None);
    // History contains it, too, as Slack's does.
    let broadcast = world.posts[1].ts;
    history(&mut world, move |messages| {
        let json = format!(
            r#"{{"type":"message","subtype":"thread_broadcast","user":"U01ALICE000","text":"x","ts":"{broadcast}","thread_ts":"{parent}","root":{{"ts":"{parent}","thread_ts":"{parent}","reply_count":1,"latest_reply":"{broadcast}"}}}}"#
        );
        messages.insert(1, Bytes::from(json));
    });
    assert_eq!(missed(&mut world).len(), 2);
    assert_delivered_once(&world);
    // The same after another gap, and in another process.
    world.lose();
    world.connect();
    world.run_until_idle();
    world.save();
    world.restart();
    world.connect();
    world.run_until_idle();
    assert_delivered_once(&world);
}

#[test]
fn a_reply_that_was_edited_in_the_gap_is_delivered_as_it_is_now() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.edit(1);
    assert_eq!(missed(&mut world).len(), 1);
    assert_eq!(world.edited, [world.posts[1].ts.to_string()]);
    assert!(world.edits.is_empty());
}

#[test]
fn the_thread_of_a_deleted_message_is_read_without_its_placeholder() {
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
    // Without replies no placeholder is left, and the thread cannot be read.
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
    // A message was seen in the first channel; nothing is known of the last one.
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
fn a_channel_whose_id_changes_keeps_its_progress() {
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
fn a_checkpoint_of_another_workspace_is_ignored() {
    let mut world = lost(1, free());
    world.post(0, None);
    world.restart();
    world.team = "T02OTHER000";
    world.connect();
    world.run_until_idle();
    assert_eq!((world.gaps, world.delivered.len()), (0, 1), "only what came before the restart");
    let [shortfall] = &world.filled[0].incomplete.shortfalls[..] else { panic!() };
    assert_eq!(shortfall.reason, ShortfallReason::OtherIdentity);
    // From here on the session is like any other.
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
fn hidden_history_is_reported() {
    let mut world = lost(2, free());
    (0..6).for_each(|number| world.post(number % 2, None));
    // The plan hides the older half; in the second channel it hides no missed message.
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
fn a_timestamp_in_the_future_hides_no_messages() {
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
        // The next process resumes from before the first gap, and delivers these messages again.
        assert_eq!(missed, if restarts { 6 } else { 3 }, "{restarts}");
    }
    let lies = world.delivered.iter().filter(|delivered| delivered.ts.starts_with("99999")).count();
    assert_eq!(lies, 1);
}

#[test]
fn a_reply_during_the_fill_may_be_delivered_before_older_messages() {
    let mut world = lost(1, free());
    let parent = world.posts[0].ts;
    world.post(0, Some(parent));
    world.connect();
    // The history has been read, but not the thread.
    while !matches!(&world.call, Some(call) if matches!(call.query, Query::Replies { .. })) {
        world.run(1, true);
    }
    world.post(0, None);
    world.post(0, Some(parent));
    world.run_until_idle();
    assert_delivered_once(&world);
    let order: Vec<_> =
        world.delivered[1..].iter().map(|delivered| (delivered.is_missed, delivered.is_reply)).collect();
    assert_eq!(order, [(true, true), (true, true), (false, false)]);
}

#[test]
fn replies_to_messages_near_the_gap_are_found() {
    for (size, distance, is_found) in
        [(20, 0, true), (20, 9, true), (20, 40, false), (3, 1, true), (3, 9, false)]
    {
        let mut world = World::new(1, free().page_size(size));
        world.connect();
        (0..50).for_each(|_| world.post(0, None));
        world.run_until_idle();
        world.lose();
        // A page of new messages pushes the old ones off the last page.
        (0..size - 1).for_each(|_| world.post(0, None));
        let parent = world.posts[49 - distance].ts;
        world.post(0, Some(parent));
        let found = missed(&mut world);
        assert_eq!(found.len(), size as usize - 1 + usize::from(is_found), "{size} {distance}");
    }
}

/// Creates a world in which a reply to the first of nine messages arrived live while a gap was being filled. Returns the message as well.
fn seen_during_a_fill() -> (World, Timestamp) {
    let mut world = World::new(1, free().page_size(3).hold_live(std::time::Duration::ZERO));
    world.connect();
    (0..9).for_each(|_| world.post(0, None));
    world.run_until_idle();
    let parent = world.posts[0].ts;
    world.lose();
    world.connect();
    // Reading history is delayed, so the reply is delivered first.
    world.failures.push_back(Failure::RateLimited(std::time::Duration::from_secs(60)));
    world.post(0, Some(parent));
    world.run(20, true);
    assert!(world.coordinator.is_busy() && world.delivered.last().unwrap().is_reply);
    (world, parent)
}

#[test]
fn a_thread_seen_during_a_fill_is_known_to_the_next_process() {
    let (mut world, parent) = seen_during_a_fill();
    world.save();
    world.restart();
    world.post(0, Some(parent));
    world.connect();
    world.run_until_idle();
    let reply = world.posts.last().unwrap().ts.to_string();
    assert!(world.delivered.iter().any(|delivered| delivered.ts == reply));
}

#[test]
fn a_thread_seen_during_a_fill_is_read_after_the_next_loss() {
    let (mut world, parent) = seen_during_a_fill();
    world.lose();
    world.post(0, Some(parent));
    world.connect();
    world.run_until_idle();
    assert_delivered_once(&world);
}
