pub async fn check(_base: &str) {
    let read = |json: &str| serde_json::from_str::<models::Pet>(json).unwrap();
    assert!(matches!(read(r#"{"petType":"Cat","name":"n","lives":9}"#), models::Pet::Cat(cat) if cat.name == "n" && cat.lives == Some(9)));
    assert!(matches!(read(r#"{"petType":"Lion","name":"n","lives":9,"mane":true}"#), models::Pet::Lion(lion) if lion.lives == Some(9) && lion.mane == Some(true)));
    assert!(matches!(read(r#"{"petType":"Pet","name":"n"}"#), models::Pet::Pet(pet) if pet.name == "n"));
    assert!(matches!(read(r#"{"petType":"Fish","name":"n"}"#), models::Pet::Unknown(_)));
}
