//! Enums that keep the text of unknown values.

use std::fmt;

use compact_str::CompactString;

/// The text of a value that this release does not know. Only decoding creates one, so it never holds a known value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unrecognized(CompactString);

impl Unrecognized {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text as Slack sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unrecognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Declares an enum over strings. `pub fn is_x = A | B;` after it declares a predicate.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }
        $($(#[$says:meta])* pub fn $predicate:ident = $(| $member:ident)*;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)*
            /// A value that this release does not know, with its text.
            Unrecognized($crate::Unrecognized),
        }

        impl $name {
            /// The values that this release knows, as they are on the wire.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// Returns the value as it is on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unrecognized(other) => other.as_str(),
                }
            }

            $(
                $(#[$says])*
                #[must_use]
                pub fn $predicate(&self) -> bool {
                    matches!(self, $(Self::$member)|*)
                }
            )*
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unrecognized($crate::Unrecognized::new(other)),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                text.as_str().into()
            }
        }

        $crate::text_newtype::text_impls! { $name }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public enums")]
mod tests {
    open_enum! {
        /// A colour.
        pub enum Colour {
            /// Red.
            Red = "red",
            /// Blue.
            Blue = "blue",
        }
        /// Whether it is warm.
        pub fn is_warm = | Red;
    }

    #[test]
    fn known_and_unknown_values_survive() {
        for text in ["red", "ultraviolet", "", "Red"] {
            let json = serde_json::to_string(text).unwrap();
            let colour: Colour = serde_json::from_str(&json).unwrap();
            assert_eq!(colour, text);
            assert_eq!(serde_json::to_string(&colour).unwrap(), json);
        }
        assert!(matches!(Colour::from("red"), Colour::Red));
        assert!(matches!(Colour::from("green"), Colour::Unrecognized(other) if other.as_str() == "green"));
        assert!(Colour::Red.is_warm() && !Colour::Blue.is_warm());
        assert_eq!(Colour::KNOWN, ["red", "blue"]);
        assert_eq!(format!("{:>5}", Colour::Red), "  red");
    }
}
