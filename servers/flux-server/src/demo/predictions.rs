//! The routes of predictions: create, read, cancel, list.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    Desk, Refusal,
    check::{check, check_body, unknown_version},
    life::{Prediction, Stage},
    models::{self, Known},
    not_found, origin,
};

/// What is remembered; the oldest goes first.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;
const PER_PAGE: usize = 100;
/// Replicate's own limits on waiting.
const LONGEST_WAIT_SECONDS: u64 = 60;
const EARLIEST_DEADLINE_SECONDS: i64 = 5;
const WEBHOOKS: [&str; 2] = ["webhook", "webhook_events_filter"];

/// The newest last.
#[derive(Default)]
pub(super) struct Predictions {
    order: VecDeque<String>,
    by_id: HashMap<String, Prediction>,
    bytes: usize,
}

impl Predictions {
    pub(super) fn get(&self, id: &str) -> Option<&Prediction> {
        self.by_id.get(id)
    }

    fn insert(&mut self, prediction: Prediction) {
        self.bytes += prediction.bytes;
        self.order.push_back(prediction.id.clone());
        self.by_id.insert(prediction.id.clone(), prediction);
        while self.order.len() > MOST || self.bytes > MOST_BYTES {
            let oldest = self.order.pop_front();
            match oldest.and_then(|id| self.by_id.remove(&id)) {
                Some(oldest) => self.bytes -= oldest.bytes,
                None => return,
            }
        }
    }

    /// At most a page of what was created before `cursor`, the newest first; and whether there is more.
    fn page(&self, cursor: Option<&str>) -> (Vec<&Prediction>, bool) {
        let newest_first = self.order.iter().rev();
        let before: Vec<&String> = match cursor {
            None => newest_first.collect(),
            Some(cursor) => newest_first
                .skip_while(|id| *id != cursor)
                .skip(1)
                .collect(),
        };
        let page = before.iter().take(PER_PAGE);
        let page = page.filter_map(|id| self.by_id.get(*id)).collect();
        (page, before.len() > PER_PAGE)
    }
}

/// `POST /models/{owner}/{name}/predictions`
pub(super) async fn create_for_model(
    State(desk): State<Desk>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let official = models::find(&owner, &name).filter(|model| model.is_official);
    let model = official.ok_or_else(|| not_found("The requested resource could not be found."))?;
    let fields = object(&body)?;
    let input = check_body(&fields, &["input", WEBHOOKS[0], WEBHOOKS[1]])?;
    start(desk, model, input, headers, body.len()).await
}

/// `POST /predictions`
pub(super) async fn create(
    State(desk): State<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let fields = object(&body)?;
    let input = check_body(&fields, &["input", "version", WEBHOOKS[0], WEBHOOKS[1]])?;
    let version = fields.get("version").and_then(Value::as_str);
    let model = version.and_then(models::find_version);
    let model = model.ok_or_else(unknown_version)?;
    start(desk, model, input, headers, body.len()).await
}

async fn start(
    desk: Desk,
    model: &'static Known,
    input: Map<String, Value>,
    headers: HeaderMap,
    bytes: usize,
) -> Result<Response, Refusal> {
    check(model, &input)?;
    let hold = hold(&headers)?;
    let deadline = deadline_seconds(&headers)?;
    let created_ms = desk.now_ms();
    let (id, drawn) = desk.new_id();
    let seed = input.get("seed").and_then(Value::as_i64);
    let mut prediction = Prediction {
        id,
        model,
        input,
        bytes,
        seed: seed.map_or(drawn % 65_536, i64::unsigned_abs),
        pace: desk.0.pace,
        created_ms,
        deadline_ms: deadline
            .map(|seconds| created_ms.saturating_add(seconds.saturating_mul(1_000))),
        canceled_ms: None,
    };
    prediction.pace = prediction.pace.of(prediction.prompt());
    let held = prediction.wait(created_ms).min(hold);
    let id = prediction.id.clone();
    desk.predictions().insert(prediction);
    if !held.is_zero() {
        tokio::time::sleep(held).await;
    }
    let now = desk.now_ms();
    let predictions = desk.predictions();
    let prediction = predictions.get(&id).ok_or_else(no_prediction)?;
    let status = match hold.is_zero() || prediction.wait(now).is_zero() {
        true => StatusCode::CREATED,
        false => StatusCode::ACCEPTED,
    };
    let body = prediction.body(now, &origin(&headers));
    let location = format!("{}/v1/predictions/{id}", origin(&headers));
    Ok((status, [(header::LOCATION, location)], Json(body)).into_response())
}

