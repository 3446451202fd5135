//! slack-morphism's Socket Mode client at its defaults.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use slack_morphism::prelude::*;

/// The client with hyper's connector for plain HTTP in place of the one for HTTPS.
type Connector = SlackClientHyperConnector<HttpConnector>;

async fn on_event(
    event: SlackPushEventCallback,
    _client: Arc<SlackClient<Connector>>,
    _states: SlackClientEventsUserState,
) -> UserCallbackResult<()> {
    std::hint::black_box(&event);
    Ok(())
}

/// Runs on a runtime with the default number of threads, until it is stopped.
pub(crate) fn run(api: &str, _limit: Duration) -> Box<dyn FnOnce()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let connector = Connector::with_connector(HttpConnector::new()).with_slack_api_url(api);
    runtime.block_on(async {
        let client = Arc::new(SlackClient::new(connector));
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(client));
        let callbacks = SlackSocketModeListenerCallbacks::new().with_push_events(on_event);
        // One connection, as the session has; its default is two.
        let config = SlackClientSocketModeConfig::new().with_max_connections_count(1);
        let listener = SlackClientSocketModeListener::new(&config, environment, callbacks);
        let token = SlackApiToken::new("xapp-1".into());
        listener.listen_for(&token).await.unwrap();
        listener.start().await;
        // It lives as long as the runtime.
        std::mem::forget(listener);
    });
    Box::new(move || runtime.shutdown_background())
}
