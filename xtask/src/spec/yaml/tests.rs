use super::*;

fn message(text: &str) -> String {
    let finding = parse("f.yaml", text).unwrap_err();
    format!("{}: {}", finding.location, finding.message)
}

#[test]
fn scalars_follow_the_core_schema() {
    let json = |text: &str| parse("f.yaml", text).unwrap().to_json().to_string();
    assert_eq!(
        json(
            "{a: no, b: true, c: 1.7.0, d: 1, e: '1', f: ~, g: 1.5, h: 1e3, i: .x, j: 18446744073709551615, k: 18446744073709551616}"
        ),
        r#"{"a":"no","b":true,"c":"1.7.0","d":1,"e":"1","f":null,"g":1.5,"h":1000.0,"i":".x","j":18446744073709551615,"k":1.8446744073709552e+19}"#
    );
}

#[test]
fn places_count_from_one() {
    let root = parse("f.yaml", "a:\n  b: 1\n").unwrap();
    let entry = &root.get("a").unwrap().map()["b"];
    assert_eq!(
        (entry.key.to_string(), entry.node.location.to_string()),
        ("f.yaml:2:3".into(), "f.yaml:2:6".into())
    );
}

#[test]
fn what_openapi_cannot_use_is_refused_with_its_place() {
    assert_eq!(message("a: 1\na: 2\n"), "f.yaml:2:1: the key `a` occurs twice");
    assert_eq!(message("a: &x 1\nb: *x\n"), "f.yaml:1:4: YAML anchors are not supported");
    assert_eq!(message("a:\n  <<: {b: 1}\n"), "f.yaml:2:3: YAML merge keys are not supported");
    assert_eq!(message("a: [1\nb: 2\n").split(": ").next(), Some("f.yaml:2:2"));
    assert_eq!(message("? [a]\n: 1\n"), "f.yaml:1:3: a key has to be a scalar");
    assert_eq!(message(""), "f.yaml: the file is empty");
    let deep = message(&"[".repeat(1000));
    assert!(deep.contains("deep") || deep.contains("recursion"), "{deep}");
}

#[test]
fn other_people_write_aliases_and_merge_keys() {
    let json = |text: &str| parse_foreign("f.yaml", text).map(|node| node.to_json().to_string());
    assert_eq!(json("a: &x {b: 1, c: 2}\nd: *x\n").unwrap(), r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2}}"#);
    assert_eq!(
        json("a: &x {b: 1}\nd: {<<: [*x, {c: 2, b: 3}], c: 4}\n").unwrap(),
        r#"{"a":{"b":1},"d":{"c":4,"b":1}}"#
    );
    assert_eq!(json("a: &x k\n*x : !!str 1\n").unwrap(), r#"{"a":"k","k":"1"}"#);
    let message = |text: &str| parse_foreign("f.yaml", text).unwrap_err();
    assert_eq!(message("a: {<<: 1}\n").location.to_string(), "f.yaml:1:9");
    assert!(message("a: &x [*x]\n").message.contains("inside of its own anchor"));
    assert!(message("a: !mine 1\n").message.contains("tags"));
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let inner = vec![format!("*l{}", n - 1); 10].join(", ");
        text.push_str(&format!("l{n}: &l{n} [{inner}]\n"));
    }
    let finding = parse_foreign("f.yaml", &text).unwrap_err();
    assert!(finding.message.contains("aliases"), "{}", finding.message);
    let mut text = "l0: &l0 [x]\n".to_owned();
    for n in 1..200 {
        text.push_str(&format!("l{n}: &l{n} [*l{}]\n", n - 1));
    }
    assert!(parse_foreign("f.yaml", &text).unwrap_err().message.contains("nested deeper"));
}

#[test]
fn files_of_other_systems() {
    let json = |text: &str| parse_foreign("f.yaml", text).unwrap().to_json().to_string();
    assert_eq!(json("\u{feff}a: 1\r\nb: |\r\n  x\r\n  y\r\n"), r#"{"a":1,"b":"x\ny\n"}"#);
    assert_eq!(json("{\r\n\t\"a\": [1,\r\n\t\t2],\r\n\t\"b\": \"c\\/\"\r\n}"), r#"{"a":[1,2],"b":"c/"}"#);
    assert_eq!(json(r#"{"a": "\ud83d\ude00 \\ud83d \ud83d"}"#), "{\"a\":\"\u{1f600} \\\\ud83d \u{fffd}\"}");
    let location = parse_foreign("f.yaml", "\u{feff}a: 1\r\nb: {c: 1}\r\n").unwrap();
    assert_eq!(location.at(&["b", "c"]).unwrap().location.to_string(), "f.yaml:2:8");
}

#[test]
fn brackets_and_quotes_may_go_on_further_left() {
    let text = "a:\n  b:\n    c: {\n      d: [1,\n    2\n  ], e: x\n  }\n    f: \"g\n h\n\n i\"\n    j: [\nk\n]\nl: |\n  }\n";
    assert!(
        message(text).contains("f.yaml:5:5: this is not valid YAML: invalid indentation"),
        "{}",
        message(text)
    );
    let root = parse_foreign("f.yaml", text).unwrap();
    assert_eq!(
        root.to_json().to_string(),
        r#"{"a":{"b":{"c":{"d":[1,2],"e":"x"},"f":"g h\ni","j":["k"]}},"l":"}\n"}"#
    );
    let inner = root.at(&["a", "b"]).unwrap();
    assert_eq!(inner.at(&["c", "e"]).unwrap().location.to_string(), "f.yaml:6:9");
    assert_eq!(inner.get("j").unwrap().seq()[0].location.to_string(), "f.yaml:13:1");
    let wrong = parse_foreign("f.yaml", "a:\n  b: {\n c: [}\n  d: 1\n").unwrap_err();
    assert_eq!((wrong.location.line, wrong.location.column), (3, 6), "{wrong:?}");
}
