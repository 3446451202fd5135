//! A session of slack-rtm at its defaults.

use std::time::Duration;

use slack_rtm::{Client, Item};

/// Runs in a thread of its own, on a runtime with one thread, until it is stopped.
pub(crate) fn run(api: &str, limit: Duration) -> Box<dyn FnOnce()> {
    let client = Client::builder().app_token("xapp-1").base_url(api).build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut session = client.socket_mode().open().await.unwrap();
            let read = async {
                while let Some(item) = session.next().await {
                    match item {
                        Item::Event(event) => {
                            std::hint::black_box(&event.decode_event().unwrap());
                        }
                        Item::Connected(_) => {}
                        // The server has its result.
                        Item::Disconnected(_) => return,
                        other => panic!("{other:?}"),
                    }
                }
            };
            let _ = tokio::time::timeout(limit, async {
                tokio::select! {
                    () = read => {}
                    _ = stopped => {}
                }
            })
            .await;
        });
    });
    Box::new(move || {
        let _ = stop.send(());
        thread.join().unwrap();
    })
}
