//! Proxies of HTTP and WebSocket connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slack_rtm::Client;
use slack_rtm::session::Error;
use slack_rtm_e2e::{Proxy, Watch, acceptor, builder, causes, trusting};
use slack_rtm_test::FakeSlack;

/// Asserts that a session sends and receives a message, and reconnects.
async fn works(slack: &FakeSlack, client: &Client) {
    let (sender, events) = client.session().open().await.unwrap().split();
    let mut watch = Watch::new(events);
    watch.until_connected().await;
    assert!(sender.send_message("C01GENERAL0", "hi").await.is_acked());
    slack.wait_for_connections(1).await.unwrap();
    slack.drop_connections().await;
    watch.until_gap().await;
    sender.close().await;
}

#[tokio::test]
async fn an_http_proxy_forwards_plain_http_and_sockets() {
    let (slack, proxy) = (FakeSlack::start().await.unwrap(), Proxy::http().await);
    let url = format!("http://user:PASSWORD@{}", proxy.address);
    works(&slack, &builder(&slack).proxy(url).build().unwrap()).await;
    // Both have the same target, and nothing bypassed the proxy.
    let asked = proxy.asked();
    assert!(
        asked.len() >= 3 && asked.iter().all(|target| *target == slack.address().to_string()),
        "{asked:?}"
    );
}

#[tokio::test]
async fn proxies_over_http_and_https_tunnel_tls() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let (tls, proxys) = acceptor("localhost");
    let config = trusting(&[slack.certificate().unwrap(), &proxys]);
    for (proxy, scheme) in [(Proxy::http().await, "http"), (Proxy::https(tls).await, "https")] {
        let url = format!("{scheme}://user:PASSWORD@localhost:{}", proxy.address.port());
        works(&slack, &builder(&slack).proxy(url).rustls_config(config.clone()).build().unwrap()).await;
        let asked = proxy.asked();
        let target = format!("localhost:{}", slack.address().port());
        assert!(asked.len() >= 3 && asked.iter().all(|asked| *asked == target), "{asked:?}");
    }
}

#[tokio::test]
async fn a_socks_proxy_forwards_http_and_sockets() {
    let (slack, proxy) = (FakeSlack::start().await.unwrap(), Proxy::socks().await);
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://user:PASSWORD@{}", proxy.address);
        works(&slack, &builder(&slack).proxy(url).build().unwrap()).await;
    }
    assert!(proxy.asked().len() >= 6, "{:?}", proxy.asked());
    assert!(proxy.asked().iter().all(|target| *target == slack.address().to_string()), "{:?}", proxy.asked());
}

#[tokio::test]
async fn a_refusing_proxy_is_an_error() {
    let slack = FakeSlack::start_tls().await.unwrap();
    let (http, socks) = (Proxy::http().await, Proxy::socks().await);
    for url in [
        format!("http://user:WRONGPASSWORD@{}", http.address),
        format!("http://{}", http.address),
        format!("socks5://user:WRONGPASSWORD@{}", socks.address),
    ] {
        let config = trusting(&[slack.certificate().unwrap()]);
        let client = builder(&slack).proxy(&url).rustls_config(config.clone()).build().unwrap();
        let (_sender, events) = client.session().start().split();
        let retry = Watch::new(events).until_retry().await;
        assert!(matches!(retry.error, Error::Call(_)) && !retry.error.is_fatal(), "{retry:?}");
        let said = causes(&retry.error);
        assert!(!said.contains("PASSWORD"), "{said}");

        // The socket alone: the HTTP client goes another way.
        let direct = slack_rtm::apis::reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured((*config).clone())
            .build()
            .unwrap();
        let client = builder(&slack).proxy(&url).http_client(direct).rustls_config(config).build().unwrap();
        let (_sender, events) = client.session().start().split();
        let retry = Watch::new(events).until_retry().await;
        assert!(matches!(retry.error, Error::Dial(_)) && !retry.error.is_fatal(), "{retry:?}");
        assert_eq!(retry.error.as_str(), "dial_proxy", "{retry:?}");
        let said = causes(&retry.error);
        let why = if url.starts_with("http") {
            "the proxy requires authentication (HTTP 407)"
        } else {
            "credentials not accepted"
        };
        assert!(said.contains(why) && !said.contains("PASSWORD"), "{said}");
    }
    assert!(slack.dials().is_empty());
}

#[tokio::test]
async fn an_unreachable_proxy_is_an_error() {
    let slack = FakeSlack::start().await.unwrap();
    let client = builder(&slack).proxy("http://user:PASSWORD@127.0.0.1:1").build().unwrap();
    let (_sender, events) = client.session().start().split();
    let retry = Watch::new(events).until_retry().await;
    let said = causes(&retry.error);
    assert!(said.contains("refused") && !said.contains("PASSWORD"), "{said}");
    assert!(slack.requests().is_empty());
}
