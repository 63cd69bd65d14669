//! Creating, reading, listing and cancelling predictions.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use shared::{Error, Result, http::Request};
use url::Url;

use super::{ModelName, Prediction, Replicate, harmless, not_found, schema::without_fraction};

/// Replicate holds an answer back for at most this long.
const LONGEST_HOLD: u64 = 60;
/// How long the answer may take besides.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// Replicate takes no shorter deadline.
const SHORTEST_DEADLINE: u64 = 5;

/// What is submitted.
#[derive(Debug, Clone)]
pub(crate) struct NewPrediction {
    pub(crate) model: ModelName,
    /// Whether `POST /models/{owner}/{name}/predictions` takes it; others need a version.
    pub(crate) is_official: bool,
    pub(crate) input: Map<String, Value>,
}

impl NewPrediction {
    /// SHA-256 (hex) of model and input: the same for what Replicate later lists as its input.
    /// The order of fields, `1` or `1.0`, and a version after the model's name make no difference.
    pub(crate) fn digest(model: &str, input: &Map<String, Value>) -> String {
        let model = model.split_once(':').map_or(model, |(name, _)| name);
        let mut canonical = model.to_ascii_lowercase();
        canonical.push('\n');
        write_object(&mut canonical, input);
        let hash = Sha256::digest(canonical.as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Part of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) predictions: Vec<Prediction>,
    /// For the next page.
    pub(crate) cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawPage {
    #[serde(default)]
    next: Value,
    results: Vec<Value>,
}

#[derive(Serialize)]
struct ListQuery<'a> {
    cursor: Option<&'a str>,
}

impl Replicate {
    /// `GET /predictions/{id}`
    pub(crate) async fn prediction(&self, id: &str) -> Result<Prediction> {
        let id = checked_id(id)?;
        let request = self.http()?.get("https://api.replicate.com/predictions");
        let answer = request.segment(id).json().await;
        answer.map_err(|error| no_such_prediction(error, id))
    }

    /// Submit; not repeated unless it certainly started nothing.
    /// `POST /models/{owner}/{name}/predictions`, or `POST /predictions` with a version.
    /// `hold` (whole seconds, at most 60) is how long Replicate may keep the answer back for a finished result;
    /// `give_up` is when Replicate ends the work by itself, counted from its creation.
    pub(crate) async fn create(
        &self,
        new: &NewPrediction,
        hold: Duration,
        give_up: Duration,
    ) -> Result<Prediction> {
        if new.model.version.is_some() || !new.is_official {
            let version = self.version_to_run(&new.model).await?;
            return self.create_version(new, &version, hold, give_up).await;
        }
        let answer = self.create_official(new, hold, give_up).await;
        let Err(Error::NotFound { .. }) = answer else {
            return answer;
        };
        // The route is for official models alone. What it does not know it has not started.
        match self.model(&new.model).await {
            Ok(model) => match model.latest_version {
                Some(version) => self.create_version(new, &version, hold, give_up).await,
                None => answer,
            },
            Err(_) => answer,
        }
    }

    async fn create_official(
        &self,
        new: &NewPrediction,
        hold: Duration,
        give_up: Duration,
    ) -> Result<Prediction> {
        let models = self.http()?.post("https://api.replicate.com/models");
        let request = models
            .segment(&new.model.owner)
            .segment(&new.model.name)
            .segment("predictions")
            .body(&json!({"input": new.input}));
        submit(request, &new.model, hold, give_up).await
    }

    async fn create_version(
        &self,
        new: &NewPrediction,
        version: &str,
        hold: Duration,
        give_up: Duration,
    ) -> Result<Prediction> {
        let request = self.http()?.post("https://api.replicate.com/predictions");
        let request = request.body(&json!({"version": version, "input": new.input}));
        submit(request, &new.model, hold, give_up).await
    }

