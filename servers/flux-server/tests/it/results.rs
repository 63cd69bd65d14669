//! What a client gets for a finished picture.

use image::ImageFormat;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::{Era, connect};

use crate::{
    fixture::{ID, World, accepts, failure, is},
    pictures::{noise, plain},
};

#[tokio::test]
async fn a_picture_comes_as_a_text_a_preview_and_a_link() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-kontext-max").await;
    let arguments = json!({"prompt": "a red fox", "model": "flux-kontext-max", "seed": 7});
    let result = world.call("generate_image", arguments).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn an_older_client_gets_the_same() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let mut outlines = Vec::new();
    for era in Era::BOTH {
        let client = connect(&world.mcp(), era).await;
        let result = client
            .call("generate_image", json!({"prompt": "a red fox"}))
            .await;
        outlines.push(world.outline(&result));
        std::fs::remove_dir_all(world.out()).unwrap();
    }
    assert_eq!(outlines[0], outlines[1]);
}

#[tokio::test]
async fn several_pictures_are_numbered_and_keep_their_order() {
    let world = World::new().await;
    let first = world
        .delivers("1.webp", plain(ImageFormat::WebP), "image/webp")
        .await;
    let second = world
        .delivers("2.png", noise(40, 30, ImageFormat::Png), "image/png")
        .await;
    world
        .makes(accepts("succeeded", json!([first, second])))
        .await;
    let arguments = json!({"prompt": "a red fox", "num_outputs": 2});
    let result = world.call("generate_image", arguments).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn four_large_pictures_stay_below_a_mebibyte() {
    let world = World::new().await;
    let bytes = noise(800, 800, ImageFormat::Png);
    assert!(bytes.len() > 1_900_000);
    let url = world.delivers("noise.png", bytes, "image/png").await;
    world
        .makes(accepts("succeeded", json!([url, url, url, url])))
        .await;
    let arguments = json!({"prompt": "noise", "num_outputs": 4});
    let result = world.call("generate_image", arguments).await;
    let pictures = result
        .content
        .iter()
        .filter(|block| block.as_image().is_some());
    assert_eq!(pictures.count(), 4);
    let bytes = serde_json::to_vec(&result).unwrap().len();
    assert!(bytes < 1024 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn beside_a_picture_is_a_file_that_says_how_it_was_made() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-kontext-max").await;
    let arguments = json!({"prompt": "a red fox", "model": "flux-kontext-max", "seed": 7});
    world.success("generate_image", arguments).await;
    let files = std::fs::read_dir(world.out()).unwrap();
    let sidecar = files
        .map(|file| file.unwrap().path())
        .find(|file| file.extension().is_some_and(|it| it == "json"));
    let text = std::fs::read_to_string(sidecar.unwrap()).unwrap();
    let version = format!("flux-server {}", env!("CARGO_PKG_VERSION"));
    assert_snapshot!(world.redacted(&text.replace(&version, "[server]")));
}

#[tokio::test]
async fn fewer_pictures_than_asked_for_are_told() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    let mut filtered = crate::fixture::prediction("succeeded", json!([url]));
    filtered["input"]["num_outputs"] = 3.into();
    filtered["logs"] =
        "Using seed: 5\nNSFW content detected in 2 images\nTotal safe images: 1 out of 3".into();
    world.shows(testkit::upstream::json(200, filtered)).await;
    let arguments = json!({"prompt": "a red fox", "num_outputs": 3});
    let result = world.call("generate_image", arguments).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn get_prediction_returns_what_the_tool_would_have_and_fetches_it_once() {
    let mut world = World::new().await;
    world.settings.wait_seconds = 0;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    world.shows(is("succeeded", json!(url))).await;
    let text = world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert_snapshot!(world.redacted(&text));
    let first = world
        .call("get_prediction", json!({"prediction_id": ID}))
        .await;
    let second = world
        .call("get_prediction", json!({"prediction_id": ID}))
        .await;
    let outline = world.outline(&first);
    assert_eq!(world.outline(&second), outline);
    assert_snapshot!(outline);
    let fetched = world
        .asked()
        .await
        .into_iter()
        .filter(|asked| asked == "GET /out/fox.webp");
    assert_eq!(fetched.count(), 1);
}

#[tokio::test]
async fn what_was_saved_outlives_replicates_copy_and_replicate() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let get = json!({"prediction_id": ID, "wait_seconds": 0});
    let nobody = world.success("get_prediction", get.clone()).await;
    assert_snapshot!("replicate_knows_nothing_of_it", world.redacted(&nobody));
    let mut gone = crate::fixture::prediction("succeeded", Value::Null);
    gone["data_removed"] = true.into();
    world.shows(testkit::upstream::json(200, gone)).await;
    let saved = world.success("get_prediction", get.clone()).await;
    assert_snapshot!("replicate_has_deleted_its_copy", world.redacted(&saved));
    std::fs::remove_dir_all(world.out()).unwrap();
    let result = world.call("get_prediction", get).await;
    assert_snapshot!(
        "the_saved_file_is_gone_as_well",
        world.redacted(&failure(&result))
    );
}
