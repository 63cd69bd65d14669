//! What `--demo` asks instead of Replicate: its routes, with predictions that take their time and pictures that
//! are drawn here and marked DEMO.

mod check;
mod clip;
mod delivery;
mod files;
mod font;
mod life;
mod models;
mod picture;
mod predictions;
mod scene;
mod size;

#[cfg(test)]
mod tests;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use shared::Demo;

use files::Files;
use life::Pace;
use predictions::Predictions;

/// A demo never sends a real token anywhere, so it runs with a made-up one.
pub(crate) fn demo() -> Demo {
    Demo {
        routes: routes(Desk::new(Arc::new(Timestamp::now), Pace::LIFELIKE)),
        env: |base| {
            vec![
                ("REPLICATE_BASE_URL", Some(format!("{base}/v1"))),
                (
                    "REPLICATE_API_TOKEN",
                    Some("r8_DemoTokenThatOpensNothing".into()),
                ),
                ("REPLICATE_API_TOKEN_FILE", None),
                ("FLUX_DEFAULT_MODEL", None),
            ]
        },
    }
}

/// The largest request; Replicate has such a limit, too.
const BODY_LIMIT_BYTES: usize = 32 * 1024 * 1024;

/// Tells the time; tests set it.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// All that the imitation remembers. Clones are the same desk.
#[derive(Clone)]
struct Desk(Arc<Inner>);

struct Inner {
    clock: Clock,
    pace: Pace,
    /// How many ids were given away.
    ids: AtomicU64,
    predictions: Mutex<Predictions>,
    files: Mutex<Files>,
}

impl Desk {
    fn new(clock: Clock, pace: Pace) -> Self {
        Self(Arc::new(Inner {
            clock,
            pace,
            ids: AtomicU64::new(0),
            predictions: Mutex::default(),
            files: Mutex::default(),
        }))
    }

    fn now_ms(&self) -> i64 {
        (self.0.clock)().as_millisecond()
    }

    fn predictions(&self) -> MutexGuard<'_, Predictions> {
        let guard = self.0.predictions.lock();
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        let guard = self.0.files.lock();
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    /// 26 lower-case letters and digits, as Replicate's ids are; and a number to draw from.
    fn new_id(&self) -> (String, u64) {
        const LETTERS: [char; 32] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
            'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z',
        ];
        let number = self.0.ids.fetch_add(1, Ordering::Relaxed);
        let now = (self.0.clock)().as_nanosecond();
        let hash = Sha256::digest(format!("{now} {number}"));
        let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied();
        (
            hash.iter().take(26).filter_map(letter).collect(),
            first_number(&hash),
        )
    }
}

fn routes(desk: Desk) -> Router {
    let api = Router::new()
        .route("/account", get(account))
        .route("/search", get(models::search))
        .route("/models", get(models::list))
        .route("/models/{owner}/{name}", get(models::one))
        .route(
            "/models/{owner}/{name}/predictions",
            post(predictions::create_for_model),
        )
        .route(
            "/predictions",
            get(predictions::list).post(predictions::create),
        )
        .route("/predictions/{id}", get(predictions::one))
        .route("/predictions/{id}/cancel", post(predictions::cancel))
        .route("/files", post(files::create))
        .route("/files/{id}", get(files::one))
        .fallback(async || not_found("The requested resource could not be found."))
        .layer(middleware::from_fn(with_a_token));
    Router::new()
        .nest("/v1", api)
        .route("/delivery/{id}/{file}", get(delivery::output))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(desk)
}

/// Any token opens the demo, none does not.
async fn with_a_token(request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION);
    let token = header.and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let is_known = ["bearer", "token"].contains(&scheme.to_lowercase().as_str());
        (is_known && !token.trim().is_empty()).then_some(token)
    });
    match token {
        Some(_) => next.run(request).await,
        None => {
            let detail = match header {
                Some(_) => "You did not pass a valid authentication token",
                None => "You did not pass an authentication token",
            };
            Refusal::new(StatusCode::UNAUTHORIZED, "Unauthenticated", detail).into_response()
        }
    }
}

async fn account() -> Json<Value> {
    Json(json!({"type": "user", "username": "demo", "name": "DEMO account", "github_url": null}))
}

/// A problem as Replicate words it.
struct Refusal(StatusCode, Value);

impl Refusal {
    fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        let body = json!({"title": title, "detail": detail, "status": status.as_u16()});
        Self(status, body)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

fn not_found(detail: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Not Found", detail)
}

/// Where the caller reached us: outputs are kept on the same origin.
fn origin(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST);
    let host = host.and_then(|value| value.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost"))
}

/// A moment as Replicate writes it.
fn iso(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn first_number(hash: &[u8]) -> u64 {
    let bytes = hash.iter().take(8);
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
