//! Strings that are usually short.

use crate::text_newtype::Text;

/// A string that stores up to 24 bytes inline, without an allocation.
///
/// The fields of users and profiles are such strings, because a workspace has many users and their names are short. It dereferences to [`str`], compares with it,
/// and converts from and into [`String`].
///
/// ```
/// use slack_rtm_models::User;
///
/// let user = User::new().set_name("alice");
/// assert_eq!(user.name.as_deref(), Some("alice"));
/// let name: String = user.name.unwrap_or_default().into();
/// # assert_eq!(name, "alice");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SmallString(Text);

impl SmallString {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for SmallString {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SmallString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<&str> for SmallString {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&String> for SmallString {
    fn from(text: &String) -> Self {
        Self(text.as_str().into())
    }
}

impl From<String> for SmallString {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<SmallString> for String {
    fn from(text: SmallString) -> Self {
        text.0.into()
    }
}

impl PartialEq<String> for SmallString {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl std::borrow::Borrow<str> for SmallString {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

crate::text_newtype::text_impls! { SmallString }
