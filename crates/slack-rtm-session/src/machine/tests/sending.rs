//! Commands: scenarios 11, 12 and 17.

use slack_rtm_models::MessageCommand;

use super::world::{World, message, secs};
use crate::command::Command;
use crate::machine::{Config, Measured};
use crate::{NotSent, Outcome};

#[test]
fn a_lost_ack_does_not_delay_other_commands() {
    let mut world = World::new(1);
    world.server.acks = false;
    let (m1, m2) = (world.send("1"), world.send("2"));
    let id = world.written("message")[1].2["id"].clone();
    let first = world.last();
    world.frame(first, &format!(r#"{{"ok":true,"reply_to":{id},"ts":"2.0"}}"#));
    assert_eq!(world.outcome(m2).unwrap().ts().unwrap(), "2.0");
    world.run(9.0);
    assert_eq!(world.outcome(m1), None);
    world.run(1.0);
    assert_eq!(world.outcome(m1), Some(&Outcome::TimedOut));
    let late = world.written("message")[0].2["id"].clone();
    world.frame(first, &format!(r#"{{"ok":true,"reply_to":{late},"ts":"1.0"}}"#));
    assert_eq!((world.outcomes.len(), world.written("message").len()), (2, 2));
}

#[test]
fn an_ack_on_the_next_connection_counts() {
    let mut world = World::new(1);
    world.server.acks = false;
    let (m1, m2) = (world.send("1"), world.send("2"));
    let ids: Vec<_> = world.written("message").iter().map(|sent| sent.2["id"].clone()).collect();
    world.lose();
    world.run(1.0);
    assert_eq!(world.outcomes.len(), 0);
    world.frame(world.last(), &format!(r#"{{"ok":true,"reply_to":{},"ts":"1.0"}}"#, ids[0]));
    assert!(world.outcome(m1).unwrap().is_acked());
    world.run(2.1);
    assert_eq!(world.outcome(m2), Some(&Outcome::Unknown));
    let m3 = world.send("3");
    let sent = world.written("message");
    assert_eq!(sent.len(), 3, "nothing is sent again");
    assert!(sent[2].2["id"].as_u64() > sent[1].2["id"].as_u64());
    assert_eq!(world.outcome(m3), None);
}

#[test]
fn a_refusal_and_an_echo_resolve_a_command_once() {
    let mut world = World::new(1);
    world.server.acks = false;
    let (m1, m2) = (world.send("1"), world.send("2"));
    let ids: Vec<_> = world.written("message").iter().map(|sent| sent.2["id"].clone()).collect();
    let first = world.last();
    world.frame(
        first,
        &format!(r#"{{"ok":false,"reply_to":{},"error":{{"code":-1,"msg":"slow down"}}}}"#, ids[1]),
    );
    assert!(matches!(world.outcome(m2), Some(Outcome::Rejected(error)) if error.code() == Some(-1)));
    world.frame(first, &format!(r#"{{"type":"message","channel":"C1","reply_to":{},"ts":"1.5"}}"#, ids[0]));
    world.frame(first, &format!(r#"{{"ok":true,"reply_to":{},"ts":"1.5"}}"#, ids[0]));
    assert_eq!(world.outcome(m1).unwrap().ts().unwrap(), "1.5");
    assert_eq!(world.story(), ["First", "C1 1.5"]);
}

#[test]
fn commands_are_sent_in_a_burst_then_one_a_second_with_pings_between() {
    let mut world = World::new(3);
    world.run(7.0);
    let start = world.now;
    let tickets: Vec<_> = (0..12).map(|number| world.send(&number.to_string())).collect();
    world.run(20.0);
    let sent = world.written("message");
    assert_eq!(sent.len(), 12);
    for (index, (at, _, json)) in sent.iter().enumerate() {
        assert_eq!(json["text"], index.to_string());
        assert_eq!(*at - start, secs(index.saturating_sub(4) as f64));
    }
    assert!(tickets.iter().all(|ticket| world.outcome(*ticket).unwrap().is_acked()));
    let pings = world.written("ping");
    assert!(pings.windows(2).all(|pair| pair[1].0 - pair[0].0 == secs(5.0)));
    let ids: Vec<_> = world.writes.iter().map(|write| write.2.clone()).collect();
    let mut numbers: Vec<u64> = ids
        .iter()
        .map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap()["id"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted());
    numbers.dedup();
    assert_eq!(numbers.len(), ids.len());
}

#[test]
fn commands_that_are_too_long_are_refused() {
    let mut world = World::new(1);
    let long = world.send(&"é".repeat(4_001));
    assert_eq!(
        world.outcome(long),
        Some(&Outcome::NotSent(NotSent::TextTooLong { characters: 4_001, max: 4_000 }))
    );
    // A control character is escaped with six bytes.
    let wide = world.send(&"\u{1}".repeat(4_000));
    assert!(
        matches!(world.outcome(wide), Some(Outcome::NotSent(NotSent::FrameTooLong { bytes, .. })) if *bytes > 24_000)
    );
    assert!(world.writes.is_empty());
    let fits = world.send(&"\u{10ffff}".repeat(4_000));
    assert!(world.outcome(fits).unwrap().is_acked());
    let raw =
        |length: usize| Command::raw(&serde_json::json!({ "type": "x", "pad": "y".repeat(length) })).unwrap();
    let base = raw(0).len(1 << 52);
    let exact = world.submit(raw(16_384 - base));
    assert_eq!(world.writes.last().unwrap().2.len(), 16_384);
    let over = world.submit(raw(16_385 - base));
    assert_eq!(world.outcome(exact), None);
    assert!(matches!(world.outcome(over), Some(Outcome::NotSent(NotSent::FrameTooLong { .. }))));
}

#[test]
fn the_queue_is_bounded_and_waits_for_a_connection() {
    let config = Config { send_queue: 3, ..Config::default() };
    let mut world = World::with(1, config, |server| server.takes_calls = false);
    let tickets: Vec<_> = (0..4).map(|number| world.send(&number.to_string())).collect();
    assert_eq!(world.outcome(tickets[3]), Some(&Outcome::NotSent(NotSent::QueueFull)));
    assert_eq!(world.outcomes.len(), 1);
    world.server.takes_calls = true;
    world.run(20.0);
    assert!(tickets[..3].iter().all(|ticket| world.outcome(*ticket).unwrap().is_acked()));
    assert!(world.send("again") > 0);
    assert_eq!(world.outcomes.len(), 5);
}

#[test]
fn typing_indicators_are_throttled() {
    let mut world = World::new(1);
    let typing = |channel: &str| Command::typing(channel.into()).unwrap();
    let tickets = [world.submit(typing("C1")), world.submit(typing("C1")), world.submit(typing("C2"))];
    assert_eq!(world.outcome(tickets[0]), Some(&Outcome::Sent));
    assert_eq!(world.outcome(tickets[1]), Some(&Outcome::NotSent(NotSent::Throttled)));
    assert_eq!(world.outcome(tickets[2]), Some(&Outcome::Sent));
    world.run(3.0);
    let later = world.submit(typing("C1"));
    assert_eq!(world.outcome(later), Some(&Outcome::Sent));
    world.server.takes_calls = false;
    world.lose();
    let offline = world.submit(typing("C3"));
    assert_eq!(world.outcome(offline), Some(&Outcome::NotSent(NotSent::NotConnected)));
}

#[test]
fn the_presence_subscription_is_repeated_first() {
    let mut world = World::new(1);
    for users in [vec!["U1"], vec!["U2", "U3"]] {
        let users = users.into_iter().map(Into::into).collect();
        let ticket = world.submit(Command::presence_sub(users).unwrap());
        assert_eq!(world.outcome(ticket), Some(&Outcome::Sent));
    }
    world.server.says_hello = false;
    world.lose();
    world.run(1.0);
    let second = world.last();
    world.frame(second, &message("C1", "1.0"));
    assert_eq!(world.written("presence_sub").len(), 2);
    world.hello(second);
    let (_, connection, again) = world.written("presence_sub").remove(2);
    assert_eq!((connection, &again["ids"]), (second, &serde_json::json!(["U2", "U3"])));
    assert_eq!(world.story()[1..], ["unexpected_eof", "Reconnected", "gap", "C1 1.0"]);
}

#[test]
fn nothing_is_written_to_a_congested_connection() {
    use crate::machine::Input;
    let mut world = World::new(1);
    let first = world.last();
    for _ in 0..3 {
        world.input(Input::Congested(first, true));
        let ticket = world.submit(Command::message(&MessageCommand::new(0_u64, "C1", "x")).unwrap());
        let before = (world.written("message").len(), world.written("ping").len());
        world.run(9.0);
        assert_eq!(
            (world.written("message").len(), world.written("ping").len() > before.1),
            (before.0, true)
        );
        world.input(Input::Congested(first, false));
        assert!(world.outcome(ticket).unwrap().is_acked());
    }
}

#[test]
fn a_connection_whose_writes_are_blocked_is_dropped() {
    use crate::machine::Input;
    let mut world = World::new(1);
    let first = world.last();
    world.input(Input::Congested(first, true));
    let ticket = world.send("x");
    world.run(9.9);
    assert!(world.drops.is_empty());
    world.run(0.1);
    assert_eq!(world.drops[0].1, first);
    world.run(2.0);
    assert!(world.outcome(ticket).unwrap().is_acked());
    assert_eq!(world.story(), ["First", "write_timeout", "Reconnected", "gap"]);
}

/// Returns the id of the only message that was sent.
fn only_id(world: &World) -> u64 {
    let sent = world.written("message");
    assert_eq!(sent.len(), 1);
    sent[0].2["id"].as_u64().unwrap()
}

#[test]
fn a_replayed_message_of_an_earlier_process_is_not_an_ack() {
    let mut ids = Vec::new();
    for seed in 0..20 {
        let mut world = World::new(seed);
        world.server.acks = false;
        let ticket = world.send("today");
        let first = world.last();
        for id in 0..5 {
            world.frame(first, &format!(r#"{{"type":"message","reply_to":{id},"channel":"C1","user":"U1","text":"today","ts":"1.0"}}"#));
        }
        assert_eq!(world.outcome(ticket), None);
        let id = only_id(&world);
        world.frame(first, &format!(r#"{{"ok":false,"reply_to":{id},"error":{{"code":2,"msg":"no"}}}}"#));
        assert!(matches!(world.outcome(ticket), Some(Outcome::Rejected(_))));
        ids.push(id);
    }
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[1] - pair[0] > 1_000_000), "{ids:?}");
    assert!(ids.iter().all(|id| *id < 1 << 53));
}

#[test]
fn an_echo_that_contradicts_its_command_resolves_nothing() {
    for replay in [
        r#""channel":"C2","user":"U1","text":"today""#,
        r#""channel":"C1","user":"U2","text":"today""#,
        r#""channel":"C1","user":"U1","text":"yesterday""#,
        r#""channel":"C1","text":"today and tomorrow","ok":true"#,
    ] {
        let mut world = World::new(1);
        world.server.acks = false;
        let ticket = world.send("today");
        let (first, id) = (world.last(), only_id(&world));
        world.frame(first, &format!(r#"{{"type":"message","reply_to":{id},{replay},"ts":"1.0"}}"#));
        assert_eq!(world.outcome(ticket), None, "{replay}");
        assert_eq!(world.story().len(), 2, "it is delivered as an event");
        world.frame(first, &format!(r#"{{"ok":true,"reply_to":{id},"ts":"2.0"}}"#));
        assert_eq!(world.outcome(ticket).unwrap().ts().unwrap(), "2.0");
    }
}

#[test]
fn an_echo_that_slack_has_reformatted_resolves_its_command() {
    let mut world = World::new(1);
    world.server.acks = false;
    let ticket = world.send("see https://example.com & <me>");
    let (first, id) = (world.last(), only_id(&world));
    world.frame(
        first,
        &format!(r#"{{"type":"message","reply_to":{id},"channel":"C1","user":"U1","text":"see <https://example.com> &amp; &lt;me&gt;","ts":"2.0"}}"#),
    );
    assert_eq!(world.outcome(ticket).unwrap().ts().unwrap(), "2.0");
}

#[test]
fn resolved_commands_are_counted_in_order() {
    let mut world = World::new(1);
    world.server.acks = false;
    assert_eq!((world.machine.submitted(), world.machine.resolved()), (0, 0));
    let tickets: Vec<_> = (0..7).map(|number| world.send(&number.to_string())).collect();
    let long = world.send(&"x".repeat(5_000));
    assert!(world.outcome(long).is_some());
    assert_eq!((world.machine.submitted(), world.machine.resolved()), (8, 0));
    assert_eq!(world.machine.unacknowledged(), 5);
    let ids: Vec<_> = world.written("message").iter().map(|sent| sent.2["id"].clone()).collect();
    let first = world.last();
    let ack = |world: &mut World, index: usize| {
        world.frame(first, &format!(r#"{{"ok":true,"reply_to":{},"ts":"2.0"}}"#, ids[index]));
        world.machine.resolved()
    };
    assert_eq!([1, 0, 3, 2].map(|index| ack(&mut world, index)), [0, 2, 2, 4]);
    assert_eq!(ack(&mut world, 4), 5);
    world.run(30.0);
    assert!(tickets.iter().all(|ticket| world.outcome(*ticket).is_some()));
    assert_eq!((world.machine.resolved(), world.machine.unacknowledged()), (8, 0));
}

#[test]
fn a_subscription_that_is_too_long_reports_how_many_users_fit() {
    let mut world = World::new(1);
    let users =
        |count: usize| Command::presence_sub((0..count).map(|user| format!("U{user:010}").into()).collect());
    let refused = world.submit(users(2_000).unwrap());
    let Some(Outcome::NotSent(NotSent::TooManyUsers { users: 2_000, max })) = world.outcome(refused) else {
        panic!("{:?}", world.outcome(refused))
    };
    let max = *max;
    assert!((1_100..1_200).contains(&max), "{max}");
    let fits = world.submit(users(max).unwrap());
    assert_eq!(world.outcome(fits), Some(&Outcome::Sent));
}

#[test]
fn round_trips_and_replies_are_measured() {
    let mut world = World::new(1);
    (world.server.acks, world.server.pongs) = (false, false);
    world.send("x");
    world.run(0.25);
    let ack = format!(r#"{{"ok":true,"reply_to":{},"ts":"1.0"}}"#, only_id(&world));
    world.frame(world.last(), &ack);
    world.frame(world.last(), &ack);
    assert_eq!(world.measured, [Measured::Reply(secs(0.25))]);
    while world.written("ping").is_empty() {
        world.run(0.01);
    }
    let (sent, _, ping) = world.written("ping").pop().unwrap();
    world.run(0.5);
    let pong = format!(r#"{{"type":"pong","reply_to":{}}}"#, ping["id"]);
    world.frame(world.last(), &pong);
    world.frame(world.last(), &pong);
    assert_eq!(world.measured[1..], [Measured::RoundTrip(world.now - sent)]);
}
