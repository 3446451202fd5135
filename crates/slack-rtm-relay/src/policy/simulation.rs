//! Fifty hosts and twenty thousand tokens, in a time of their own.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::{Assignment, Membership};

const TTL: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(250);
/// Sessions that a host starts in a second.
const DIALS: usize = 20;

struct Host {
    name: String,
    membership: Membership,
    next_beat: Duration,
    holds: HashSet<String>,
    missing: Vec<String>,
    /// The hosts that the assignment was made for.
    takers: Vec<String>,
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
                // They do not beat at once.
                next_beat: HEARTBEAT * u32::try_from(number).unwrap() / u32::try_from(hosts).unwrap(),
                holds: HashSet::new(),
                missing: Vec::new(),
                takers: Vec::new(),
                assignment: std::rc::Rc::default(),
            });
        }
        // They know each other from before.
        for host in &mut world.hosts {
            names(hosts).iter().for_each(|name| host.membership.heard(Duration::ZERO, name, false));
        }
        world
    }

    fn assignment(&mut self, takers: &[String]) -> std::rc::Rc<Assignment> {
        let tokens = &self.tokens;
        let made = self.assignments.entry(takers.to_vec());
        made.or_insert_with(|| Assignment::new(tokens.clone(), takers.to_vec(), 2).into()).clone()
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
                host.membership.heard(now, beat, false);
            }
            host.membership.tick(now);
            let mut takers = host.membership.takers();
            takers.sort();
            if takers != host.takers {
                let assignment = self.assignment(&takers);
                let host = &mut self.hosts[index];
                (host.takers, host.assignment) = (takers, assignment);
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

    /// How many hosts hold each token.
    fn least(&self) -> usize {
        let mut counts: HashMap<&str, usize> = self.tokens.iter().map(|token| (token.as_str(), 0)).collect();
        for token in self.hosts.iter().flat_map(|host| &host.holds) {
            *counts.get_mut(token.as_str()).unwrap() += 1;
        }
        counts.into_values().min().unwrap()
    }

    /// Steps until every token has two hosts, and returns how long that took.
    fn until_whole(&mut self, limit: Duration) -> Duration {
        let begin = self.now;
        while self.least() < 2 {
            for _ in 0..4 {
                self.step();
            }
            assert!(self.now - begin <= limit, "after {limit:?} a token has {} hosts", self.least());
        }
        self.now - begin
    }
}

fn names(hosts: usize) -> Vec<String> {
    (0..hosts).map(|number| format!("host-{number}")).collect()
}

#[test]
fn no_host_has_five_percent_more_than_its_share_and_who_leaves_moves_only_its_own() {
    let tokens: Vec<String> = (0..20_000).map(|number| format!("token-{number}")).collect();
    let before = Assignment::new(tokens.clone(), names(50), 2);
    let loads: Vec<usize> = names(50).iter().map(|host| before.tokens_of(host).count()).collect();
    assert_eq!(loads.iter().sum::<usize>(), 40_000);
    assert!(loads.iter().all(|load| *load <= 840), "{loads:?}");

    // Of 40,000 places a fiftieth is free when a host leaves. Besides those move the few whose first choice was full, or is full now.
    let mut worst = 0;
    for leaver in [0, 7, 17, 31, 49] {
        let rest: Vec<String> =
            names(50).into_iter().filter(|host| *host != format!("host-{leaver}")).collect();
        let after = Assignment::new(tokens.clone(), rest, 2);
        let moved: usize = tokens
            .iter()
            .map(|token| after.hosts_of(token).iter().filter(|host| !before.holds(host, token)).count())
            .sum();
        worst = worst.max(moved.saturating_sub(before.tokens_of(&format!("host-{leaver}")).count()));
    }
    assert!(worst <= 40_000 / 1000, "{worst} places moved besides those of the host that left");
}

#[test]
fn after_a_death_it_is_whole_again_when_the_heartbeat_has_run_out() {
    let mut world = World::new(50, 20_000);
    world.until_whole(Duration::from_secs(120));
    for _ in 0..40 {
        world.step();
    }
    world.hosts.remove(17);
    assert_eq!(world.least(), 1, "the other replica goes on");
    let took = world.until_whole(TTL + 3 * Duration::from_secs(1));
    assert!(took >= TTL - HEARTBEAT, "{took:?}");
    // Both hosts of some tokens at once.
    world.hosts.truncate(47);
    assert_eq!(world.least(), 0);
    world.until_whole(TTL + 6 * Duration::from_secs(1));
}
