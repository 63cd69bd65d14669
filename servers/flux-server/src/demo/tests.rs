use std::sync::atomic::AtomicI64;

use axum::body::{Body, to_bytes};
use axum::http::Method;
use shared::config::Env;
use tower::ServiceExt as _;

use super::*;

mod files;
mod life;
mod models;
mod pictures;

const DEV: &str = "/v1/models/black-forest-labs/flux-dev/predictions";
const AT_ONCE: Pace = Pace {
    starting: 0,
    processing: 0,
    settling: 0,
};

/// The imitation with a clock that stands still until it is set forward.
struct Stage {
    routes: Router,
    now_ms: Arc<AtomicI64>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Stage {
    fn new(pace: Pace) -> Self {
        let now_ms = Arc::new(AtomicI64::new(1_795_276_800_000));
        let clock = {
            let now_ms = Arc::clone(&now_ms);
            move || Timestamp::from_millisecond(now_ms.load(Ordering::Relaxed)).unwrap()
        };
        Self {
            routes: routes(Desk::new(Arc::new(clock), pace)),
            now_ms,
        }
    }

    fn pass(&self, milliseconds: i64) {
        self.now_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }

    async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = request.body(body).unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap()
                .into(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path), Body::empty()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let body = Body::from(body.to_string());
        self.send(request(Method::POST, path), body).await
    }

    /// Create a prediction that must be accepted.
    async fn create(&self, path: &str, input: Value) -> Value {
        let answer = self.post(path, json!({"input": input})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// The prediction as it is now.
    async fn again(&self, prediction: &Value) -> Value {
        let id = prediction["id"].as_str().unwrap();
        self.get(&format!("/v1/predictions/{id}")).await.json()
    }

    /// What is behind a URL of an output; nobody needs a token for that.
    async fn fetch(&self, url: &Value) -> Answer {
        let path = url.as_str().unwrap().strip_prefix("http://here").unwrap();
        self.send(Request::get(path), Body::empty()).await
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    request
        .header("authorization", "Bearer r8_any")
        .header("host", "here")
}

#[test]
fn a_demo_points_replicate_at_itself_and_forgets_the_real_token() {
    let env = Env::from([
        ("REPLICATE_API_TOKEN", "r8_real"),
        ("REPLICATE_API_TOKEN_FILE", "/real"),
        ("FLUX_DEFAULT_MODEL", "somebody/private"),
    ]);
    let config =
        crate::config::Config::from_env(&env.with((demo().env)("http://127.0.0.1:1"))).unwrap();
    assert_eq!(config.base.unwrap().as_str(), "http://127.0.0.1:1/v1");
    assert_eq!(config.default_model, crate::config::DEFAULT_MODEL);
    let token = config.token.unwrap();
    assert_ne!(secrecy::ExposeSecret::expose_secret(&token), "r8_real");
}

#[tokio::test]
async fn without_a_token_the_api_answers_nobody() {
    let stage = Stage::new(AT_ONCE);
    for (header, detail) in [
        (None, "You did not pass an authentication token"),
        (
            Some("Bearer "),
            "You did not pass a valid authentication token",
        ),
        (
            Some("Basic abc"),
            "You did not pass a valid authentication token",
        ),
    ] {
        let mut request = Request::get("/v1/account");
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = stage.send(request, Body::empty()).await;
        let body = json!({"title": "Unauthenticated", "detail": detail, "status": 401});
        assert_eq!((answer.status, answer.json()), (401, body));
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_in_replicates_words() {
    let stage = Stage::new(AT_ONCE);
    for path in [
        "/v1/nothing",
        "/v1/predictions/nobody",
        "/v1/files/nobody",
        "/v1/models/some/body",
    ] {
        let answer = stage.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["title"], "Not Found", "{path}");
    }
}

#[tokio::test]
async fn the_list_has_pages_of_a_hundred_and_forgets_the_oldest() {
    let stage = Stage::new(AT_ONCE);
    let text = "/v1/models/meta/meta-llama-3-8b-instruct/predictions";
    let first = stage.create(text, json!({"prompt": "first"})).await;
    for _ in 0..100 {
        stage.create(text, json!({"prompt": "more"})).await;
    }
    let page = stage.get("/v1/predictions").await.json();
    assert_eq!(page["results"].as_array().unwrap().len(), 100);
    let next = page["next"].as_str().unwrap();
    let rest = stage
        .get(next.strip_prefix("http://here").unwrap())
        .await
        .json();
    assert_eq!(rest["next"], Value::Null);
    let rest = rest["results"].as_array().unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["id"], first["id"]);
    for _ in 0..900 {
        stage.create(text, json!({"prompt": "more"})).await;
    }
    let gone = format!("/v1/predictions/{}", first["id"].as_str().unwrap());
    assert_eq!(stage.get(&gone).await.status, 404);
}
