//! Random schedules: every envelope is acknowledged at most once, in time and over the connection over which it arrived, or Slack repeats the event; in the end the
//! user has received every event exactly once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::super::world::secs;
use super::world::{World, word};
use crate::connection_id::ConnectionId;
use crate::machine::Config;
use crate::socket_mode::PoolState;
use crate::{AckPolicy, Item};

/// The time after which Slack repeats a delivery that was not acknowledged.
const PATIENCE: f64 = 3.0;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes, in milliseconds.
    Pass(u16),
    Event,
    Command,
    /// The user acknowledges or drops the events that they hold.
    Handle(bool),
    Full(bool),
    Lose,
    Refresh,
    Deaf(bool),
    /// The next acknowledgements do not arrive.
    LoseAcks(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => (0..4_000_u16).prop_map(Step::Pass),
        12 => Just(Step::Event),
        3 => Just(Step::Command),
        5 => prop::bool::weighted(0.8).prop_map(Step::Handle),
        3 => prop::bool::weighted(0.4).prop_map(Step::Full),
        2 => Just(Step::Lose),
        3 => Just(Step::Refresh),
        1 => any::<bool>().prop_map(Step::Deaf),
        2 => (1..4_u8).prop_map(Step::LoseAcks),
    ];
    prop::collection::vec(step, 1..100)
}

/// A delivery that Slack considers not acknowledged.
struct Pending {
    event: String,
    at: Duration,
}

struct Slack {
    world: World,
    policy: AckPolicy,
    sent: u64,
    envelopes: u64,
    /// The deliveries, by the envelope of the last one.
    pending: HashMap<String, Pending>,
    seen_acks: usize,
    lost_acks: u8,
    /// The events that the user has handled.
    handled: HashMap<String, usize>,
}

impl Slack {
    fn deliver(&mut self, event: String) {
        self.envelopes += 1;
        let envelope = format!("e{}", self.envelopes);
        let open = self.world.open();
        // Without a connection the delivery is lost, and repeated later.
        if !open.is_empty() {
            let connection: ConnectionId = open[usize::try_from(self.envelopes).unwrap() % open.len()];
            self.world.event(connection, &envelope, &event);
        }
        self.pending.insert(envelope, Pending { event, at: self.world.now });
        self.see_acks();
    }

    fn see_acks(&mut self) {
        for ack in &self.world.acks[self.seen_acks..] {
            if self.lost_acks > 0 {
                self.lost_acks -= 1;
            } else {
                self.pending.remove(&ack.envelope);
            }
        }
        self.seen_acks = self.world.acks.len();
    }

    fn redeliver(&mut self) {
        let now = self.world.now;
        let due: Vec<String> = self
            .pending
            .iter()
            .filter(|(_, pending)| now >= pending.at + secs(PATIENCE))
            .map(|(envelope, _)| envelope.clone())
            .collect();
        for envelope in due {
            let pending = self.pending.remove(&envelope).unwrap();
            self.deliver(pending.event);
        }
    }

    fn handle(&mut self, acks: bool) {
        for (_, item) in std::mem::take(&mut self.world.items) {
            if let Item::Event(event) = &item
                && (acks || self.policy == AckPolicy::Auto)
            {
                event.ack();
                *self.handled.entry(word(&item)).or_default() += 1;
            }
        }
        self.world.run_until_idle();
        self.see_acks();
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Pass(milliseconds) => {
                self.world.run(f64::from(milliseconds) / 1_000.0);
                self.see_acks();
                self.redeliver();
            }
            Step::Event => {
                self.sent += 1;
                self.deliver(format!("Ev{}", self.sent));
            }
            Step::Command => {
                self.envelopes += 1;
                if let Some(connection) = self.world.open().pop() {
                    let envelope = format!("c{}", self.envelopes);
                    self.world.command(connection, &envelope);
                }
            }
            Step::Handle(acks) => self.handle(acks),
            Step::Full(is_full) => self.world.has_room = !is_full,
            Step::Lose => {
                if let Some(connection) = self.world.open().pop() {
                    self.world.drops.push((self.world.now, connection));
                    self.world.lose(connection);
                }
            }
            Step::Refresh => {
                if let Some(connection) = self.world.open().pop() {
                    self.world.disconnect(connection, "refresh_requested");
                }
            }
            Step::Deaf(is_deaf) => self.world.pongs = !is_deaf,
            Step::LoseAcks(count) => self.lost_acks += count,
        }
        self.check();
    }

    /// Checks that events are neither lost nor repeated. The world checks the acknowledgements.
    fn check(&self) {
        for ack in &self.world.acks {
            let Some((brought, _)) = self.world.brought.get(&ack.envelope) else { continue };
            if self.policy == AckPolicy::Auto {
                let limit = if ack.envelope.starts_with('c') { 2.5 } else { 0.0 };
                assert!(ack.at <= *brought + secs(limit), "{ack:?} came at {brought:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_event_is_delivered_and_acknowledged_once(
        seed in any::<u64>(),
        by_hand in any::<bool>(),
        steps in steps(),
    ) {
        let policy = if by_hand { AckPolicy::Manual } else { AckPolicy::Auto };
        let mut slack = Slack {
            world: World::with(seed, policy, Arc::new(PoolState::new(seed)), Config::default()),
            policy,
            sent: 0,
            envelopes: 0,
            pending: HashMap::new(),
            seen_acks: 0,
            lost_acks: 0,
            handled: HashMap::new(),
        };
        for step in steps {
            slack.step(step);
        }
        // Let the session recover.
        slack.world.has_room = true;
        slack.world.pongs = true;
        slack.lost_acks = 0;
        for _ in 0..100 {
            slack.step(Step::Pass(3_500));
            slack.step(Step::Handle(true));
        }
        prop_assert!(slack.pending.is_empty(), "{} deliveries were never acknowledged", slack.pending.len());
        for number in 1..=slack.sent {
            prop_assert_eq!(slack.handled.get(&format!("Ev{number}")), Some(&1), "Ev{}", number);
        }
        prop_assert_eq!(slack.handled.len() as u64, slack.sent);
    }
}
