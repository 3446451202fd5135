//! The log, on standard error.

use tracing_subscriber::EnvFilter;

/// What is logged without `RUST_LOG`.
const DEFAULT: &str = "info,async_nats=warn";

/// Logs from now on what `RUST_LOG` asks for.
pub(crate) fn start(as_json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if as_json {
        log.json().init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}
