//! Models, their schemas, and the search.

use super::*;

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
    assert!(!replicate.is_official(&name("someone/thing")).await.unwrap());
    assert!(replicate.is_official(&name("flux-dev")).await.unwrap());
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
