//! The names of users.

use crate::{SmallString, User, UserProfile};

impl User {
    /// Returns the name to show: the display name that the user chose, or else the full name, or else the handle. Empty names count as absent.
    ///
    /// Users choose their names: [`escape`](crate::escape) a name before you put it into a message.
    ///
    /// ```
    /// use slack_rtm_models::{User, UserProfile};
    ///
    /// let user = User::new().set_name("alice").set_profile(UserProfile::new().set_display_name("").set_real_name("Alice Example"));
    /// assert_eq!(user.display_name(), Some("Alice Example"));
    /// ```
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        let profile = self.profile.as_ref().and_then(|profile| profile.display_name());
        let others = [&self.real_name, &self.name].into_iter().find_map(is_there);
        profile.or(others)
    }
}

impl UserProfile {
    /// Returns the name to show: the display name that the user chose, or else the full name. Empty names count as absent.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        [&self.display_name, &self.real_name].into_iter().find_map(is_there)
    }
}

fn is_there(name: &Option<SmallString>) -> Option<&str> {
    name.as_deref().filter(|name| !name.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_chosen_goes_before_the_others() {
        let user = User::new().set_name("alice").set_real_name("Alice Example");
        let with = |profile: UserProfile| user.clone().set_profile(profile);
        assert_eq!(with(UserProfile::new().set_display_name("Ali")).display_name(), Some("Ali"));
        assert_eq!(with(UserProfile::new().set_display_name(" ")).display_name(), Some("Alice Example"));
        assert_eq!(user.display_name(), Some("Alice Example"));
        assert_eq!(User::new().set_name("alice").set_real_name("").display_name(), Some("alice"));
        assert_eq!(User::new().display_name(), None);
    }
}