    /// The version that was named, else the newest, else the name, which Replicate takes for some models.
    async fn version_to_run(&self, name: &ModelName) -> Result<String> {
        if let Some(version) = &name.version {
            return Ok(version.clone());
        }
        let model = self.model(name).await?;
        Ok(model.latest_version.unwrap_or_else(|| name.to_string()))
    }

    /// `POST /predictions/{id}/cancel`
    pub(crate) async fn cancel_prediction(&self, id: &str) -> Result<Prediction> {
        let id = checked_id(id)?;
        let request = self.http()?.post("https://api.replicate.com/predictions");
        let answer = request.segment(id).segment("cancel").json().await;
        answer.map_err(|error| harmless(no_such_prediction(error, id)))
    }

    /// One page of the account's predictions, newest first. `GET /predictions`
    pub(crate) async fn predictions(&self, cursor: Option<&str>) -> Result<Page> {
        let request = self.http()?.get("https://api.replicate.com/predictions");
        let page: RawPage = request.query(&ListQuery { cursor }).json().await?;
        Ok(Page {
            predictions: page.results.into_iter().filter_map(readable).collect(),
            cursor: page.next.as_str().and_then(cursor_of),
        })
    }
}

/// One that cannot be read does not hide the others.
fn readable(row: Value) -> Option<Prediction> {
    let prediction = serde_json::from_value(row).ok();
    if prediction.is_none() {
        tracing::warn!("a prediction that cannot be read is left out of a list");
    }
    prediction
}

/// Whether Replicate could have given this id to a prediction.
pub(super) fn is_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (20..=40).contains(&id.len()) && id.bytes().all(is_plain)
}

fn checked_id(id: &str) -> Result<&str> {
    let id = id.trim();
    if is_id(id) {
        return Ok(id);
    }
    let reason = "an id is 20 to 40 small letters and digits, such as `hxvjgf8hmhrge0ckcmdbr6k0km`; `list_predictions` lists the recent ones";
    Err(Error::invalid("prediction_id", reason))
}

async fn submit(
    request: Request<'_>,
    model: &ModelName,
    hold: Duration,
    give_up: Duration,
) -> Result<Prediction> {
    let deadline = give_up.as_secs().max(SHORTEST_DEADLINE);
    let mut request = request.header("cancel-after", &format!("{deadline}s"));
    let hold = hold.as_secs().min(LONGEST_HOLD);
    if hold > 0 {
        // A wait that we broke off would leave open what became of the work.
        let time = Duration::from_secs(hold) + ANSWER_TIME;
        request = request
            .header("prefer", &format!("wait={hold}"))
            .within(time);
    }
    let answer = request.json().await;
    answer.map_err(|error| super::no_such_model(error, model))
}

fn no_such_prediction(error: Error, id: &str) -> Error {
    not_found(
        error,
        &format!("the prediction `{id}`"),
        "`list_predictions` lists the recent ones of this account.",
    )
}

/// The host in `next` is not asked: only the place in the list counts.
fn cursor_of(next: &str) -> Option<String> {
    let anywhere = Url::parse("https://localhost/").ok()?;
    let url = anywhere.join(next).ok()?;
    let (_, cursor) = url.query_pairs().find(|(name, _)| name == "cursor")?;
    Some(cursor.into_owned()).filter(|cursor| !cursor.is_empty())
}

fn write_value(canonical: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => write_object(canonical, fields),
        Value::Array(items) => {
            canonical.push('[');
            for item in items {
                write_value(canonical, item);
                canonical.push(',');
            }
            canonical.push(']');
        }
        other => canonical.push_str(&without_fraction(other.clone()).to_string()),
    }
}

fn write_object(canonical: &mut String, fields: &Map<String, Value>) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(name, _)| name.as_str());
    canonical.push('{');
    for (name, value) in sorted {
        canonical.push_str(&Value::from(name.as_str()).to_string());
        canonical.push(':');
        write_value(canonical, value);
        canonical.push(',');
    }
    canonical.push('}');
}
