pub async fn check(_base: &str) {
    let word = |json: &str| serde_json::from_str::<models::Words>(json).unwrap();
    assert!(matches!(word("\"red\""), models::Words::Colour(models::Colour::Red)));
    assert!(matches!(word("\"small\""), models::Words::Size(models::Size::Small)));
    assert!(matches!(word("\"1234\""), models::Words::Code(_)));
    let list = |json: &str| format!("{:?}", serde_json::from_str::<models::Lists>(json).unwrap());
    assert!(list("[\"a\"]").starts_with("List("), "{}", list("[\"a\"]"));
    assert!(list("[1]").starts_with("List2("));
    assert!(list("[{\"id\":1}]").starts_with("List3("));
    assert!(list("[true]").starts_with("Unrecognized("));
}
