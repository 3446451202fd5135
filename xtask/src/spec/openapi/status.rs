//! The statuses of responses.

/// Returns whether a key of responses is an HTTP status, a class of them, or `default`.
pub(in crate::spec) fn is_status(key: &str) -> bool {
    let begins = key.starts_with(|c: char| ('1'..='5').contains(&c));
    key == "default" || begins && (number(key) == Some(key) || is_class(key))
}

/// Returns the status that a key of responses means: that at its beginning, or the class of its first digit; `None` if it has neither.
pub(in crate::spec) fn status(key: &str) -> Option<String> {
    if is_status(key) {
        return Some(key.to_owned());
    }
    let class = key.chars().next().filter(|c| ('1'..='5').contains(c));
    number(key).map(str::to_owned).or_else(|| class.map(|class| format!("{class}XX")))
}

/// Returns the number of three digits at the beginning of a key, which is the whole or the first word.
fn number(key: &str) -> Option<&str> {
    let word = key.split_whitespace().next()?;
    let is_number = word.len() == 3 && !word.starts_with('0') && word.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(word)
}

fn is_class(key: &str) -> bool {
    matches!(key.as_bytes(), [_, b'X', b'X'] | [_, b'x', b'x'])
}
