use super::*;

/// What a read that is answered with this status and body comes to.
async fn error(status: u16, body: &str) -> Error {
    let server = answering(text(status, body)).await;
    get(&http(&server.uri())).await.unwrap_err()
}

#[tokio::test]
async fn each_status_has_its_kind() {
    let kinds = [
        (400, "rejected"),
        (401, "auth"),
        (402, "no_credit"),
        (403, "auth"),
        (404, "not_found"),
        (408, "timed_out"),
        (410, "rejected"),
        (413, "rejected"),
        (422, "rejected"),
        (429, "rate_limited"),
        (500, "upstream"),
        (503, "upstream"),
        (304, "upstream"),
        (999, "upstream"),
    ];
    for (status, kind) in kinds {
        assert_eq!(error(status, "{}").await.kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_without_a_key_is_not_blamed_on_the_key() {
    let server = answering(text(403, r#"{"detail":"no user agent"}"#)).await;
    let open = Upstream {
        auth: Auth::None,
        ..upstream(&server.uri())
    };
    let error = get(&Http::new(&client(AMPLE), open)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Example rejected the request (HTTP 403): no user agent"
    );
}

#[tokio::test]
async fn the_message_is_found_in_the_common_shapes() {
    let bodies = [
        r#"{"cod":400,"message":"no such place"}"#,
        r#"{"error":{"code":1,"message":"no such place"}}"#,
        r#"{"error":"no such place"}"#,
        r#"{"detail":"no such place"}"#,
        r#"{"error":true,"reason":"no such place"}"#,
        "no such place",
    ];
    for body in bodies {
        assert_eq!(
            error(400, body).await.to_string(),
            "Example rejected the request (HTTP 400): no such place",
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_page_is_not_quoted() {
    let page = error(502, "<!doctype html><h1>Bad gateway at 10.0.0.7</h1>").await;
    let text = page.to_text();
    assert!(text.contains("an HTML page instead of data"), "{text}");
    assert!(!text.contains("10.0.0.7"), "{text}");
}

#[tokio::test]
async fn what_is_declared_to_be_a_page_is_not_quoted() {
    let page = ResponseTemplate::new(403).set_body_raw("Blocked <b>ray 7</b>", "text/html");
    let server = answering(page).await;
    let text = get(&http(&server.uri())).await.unwrap_err().to_text();
    assert!(!text.contains("ray 7"), "{text}");
}

#[tokio::test]
async fn a_long_message_is_cut() {
    let text = error(400, &"long ".repeat(10_000)).await.to_text();
    assert!(text.len() < 500, "{text}");
}

#[tokio::test]
async fn an_error_body_with_status_200_is_an_error() {
    let server = answering(text(200, r#"{"status":"no"}"#)).await;
    let knowing = Upstream {
        explain: |status, body| {
            (status == 200 && body == br#"{"status":"no"}"#).then(|| Error::invalid("q", "no"))
        },
        ..upstream(&server.uri())
    };
    let error = get(&Http::new(&client(AMPLE), knowing)).await.unwrap_err();
    assert_eq!(error, Error::invalid("q", "no"));
}

#[tokio::test]
async fn the_provider_knows_better_than_the_status() {
    let server = answering(text(429, r#"{"code":"insufficient_quota"}"#)).await;
    let knowing = Upstream {
        explain: |status, _| {
            Some(Error::NoCredit {
                provider: "Example",
                status,
                message: "nothing left".into(),
            })
        },
        ..upstream(&server.uri())
    };
    let error = get(&Http::new(&client(AMPLE), knowing)).await.unwrap_err();
    assert_eq!(error.kind(), "no_credit");
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn what_the_provider_knows_is_completed_with_the_attempts() {
    let server = answering(text(500, "{}")).await;
    let knowing = Upstream {
        explain: |status, _| {
            Some(Error::Upstream {
                provider: "Example",
                status,
                message: "asleep".into(),
                attempts: answer::NONE_YET,
                may_have_started: false,
            })
        },
        ..upstream(&server.uri())
    };
    let error = get(&Http::new(&client(AMPLE), knowing)).await.unwrap_err();
    assert!(error.to_string().contains("(3 attempts in "), "{error}");
}
