//! One call of each tool, and everything that Replicate may do instead of answering.

use std::{net::TcpListener, time::Duration};

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream;
use wiremock::ResponseTemplate;

use crate::fixture::{DEV, ID, TOKEN, VERSION, World, timeless};

/// Longer than any call may take.
const NEVER: Duration = Duration::from_secs(3_600);
const IMPATIENT: Duration = Duration::from_millis(150);

struct Question {
    tool: &'static str,
    arguments: Value,
    verb: &'static str,
    /// The one that fails.
    route: String,
}

fn problem(status: u16, title: &str, detail: &str) -> ResponseTemplate {
    let body = json!({"title": title, "detail": detail, "status": status});
    upstream::json(status, body)
}

/// What Replicate and everything in front of it may say.
fn replies() -> Vec<(&'static str, ResponseTemplate)> {
    let text = |body: &str| ResponseTemplate::new(200).set_body_string(body);
    let credit = "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit.";
    let throttled = "Request was throttled. Your rate limit resets in ~90s.";
    vec![
        (
            "token refused",
            problem(
                401,
                "Unauthenticated",
                "You did not pass a valid authentication token",
            ),
        ),
        (
            "token echoed",
            problem(401, "Unauthenticated", &format!("bad token {TOKEN}")),
        ),
        ("no credit", problem(402, "Insufficient credit", credit)),
        ("forbidden", problem(403, "Forbidden", "not yours")),
        (
            "not found",
            problem(
                404,
                "Not Found",
                "The requested resource could not be found.",
            ),
        ),
        (
            "too large",
            upstream::json(413, json!({"detail": "payload too large"})),
        ),
        (
            "bad input",
            upstream::json(
                422,
                json!({
                    "title": "Input validation failed", "status": 422,
                    "detail": "- input.num_inference_steps: Must be less than or equal to 4\n",
                    "invalid_fields": [{"type": "number_lte", "field": "input.num_inference_steps", "description": "Must be less than or equal to 4"}],
                }),
            ),
        ),
        (
            "bad version",
            problem(
                422,
                "Invalid version or not permitted",
                "The specified version does not exist (or perhaps you don't have permission to use it?)",
            ),
        ),
        (
            "limited, in the body",
            upstream::json(
                429,
                json!({"detail": throttled, "status": 429, "retry_after": 120}),
            ),
        ),
        ("limited, in a header", upstream::rate_limited(120)),
        ("limited, in words", problem(429, "", throttled)),
        ("failed", problem(500, "Internal Server Error", "")),
        ("a page of a proxy", upstream::html_page(502)),
        ("a page with status 200", text("<!doctype html><p>Log in")),
        (
            "an error with status 200",
            upstream::json(200, json!({"detail": "Not found.", "status": 404})),
        ),
        ("half a reply", text("{\"id\": \"hxvjgf8hm")),
        ("another reply", text("7")),
    ]
}

impl Question {
    /// What the model reads in each case, and how often Replicate was asked.
    async fn fails(&self) -> String {
        let first = World::new().await;
        let mut lines = Vec::new();
        for (name, answer) in replies() {
            let world = World::with(first.http.clone()).await;
            lines.push(self.line(name, &world, answer).await);
        }
        let impatient = first.http.clone().with_request_timeout(IMPATIENT);
        let world = World::with(impatient).await;
        let mut nowhere = World::with(first.http).await;
        nowhere.configure(&[
            ("REPLICATE_API_TOKEN", TOKEN),
            ("REPLICATE_BASE_URL", &nobody_listens()),
        ]);
        // A submit may hold its answer back, so silence takes longer there than a test may.
        if self.verb == "GET" {
            lines.push(self.line("silence", &world, upstream::slow(NEVER)).await);
        }
        let text = nowhere.failure(self.tool, self.arguments.clone()).await;
        lines.push(format!("nobody there: {}", timeless(&text)));
        lines.join("\n")
    }

    async fn line(&self, name: &str, world: &World, answer: ResponseTemplate) -> String {
        world.gives(self.verb, &self.route, answer).await;
        let text = world.failure(self.tool, self.arguments.clone()).await;
        let requests = world.provider.received_requests().await.unwrap();
        let is_it = |request: &&wiremock::Request| {
            request.method.as_str() == self.verb && request.url.path() == self.route
        };
        let count = requests.iter().filter(is_it).count();
        format!("{name} (asked {count}): {}", timeless(&text))
    }
}

fn nobody_listens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_picture_is_not_made() {
    let question = Question {
        tool: "generate_image",
        arguments: json!({"prompt": "a red fox"}),
        verb: "POST",
        route: DEV.into(),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn a_picture_is_not_changed() {
    let picture = crate::pictures::plain(image::ImageFormat::Png);
    let picture = crate::pictures::data_uri("image/png", &picture);
    let question = Question {
        tool: "edit_image",
        arguments: json!({"prompt": "at night", "images": [picture]}),
        verb: "POST",
        route: "/v1/models/black-forest-labs/flux-2-pro/predictions".into(),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn a_model_is_not_run() {
    let question = Question {
        tool: "run_model",
        arguments: json!({"model": format!("someone/thing:{VERSION}"), "input": {"text": "hello"}}),
        verb: "GET",
        route: format!("/v1/models/someone/thing/versions/{VERSION}"),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn a_prediction_is_not_looked_up() {
    let question = Question {
        tool: "get_prediction",
        arguments: json!({"prediction_id": ID, "wait_seconds": 0}),
        verb: "GET",
        route: format!("/v1/predictions/{ID}"),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn a_prediction_is_not_cancelled() {
    let question = Question {
        tool: "cancel_prediction",
        arguments: json!({"prediction_id": ID}),
        verb: "POST",
        route: format!("/v1/predictions/{ID}/cancel"),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn predictions_are_not_listed() {
    let question = Question {
        tool: "list_predictions",
        arguments: json!({}),
        verb: "GET",
        route: "/v1/predictions".into(),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn models_are_not_found() {
    let question = Question {
        tool: "list_models",
        arguments: json!({"query": "upscale"}),
        verb: "GET",
        route: "/v1/search".into(),
    };
    assert_snapshot!(question.fails().await);
}

#[tokio::test]
async fn a_model_is_not_described() {
    let question = Question {
        tool: "describe_model",
        arguments: json!({"model": "someone/thing"}),
        verb: "GET",
        route: "/v1/models/someone/thing".into(),
    };
    assert_snapshot!(question.fails().await);
}
