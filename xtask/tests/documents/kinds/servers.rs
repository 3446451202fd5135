pub async fn check(_base: &str) {
    let client: apis::Client = apis::Client::builder().token("t").http_client(apis::reqwest::Client::new()).build().unwrap();
    assert_eq!(client.base_url().as_url().as_str(), "https://eu.example.com:8443/v2");
}
