pub async fn check(_base: &str) {
    let error = apis::Client::builder().token("t").build().map(|_: apis::Client| ()).unwrap_err();
    assert_eq!(error.setting(), "base_url");
    assert!(!error.to_string().contains("requires"), "{error}");
}
