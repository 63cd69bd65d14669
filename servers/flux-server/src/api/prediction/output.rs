//! What a model brought: files, text, or anything else.

use serde_json::Value;
use shared::media::Source;
use url::Url;

/// What a prediction brought.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// Pictures, sound, video and other files, in order.
    pub(crate) files: Vec<Source>,
    /// Text of language models, joined; or anything else as compact JSON, where `file 1` stands for the first file.
    pub(crate) text: Option<String>,
}

/// Nothing came, or not yet.
pub(super) fn is_empty(output: &Value) -> bool {
    match output {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

pub(super) fn read(output: &Value) -> Output {
    let mut files = Vec::new();
    let text = match output {
        _ if is_empty(output) => None,
        Value::String(text) => match file(text) {
            Some(source) => {
                files.push(source);
                None
            }
            None => Some(text.clone()),
        },
        Value::Array(items) if items.iter().all(|item| item.is_string() || item.is_null()) => {
            list(items, &mut files)
        }
        other => Some(without_files(other, &mut files).to_string()),
    };
    Output { files, text }
}

/// Files, or the pieces of a text that may hold a link.
fn list(items: &[Value], files: &mut Vec<Source>) -> Option<String> {
    let words = || items.iter().filter_map(Value::as_str);
    let found: Option<Vec<Source>> = words().filter(|word| !word.is_empty()).map(file).collect();
    match found {
        Some(found) => {
            files.extend(found);
            None
        }
        None => Some(words().collect()),
    }
}

/// The same value with a short name in place of each file.
fn without_files(value: &Value, files: &mut Vec<Source>) -> Value {
    match value {
        Value::String(text) => match file(text) {
            Some(source) => {
                files.push(source);
                format!("file {}", files.len()).into()
            }
            None => value.clone(),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| without_files(item, files))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), without_files(field, files)))
            .collect(),
        other => other.clone(),
    }
}

/// A data URI, or a URL and nothing else.
fn file(text: &str) -> Option<Source> {
    if text.starts_with("data:") && text.contains(',') {
        return Some(Source::Data(text.to_owned()));
    }
    if text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(Source::Url(url))
}
