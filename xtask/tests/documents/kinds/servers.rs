pub async fn check(_base: &str) {
    let client: apis::Client = apis::Client::builder().token("t").http_client(apis::reqwest::Client::new()).build().unwrap();
    use apis::{Operation, default_api as api};
    assert_eq!(api::Ping::SERVER, None);
    assert_eq!(api::ListFiles::SERVER, Some("https://files.example.com/v1"));
    assert_eq!(api::AddFile::SERVER, Some("https://upload.example.com"));
    assert_eq!(api::Relative::SERVER, None);
    assert_eq!(client.base_url().as_url().as_str(), "https://eu.example.com:8443/v2");
}
