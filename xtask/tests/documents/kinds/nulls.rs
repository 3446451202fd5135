pub async fn check(base: &str) {
    let change = models::Change::new().set_name(None).set_age(5).set_home(models::Home::new().set_street(None)).set_plain("p");
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(json, r#"{"name":null,"age":5,"home":{"street":null},"plain":"p"}"#);
    for text in [r#"{"name":null}"#, r#"{}"#, r#"{"name":"x","home":null,"tags":null}"#] {
        assert_eq!(serde_json::to_string(&serde_json::from_str::<models::Change>(text).unwrap()).unwrap(), text);
    }
    assert_eq!(models::User::new(None).nick, None::<String>);
    let client: apis::Client = apis::Client::builder().base_url(base).build().unwrap();
    macro_rules! answered {
        ($call:expr, $body:literal) => {
            $call.with_header("x-answer", "200").with_header("x-body", $body).send().await.unwrap()
        };
    }
    assert_eq!((answered!(client.count(), "7"), answered!(client.count(), "null")), (Some(7), None));
    assert_eq!(answered!(client.list(), "null"), None::<Vec<String>>);
    assert_eq!(answered!(client.maybe(), "null"), None::<models::Maybe>);
    assert_eq!(answered!(client.maybe(), "{\"a\":\"x\"}"), Some(models::Maybe::new("x")));
    assert_eq!(answered!(client.replace(None), "null"), None::<models::User>);
    let replaced: Option<models::User> = answered!(client.replace(models::Home::new()), "{\"name\":null}");
    assert_eq!(replaced, Some(models::User::new(None)));
    for call in [client.clear(), client.clear().body(None), client.clear().body(5)] {
        call.with_header("x-answer", "204").send().await.unwrap();
    }
    for text in [r#"{"floor":1,"door":null}"#, r#"{"floor":1}"#, r#"{"street":null}"#] {
        assert_eq!(serde_json::to_string(&serde_json::from_str::<models::Either>(text).unwrap()).unwrap(), text);
    }
    let account = models::Account::new("n").set_password("p");
    assert_eq!(serde_json::to_string(&account).unwrap(), r#"{"name":"n","password":"p"}"#);
    let account: models::Account = serde_json::from_str(r#"{"id":1,"name":"n"}"#).unwrap();
    assert_eq!(account.id, Some(1));
}
