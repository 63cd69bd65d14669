//! Saved files, predictions and models as resources.

use base64_simd::STANDARD;
use insta::assert_snapshot;
use rmcp::model::{ErrorCode, ReadResourceRequestParams, ResourceContents};
use serde_json::{Value, json};
use testkit::{Client, upstream};

use crate::fixture::{ID, World, is, prediction};

async fn with_a_fox() -> (World, Client, String) {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let client = world.client().await;
    let result = client
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let link = result.content.last().unwrap().as_resource_link().unwrap();
    let uri = link.uri.clone();
    (world, client, uri)
}

#[tokio::test]
async fn what_is_saved_is_listed() {
    let (world, client, uri) = with_a_fox().await;
    let listed: Value = serde_json::from_str(&client.read("flux://media").await.unwrap()).unwrap();
    assert_eq!(listed[0]["uri"], uri);
    let text = serde_json::to_string_pretty(&listed).unwrap();
    assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn a_saved_file_is_read_in_full() {
    let (world, client, uri) = with_a_fox().await;
    let read = client
        .peer()
        .read_resource(ReadResourceRequestParams::new(uri))
        .await
        .unwrap();
    let Some(ResourceContents::BlobResourceContents {
        blob, mime_type, ..
    }) = read.contents.first()
    else {
        panic!("{read:?}");
    };
    assert_eq!(mime_type.as_deref(), Some("image/webp"));
    let file = std::fs::read(world.out().join("a-red-fox-dbr6k0km.webp")).unwrap();
    assert_eq!(STANDARD.decode_to_vec(blob.as_bytes()).unwrap(), file);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let (_world, client, _) = with_a_fox().await;
    let unknown = format!("flux://media/{}", "0".repeat(64));
    for uri in [
        unknown.as_str(),
        "flux://media/abc",
        "flux://media/../state",
        "flux://elsewhere",
    ] {
        let params = ReadResourceRequestParams::new(uri);
        let error = client.peer().read_resource(params).await.unwrap_err();
        let rmcp::ServiceError::McpError(error) = error else {
            panic!("{uri}: {error:?}");
        };
        assert!(
            [ErrorCode::RESOURCE_NOT_FOUND, ErrorCode::INVALID_PARAMS].contains(&error.code),
            "{uri}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_prediction_shows_its_files_here_and_there_and_no_picture_data() {
    let (world, client, _) = with_a_fox().await;
    let mut done = prediction("succeeded", json!("https://replicate.delivery/x.webp"));
    done["input"]["image"] = format!("data:image/png;base64,{}", "A".repeat(1_000)).into();
    world.shows(upstream::json(200, done)).await;
    let read = client
        .read(&format!("flux://predictions/{ID}"))
        .await
        .unwrap();
    let read: Value = serde_json::from_str(&read).unwrap();
    assert_snapshot!(world.redacted(&serde_json::to_string_pretty(&read).unwrap()));
}

#[tokio::test]
async fn a_prediction_can_be_watched() {
    let world = World::new().await;
    world.shows(is("processing", Value::Null)).await;
    let client = world.client().await;
    let uri = format!("flux://predictions/{ID}");
    let read: Value = serde_json::from_str(&client.read(&uri).await.unwrap()).unwrap();
    assert_eq!(
        (&read["status"], &read["files"]),
        (&json!("processing"), &json!([]))
    );
}

#[tokio::test]
async fn the_models_are_those_of_list_models() {
    let world = World::new().await;
    let client = world.client().await;
    let models: Value = serde_json::from_str(&client.read("flux://models").await.unwrap()).unwrap();
    let result = client.call("list_models", json!({"limit": 50})).await;
    let listed = &result.structured_content.unwrap()["models"];
    let names = |models: &Value| {
        let models = models.as_array().unwrap().iter();
        let mut names: Vec<String> = models.map(|model| model["model"].to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&models), names(listed));
}
