//! Reading, listing and cancelling predictions, and recognizing them.

use super::*;

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
            json!({"next": next, "previous": null, "results": [{"id": null}, prediction("succeeded", Value::Null)]}),
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
