//! Without a token there is nobody to ask, and nobody is.

use serde_json::json;

use crate::fixture::{ID, World};

async fn world() -> World {
    let mut world = World::new().await;
    let base = world.base();
    world.configure(&[("REPLICATE_BASE_URL", &base)]);
    world
}

#[tokio::test]
async fn every_tool_that_asks_replicate_names_the_variable() {
    let world = world().await;
    let picture = crate::pictures::plain(image::ImageFormat::Png);
    let picture = crate::pictures::data_uri("image/png", &picture);
    let calls = [
        ("generate_image", json!({"prompt": "a red fox"})),
        (
            "generate_image",
            json!({"prompt": "a red fox", "model": "someone/thing"}),
        ),
        (
            "edit_image",
            json!({"prompt": "at night", "images": [picture]}),
        ),
        ("edit_image", json!({"prompt": "at night", "images": [ID]})),
        ("get_prediction", json!({"prediction_id": ID})),
        ("cancel_prediction", json!({"prediction_id": ID})),
        ("list_predictions", json!({})),
        ("list_models", json!({"query": "upscale"})),
        ("describe_model", json!({"model": "someone/thing"})),
        ("run_model", json!({"model": "someone/thing", "input": {}})),
        (
            "run_model",
            json!({"model": "flux-dev", "input": {"prompt": "a red fox"}}),
        ),
    ];
    let expected = "This needs an API key, and `REPLICATE_API_TOKEN` is not set. Ask the user to set `REPLICATE_API_TOKEN` (a key is made at https://replicate.com/account/api-tokens) and to restart the server; do not retry.";
    for (tool, arguments) in calls {
        assert_eq!(world.failure(tool, arguments).await, expected, "{tool}");
    }
    assert!(world.provider.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_placeholder_is_no_token_and_is_told() {
    let mut world = World::new().await;
    world.configure(&[("REPLICATE_API_TOKEN", "${user_config.token}")]);
    let text = world
        .failure("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert!(
        text.contains("holds the placeholder `${user_config.token}`"),
        "{text}"
    );
}

#[tokio::test]
async fn the_models_can_be_listed_and_described() {
    let world = world().await;
    let text = world.success("list_models", json!({})).await;
    assert!(text.contains("black-forest-labs/flux-2-pro: "), "{text}");
    let text = world
        .success("describe_model", json!({"model": "flux-schnell"}))
        .await;
    assert!(
        text.contains("num_inference_steps (whole number, default 4, from 1 to 4)"),
        "{text}"
    );
}
