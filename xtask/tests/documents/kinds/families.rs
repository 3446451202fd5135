pub async fn check(_base: &str) {
    let read = |json: &str| serde_json::from_str::<models::Shape>(json).unwrap();
    assert!(matches!(read(r#"{"kind":"round","colour":"red","radius":1.5}"#), models::Shape::Round(circle) if circle.colour == "red" && circle.radius == Some(1.5)));
    assert!(matches!(read(r#"{"kind":"square","colour":"red","side":1.5}"#), models::Shape::Square(square) if square.colour == "red" && square.side == Some(1.5)));
    assert!(matches!(serde_json::from_str(r#"{"t":"line","length":3}"#).unwrap(), models::Mark::Line(line) if line.length == Some(3)));
}
