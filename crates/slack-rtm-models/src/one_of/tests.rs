use crate::structure::structure;

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Narrow {
    name: Option<String>,
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Wide {
    name: Option<String>,
    more: Option<i64>,
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Middle {
    name: Option<String>,
    flag: Option<bool>,
}

#[derive(Clone, Default, PartialEq)]
pub(crate) struct Other {
    name: Option<String>,
    more: Option<i64>,
}

structure! { by_default Middle { optional "name" name, optional "flag" flag, } }
structure! { by_default Other { optional "name" name, optional "more" more, } }
structure! { by_default Narrow { optional "name" name, } }
structure! { by_default Wide { optional "name" name, optional "more" more, } }

one_of! {
    /// Several shapes.
    pub enum Shape {
        /// A few fields.
        Narrow(Narrow);
        /// More of them.
        Wide(Wide) in Box;
        /// A number.
        Number(i64);
        /// An id.
        Id(crate::UserId);
        /// Several.
        List(Vec<Narrow>);
    }
}

crate::open_enum::open_enum! {
    /// A colour.
    pub enum Colour {
        /// Red.
        Red = "red",
    }
}

crate::text_newtype::text_newtype! {
    /// A number.
    pub struct Digits: "^[0-9]+$";
}

one_of! {
    /// Several kinds of text.
    pub enum Word {
        /// A number.
        Digits(Digits) by well_formed;
        /// A colour.
        Colour(Colour) by known;
        /// Any.
        Text(String) by text;
    }
}

one_of! {
    /// A union in another one.
    pub enum Inner {
        /// A number.
        Number(i64);
    }
}

one_of! {
    /// A union that has a union.
    pub enum Outer {
        /// It keeps whatever comes.
        Inner(Inner) in Box;
        /// An object.
        Object(Narrow);
    }
}

#[test]
fn texts_are_told_apart_by_their_form() {
    let read = |json: &str| serde_json::from_str::<Word>(json).unwrap();
    assert!(matches!(read("\"red\""), Word::Colour(_)));
    assert!(matches!(read("\"12\""), Word::Digits(_)));
    assert!(matches!(read("\"blue\""), Word::Text(_)));
    assert!(matches!(read("[]"), Word::Unrecognized(_)));
}

#[test]
fn what_another_union_does_not_know_is_no_fit() {
    let outer: Outer = serde_json::from_str(r#"{"name":"a","x":1}"#).unwrap();
    assert_eq!(outer, Outer::Object(Narrow { name: Some("a".to_owned()) }));
    assert_eq!(serde_json::from_str::<Outer>("5").unwrap(), Outer::Inner(Box::new(Inner::Number(5))));
    assert!(matches!(serde_json::from_str("[[1]]").unwrap(), Outer::Unrecognized(_)));
}

one_of! {
    /// Numbers.
    pub enum Amount {
        /// A whole number.
        Whole(i64);
        /// Any number.
        Any(f64);
    }
}

one_of! {
    /// A fraction.
    pub enum Fraction {
        /// Any number.
        Any(f64);
    }
}

#[test]
fn numbers_are_the_same_if_their_values_are() {
    let read = |json: &str| serde_json::from_str::<Amount>(json).unwrap();
    assert_eq!((read("1"), read("1.5")), (Amount::Whole(1), Amount::Any(1.5)));
    assert_eq!(read("1.0"), Amount::Any(1.0));
    let read = |json: &str| serde_json::from_str::<Fraction>(json).unwrap();
    assert_eq!((read("1"), read("-0"), read("1e3")), (1.0.into(), (-0.0).into(), 1000.0.into()));
    assert_eq!(read("9007199254740992"), 9_007_199_254_740_992.0.into());
    for rounded in ["9007199254740993", "18446744073709551615"] {
        assert!(matches!(read(rounded), Fraction::Unrecognized(raw) if raw.as_str() == rounded));
    }
}

one_of! {
    /// Objects that differ in their constants.
    pub enum Tagged {
        /// The first.
        One(Wide) only_if "name": "one", "more": 1;
        /// The second.
        Two(Narrow) only_if "name": "two";
        /// Some.
        Some(Middle) rather_if "name": "a" | "b", "flag": true | 2.5;
        /// Others.
        Others(Other) rather_if "name": "c" | "d";
    }
}

#[test]
fn constants_tell_objects_apart() {
    let read = |json: &str| serde_json::from_str::<Tagged>(json).unwrap();
    assert!(matches!(read(r#"{"name":"one","more":1}"#), Tagged::One(_)));
    assert!(matches!(read(r#"{"name":"one"}"#), Tagged::One(_)));
    assert!(matches!(read(r#"{"name":"two","more":1}"#), Tagged::Two(_)));
    assert!(matches!(read(r#"{"name":"two"}"#), Tagged::Two(_)));
    assert!(matches!(read(r#"{"name":"a","more":2}"#), Tagged::Some(_)));
    assert!(matches!(read(r#"{"name":"c"}"#), Tagged::Others(_)));
    assert!(matches!(read(r#"{"name":"new"}"#), Tagged::Some(_)));
    assert!(matches!(read(r#"{"name":"a","flag":false}"#), Tagged::Some(_)));
}

one_of! {
    /// An object, any object, or a text.
    pub enum Free {
        /// A few fields.
        Narrow(Narrow);
        /// Any.
        Map(std::collections::HashMap<String, crate::RawJson>) by map;
        /// A text.
        Text(String) by text;
    }
}

#[test]
fn any_object_is_a_map() {
    let read = |json: &str| serde_json::from_str::<Free>(json).unwrap();
    assert!(matches!(read(r#"{"name":"a"}"#), Free::Narrow(_)));
    assert!(matches!(read(r#"{"name":"a","more":[1],"b":{}}"#), Free::Narrow(_)));
    assert!(matches!(read(r#"{"more":[1]}"#), Free::Map(map) if map["more"].as_str() == "[1]"));
    assert!(matches!(read("{}"), Free::Narrow(_)));
    assert_eq!(Free::from("x"), Free::Text("x".to_owned()));
    assert!(matches!(read("[]"), Free::Unrecognized(_)));
}

fn read(json: &str) -> Shape {
    let shape: Shape = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&shape).unwrap(), json);
    shape
}

#[test]
fn what_keeps_the_most_is_taken() {
    assert!(matches!(read(r#"{"name":"a"}"#), Shape::Narrow(_)));
    assert!(matches!(read(r#"{"name":"a","more":1}"#), Shape::Wide(_)));
    assert_eq!(read("5"), Shape::Number(5));
    assert_eq!(read("\"U1\""), Shape::Id("U1".into()));
    assert_eq!(read(r#"[{"name":"a"}]"#), Shape::List(vec![Narrow { name: Some("a".to_owned()) }]));
}

#[test]
fn what_fits_nothing_is_kept() {
    for json in ["true", "1.5", "null", "[[1]]"] {
        assert!(matches!(read(json), Shape::Unrecognized(_)), "{json}");
    }
    assert_eq!(Shape::from(Wide::default()), Shape::Wide(Box::default()));
}
