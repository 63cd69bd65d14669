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

#[tokio::test]
async fn an_official_model_is_run_by_its_name_with_a_wait_and_a_deadline() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(OFFICIAL))
        .and(header("authorization", "Bearer r8_test0123456789"))
        .and(header("prefer", "wait=3"))
        .and(header("cancel-after", "120s"))
        .and(body_json(json!({"input": {"prompt": "a red fox"}})))
        .respond_with(reply(201, prediction("starting", Value::Null)))
        .expect(1)
        .mount(&server)
        .await;
    let created = replicate(&server.uri())
        .create(&new("flux-dev", true), HOLD, GIVE_UP)
        .await
        .unwrap();
    assert_eq!(
        (created.id.as_str(), created.status),
        (ID, Status::Starting)
    );
}

#[tokio::test]
async fn without_a_hold_there_is_no_prefer_and_both_times_keep_their_bounds() {
    let server = MockServer::start().await;
    gives(
        &server,
        "POST",
        OFFICIAL,
        reply(202, prediction("starting", Value::Null)),
    )
    .await;
    let replicate = replicate(&server.uri());
    for (hold, give_up) in [(0, 1), (600, 60)] {
        replicate
            .create(
                &new("flux-dev", true),
                Duration::from_secs(hold),
                Duration::from_secs(give_up),
            )
            .await
            .unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    assert!(requests[0].headers.get("prefer").is_none());
    assert_eq!(requests[0].headers["cancel-after"], "5s");
    assert_eq!(requests[1].headers["prefer"], "wait=60");
}

#[tokio::test]
async fn a_named_version_is_run_by_its_id() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/predictions"))
        .and(body_json(
            json!({"version": VERSION, "input": {"prompt": "a red fox"}}),
        ))
        .respond_with(reply(
            201,
            prediction("processing", json!(["https://replicate.delivery/x.png"])),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let named = new(&format!("black-forest-labs/flux-dev:{VERSION}"), true);
    let created = replicate(&server.uri())
        .create(&named, HOLD, GIVE_UP)
        .await
        .unwrap();
    assert!(matches!(created.into_job().state, job::State::Done(_)));
}

#[tokio::test]
async fn a_model_that_is_not_official_is_run_by_its_newest_version() {
    let server = MockServer::start().await;
    gives(
        &server,
        "GET",
        "/v1/models/someone/thing",
        reply(200, model(version())),
    )
    .await;
    gives(
        &server,
        "POST",
        "/v1/predictions",
        reply(201, prediction("starting", Value::Null)),
    )
    .await;
    let replicate = replicate(&server.uri());
    replicate
        .create(&new("someone/thing", false), HOLD, GIVE_UP)
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(
        requests[1].body_json::<Value>().unwrap()["version"],
        VERSION
    );
}

#[tokio::test]
async fn a_model_that_was_believed_official_is_run_by_its_version_once() {
    let server = MockServer::start().await;
    let not_found = json!({"title": "Not Found", "detail": "x", "status": 404});
    gives(
        &server,
        "POST",
        "/v1/models/someone/thing/predictions",
        reply(404, not_found),
    )
    .await;
    gives(
        &server,
        "GET",
        "/v1/models/someone/thing",
        reply(200, model(version())),
    )
    .await;
    gives(
        &server,
        "POST",
        "/v1/predictions",
        reply(201, prediction("starting", Value::Null)),
    )
    .await;
    replicate(&server.uri())
        .create(&new("someone/thing", true), HOLD, GIVE_UP)
        .await
        .unwrap();
    assert_eq!(
        routes(&server).await,
        [
            "POST /v1/models/someone/thing/predictions",
            "GET /v1/models/someone/thing",
            "POST /v1/predictions"
        ]
    );
}

#[tokio::test]
async fn a_model_that_does_not_exist_is_not_found_and_nothing_is_repeated() {
    let server = MockServer::start().await;
    let error = replicate(&server.uri())
        .create(&new("someone/thing", true), HOLD, GIVE_UP)
        .await
        .unwrap_err();
    assert!(
        error
            .to_text()
            .starts_with("The model `someone/thing` was not found. `list_models`"),
        "{}",
        error.to_text()
    );
    assert_eq!(routes(&server).await.len(), 2);
}

#[tokio::test]
async fn a_reset_while_creating_is_not_sent_again_and_may_have_started() {
    let raw = resets().await;
    let replicate = replicate(raw.url.as_str());
    let error = replicate
        .create(&new("flux-dev", true), HOLD, GIVE_UP)
        .await
        .unwrap_err();
    assert!(error.may_have_started(), "{error:?}");
    assert_eq!(raw.connections(), 1);
    let error = replicate.cancel_prediction(ID).await.unwrap_err();
    assert!(!error.may_have_started(), "{error:?}");
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_the_submit_sent_again() {
    for limited in [
        reply(
            429,
            json!({"detail": "Request was throttled.", "status": 429, "retry_after": 0}),
        ),
        reply(
            429,
            json!({"detail": "Request was throttled. Your rate limit resets in ~0s."}),
        ),
        rate_limited(0),
    ] {
        let server = MockServer::start().await;
        let answers = sequence([limited, reply(201, prediction("starting", Value::Null))]);
        Mock::given(path(OFFICIAL))
            .respond_with(answers)
            .mount(&server)
            .await;
        let replicate = replicate(&server.uri());
        replicate
            .create(&new("flux-dev", true), HOLD, GIVE_UP)
            .await
            .unwrap();
        assert_eq!(routes(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn each_refusal_of_a_submit_has_its_error_and_is_sent_once() {
    let invalid = json!({"title": "Input validation failed", "status": 422, "detail": "x",
        "invalid_fields": [{"field": "input.num_outputs", "description": "Must be less than or equal to 4"}]});
    let cases = [
        (
            reply(
                401,
                json!({"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401}),
            ),
            "auth",
            false,
        ),
        (
            reply(
                402,
                json!({"title": "Insufficient credit", "detail": "You have insufficient credit to run this model.", "status": 402}),
            ),
            "no_credit",
            false,
        ),
        (reply(403, json!({"detail": "no"})), "auth", false),
        (reply(422, invalid), "invalid_input", false),
        (
            reply(
                422,
                json!({"title": "Invalid version or not permitted", "detail": "x"}),
            ),
            "invalid_input",
            false,
        ),
        (reply(413, json!({"detail": "x"})), "rejected", false),
        (
            reply(429, json!({"detail": "x", "retry_after": 900})),
            "rate_limited",
            false,
        ),
        (html_page(502), "upstream", true),
        (
            ResponseTemplate::new(201).set_body_string("{\"id\": \"hxv"),
            "decode",
            true,
        ),
        (
            reply(200, json!({"detail": "x", "status": 402})),
            "no_credit",
            false,
        ),
    ];
    for (answer, kind, may_have_started) in cases {
        let server = MockServer::start().await;
        gives(&server, "POST", OFFICIAL, answer).await;
        let error = replicate(&server.uri())
            .create(&new("flux-dev", true), HOLD, GIVE_UP)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.may_have_started()),
            (kind, may_have_started),
            "{error}"
        );
        assert!(
            error.to_text().len() < 600 && !error.to_text().contains('<'),
            "{error}"
        );
        assert_eq!(routes(&server).await.len(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_prediction_is_polled_to_its_end() {
    let server = MockServer::start().await;
    let mut running = prediction("processing", Value::Null);
    running["logs"] = " 50%|█████     | 2/4 [00:00<00:00]".into();
    let url = "https://replicate.delivery/x/out.jpg";
    let answers = sequence([
        reply(200, running),
        html_page(502),
        reply(200, prediction("succeeded", json!(url))),
    ]);
    Mock::given(method("GET"))
        .and(path(format!("/v1/predictions/{ID}")))
        .respond_with(answers)
        .mount(&server)
        .await;
    let replicate = replicate(&server.uri());
    let first = job::Provider::poll(&replicate, ID).await.unwrap();
    assert!(matches!(
        first.state,
        job::State::Running { step: Some((2, 4)) }
    ));
    let job::State::Done(done) = job::Provider::poll(&replicate, ID).await.unwrap().state else {
        panic!("not done");
    };
    assert_eq!(done.outputs().files.len(), 1);
}

#[tokio::test]
async fn a_submit_may_fail_at_once() {
    let server = MockServer::start().await;
    let mut failed = prediction("failed", Value::Null);
    failed["error"] = "The input or output was flagged as sensitive. (E005) (x)".into();
    gives(&server, "POST", OFFICIAL, reply(201, failed)).await;
    let created = replicate(&server.uri())
        .create(&new("flux-dev", true), HOLD, GIVE_UP)
        .await
        .unwrap();
    assert!(matches!(
        created.into_job().state,
        job::State::Failed(Error::Refused { .. })
    ));
}

#[tokio::test]
async fn ids_that_are_none_are_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let replicate = replicate(&server.uri());
    for id in [
        "",
        "short",
        "../account",
        "HXVJGF8HMHRGE0CKCMDBR6K0KM",
        &"a".repeat(41),
    ] {
        for error in [
            replicate.prediction(id).await.unwrap_err(),
            replicate.cancel_prediction(id).await.unwrap_err(),
        ] {
            assert!(
                matches!(&error, Error::InvalidInput { field, .. } if field == "prediction_id")
            );
        }
    }
    assert!(routes(&server).await.is_empty());
    let error = replicate.prediction(ID).await.unwrap_err();
    assert!(error.to_text().contains(&format!(
        "prediction `{ID}` was not found. `list_predictions`"
    )));
}

#[tokio::test]
async fn a_prediction_is_cancelled() {
    let server = MockServer::start().await;
    let route = format!("/v1/predictions/{ID}/cancel");
    gives(
        &server,
        "POST",
        &route,
        reply(200, prediction("canceled", Value::Null)),
    )
    .await;
    let cancelled = replicate(&server.uri())
        .cancel_prediction(ID)
        .await
        .unwrap();
    assert_eq!(cancelled.status, Status::Canceled);
}

#[tokio::test]
async fn the_next_page_is_asked_for_at_the_configured_host() {
    let server = MockServer::start().await;
    let page = |next: Value| {
        reply(
            200,
            json!({"next": next, "previous": null, "results": [prediction("succeeded", Value::Null)]}),
        )
    };
    Mock::given(path("/v1/predictions"))
        .and(query_param_is_missing("cursor"))
        .respond_with(page(json!(
            "http://evil.example/v1/predictions?cursor=cD0y%2B&x=1"
        )))
        .mount(&server)
        .await;
    Mock::given(path("/v1/predictions"))
        .and(query_param("cursor", "cD0y+"))
        .respond_with(page(json!("null")))
        .expect(1)
        .mount(&server)
        .await;
    let replicate = replicate(&server.uri());
    let first = replicate.predictions(None).await.unwrap();
    assert_eq!(first.cursor.as_deref(), Some("cD0y+"));
    assert_eq!(first.predictions[0].id, ID);
    let last = replicate
        .predictions(first.cursor.as_deref())
        .await
        .unwrap();
    assert_eq!(last.cursor, None);
}

#[tokio::test]
async fn a_model_is_described_with_its_schema_and_asked_for_once() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/models/someone/thing"))
        .respond_with(reply(200, model(version())))
        .expect(1)
        .mount(&server)
        .await;
    let replicate = replicate(&server.uri());
    let found = replicate.model(&name("someone/thing")).await.unwrap();
    assert_eq!(found.description.as_deref(), Some("A thing."));
    assert_eq!((found.is_official, found.run_count), (false, Some(12)));
    assert_eq!(found.latest_version.as_deref(), Some(VERSION));
    let schema = replicate
        .schema(&name("someone/thing"))
        .await
        .unwrap()
        .unwrap();
    assert!(!schema.is_built_in);
    assert_eq!(
        schema.lines(),
        ["prompt (text, required)", "size (text, one of s, m)"]
    );
}

#[tokio::test]
async fn a_model_without_a_version_has_no_schema_unless_it_is_built_in() {
    let server = MockServer::start().await;
    gives(
        &server,
        "GET",
        "/v1/models/someone/thing",
        reply(200, model(Value::Null)),
    )
    .await;
    let flux = json!({"owner": "black-forest-labs", "name": "flux-dev", "latest_version": null});
    gives(
        &server,
        "GET",
        "/v1/models/black-forest-labs/flux-dev",
        reply(200, flux),
    )
    .await;
    let replicate = replicate(&server.uri());
    let bare = replicate.model(&name("someone/thing")).await.unwrap();
    assert!(bare.latest_version.is_none() && bare.schema.is_none());
    assert!(
        replicate
            .schema(&name("someone/thing"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        replicate
            .schema(&name("flux-dev"))
            .await
            .unwrap()
            .unwrap()
            .is_built_in
    );
}

#[tokio::test]
async fn the_schema_of_a_named_version_is_that_versions() {
    let server = MockServer::start().await;
    let route = format!("/v1/models/someone/thing/versions/{VERSION}");
    gives(&server, "GET", &route, reply(200, version())).await;
    let named = name(&format!("someone/thing:{VERSION}"));
    let schema = replicate(&server.uri())
        .schema(&named)
        .await
        .unwrap()
        .unwrap();
    assert!(schema.field("size").is_some());
}

#[tokio::test]
async fn trouble_with_the_live_schema_is_no_trouble_for_models_in_the_table() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(html_page(503))
        .mount(&server)
        .await;
    for replicate in [
        replicate(&server.uri()),
        replicate_with(&server.uri(), None),
    ] {
        let schema = replicate.schema(&name("flux-dev")).await.unwrap().unwrap();
        assert!(schema.is_built_in);
        assert!(replicate.schema(&name("someone/thing")).await.is_err());
    }
}

#[tokio::test]
async fn the_search_brings_models_with_one_line_each() {
    let server = MockServer::start().await;
    let mut described = model(Value::Null);
    described["description"] = Value::Null;
    let found = json!({"query": "fox", "collections": [], "pages": [], "models": [
        {"model": described, "metadata": {"generated_description": "Draws\nfoxes", "score": 1.2, "tags": []}},
        {"model": {"owner": "../x", "name": "y"}, "metadata": null},
    ]});
    Mock::given(path("/v1/search"))
        .and(query_param("query", "red fox & co"))
        .and(query_param("limit", "50"))
        .respond_with(reply(200, found))
        .expect(1)
        .mount(&server)
        .await;
    let found = replicate(&server.uri())
        .search("red fox & co", 500)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, "someone/thing");
    assert_eq!(found[0].description.as_deref(), Some("Draws foxes"));
}

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

#[test]
fn a_digest_is_the_same_for_what_replicate_lists_later() {
    let digest =
        |model: &str, input: Value| NewPrediction::digest(model, input.as_object().unwrap());
    let sent = digest(
        "black-forest-labs/flux-dev",
        json!({"prompt": "a", "guidance": 3.0, "images": [{"b": 1, "a": 2}]}),
    );
    let listed = format!("black-forest-labs/flux-dev:{VERSION}");
    assert_eq!(
        sent,
        digest(
            &listed,
            json!({"images": [{"a": 2.0, "b": 1}], "guidance": 3, "prompt": "a"})
        )
    );
    assert_eq!(sent.len(), 64);
    let others = [
        digest(
            "black-forest-labs/flux-pro",
            json!({"prompt": "a", "guidance": 3.0, "images": [{"b": 1, "a": 2}]}),
        ),
        digest(
            "black-forest-labs/flux-dev",
            json!({"prompt": "a", "guidance": 3.5, "images": [{"b": 1, "a": 2}]}),
        ),
        digest(
            "black-forest-labs/flux-dev",
            json!({"prompt": "a", "guidance": "3", "images": [{"b": 1, "a": 2}]}),
        ),
    ];
    assert!(others.iter().all(|other| *other != sent));
}
