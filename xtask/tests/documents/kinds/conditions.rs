fn kept<T: serde::de::DeserializeOwned + serde::Serialize>(json: &str) -> T {
    let value: T = serde_json::from_str(json).unwrap();
    let before: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), before);
    value
}

pub async fn check(_base: &str) {
    let card: models::Conditional = kept(r#"{"kind":"card","number":"1","month":5,"note":"n","author":"a"}"#);
    assert_eq!(card.number.as_deref(), Some("1"));
    kept::<models::Conditional>(r#"{"kind":"bank","iban":"x","month":"may"}"#);
    for json in [r#"{"a":"x"}"#, r#"{"a":"x","b":"y"}"#, r#"{"c":1}"#] {
        kept::<models::Required>(json);
    }
    for json in [r#"{"id":1,"left":"x"}"#, r#"{"id":1,"right":2}"#] {
        kept::<models::Based>(json);
    }
    let tagged: models::Drawing = kept(r#"{"inner":{"id":1,"shape":"flat","side":2}}"#);
    assert!(matches!(tagged.inner.unwrap(), models::DrawingInner::Flat(flat) if flat.side == 2 && flat.id == 1));
    let holder: models::Holder = kept(r#"{"patterns":{"n-a":1,"other":["x"]},"closed":{"n-a":1},"named":{"a":"x","n-a":1,"other":true},"short":"long","small":3}"#);
    assert_eq!(holder.closed.unwrap()["n-a"], 1);
    assert_eq!((holder.short.as_ref().map(|text| text.as_str()), holder.small), (Some("long"), Some(3)));
    assert_eq!(holder.named.unwrap().additional_properties.len(), 2);
}
