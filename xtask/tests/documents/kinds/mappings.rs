pub async fn check(_: &str) {
    use models::{Pet, Vehicle};

    let pet = |json: &str| serde_json::from_str::<Pet>(json).unwrap();
    assert!(matches!(pet(r#"{"kind":"cat","lives":9}"#), Pet::Cat(cat) if cat.lives == Some(9)));
    assert!(matches!(pet(r#"{"kind":"Cat","lives":9}"#), Pet::Cat(cat) if cat.lives == Some(9)));
    assert!(matches!(pet(r#"{"kind":"Dog","bark":"w"}"#), Pet::Dog(dog) if dog.bark.as_deref() == Some("w")));
    let vehicle = |json: &str| serde_json::from_str::<Vehicle>(json).unwrap();
    assert!(matches!(vehicle(r#"{"type":"auto","doors":3}"#), Vehicle::Auto(car) if car.doors == Some(3)));
    assert!(matches!(vehicle(r#"{"type":"Car","doors":3}"#), Vehicle::Auto(car) if car.doors == Some(3)));
    assert!(matches!(vehicle(r#"{"type":"Bus","seats":9}"#), Vehicle::Bus(bus) if bus.seats == Some(9)));
    assert!(matches!(vehicle(r##"{"type":"#lorry","axles":3}"##), Vehicle::Lorry(truck) if truck.axles == Some(3)));
}
