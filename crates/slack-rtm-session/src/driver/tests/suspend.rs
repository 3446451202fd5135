//! What a session does after the computer was suspended.

use std::sync::Arc;
use std::time::Duration;

use slack_rtm_apis::SuspendClock;
use slack_rtm_test::{Answer, FakeSlack};

use crate::{ConnectedKind, DisconnectReason, Error, Item, Session};

const SECOND: Duration = Duration::from_secs(1);

fn session(slack: &FakeSlack, clock: &Arc<SuspendClock>) -> Session {
    let client = slack_rtm_apis::Client::builder()
        .token("xoxb-1")
        .base_url(slack.base_url())
        .suspend_clock(clock.clone())
        .build();
    Session::builder(client.unwrap()).ping_interval(Duration::from_millis(100)).start()
}

async fn next(session: &mut Session) -> Item {
    tokio::time::timeout(10 * SECOND, session.next()).await.expect("nothing comes").expect("the end")
}

#[tokio::test]
async fn a_session_reconnects_after_a_suspend_and_reports_the_duration_of_the_gap() {
    let slack = FakeSlack::start().await.unwrap();
    let clock = SuspendClock::manual();
    let mut session = session(&slack, &clock);
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    clock.suspend(3_600 * SECOND);
    assert!(matches!(next(&mut session).await, Item::Disconnected(DisconnectReason::Suspended)));
    let Item::Connected(connected) = next(&mut session).await else { panic!("no connection") };
    assert_eq!(connected.kind, ConnectedKind::Reconnected);
    let Item::Gap(gap) = next(&mut session).await else { panic!("no gap") };
    assert!(gap.duration >= 3_600 * SECOND && gap.duration < 3_620 * SECOND, "{gap:?}");
    // Timers keep firing at the right times.
    slack.wait_for_frames("ping", 3).await.unwrap();
    assert_eq!(slack.dials().len(), 2);
    assert!(session.sender().health().is_ready());
}

#[tokio::test]
async fn a_retry_after_continues_during_a_suspend() {
    let slack = FakeSlack::start().await.unwrap();
    slack.answer_next(Answer::rate_limited("300"));
    let clock = SuspendClock::manual();
    let mut session = session(&slack, &clock);
    let Item::Retry(retry) = next(&mut session).await else { panic!("no retry") };
    assert!(matches!(retry.error, Error::Call(_)) && retry.delay >= 300 * SECOND);
    for slept in [200, 101] {
        assert_eq!(slack.requests().len(), 1, "it is not over yet");
        clock.suspend(SECOND * slept);
        // The session checks for suspends every few seconds, and no socket is in use meanwhile.
        tokio::time::pause();
        tokio::time::advance(6 * SECOND).await;
        tokio::time::resume();
    }
    assert!(matches!(next(&mut session).await, Item::Connected(_)));
    assert_eq!(slack.requests().len(), 2);
}
