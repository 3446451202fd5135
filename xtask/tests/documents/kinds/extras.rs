pub async fn check(_base: &str) {
    for json in [r#"{"id":1,"x":2}"#, r#"{"id":1,"more":"m","x":2}"#] {
        assert_eq!(serde_json::to_string(&serde_json::from_str::<models::Child>(json).unwrap()).unwrap(), json);
    }
    let any: models::Any = serde_json::from_str(r#"{"id":1,"odd":[1.0,null]}"#).unwrap();
    assert_eq!(any.additional_properties_2["odd"].as_str(), "[1.0,null]");
    let typed = models::Typed::new(1).set_additional_properties([("a".to_owned(), 2)].into());
    assert_eq!(serde_json::to_string(&typed).unwrap(), r#"{"id":1,"a":2}"#);
}
