use apis::default_api::{GetJobAnswer, GetJobRefusal};

pub async fn check(base: &str) {
    let client: apis::Client = apis::Client::builder().base_url(base).build().unwrap();
    let get = async |status: &str| client.get_job(7).with_header("x-answer", status).send().await;
    assert!(matches!(get("202").await, Ok(GetJobAnswer::Status202(_))));
    let refused = async |status: &str| match get(status).await {
        Err(apis::Error::Refused(refusal)) => *refusal,
        other => panic!("{status}: {other:?}"),
    };
    assert!(matches!(refused("404").await.body, GetJobRefusal::Status404(missing) if missing.resource == "some text"));
    assert!(matches!(refused("429").await.body, GetJobRefusal::Status429(limit) if limit.limit == 1));
    assert!(matches!(refused("503").await.body, GetJobRefusal::Status5xx(apis::Text(text)) if text == "content"));
    assert!(matches!(refused("418").await.body, GetJobRefusal::Other(problem) if problem.title == "some text"));
    let limited = get("429").await.unwrap_err();
    assert!(limited.is_rate_limited() && limited.retry_after().is_some(), "{limited}");
    assert_eq!(limited.to_string(), "the server refused the call: HTTP 429 Too Many Requests");
    let conflict = client.delete_job(7).with_header("x-answer", "409").send().await.unwrap_err();
    assert!(!conflict.is_transient() && matches!(conflict, apis::Error::Refused(refusal) if refusal.body.title == "some text"));
    // Three times, and then it is told.
    let policy = apis::RetryPolicy::with_max_attempts(3).base_delay(std::time::Duration::ZERO);
    assert!(client.get_job(7).with_retry(policy).with_header("x-answer", "503").send().await.is_err());
}
