//! From the bytes of an answer to a type, or to an error that says where they differ.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{Error, Result, text};

/// A path longer than this many characters is no help.
const LONGEST_PATH: usize = 100;

/// Depth is limited by serde_json, so no body can overflow the stack.
pub(super) fn decode<T: DeserializeOwned>(provider: &'static str, body: &[u8]) -> Result<T> {
    let failed = |path: String, reason: String| Error::Decode {
        provider,
        path: text::cut(&text::quote(&path), LONGEST_PATH),
        reason: text::quote(&reason),
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        failed(path, reason(&error.into_inner(), body))
    })?;
    json.end()
        .map_err(|_| failed(".".into(), "something follows the JSON value".into()))?;
    Ok(value)
}

fn reason(error: &serde_json::Error, body: &[u8]) -> String {
    let text = body.trim_ascii_start();
    if text.is_empty() {
        return "the body is empty".into();
    }
    if text.starts_with(b"<") {
        return "an HTML page instead of JSON".into();
    }
    let message = error.to_string();
    match error.classify() {
        Category::Eof => "the JSON ends too early".into(),
        Category::Syntax if message.starts_with("recursion limit") => {
            "the JSON is nested too deeply".into()
        }
        Category::Syntax => format!(
            "this is not JSON (line {}, column {})",
            error.line(),
            error.column()
        ),
        Category::Data | Category::Io => without_values(&message),
    }
}

/// Serde's message without what the provider sent: `invalid type: string "...", expected f64`
/// becomes `invalid type: string, expected f64`.
fn without_values(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    if message.starts_with("missing field") {
        return message.into();
    }
    let (found, expected) = match message.rsplit_once(", expected ") {
        // The names of our types mean nothing to a reader.
        Some((found, expected)) if expected.starts_with("struct ") => {
            (found, ", expected an object".into())
        }
        Some((found, expected)) => (found, format!(", expected {expected}")),
        None => (message, String::new()),
    };
    let found = found.split(['"', '`', '\'']).next().unwrap_or_default();
    format!("{}{expected}", found.trim_end())
}
