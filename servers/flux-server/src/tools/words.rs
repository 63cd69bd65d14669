//! Small words that several answers share.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api::{ModelStatus, Status};

pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Starting => "starting",
        Status::Processing => "processing",
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Canceled => "canceled",
        Status::Aborted => "aborted",
        Status::Unknown => "unknown",
    }
}

pub(super) fn model_status_word(status: ModelStatus) -> &'static str {
    match status {
        ModelStatus::Active => "active",
        ModelStatus::Legacy => "legacy",
        ModelStatus::Retired => "retired",
    }
}

/// "2026-11-21T16:30:05Z"
pub(super) fn exact_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// "2026-11-21 16:30 UTC"
pub(super) fn time_to_read(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// "$0.05", "$0.003": at least cents, at most a hundredth of one.
pub(super) fn dollars(amount: f64) -> String {
    let text = format!("{amount:.4}");
    let significant = text.trim_end_matches('0').len();
    let cents = text.find('.').map_or(text.len(), |point| point + 3);
    let shown = text.get(..significant.max(cents)).unwrap_or(&text);
    format!("${shown}")
}

/// "1 picture", "2 pictures"
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Text as it is, anything else as compact JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The input of a prediction, with every data URI replaced by a word about it.
pub(crate) fn without_data(input: &Map<String, Value>) -> Map<String, Value> {
    let shorter = |(name, value): (&String, &Value)| (name.clone(), without_data_value(value));
    input.iter().map(shorter).collect()
}

fn without_data_value(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("data:") => {
            let kind = text.split([';', ',']).next().unwrap_or("data:");
            Value::String(format!("{kind} ({} characters)", text.len()))
        }
        Value::Array(items) => items.iter().map(without_data_value).collect(),
        Value::Object(object) => Value::Object(without_data(object)),
        other => other.clone(),
    }
}
