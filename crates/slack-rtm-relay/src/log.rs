//! Logging to standard error.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// The filter without `RUST_LOG`.
const DEFAULT: &str = "info,async_nats=warn";

/// Installs the subscriber, with the filter of `RUST_LOG`.
pub(crate) fn init(as_json: bool) {
    let chosen = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let parsed = chosen.as_deref().map(EnvFilter::try_new).transpose();
    let (filter, error) = match parsed {
        Ok(filter) => (filter, None),
        Err(error) => (None, Some(error)),
    };
    let filter = filter.unwrap_or_else(|| EnvFilter::new(DEFAULT));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if as_json {
        lines.json().boxed()
    } else {
        lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
    };
    tracing_subscriber::registry().with(filter).with(filter_fn(is_loggable)).with(lines).init();
    if let Some(error) = error {
        tracing::warn!(%error, "RUST_LOG is not a filter, so the default one is used");
    }
}

/// The client of NATS prints every message that it receives at the level `trace`: events, and the tokens in the bucket.
fn is_loggable(metadata: &Metadata<'_>) -> bool {
    *metadata.level() != Level::TRACE || !metadata.target().starts_with("async_nats")
}
