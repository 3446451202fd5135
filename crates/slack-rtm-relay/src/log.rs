//! Logging to standard error.

use tracing_subscriber::EnvFilter;

/// The filter without `RUST_LOG`.
const DEFAULT: &str = "info,async_nats=warn";

/// Installs the subscriber, with the filter of `RUST_LOG`.
pub(crate) fn init(as_json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if as_json {
        log.json().init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}
