//! From what Replicate sends to a prediction. Only the id must be there: a job that is paid for is
//! not lost over a field that looks different tomorrow.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Prediction, Status};
use crate::api::{models::is_version, predictions::is_id};

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Raw {
    id: Value,
    model: Value,
    version: Value,
    status: Value,
    input: Value,
    output: Value,
    error: Value,
    logs: Value,
    created_at: Value,
    started_at: Value,
    completed_at: Value,
    deadline: Value,
    data_removed: Value,
    source: Value,
    metrics: Value,
    urls: Value,
}

impl TryFrom<Raw> for Prediction {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, &'static str> {
        let id = text(&raw.id).filter(|id| is_id(id));
        let id = id.ok_or("a prediction without a usable id")?;
        let completed = time(&raw.completed_at);
        let created = time(&raw.created_at).or_else(|| time(&raw.started_at));
        Ok(Self {
            id,
            model: model(&raw.model),
            version: text(&raw.version).filter(|id| is_version(id)),
            status: status(raw.status.as_str().unwrap_or_default()),
            input: match raw.input {
                Value::Object(input) => input,
                _ => Map::new(),
            },
            output: raw.output,
            error: match raw.error {
                Value::Null => None,
                Value::String(error) => Some(error),
                other => Some(other.to_string()),
            },
            logs: text(&raw.logs).unwrap_or_default(),
            // Replicate always says when. If it ever does not, it cannot be later than now.
            created: created.or(completed).unwrap_or_else(Timestamp::now),
            completed,
            deadline: time(&raw.deadline),
            data_removed: raw.data_removed == true,
            is_from_web: raw.source == "web",
            predict_seconds: raw.metrics.get("predict_time").and_then(Value::as_f64),
            image_count: raw.metrics.get("image_count").and_then(Value::as_u64),
            web_url: raw
                .urls
                .get("web")
                .and_then(text)
                .filter(|url| is_page(url)),
        })
    }
}

fn status(word: &str) -> Status {
    match word {
        "starting" => Status::Starting,
        "processing" => Status::Processing,
        "succeeded" => Status::Succeeded,
        "failed" => Status::Failed,
        "canceled" => Status::Canceled,
        "aborted" => Status::Aborted,
        _ => Status::Unknown,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Without a version after the name; cleaned, since it is shown.
fn model(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let name = text.split_once(':').map_or(text, |(name, _)| name);
    shared::text::cut(&shared::text::clean(name), 200)
}

fn is_page(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https")
}

/// ISO 8601, with or without a zone, or seconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            text.parse().or_else(|_| format!("{text}Z").parse()).ok()
        }
        Value::Number(seconds) => {
            let micros = seconds.as_f64()? * 1e6;
            // Out of range becomes the largest, which is no time either.
            Timestamp::from_microsecond(micros as i64).ok()
        }
        _ => None,
    }
}
