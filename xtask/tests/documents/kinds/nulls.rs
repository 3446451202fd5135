pub async fn check(_base: &str) {
    let change = models::Change::new().set_name(None).set_age(5).set_home(models::Home::new().set_street(None)).set_plain("p");
    let json = serde_json::to_string(&change).unwrap();
    assert_eq!(json, r#"{"name":null,"age":5,"home":{"street":null},"plain":"p"}"#);
    for text in [r#"{"name":null}"#, r#"{}"#, r#"{"name":"x","home":null,"tags":null}"#] {
        assert_eq!(serde_json::to_string(&serde_json::from_str::<models::Change>(text).unwrap()).unwrap(), text);
    }
    assert_eq!(models::User::new(None).nick, None::<String>);
}
