//! Which hosts a token belongs to.

use std::collections::{BTreeMap, BTreeSet};

/// How much more than the average a host may hold.
const SLACK_PERCENT: usize = 5;

/// Which hosts hold which tokens: rendezvous hashing with a bound on the load of each host.
///
/// A token goes to the hosts that score highest for it, and passes over a host that is full: one that holds 5% more than the average already. Every host computes the
/// same from the same tokens and hosts, in any order, and nobody has to agree on anything.
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
    /// Computes who holds what, each token on so many hosts, or on all where there are fewer.
    pub fn new<T: Into<String>, H: Into<String>>(
        tokens: impl IntoIterator<Item = T>,
        hosts: impl IntoIterator<Item = H>,
        replicas: usize,
    ) -> Self {
        let tokens: BTreeSet<String> = tokens.into_iter().map(Into::into).collect();
        let hosts: BTreeSet<String> = hosts.into_iter().map(Into::into).collect();
        let hosts: Vec<(u64, String)> = hosts.into_iter().map(|host| (hash(&host), host)).collect();
        if hosts.is_empty() {
            return Self::default();
        }
        let replicas = replicas.clamp(1, hosts.len());
        let places = tokens.len() * replicas;
        let capacity = (places * (100 + SLACK_PERCENT)).div_ceil(hosts.len() * 100);
        let mut loads = vec![0_usize; hosts.len()];
        // By hash, so that it is chance who meets a full host.
        let mut ordered: Vec<(u64, String)> = tokens.into_iter().map(|token| (hash(&token), token)).collect();
        ordered.sort_unstable();
        let mut scores = vec![0_u64; hosts.len()];
        let mut assignment = Self::default();
        for (seed, token) in ordered {
            for (score_of, (host, _)) in scores.iter_mut().zip(&hosts) {
                *score_of = score(seed, *host);
            }
            let mut chosen: Vec<usize> = Vec::with_capacity(replicas);
            while chosen.len() < replicas {
                let best = |has_room: bool| {
                    let indices = (0..hosts.len()).filter(|index| !chosen.contains(index));
                    indices
                        .filter(|index| !has_room || loads[*index] < capacity)
                        .max_by_key(|index| scores[*index])
                };
                // The last tokens may find fewer hosts with room than they need.
                let Some(index) = best(true).or_else(|| best(false)) else { break };
                chosen.push(index);
                loads[index] += 1;
            }
            for index in &chosen {
                assignment.tokens_of.entry(hosts[*index].1.clone()).or_default().insert(token.clone());
            }
            let chosen = chosen.into_iter().map(|index| hosts[index].1.clone());
            assignment.hosts_of.insert(token, chosen.collect());
        }
        assignment
    }

    /// Returns the hosts of a token, the preferred one first.
    #[must_use]
    pub fn hosts_of(&self, token: &str) -> &[String] {
        self.hosts_of.get(token).map_or(&[], Vec::as_slice)
    }

    /// Tells whether a host holds a token.
    #[must_use]
    pub fn holds(&self, host: &str, token: &str) -> bool {
        self.tokens_of.get(host).is_some_and(|tokens| tokens.contains(token))
    }

    /// Returns the tokens of a host, in their order.
    pub fn tokens_of(&self, host: &str) -> impl Iterator<Item = &str> {
        self.tokens_of.get(host).into_iter().flatten().map(String::as_str)
    }
}

/// FNV-1a, which is the same in every release and on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Mixes both until every bit depends on every other (the finalizer of splitmix64).
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
    fn the_scores_are_those_of_every_release() {
        // A release that computed others would tear all tokens off their hosts while it is rolled out.
        let tokens = ["acme", "globex", "hooli", "initech", "umbrella"];
        let assignment = Assignment::new(tokens, ["east", "north", "south", "west"], 2);
        let hosts: Vec<String> = tokens.iter().map(|token| assignment.hosts_of(token).join(" ")).collect();
        insta::assert_snapshot!(hosts.join(", "), @"west east, south north, south east, east west, south west");
    }

    #[test]
    fn without_hosts_nobody_holds_anything() {
        let assignment = Assignment::new(["t1"], Vec::<String>::new(), 2);
        assert!(assignment.hosts_of("t1").is_empty() && assignment.hosts_of("t2").is_empty());
    }

    proptest! {
        #[test]
        fn every_token_has_its_hosts_and_the_order_of_the_input_does_not_matter(
            tokens in prop::collection::vec("[a-z]{1,4}", 0..60),
            hosts in prop::collection::vec("[a-z]{1,2}", 1..9),
            replicas in 0_usize..4,
        ) {
            let assignment = Assignment::new(tokens.clone(), hosts.clone(), replicas);
            let turned = Assignment::new(tokens.iter().rev().cloned(), hosts.iter().rev().cloned(), replicas);
            prop_assert_eq!(&assignment, &turned);
            let different: BTreeSet<&String> = hosts.iter().collect();
            for token in &tokens {
                let of: BTreeSet<&String> = assignment.hosts_of(token).iter().collect();
                prop_assert_eq!(of.len(), replicas.clamp(1, different.len()));
                prop_assert!(of.is_subset(&different));
            }
        }
    }
}
