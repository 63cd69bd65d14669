//! Prompts, and what arguments are completed to.

use rmcp::model::{ContentBlock, ErrorCode};
use serde_json::json;
use testkit::Client;

use crate::fixture::{ID, World};

#[tokio::test]
async fn a_prompt_is_one_message_about_its_argument() {
    let world = World::new().await;
    let client = world.client().await;
    for (name, arguments) in [
        ("image_prompt", json!({"subject": "an old lighthouse"})),
        ("product_shot", json!({"product": "an old lighthouse"})),
        ("poster", json!({"text": "an old lighthouse"})),
    ] {
        let prompt = client.prompt(name, arguments).await.unwrap();
        let [message] = prompt.messages.as_slice() else {
            panic!("{name}: {prompt:?}");
        };
        let ContentBlock::Text(content) = &message.content else {
            panic!("{name}: {message:?}");
        };
        assert!(
            content.text.contains("an old lighthouse"),
            "{}",
            content.text
        );
    }
}

#[tokio::test]
async fn an_empty_argument_is_refused_by_name() {
    let world = World::new().await;
    let client = world.client().await;
    for (name, argument) in [
        ("image_prompt", "subject"),
        ("product_shot", "product"),
        ("poster", "text"),
    ] {
        let error = client
            .prompt(name, json!({argument: " "}))
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        assert!(error.message.contains(argument), "{error:?}");
    }
}

async fn completed(client: &Client, template: &str, argument: &str, value: &str) -> Vec<String> {
    let peer = client.peer();
    peer.complete_resource_simple(template, argument, value)
        .await
        .unwrap()
}

#[tokio::test]
async fn ids_of_predictions_and_files_are_completed_from_what_was_made_here() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let client = world.client().await;
    let ids = completed(&client, "flux://predictions/{id}", "id", "hx").await;
    assert_eq!(ids, [ID]);
    let files = completed(&client, "flux://media/{sha256}", "sha256", "").await;
    assert_eq!(files.len(), 1);
    let none = completed(&client, "flux://predictions/{id}", "id", "zz").await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn an_argument_that_is_free_text_is_not_completed() {
    let world = World::new().await;
    let client = world.client().await;
    let completing = client.peer().complete_prompt_simple("poster", "text", "a");
    assert!(completing.await.unwrap().is_empty());
}