/// `GET /predictions/{id}`
pub(super) async fn one(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let now = desk.now_ms();
    let predictions = desk.predictions();
    let prediction = predictions.get(&id).ok_or_else(no_prediction)?;
    Ok(Json(prediction.body(now, &origin(&headers))))
}

/// `POST /predictions/{id}/cancel`: what has ended stays as it is.
pub(super) async fn cancel(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let now = desk.now_ms();
    let mut predictions = desk.predictions();
    let prediction = predictions.by_id.get_mut(&id).ok_or_else(no_prediction)?;
    if let Stage::Starting | Stage::Processing(_) = prediction.stage(now) {
        prediction.canceled_ms = Some(now);
    }
    Ok(Json(prediction.body(now, &origin(&headers))))
}

#[derive(serde::Deserialize)]
pub(super) struct Listing {
    cursor: Option<String>,
}

/// `GET /predictions`
pub(super) async fn list(
    State(desk): State<Desk>,
    Query(listing): Query<Listing>,
    headers: HeaderMap,
) -> Json<Value> {
    let now = desk.now_ms();
    let origin = origin(&headers);
    let predictions = desk.predictions();
    let (page, is_more) = predictions.page(listing.cursor.as_deref());
    let last = page.last().filter(|_| is_more);
    let next = last.map(|last| format!("{origin}/v1/predictions?cursor={}", last.id));
    let results: Vec<Value> = page.iter().map(|one| one.body(now, &origin)).collect();
    Json(json!({"next": next, "previous": null, "results": results}))
}

fn object(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|_| {
        let detail = "The request body is not a JSON object.";
        Refusal::new(StatusCode::BAD_REQUEST, "Bad Request", detail)
    })
}

/// `Prefer: wait` or `wait=N`: how long the answer may be held back.
fn hold(headers: &HeaderMap) -> Result<Duration, Refusal> {
    let Some(value) = headers.get("prefer") else {
        return Ok(Duration::ZERO);
    };
    let value = value.to_str().unwrap_or_default();
    let seconds = match value.split_once('=') {
        None if value == "wait" => Some(LONGEST_WAIT_SECONDS),
        Some(("wait", seconds)) => seconds.parse().ok(),
        _ => None,
    };
    match seconds {
        Some(seconds @ 1..=LONGEST_WAIT_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "The Prefer header must be wait, or wait=N with N from 1 to 60.",
        )),
    }
}

/// `Cancel-After`: `30s`, `5m`, `1h30m45s`, or seconds alone.
fn deadline_seconds(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(value) = headers.get("cancel-after") else {
        return Ok(None);
    };
    match value.to_str().ok().and_then(seconds) {
        Some(seconds) if seconds >= EARLIEST_DEADLINE_SECONDS => Ok(Some(seconds)),
        _ => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "Bad Request",
            "The Cancel-After header must be a duration of at least 5 seconds.",
        )),
    }
}

fn seconds(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut digits = String::new();
    for letter in text.chars() {
        let unit = match letter {
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            digit => {
                digits.push(digit);
                continue;
            }
        };
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    match digits.is_empty() {
        true => Some(total),
        false => total.checked_add(digits.parse().ok()?),
    }
}

fn no_prediction() -> Refusal {
    not_found("The requested resource could not be found.")
}
