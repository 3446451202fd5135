//! Simulates 50 hosts and 20,000 tokens, in simulated time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::{Assignment, Membership};

const TTL: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(250);
/// The number of sessions that a host starts in a second.
const DIALS: usize = 20;

struct Host {
    name: String,
    membership: Membership,
    next_beat: Duration,
    holds: HashSet<String>,
    missing: Vec<String>,
    /// The hosts that the assignment is for.
    eligible: Vec<String>,
    assignment: std::rc::Rc<Assignment>,
}

struct World {
    now: Duration,
    tokens: Vec<String>,
    hosts: Vec<Host>,
    assignments: BTreeMap<Vec<String>, std::rc::Rc<Assignment>>,
}

impl World {
    fn new(hosts: usize, tokens: usize) -> Self {
        let tokens: Vec<String> = (0..tokens).map(|number| format!("token-{number}")).collect();
        let mut world = Self { now: Duration::ZERO, tokens, hosts: Vec::new(), assignments: BTreeMap::new() };
        for number in 0..hosts {
            let name = format!("host-{number}");
            world.hosts.push(Host {
                membership: Membership::new(Duration::ZERO, name.clone(), TTL),
                name,
                // Heartbeats are spread over the interval.
                next_beat: HEARTBEAT * u32::try_from(number).unwrap() / u32::try_from(hosts).unwrap(),
                holds: HashSet::new(),
                missing: Vec::new(),
                eligible: Vec::new(),
                assignment: std::rc::Rc::default(),
            });
        }
        // All hosts know each other already.
        for host in &mut world.hosts {
            names(hosts).iter().for_each(|name| host.membership.on_heartbeat(Duration::ZERO, name, false));
        }
        world
    }

    fn assignment(&mut self, eligible: &[String]) -> std::rc::Rc<Assignment> {
        let tokens = &self.tokens;
        let cached = self.assignments.entry(eligible.to_vec());
        cached.or_insert_with(|| Assignment::new(tokens.clone(), eligible.to_vec(), 2).into()).clone()
    }

    fn step(&mut self) {
        self.now += STEP;
        let now = self.now;
        let mut beats = Vec::new();
        for host in &mut self.hosts {
            if now >= host.next_beat {
                host.next_beat = now + HEARTBEAT;
                beats.push(host.name.clone());
            }
        }
        for index in 0..self.hosts.len() {
            let host = &mut self.hosts[index];
            for beat in &beats {
                host.membership.on_heartbeat(now, beat, false);
            }
            host.membership.tick(now);
            let mut eligible = host.membership.eligible();
            eligible.sort();
            if eligible != host.eligible {
                let assignment = self.assignment(&eligible);
                let host = &mut self.hosts[index];
                (host.eligible, host.assignment) = (eligible, assignment);
                let missing =
                    host.assignment.tokens_of(&host.name).filter(|token| !host.holds.contains(*token));
                host.missing = missing.map(str::to_owned).collect();
            }
            let host = &mut self.hosts[index];
            let paced = DIALS * usize::try_from(STEP.as_millis()).unwrap() / 1000;
            let paced = host.missing.len().saturating_sub(paced);
            host.holds.extend(host.missing.split_off(paced));
        }
    }

    /// Returns the number of hosts of the token that has the fewest.
    fn fewest_replicas(&self) -> usize {
        let mut counts: HashMap<&str, usize> = self.tokens.iter().map(|token| (token.as_str(), 0)).collect();
        for token in self.hosts.iter().flat_map(|host| &host.holds) {
            *counts.get_mut(token.as_str()).unwrap() += 1;
        }
        counts.into_values().min().unwrap()
    }

    /// Steps until every token has two hosts, and returns the time that passed.
    fn until_replicated(&mut self, limit: Duration) -> Duration {
        let begin = self.now;
        while self.fewest_replicas() < 2 {
            for _ in 0..4 {
                self.step();
            }
            assert!(
                self.now - begin <= limit,
                "after {limit:?} a token has {} hosts",
                self.fewest_replicas()
            );
        }
        self.now - begin
    }
}

fn names(hosts: usize) -> Vec<String> {
    (0..hosts).map(|number| format!("host-{number}")).collect()
}

fn loads(assignment: &Assignment, hosts: &[String]) -> Vec<usize> {
    hosts.iter().map(|host| assignment.tokens_of(host).count()).collect()
}

/// Returns the number of places in an assignment that are not in the one before.
fn moved(tokens: &[String], before: &Assignment, after: &Assignment) -> usize {
    let new_hosts =
        |token: &String| after.hosts_of(token).iter().filter(|host| !before.holds(host, token)).count();
    tokens.iter().map(new_hosts).sum()
}

/// Whoever leaves or joins: no load is more than 5% from the average, and besides the places that have to move at most 0.1% do.
#[test]
fn loads_stay_within_five_percent_and_few_tokens_move() {
    let tokens: Vec<String> = (0..20_000).map(|number| format!("token-{number}")).collect();
    let all = names(50);
    let before = Assignment::new(tokens.clone(), all.clone(), 2);
    let assert_balanced = |assignment: &Assignment, hosts: &[String]| {
        let loads = loads(assignment, hosts);
        assert_eq!(loads.iter().sum::<usize>(), 40_000);
        let average = 40_000.0 / hosts.len() as f64;
        let (min, max) = (*loads.iter().min().unwrap(), *loads.iter().max().unwrap());
        // A bound that is no whole number is rounded away from the average.
        assert!(min >= (average * 0.95).floor() as usize, "{min} of {average}");
        assert!(max <= (average * 1.05).ceil() as usize, "{max} of {average}");
    };
    assert_balanced(&before, &all);
    let (mut most, mut excess) = (0, 0);
    for leaver in all.iter().step_by(7) {
        let rest: Vec<String> = all.iter().filter(|host| *host != leaver).cloned().collect();
        let after = Assignment::new(tokens.clone(), rest.clone(), 2);
        assert_balanced(&after, &rest);
        let of_leaver = before.tokens_of(leaver).count();
        let when_leaving = moved(&tokens, &before, &after);
        most = most.max(when_leaving);
        excess = excess.max(when_leaving - of_leaver);
        // The reverse is a host that joins.
        excess = excess.max(moved(&tokens, &after, &before) - of_leaver);
    }
    assert!(excess <= 40_000 / 1000, "{excess} places moved besides those of the leaver");
    assert!(most <= 40_000 / 50 * 105 / 100 + 40_000 / 1000, "{most} places moved");
}

#[test]
fn tokens_have_two_hosts_again_soon_after_a_death_is_noticed() {
    let mut world = World::new(50, 20_000);
    world.until_replicated(Duration::from_secs(120));
    for _ in 0..40 {
        world.step();
    }
    world.hosts.remove(17);
    assert_eq!(world.fewest_replicas(), 1, "the other replica is still there");
    let took = world.until_replicated(TTL + 3 * Duration::from_secs(1));
    assert!(took >= TTL - HEARTBEAT, "{took:?}");
    // Both hosts of some tokens die at once.
    world.hosts.truncate(47);
    assert_eq!(world.fewest_replicas(), 0);
    world.until_replicated(TTL + 6 * Duration::from_secs(1));
}
