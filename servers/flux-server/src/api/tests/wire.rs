//! Through the real client to an imitation of Replicate.

use serde_json::{Map, Value, json};
use shared::{config::Env, http::Retry, media::InputFile, settings::Settings};
use testkit::upstream::{html_page, json as reply, rate_limited, resets, sequence};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{
        body_json, header, header_exists, method, path, query_param, query_param_is_missing,
    },
};

use super::*;

const ID: &str = "hxvjgf8hmhrge0ckcmdbr6k0km";
const VERSION: &str = "2f1eb45e847c8630c66e55520e5f91103ec821353910028a30ad746f35978107";
const OFFICIAL: &str = "/v1/models/black-forest-labs/flux-dev/predictions";
const HOLD: Duration = Duration::from_secs(3);
const GIVE_UP: Duration = Duration::from_secs(120);

fn replicate(base: &str) -> Replicate {
    replicate_with(base, Some("r8_test0123456789"))
}

fn replicate_with(base: &str, token: Option<&str>) -> Replicate {
    let variables = [
        ("REPLICATE_BASE_URL", Some(base.to_owned())),
        ("REPLICATE_API_TOKEN", token.map(str::to_owned)),
    ];
    let env = Env::default().with(variables);
    let mut config = Config::from_env(&env).unwrap();
    config.retry.first_delay = Duration::ZERO;
    config.retry.longest_delay = Duration::ZERO;
    assert!(config.retry.attempts > 1, "{:?}", Retry::default());
    Replicate::new(&config, &Client::new(&env, &Settings::defaults()).unwrap())
}

fn name(text: &str) -> ModelName {
    ModelName::parse("model", text).unwrap()
}

fn new(model: &str, is_official: bool) -> NewPrediction {
    NewPrediction {
        model: name(model),
        is_official,
        input: input(),
    }
}

fn input() -> Map<String, Value> {
    json!({"prompt": "a red fox"}).as_object().unwrap().clone()
}

fn prediction(status: &str, output: Value) -> Value {
    json!({
        "id": ID, "model": "black-forest-labs/flux-dev", "version": "hidden", "status": status,
        "input": input(), "output": output, "error": null, "logs": "", "data_removed": false,
        "created_at": "2025-07-29T07:21:33.309Z",
        "urls": {"get": format!("https://api.replicate.com/v1/predictions/{ID}")},
    })
}

fn model(latest_version: Value) -> Value {
    json!({"owner": "someone", "name": "thing", "description": " A\nthing. ", "run_count": 12,
        "is_official": false, "latest_version": latest_version})
}

fn version() -> Value {
    json!({"id": VERSION, "openapi_schema": {"components": {"schemas": {
        "Input": {"required": ["prompt"], "properties": {
            "size": {"allOf": [{"$ref": "#/components/schemas/size"}], "x-order": 1},
            "prompt": {"type": "string", "x-order": 0}}},
        "size": {"enum": ["s", "m"], "type": "string"}}}}})
}

async fn gives(server: &MockServer, verb: &str, route: &str, answer: ResponseTemplate) {
    Mock::given(method(verb))
        .and(path(route))
        .and(header("authorization", "Bearer r8_test0123456789"))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn routes(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let route = |request: &Request| format!("{} {}", request.method, request.url.path());
    requests.iter().map(route).collect()
}

#[path = "wire_create.rs"]
mod create;
#[path = "wire_models.rs"]
mod models;
#[path = "wire_predictions.rs"]
mod predictions;

#[tokio::test]
async fn a_base_with_a_path_replaces_v1() {
    let server = MockServer::start().await;
    let route = format!("/v1/account/gateway/replicate/predictions/{ID}");
    gives(
        &server,
        "GET",
        &route,
        reply(200, prediction("starting", Value::Null)),
    )
    .await;
    let gateway = format!("{}/v1/account/gateway/replicate", server.uri());
    replicate(&gateway).prediction(ID).await.unwrap();
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_every_answer_says_how_to_get_one() {
    let server = MockServer::start().await;
    let replicate = replicate_with(&server.uri(), None);
    let errors = [
        replicate
            .create(&new("flux-dev", true), HOLD, GIVE_UP)
            .await
            .unwrap_err(),
        replicate.prediction(ID).await.unwrap_err(),
        replicate.predictions(None).await.unwrap_err(),
        replicate.cancel_prediction(ID).await.unwrap_err(),
        replicate.model(&name("flux-dev")).await.unwrap_err(),
        replicate.search("x", 1).await.unwrap_err(),
        replicate.upload(file(1)).await.unwrap_err(),
    ];
    for error in errors {
        let text = error.to_text();
        assert!(
            text.contains("REPLICATE_API_TOKEN` is not set") && text.contains(GET_TOKEN_AT),
            "{text}"
        );
    }
    assert!(matches!(&replicate.checks().await[..], [Check::Fail(..)]));
    assert!(routes(&server).await.is_empty());
}

#[tokio::test]
async fn doctor_asks_for_the_account() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/account"))
        .and(header_exists("authorization"))
        .respond_with(reply(200, json!({"type": "user", "username": "someone"})))
        .mount(&server)
        .await;
    assert!(matches!(
        &replicate(&server.uri()).checks().await[..],
        [Check::Ok(_)]
    ));
    let refusing = MockServer::start().await;
    gives(
        &refusing,
        "GET",
        "/v1/account",
        reply(401, json!({"detail": "no"})),
    )
    .await;
    assert!(matches!(
        &replicate(&refusing.uri()).checks().await[..],
        [Check::Fail(..)]
    ));
}

fn file(bytes: usize) -> InputFile {
    InputFile {
        bytes: vec![0; bytes].into(),
        mime_type: "image/png",
        name: "a.png".into(),
    }
}

#[tokio::test]
async fn a_small_file_goes_as_a_data_uri_without_a_request() {
    let server = MockServer::start().await;
    let value = replicate(&server.uri()).input_value(file(3)).await.unwrap();
    assert_eq!(value, "data:image/png;base64,AAAA");
    assert!(routes(&server).await.is_empty());
}

#[tokio::test]
async fn a_large_file_is_uploaded_with_its_name_and_type() {
    let server = MockServer::start().await;
    let url = "https://api.replicate.com/v1/files/cneqzikepnug6xezperrr4z55o";
    let uploaded = json!({"id": "cneqzikepnug6xezperrr4z55o", "urls": {"get": url}});
    gives(&server, "POST", "/v1/files", reply(201, uploaded)).await;
    let value = replicate(&server.uri())
        .input_value(file(256 * 1024 + 1))
        .await
        .unwrap();
    assert_eq!(value, url);
    let requests = server.received_requests().await.unwrap();
    let body = String::from_utf8_lossy(&requests[0].body);
    for part in [
        "name=\"content\"; filename=\"a.png\"",
        "Content-Type: image/png",
        "name=\"metadata\"",
        "\r\n\r\n{}\r\n",
    ] {
        assert!(body.contains(part), "{part}");
    }
}

#[tokio::test]
async fn an_upload_that_is_too_large_says_so_and_may_be_repeated_when_it_breaks() {
    let server = MockServer::start().await;
    gives(
        &server,
        "POST",
        "/v1/files",
        reply(413, json!({"detail": "x"})),
    )
    .await;
    let error = replicate(&server.uri()).upload(file(9)).await.unwrap_err();
    assert!(
        error.to_string().contains("larger than Replicate takes"),
        "{error}"
    );
    let raw = resets().await;
    let error = replicate(raw.url.as_str())
        .upload(file(9))
        .await
        .unwrap_err();
    assert!(!error.may_have_started(), "{error}");
}
