pub async fn check(base: &str) {
    let client: apis::Client = apis::Client::builder().base_url(base).build().unwrap();
    let bank = client.send_either("bank").iban("x").with_header("x-answer", "204");
    bank.send().await.unwrap();
    let url = client.send_part_either().url("https://example.com").with_header("x-answer", "204");
    url.send().await.unwrap();
    let two = vec![models::Sent::new().set_count(1), models::Sent::new().set_count(2)];
    client.send_part_list(two).with_header("x-answer", "204").send().await.unwrap();
}
