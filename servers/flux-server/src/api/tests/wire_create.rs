//! Submitting: by which route, with which headers, and when it is sent again.

use super::*;

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
