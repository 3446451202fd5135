pub async fn check(_base: &str) {
    fn round<T: serde::de::DeserializeOwned + serde::Serialize>(text: &str) -> T {
        let value: T = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        value
    }
    round::<models::Both>(r#"["a",["b",[]],[["c"]]]"#);
    round::<models::Value>(r#"{"a":[true,"b",{"c":[]}]}"#);
    assert!(matches!(round::<models::One>("1"), models::One::Integer(1)));
    assert!(matches!(round::<models::Two>(r#""a""#), models::Two::Text(text) if text == "a"));
    // What is none of the parts is kept, and does not lead back to the union for ever.
    round::<models::One>(r#"{"a":1}"#);
}
