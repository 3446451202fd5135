//! Unions that nothing tells apart but their shape.

use std::cell::Cell;

use serde_json::Value;

use crate::RawJson;

thread_local! {
    /// How much of what is read at present no variant of a union was found for. It is kept, and yet no sign that a type fits.
    static UNRECOGNIZED: Cell<usize> = const { Cell::new(0) };
}

/// A type that reads a text, and how well it fits: the more of the text is there when it is written again, the better.
pub(crate) struct Fit<T> {
    pub(crate) kept: usize,
    unrecognized: usize,
    value: T,
}

impl<T> Fit<T> {
    /// The value, which has been chosen.
    pub(crate) fn into_value(self) -> T {
        UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(self.unrecognized));
        self.value
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Fit<U> {
        Fit { kept: self.kept, unrecognized: self.unrecognized, value: f(self.value) }
    }
}

/// How well a type fits a text; `None` if it does not read it.
pub(crate) fn fit<T: serde::de::DeserializeOwned + serde::Serialize>(raw: &RawJson) -> Option<Fit<T>> {
    let outer = UNRECOGNIZED.replace(0);
    let value: Option<T> = serde_json::from_str(raw.as_str()).ok();
    let unrecognized = UNRECOGNIZED.replace(outer);
    let value = value?;
    let before: Value = serde_json::from_str(raw.as_str()).ok()?;
    let after = serde_json::to_value(&value).ok()?;
    Some(Fit { kept: kept(&before, &after).saturating_sub(unrecognized), unrecognized, value })
}

/// What fits no variant.
pub(crate) fn unrecognized(raw: RawJson) -> RawJson {
    let value: Option<Value> = serde_json::from_str(raw.as_str()).ok();
    let all = value.map_or(0, |value| kept(&value, &value));
    UNRECOGNIZED.set(UNRECOGNIZED.get().saturating_add(all));
    raw
}

/// The number of values, at any depth, that are the same.
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

/// Declares a union whose variants are told apart by what fits best: the one that keeps the most of what came, the first of several. What fits none is kept whole.
macro_rules! one_of {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident($inner:ty) $(in $boxed:ident)?,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant($crate::one_of::content!($inner $(, $boxed)?)),)*
            /// Another shape, kept whole.
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

        /// Reads from JSON only: the whole is taken as text first.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = $crate::RawJson::deserialize(deserializer)?;
                #[allow(unused_mut, reason = "a union may have no variant that is known")]
                let mut best: Option<$crate::one_of::Fit<Self>> = None;
                $(
                    if let Some(fit) = $crate::one_of::fit::<$inner>(&raw)
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

/// The type of a variant's content.
macro_rules! content {
    ($inner:ty) => { $inner };
    ($inner:ty, Box) => { Box<$inner> };
}

pub(crate) use {content, one_of};

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
