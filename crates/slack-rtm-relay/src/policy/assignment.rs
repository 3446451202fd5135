//! The assignment of tokens to hosts.

use std::collections::{BTreeMap, BTreeSet};

/// How far the load of a host may be from the average, in percent.
const TOLERANCE_PERCENT: usize = 5;

/// The assignment of tokens to hosts, by rendezvous hashing with bounds on the load of each host.
///
/// A token goes to the hosts with the highest scores for it, except for hosts that already hold 5% more than the average. Hosts that then hold less than 95% of the
/// average take the tokens with the highest scores for them from hosts that hold more than that. Every host computes the same assignment from the same tokens and
/// hosts, in any order, without coordination.
///
/// When a host leaves, its tokens move, and a few others that a bound affects. The latter cannot be avoided: if only the leaver's tokens ever moved, each token would
/// have a fixed order of preference over all hosts (independence of irrelevant alternatives), and such orders, independent of each other, spread the load at random. With
/// 800 tokens a host, the standard deviation would be 3.5%. With 20,000 tokens and two replicas on 50 hosts, at most 0.1% of the places move in addition to the leaver's.
///
/// ```
/// use slack_rtm_relay::policy::Assignment;
///
/// let hosts = ["a", "b", "c"];
/// let assignment = Assignment::new(["acme", "globex"], hosts, 2);
/// assert_eq!(assignment.hosts_of("acme").len(), 2);
/// assert_eq!(hosts.iter().map(|host| assignment.tokens_of(host).count()).sum::<usize>(), 4);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    hosts_of: BTreeMap<String, Vec<String>>,
    tokens_of: BTreeMap<String, BTreeSet<String>>,
}

impl Assignment {
    /// Assigns each token to `replicas` hosts, or to all hosts if there are fewer.
    pub fn new<T: Into<String>, H: Into<String>>(
        tokens: impl IntoIterator<Item = T>,
        hosts: impl IntoIterator<Item = H>,
        replicas: usize,
    ) -> Self {
        let tokens: BTreeSet<String> = tokens.into_iter().map(Into::into).collect();
        let hosts: BTreeSet<String> = hosts.into_iter().map(Into::into).collect();
        if hosts.is_empty() {
            return Self::default();
        }
        // In the order of hashes, so that chance decides which token meets a full host.
        let mut seeded: Vec<(u64, String)> = tokens.into_iter().map(|token| (hash(&token), token)).collect();
        seeded.sort_unstable();
        let hosts: Vec<String> = hosts.into_iter().collect();
        let mut places = Places::new(
            seeded.iter().map(|(seed, _)| *seed).collect(),
            hosts.iter().map(|host| hash(host)).collect(),
            replicas.clamp(1, hosts.len()),
        );
        places.fill();
        places.raise_low_loads();
        let mut assignment = Self::default();
        for ((_, token), chosen) in seeded.into_iter().zip(places.chosen) {
            for index in &chosen {
                assignment.tokens_of.entry(hosts[*index].clone()).or_default().insert(token.clone());
            }
            assignment.hosts_of.insert(token, chosen.into_iter().map(|index| hosts[index].clone()).collect());
        }
        assignment
    }

    /// Returns the hosts of a token, the preferred one first.
    #[must_use]
    pub fn hosts_of(&self, token: &str) -> &[String] {
        self.hosts_of.get(token).map_or(&[], Vec::as_slice)
    }

    /// Returns whether a token is assigned to a host.
    #[must_use]
    pub fn holds(&self, host: &str, token: &str) -> bool {
        self.tokens_of.get(host).is_some_and(|tokens| tokens.contains(token))
    }

    /// Returns the tokens of a host, in their order.
    pub fn tokens_of(&self, host: &str) -> impl Iterator<Item = &str> {
        self.tokens_of.get(host).into_iter().flatten().map(String::as_str)
    }
}

/// The places of tokens on hosts. Both are known by their index here.
struct Places {
    tokens: Vec<u64>,
    hosts: Vec<u64>,
    replicas: usize,
    /// The hosts of each token, the preferred one first.
    chosen: Vec<Vec<usize>>,
    loads: Vec<usize>,
}

impl Places {
    fn new(tokens: Vec<u64>, hosts: Vec<u64>, replicas: usize) -> Self {
        let (chosen, loads) = (Vec::with_capacity(tokens.len()), vec![0; hosts.len()]);
        Self { tokens, hosts, replicas, chosen, loads }
    }

