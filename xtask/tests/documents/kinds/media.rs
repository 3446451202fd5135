pub async fn check(_: &str) {
    let _: fn(models::GetVendorResponse) -> String = |response| response.b;
    let _: <apis::default_api::GetLines as apis::Operation>::Response = apis::Binary::default();
}
