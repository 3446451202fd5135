//! Unions whose variants differ only in shape.

use std::cell::Cell;

use serde_json::Value;

use crate::RawJson;

thread_local! {
    /// The number of values in the current attempt that fit no variant of a union. They are kept, but do not count as a match.
    static UNRECOGNIZED: Cell<usize> = const { Cell::new(0) };
}

/// A candidate type and how well it fits: the more of the text is in its serialized form, the better.
pub(crate) struct Fit<T> {
    pub(crate) kept: usize,
    unrecognized: usize,
    value: T,
}

impl<T> Fit<T> {
    /// Returns the value of the chosen candidate.
    pub(crate) fn into_value(self) -> T {
        UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(self.unrecognized));
        self.value
    }

    /// Creates a candidate for a type that documents a form for its text.
    pub(crate) fn of_form(self, form: impl FnOnce(&T) -> usize) -> Self {
        let form = if self.kept == 0 { 0 } else { form(&self.value) };
        Self { kept: self.kept.saturating_mul(2).saturating_add(form), ..self }
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Fit<U> {
        Fit { kept: self.kept, unrecognized: self.unrecognized, value: f(self.value) }
    }
}

/// Returns how well a type fits a text; `None` if the text does not decode.
pub(crate) fn fit<T: serde::de::DeserializeOwned + serde::Serialize>(raw: &RawJson) -> Option<Fit<T>> {
    let outer = UNRECOGNIZED.replace(0);
    let value: Option<T> = serde_json::from_str(raw.as_str()).ok();
    let unrecognized = UNRECOGNIZED.replace(outer);
    let value = value?;
    let before: Value = serde_json::from_str(raw.as_str()).ok()?;
    let after = serde_json::to_value(&value).ok()?;
    Some(Fit { kept: kept(&before, &after).saturating_sub(unrecognized), unrecognized, value })
}

/// Keeps a value that fits no variant.
pub(crate) fn unrecognized(raw: RawJson) -> RawJson {
    let value: Option<Value> = serde_json::from_str(raw.as_str()).ok();
    let all = value.map_or(0, |value| kept(&value, &value));
    UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(all));
    raw
}

/// Returns the number of values, at any depth, that are the same.
fn kept(before: &Value, after: &Value) -> usize {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let both = before.iter().filter_map(|(key, value)| Some((value, after.get(key)?)));
            1 + both.map(|(before, after)| kept(before, after)).sum::<usize>()
        }
        (Value::Array(before), Value::Array(after)) => {
            1 + before.iter().zip(after).map(|(before, after)| kept(before, after)).sum::<usize>()
        }
        _ => usize::from(before == after),
    }
}

/// Declares a union that is decoded as the variant that keeps the most of the input, or the first of several such variants. A value that fits none is kept whole.
macro_rules! one_of {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident($inner:ty) $(in $boxed:ident)? $(by $form:ident)?,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant($crate::one_of::content!($inner $(, $boxed)?)),)*
            /// A value of another shape, kept whole.
            Unrecognized($crate::RawJson),
        }

        $(
            impl From<$inner> for $name {
                fn from(content: $inner) -> Self {
                    Self::$variant(content.into())
                }
            }
        )*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(content) => content.serialize(serializer),)*
                    Self::Unrecognized(raw) => raw.serialize(serializer),
                }
            }
        }

        /// Supports JSON only; the value is buffered as text.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = $crate::RawJson::deserialize(deserializer)?;
                #[allow(unused_mut, reason = "a union may have no variant that is known")]
                let mut best: Option<$crate::one_of::Fit<Self>> = None;
                $(
                    if let Some(fit) = $crate::one_of::fit::<$inner>(&raw)
                        && let fit = fit.of_form(|content| $crate::one_of::form!($inner, content $(, $form)?))
                        && fit.kept > best.as_ref().map_or(0, |best| best.kept)
                    {
                        best = Some(fit.map(|content| Self::$variant(content.into())));
                    }
                )*
                Ok(best.map_or_else(
                    || Self::Unrecognized($crate::one_of::unrecognized(raw)),
                    $crate::one_of::Fit::into_value,
                ))
            }
        }
    };
}

/// Ranks a text by the form that its type documents: a known value ranks above any text, and any text above an unknown value.
macro_rules! form {
    ($inner:ty, $content:ident) => {{
        let _ = $content;
        1
    }};
    ($inner:ty, $content:ident, known) => {
        if <$inner>::KNOWN.contains(&$content.as_str()) { 2 } else { 0 }
    };
    ($inner:ty, $content:ident, well_formed) => {
        if $content.is_well_formed() { 2 } else { 0 }
    };
}

/// Expands to the type of a variant's content.
macro_rules! content {
    ($inner:ty) => { $inner };
    ($inner:ty, Box) => { Box<$inner> };
}

pub(crate) use {content, form, one_of};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests {
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

    structure! { by_default Narrow { optional "name" name, } }
    structure! { by_default Wide { optional "name" name, optional "more" more, } }

    one_of! {
        /// Several shapes.
        pub enum Shape {
            /// A few fields.
            Narrow(Narrow),
            /// More of them.
            Wide(Wide) in Box,
            /// A number.
            Number(i64),
            /// An id.
            Id(crate::UserId),
            /// Several.
            List(Vec<Narrow>),
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
            Digits(Digits) by well_formed,
            /// A colour.
            Colour(Colour) by known,
            /// Any.
            Text(String),
        }
    }

    one_of! {
        /// A union in another one.
        pub enum Inner {
            /// A number.
            Number(i64),
        }
    }

    one_of! {
        /// A union that has a union.
        pub enum Outer {
            /// It keeps whatever comes.
            Inner(Inner) in Box,
            /// An object.
            Object(Narrow),
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
}
