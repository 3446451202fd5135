//! What may differ between a frame and what its typed form is written as.

use serde::Serialize;
use serde_json::Value;

/// The way to the first field of a frame that was lost, or changed beyond the documented leniency. Fields that only the frame has are lost.
pub(super) fn loss(given: &Value, written: &Value) -> Option<String> {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            let lost = given.iter().find_map(|(key, value)| {
                match written.get(key) {
                    // An optional field that is null is left out.
                    None if value.is_null() => None,
                    None => Some(String::new()),
                    Some(written) => loss(value, written),
                }
                .map(|way| format!(".{key}{way}"))
            });
            lost.or_else(|| {
                written.keys().find(|key| !given.contains_key(*key)).map(|key| format!(".{key} is new"))
            })
        }
        (Value::Array(given), Value::Array(written)) if given.len() == written.len() => {
            let mut pairs = given.iter().zip(written).enumerate();
            pairs.find_map(|(n, (given, written))| loss(given, written).map(|way| format!("[{n}]{way}")))
        }
        (Value::String(digits), Value::Number(number)) if *digits == number.to_string() => None,
        (Value::Number(number), Value::Bool(flag)) if number.as_u64() == Some(u64::from(*flag)) => None,
        (given, written) => (given != written).then(String::new),
    }
}

pub(super) fn as_value(value: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn losses_are_found() {
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    for (given, written, expected) in [
        (r#"{"a":1,"b":null}"#, r#"{"a":1}"#, None),
        (r#"{"a":["1",1,true]}"#, r#"{"a":[1,true,true]}"#, None),
        (r#"{"a":{"b":[1]}}"#, r#"{"a":{"b":[2]}}"#, Some(".a.b[0]")),
        (r#"{"a":1}"#, "{}", Some(".a")),
        ("{}", r#"{"a":1}"#, Some(".a is new")),
        (r#"{"a":[1]}"#, r#"{"a":[]}"#, Some(".a")),
        (r#"{"a":2}"#, r#"{"a":true}"#, Some(".a")),
        (r#"{"a":"x"}"#, r#"{"a":1}"#, Some(".a")),
    ] {
        assert_eq!(loss(&value(given), &value(written)).as_deref(), expected, "{given}");
    }
}
