//! Hands tokens over to the hosts that they are assigned to now.

use tokio::time::Instant;

use super::host::Host;
use crate::Name;
use crate::policy::SessionReport;

/// The number of tokens that other hosts are asked about at a time. The host does nothing else meanwhile, and a draining host has many tokens.
const BATCH: usize = 256;

impl Host {
    /// Asks the hosts that are to take over tokens, and stops the worker of each token for which all of its new hosts are connected and not behind. Other hosts do not count:
    /// they may be handing over the token as well.
    pub(super) async fn hand_over(&mut self) {
        if self.leaving.is_empty() || self.eligible.is_empty() {
            return;
        }
        // A worker that asks other hosts or reads history holds events back, and must not stop before the missing events are known.
        let is_caught_up =
            |name: &Name| self.workers.get(name).is_none_or(|(_, worker)| !worker.state.report().is_behind);
        let mut leaving: Vec<(Instant, Name)> = self
            .leaving
            .iter()
            .filter(|(name, _)| is_caught_up(name))
            .map(|(name, asked)| (*asked, name.clone()))
            .collect();
        leaving.sort();
        let coverage = self.context.coverage.clone();
        let queries = leaving.into_iter().take(BATCH).map(|(_, name)| {
            let (coverage, hosts) = (coverage.clone(), self.assignment.hosts_of(name.as_str()).to_vec());
            async move {
                let reports = coverage.ask(&hosts, &name).await.reports;
                // A host that still asks this one, or reads history, depends on it.
                let is_caught_up =
                    |report: &SessionReport| report.connected_for.is_some() && !report.is_behind;
                (reports.len() == hosts.len() && reports.iter().all(is_caught_up), name)
            }
        });
        for (is_taken_over, name) in futures_util::future::join_all(queries).await {
            if is_taken_over {
                tracing::info!(token = %name, "handed over");
                self.stop_worker(&name);
            } else if let Some(asked) = self.leaving.get_mut(&name) {
                // The next batch begins with the others.
                *asked = Instant::now();
            }
        }
    }
}
