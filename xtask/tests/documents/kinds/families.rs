pub async fn check(_base: &str) {
    let read = |json: &str| serde_json::from_str::<models::Shape>(json).unwrap();
    assert!(matches!(read(r#"{"kind":"round","colour":"red","radius":1.5}"#), models::Shape::Round(circle) if circle.colour == "red" && circle.radius == Some(1.5)));
    assert!(matches!(read(r#"{"kind":"square","colour":"red","side":1.5}"#), models::Shape::Square(square) if square.colour == "red" && square.side == Some(1.5)));
    let animal = |json: &str| serde_json::from_str::<models::Animal>(json).unwrap();
    assert!(matches!(animal(r#"{"sort":"owl","wings":2}"#), models::Animal::Crow(bird) if bird.wings == Some(2)));
    assert!(!matches!(animal(r#"{"sort":"Lion","mane":true}"#), models::Animal::Unknown(_)));
    assert!(matches!(serde_json::from_str(r#"{"n":2,"b":"x"}"#).unwrap(), models::Numbered::Second(_)));
    assert!(matches!(serde_json::from_str(r#"{"right":"x"}"#).unwrap(), models::Untagged::Right(_)));
    assert!(matches!(serde_json::from_str(r#"{"t":"line","length":3}"#).unwrap(), models::Mark::Line(line) if line.length == Some(3)));
}