    /// Chooses the hosts of each token by score, passing over full hosts.
    fn fill(&mut self) {
        let places = self.tokens.len() * self.replicas;
        let max = (places * (100 + TOLERANCE_PERCENT)).div_ceil(self.hosts.len() * 100);
        for token in &self.tokens {
            let scores: Vec<u64> = self.hosts.iter().map(|host| score(*token, *host)).collect();
            let mut chosen = Vec::with_capacity(self.replicas);
            while chosen.len() < self.replicas {
                let best = |may_be_full: bool| {
                    let others = (0..scores.len()).filter(|index| !chosen.contains(index));
                    others
                        .filter(|index| may_be_full || self.loads[*index] < max)
                        .max_by_key(|index| scores[*index])
                };
                // For the last tokens, fewer hosts than replicas may have room.
                let Some(index) = best(false).or_else(|| best(true)) else { break };
                chosen.push(index);
                self.loads[index] += 1;
            }
            self.chosen.push(chosen);
        }
    }

    /// Moves tokens to hosts whose load is too low, from hosts whose load is higher than the lower bound.
    fn raise_low_loads(&mut self) {
        let places = self.tokens.len() * self.replicas;
        let min = places * (100 - TOLERANCE_PERCENT) / (self.hosts.len() * 100);
        for host in 0..self.hosts.len() {
            if self.loads[host] >= min {
                continue;
            }
            let score = |token: &usize| score(self.tokens[*token], self.hosts[host]);
            let mut candidates: Vec<usize> =
                (0..self.tokens.len()).filter(|token| !self.chosen[*token].contains(&host)).collect();
            candidates.sort_unstable_by_key(|token| std::cmp::Reverse(score(token)));
            for token in candidates {
                if self.loads[host] >= min {
                    break;
                }
                // The least preferred host that can spare a token.
                let chosen = &mut self.chosen[token];
                if let Some(place) = chosen.iter().rposition(|index| self.loads[*index] > min) {
                    self.loads[chosen[place]] -= 1;
                    self.loads[host] += 1;
                    chosen.remove(place);
                    chosen.push(host);
                }
            }
        }
    }
}

/// FNV-1a. In contrast to the hashers of std, it is the same in every version and on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Mixes the hashes of a token and a host, with the finalizer of splitmix64.
fn score(token: u64, host: u64) -> u64 {
    let mut z = token ^ host.rotate_left(31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_assignment_does_not_change_with_the_version() {
        // Versions that disagreed would move tokens to and fro during a rollout.
        let tokens = ["acme", "globex", "hooli", "initech", "umbrella"];
        let assignment = Assignment::new(tokens, ["east", "north", "south", "west"], 2);
        let hosts: Vec<String> = tokens.iter().map(|token| assignment.hosts_of(token).join(" ")).collect();
        insta::assert_snapshot!(hosts.join(", "), @"west east, south north, south east, east west, south north");
    }

    #[test]
    fn without_hosts_no_token_is_assigned() {
        let assignment = Assignment::new(["t1"], Vec::<String>::new(), 2);
        assert!(assignment.hosts_of("t1").is_empty() && assignment.hosts_of("t2").is_empty());
    }

    proptest! {
        #[test]
        fn every_token_has_its_replicas_in_whatever_order_they_are_given(
            tokens in prop::collection::vec("[a-z]{1,4}", 0..60),
            hosts in prop::collection::vec("[a-z]{1,2}", 1..9),
            replicas in 0_usize..4,
        ) {
            let assignment = Assignment::new(tokens.clone(), hosts.clone(), replicas);
            let reversed = Assignment::new(tokens.iter().rev().cloned(), hosts.iter().rev().cloned(), replicas);
            prop_assert_eq!(&assignment, &reversed);
            let distinct: BTreeSet<&String> = hosts.iter().collect();
            for token in &tokens {
                let of: BTreeSet<&String> = assignment.hosts_of(token).iter().collect();
                prop_assert_eq!(of.len(), replicas.clamp(1, distinct.len()));
                prop_assert!(of.is_subset(&distinct));
            }
            // No host holds less than the lower bound, whatever the numbers are.
            let places: usize = distinct.iter().map(|host| assignment.tokens_of(host).count()).sum();
            for host in &distinct {
                let load = assignment.tokens_of(host).count();
                prop_assert!(load >= places * 95 / (distinct.len() * 100), "{} of {} on {}", load, places, host);
            }
        }
    }
}
