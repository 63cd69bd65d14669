//! Clients elsewhere get links, and operators may ask for the whole picture in the answer.

use base64_simd::STANDARD;
use image::ImageFormat;
use insta::assert_snapshot;
use serde_json::{Value, json};
use shared::settings::MediaMode;
use testkit::{text, upstream};

use crate::{
    fixture::{ID, World, accepts, prediction},
    pictures::noise,
};

#[tokio::test]
async fn a_client_over_http_gets_replicates_link_and_nothing_is_written() {
    let mut world = World::new().await;
    world.settings.over_http = true;
    world.runs("black-forest-labs/flux-dev").await;
    let result = world
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert_snapshot!(world.outline(&result));
    assert!(!world.out().exists());
}

#[tokio::test]
async fn a_client_over_http_cannot_name_files_of_the_server() {
    let mut world = World::new().await;
    world.settings.over_http = true;
    std::fs::create_dir(world.out()).unwrap();
    let file = world.out().join("fox.png");
    std::fs::write(&file, noise(8, 8, ImageFormat::Png)).unwrap();
    let arguments = json!({"prompt": "at night", "images": [file]});
    let text = world.failure("edit_image", arguments).await;
    assert!(text.contains("`images.0`"), "{text}");
    assert!(
        !text.contains(&world.home.path().display().to_string()),
        "{text}"
    );
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_client_over_http_does_not_learn_where_others_keep_their_files() {
    let mut world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    world.settings.over_http = true;
    world
        .lists(json!([prediction(
            "succeeded",
            json!(world.picture().await)
        )]))
        .await;
    let mut gone = prediction("succeeded", Value::Null);
    gone["data_removed"] = true.into();
    world.shows(upstream::json(200, gone)).await;
    let client = world.client().await;
    let told = [
        text(&client.call("list_predictions", json!({})).await),
        text(
            &client
                .call("get_prediction", json!({"prediction_id": ID}))
                .await,
        ),
        client
            .read(&format!("flux://predictions/{ID}"))
            .await
            .unwrap(),
        client.read("flux://media").await.unwrap(),
    ];
    for text in told {
        assert!(!text.contains("a-red-fox"), "{text}");
    }
}

#[tokio::test]
async fn inline_is_the_whole_original() {
    let mut world = World::new().await;
    world.settings.media = MediaMode::Inline;
    let bytes = noise(700, 700, ImageFormat::Png);
    let url = world
        .delivers("noise.png", bytes.clone(), "image/png")
        .await;
    world.makes(accepts("succeeded", json!(url))).await;
    let result = world
        .call("generate_image", json!({"prompt": "noise"}))
        .await;
    assert_snapshot!(world.outline(&result));
    let image = result.content[1].as_image().unwrap();
    assert_eq!(
        STANDARD.decode_to_vec(image.data.as_bytes()).unwrap(),
        bytes
    );
    assert!(!world.out().exists());
}
