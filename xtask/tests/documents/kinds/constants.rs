fn read<T: serde::de::DeserializeOwned + serde::Serialize>(json: &str) -> T {
    let value: T = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    value
}

pub async fn check(_base: &str) {
    use models::{Amount, Choices, Flags, Free, Level, Numbers, Texts, Types};

    assert!(matches!(read(r#"{"t":"a","x":"x"}"#), Texts::TextA(_)));
    assert!(matches!(read(r#"{"t":"b","x":"x"}"#), Texts::TextB(_)));
    assert!(matches!(read(r#"{"t":"c","x":"x"}"#), Texts::Unrecognized(_)));
    assert!(matches!(read(r#"{"n":1,"x":"x"}"#), Numbers::First(_)));
    assert!(matches!(read(r#"{"n":2,"x":"x"}"#), Numbers::Second(_)));
    assert!(matches!(read(r#"{"n":3,"x":"x"}"#), Numbers::Unrecognized(_)));
    assert!(matches!(read(r#"{"ok":true,"x":"x"}"#), Flags::Success(_)));
    assert!(matches!(read(r#"{"ok":false,"x":"x"}"#), Flags::Failure(_)));
    assert!(matches!(read(r#"{"type":"cat","name":"x"}"#), Types::Cat(_)));
    assert!(matches!(read(r#"{"type":"dog","name":"x"}"#), Types::Dog(_)));
    assert!(matches!(read(r#"{"colour":"orange","x":"x"}"#), Choices::Warm(_)));
    assert!(matches!(read(r#"{"colour":"green","x":"x"}"#), Choices::Cold(_)));
    assert!(matches!(read(r#"{"colour":"grey","x":"x"}"#), Choices::Warm(_)));
    assert_eq!(read::<Level>("\"high\""), Level::High);
    assert!(matches!(serde_json::from_str("1").unwrap(), Amount::Number(n) if n == 1.0));
    assert!(matches!(read("1.5"), Amount::Number(_)));
    assert_eq!(Amount::from("x"), read("\"x\""));
    assert!(matches!(read(r#"{"any":[1]}"#), Free::Map(map) if map.len() == 1));
    assert!(matches!(read(r#"{"t":"a","x":"x"}"#), Free::TextA(_)));
    assert!(matches!(read("[1]"), Free::Unrecognized(_)));
}
