//! The values that must never be shown, and the one function that hides them.
//!
//! Redaction is of the value itself, not of a pattern: whatever was read as a secret is replaced
//! wherever it turns up in a log line, an error or a result.

use std::{borrow::Cow, sync::RwLock};

use secrecy::{ExposeSecret as _, SecretString};

/// Shorter values are not hidden: replacing them would garble ordinary text.
const SHORTEST: usize = 6;
const HIDDEN: &str = "[redacted]";

static KNOWN: RwLock<Vec<SecretString>> = RwLock::new(Vec::new());

/// Remember a secret for [`redact`], also in its percent-encoded form.
pub fn register(secret: &SecretString) {
    let value = secret.expose_secret();
    if value.len() < SHORTEST {
        return;
    }
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut known = KNOWN
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    for form in [value, encoded.as_str()] {
        if known.iter().all(|secret| secret.expose_secret() != form) {
            known.push(form.into());
        }
    }
}

/// The text with every registered secret replaced by `[redacted]`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let known = KNOWN
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut text = Cow::Borrowed(text);
    for secret in known.iter() {
        if text.contains(secret.expose_secret()) {
            text = Cow::Owned(text.replace(secret.expose_secret(), HIDDEN));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_value_is_hidden_plain_and_percent_encoded() {
        register(&"top/secret value".into());
        assert_eq!(
            redact("a top/secret value b top%2Fsecret+value c"),
            "a [redacted] b [redacted] c"
        );
    }

    #[test]
    fn a_value_too_short_to_tell_apart_is_left_alone() {
        register(&"ab".into());
        assert_eq!(redact("about"), "about");
    }
}
