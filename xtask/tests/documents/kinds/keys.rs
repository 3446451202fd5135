pub async fn check(base: &str) {
    let client: apis::Client = apis::Client::builder().base_url(base).header_key("SECRET").build().unwrap();
    let error = client.by_query().send().await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("the API key `key`"), "{error}");
    let shown = format!("{error:?} {client:?}");
    assert!(!shown.contains("SECRET"), "{shown}");
}
