//! A typed rtm.connect call against the same call written by hand with reqwest and `serde_json`, on loopback with keep-alive. The ratio of the two is what
//! counts: `cargo bench -p slack-rtm-apis`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run has nothing better to do"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::Value;
use slack_rtm_apis::{Client, reqwest};
use slack_rtm_models::RtmConnectResponse;
use slack_rtm_test::FakeSlack;

const TOKEN: &str = "xoxb-not-a-real-token";
const ROUNDS: usize = 60;
const CALLS: u32 = 100;

async fn typed(client: &Client) {
    black_box(client.rtm_connect().presence_sub(true).send().await.expect("an answer"));
}

/// What somebody would write: the same request, the answer read whole, `ok` looked at, then the typed answer.
async fn direct(http: &reqwest::Client, url: &str) {
    let request =
        http.get(url).header("authorization", format!("Bearer {TOKEN}")).header("accept", "application/json");
    let response = request.timeout(Duration::from_secs(30)).send().await.expect("a response");
    let body = response.error_for_status().expect("a success").bytes().await.expect("a body");
    let answer: RtmConnectResponse = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let refusal: Value = serde_json::from_slice(&body).expect("JSON");
        panic!("{refusal}");
    });
    black_box(answer);
}

async fn time<F: Future<Output = ()>>(call: impl Fn() -> F) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        call().await;
    }
    began.elapsed().as_secs_f64() / f64::from(CALLS)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // The server has a runtime and a thread of its own, so that it is not what is measured.
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let slack = server.block_on(FakeSlack::start()).expect("a fake Slack");
    let client = Client::builder().token(TOKEN).base_url(slack.base_url()).build().expect("a client");
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(client.rustls_config().as_ref().clone())
        .user_agent("direct")
        .connect_timeout(Duration::from_secs(10))
        .no_proxy()
        .build()
        .expect("an HTTP client");
    let url = format!("{}/rtm.connect?presence_sub=1", slack.base_url());
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    runtime.block_on(async {
        time(|| typed(&client)).await;
        time(|| direct(&http, &url)).await;
        for round in 0..ROUNDS {
            // Which goes first alternates, so that neither has the warmer machine.
            let (a, b) = if round % 2 == 0 {
                let a = time(|| typed(&client)).await;
                (a, time(|| direct(&http, &url)).await)
            } else {
                let b = time(|| direct(&http, &url)).await;
                (time(|| typed(&client)).await, b)
            };
            ours.push(a);
            theirs.push(b);
            ratios.push(a / b);
        }
    });
    println!("typed call        {:>8.1} us", median(ours) * 1e6);
    println!("direct reqwest    {:>8.1} us", median(theirs) * 1e6);
    println!("ratio             {:>8.3}    (wanted: at most 1.05)", median(ratios));
}
