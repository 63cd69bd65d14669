//! `list_models` and `describe_model`.

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream;

use crate::fixture::{VERSION, World};

fn model(name: &str, is_official: bool) -> Value {
    json!({
        "owner": "someone", "name": name, "is_official": is_official, "run_count": 1234,
        "description": "Upscales\nphotographs. ",
        "latest_version": {"id": VERSION, "openapi_schema": {"components": {"schemas": {
            "Input": {
                "type": "object", "required": ["image"],
                "properties": {
                    "image": {"type": "string", "format": "uri", "x-order": 0, "description": "What to upscale"},
                    "scale": {"allOf": [{"$ref": "#/components/schemas/scale"}], "default": 2, "x-order": 1},
                },
            },
            "scale": {"type": "integer", "enum": [2, 4]},
        }}}},
    })
}

#[tokio::test]
async fn the_models_of_the_house_need_nobody() {
    let world = World::new().await;
    let text = world.success("list_models", json!({})).await;
    assert_snapshot!(text);
    assert!(world.provider.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_part_of_the_list_says_how_much_there_is() {
    let world = World::new().await;
    let text = world.success("list_models", json!({"limit": 2})).await;
    assert!(text.ends_with("\n2 of 30 models shown."), "{text}");
}

#[tokio::test]
async fn a_search_asks_replicate_for_as_many_as_are_wanted() {
    let world = World::new().await;
    let hits = json!({"query": "upscale", "models": [
        {"model": model("real-esrgan", false), "metadata": {"generated_description": "x", "score": 0.9}},
        {"model": model("clarity", true), "metadata": null},
    ]});
    world
        .gives("GET", "/v1/search", upstream::json(200, hits))
        .await;
    let text = world
        .success("list_models", json!({"query": "upscale photo", "limit": 7}))
        .await;
    assert_snapshot!(text);
    let requests = world.provider.received_requests().await.unwrap();
    assert_eq!(requests[0].url.query(), Some("query=upscale+photo&limit=7"));
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_answer() {
    let world = World::new().await;
    world
        .gives(
            "GET",
            "/v1/search",
            upstream::json(200, json!({"models": []})),
        )
        .await;
    let text = world.success("list_models", json!({"query": "zzz"})).await;
    assert_eq!(text, "No model was found; try other words.");
}

#[tokio::test]
async fn a_model_is_described_as_replicate_describes_it_now() {
    let world = World::new().await;
    let route = "/v1/models/someone/clarity";
    world
        .gives("GET", route, upstream::json(200, model("clarity", true)))
        .await;
    let text = world
        .success("describe_model", json!({"model": "someone/clarity"}))
        .await;
    assert_snapshot!(text);
}

#[tokio::test]
async fn a_flux_model_is_described_from_the_table_when_replicate_is_silent() {
    let world = World::new().await;
    let text = world
        .success("describe_model", json!({"model": "flux-kontext-pro"}))
        .await;
    assert_snapshot!(text);
}

#[tokio::test]
async fn a_named_version_is_described_by_its_own_schema() {
    let world = World::new().await;
    let mut described = model("clarity", true)["latest_version"].clone();
    let input = &mut described["openapi_schema"]["components"]["schemas"]["Input"];
    input["properties"]["sharpen"] = json!({"type": "boolean", "x-order": 2});
    let route = format!("/v1/models/someone/clarity/versions/{VERSION}");
    world
        .gives("GET", &route, upstream::json(200, described))
        .await;
    world
        .gives(
            "GET",
            "/v1/models/someone/clarity",
            upstream::json(200, model("clarity", true)),
        )
        .await;
    let model = format!("someone/clarity:{VERSION}");
    let text = world
        .success("describe_model", json!({"model": model}))
        .await;
    assert!(text.contains("- sharpen (true or false)"), "{text}");
}

#[tokio::test]
async fn a_model_without_a_version_has_no_fields_to_describe() {
    let world = World::new().await;
    let bare = json!({"owner": "someone", "name": "new", "latest_version": null});
    world
        .gives("GET", "/v1/models/someone/new", upstream::json(200, bare))
        .await;
    let text = world
        .failure("describe_model", json!({"model": "someone/new"}))
        .await;
    assert!(text.contains("input schema of someone/new"), "{text}");
}
