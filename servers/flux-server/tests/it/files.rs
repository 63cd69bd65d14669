//! The files of a finished prediction, and why one may not come.

use image::ImageFormat;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream::{self, never_answers};
use wiremock::ResponseTemplate;

use crate::{
    fixture::{ID, World, accepts, failure},
    pictures::{data_uri, plain},
};

/// What the model reads when the output is this, and nothing can be had.
async fn failed(world: &World, output: Value) -> String {
    world.makes(accepts("succeeded", output)).await;
    let result = world
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    world.redacted(&failure(&result))
}

#[tokio::test]
async fn a_picture_inside_the_answer_is_saved_like_any_other() {
    let world = World::new().await;
    let bytes = plain(ImageFormat::WebP);
    let output = data_uri("image/webp", &bytes);
    world.makes(accepts("succeeded", json!([output]))).await;
    let result = world
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert_snapshot!(world.outline(&result));
    let saved = std::fs::read(world.out().join("a-red-fox-dbr6k0km.webp")).unwrap();
    assert_eq!(saved, bytes);
}

#[tokio::test]
async fn nothing_is_fetched_from_a_host_that_is_not_replicates() {
    let world = World::new().await;
    let elsewhere = never_answers().await;
    let text = failed(&world, json!(format!("{}x.png", elsewhere.url))).await;
    assert_eq!(elsewhere.connections(), 0);
    let port = elsewhere.url.port().unwrap().to_string();
    assert_snapshot!(text.replace(&port, "[port]"));
}

#[tokio::test]
async fn nothing_is_fetched_without_tls_or_from_a_name_that_only_looks_right() {
    let first = World::new().await;
    for url in [
        "http://replicate.delivery/x.png",
        "https://replicate.delivery.example/x.png",
        "https://evilreplicate.delivery/x.png",
        "https://user@replicate.delivery/x.png",
    ] {
        let world = World::with(first.http.clone()).await;
        let text = failed(&world, json!(url)).await;
        assert!(text.contains("was not fetched"), "{url}: {text}");
        assert!(text.contains(ID), "{url}: {text}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_with_its_address() {
    let world = World::new().await;
    let url = format!("{}/out/gone.webp", world.provider.uri());
    assert_snapshot!(failed(&world, json!(url)).await);
}

#[tokio::test]
async fn a_file_over_the_limit_is_told_with_its_address() {
    let mut world = World::new().await;
    world.settings.media_limit = 1;
    let bytes = vec![0; 1024 * 1024 + 1];
    let url = world.delivers("large.webp", bytes, "image/webp").await;
    assert_snapshot!(failed(&world, json!(url)).await);
    let files = std::fs::read_dir(world.out()).unwrap();
    assert_eq!(files.count(), 0, "half a file was left behind");
}

#[tokio::test]
async fn the_content_tells_what_a_file_is_and_not_its_label() {
    let world = World::new().await;
    let bytes = plain(ImageFormat::Png);
    let url = world.delivers("fox.webp", bytes, "text/html").await;
    world.makes(accepts("succeeded", json!(url))).await;
    let text = world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert!(text.contains("dbr6k0km.png (64x48, image/png"), "{text}");
}

#[tokio::test]
async fn a_page_instead_of_a_picture_is_no_picture() {
    let world = World::new().await;
    let page = b"<!doctype html><p>Log in".to_vec();
    let url = world.delivers("fox.webp", page, "image/webp").await;
    world.makes(accepts("succeeded", json!(url))).await;
    let result = world
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn one_file_that_cannot_be_had_does_not_take_the_others_along() {
    let world = World::new().await;
    let here = world.picture().await;
    let gone = format!("{}/out/gone.webp", world.provider.uri());
    world.makes(accepts("succeeded", json!([gone, here]))).await;
    let arguments = json!({"prompt": "a red fox", "num_outputs": 2});
    let result = world.call("generate_image", arguments).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn what_could_not_be_fetched_comes_with_a_later_call() {
    let world = World::new().await;
    let url = format!("{}/out/fox.webp", world.provider.uri());
    let busy = upstream::sequence([
        upstream::html_page(503),
        upstream::html_page(503),
        upstream::html_page(503),
        ResponseTemplate::new(200).set_body_raw(plain(ImageFormat::WebP), "image/webp"),
    ]);
    world.gives("GET", "/out/fox.webp", busy).await;
    let text = failed(&world, json!(url)).await;
    assert!(text.contains("do not start it again"), "{text}");
    world
        .shows(crate::fixture::is("succeeded", json!(url)))
        .await;
    let text = world
        .success("get_prediction", json!({"prediction_id": ID}))
        .await;
    assert!(text.contains("a-red-fox-dbr6k0km.webp"), "{text}");
}

#[tokio::test]
async fn no_key_goes_along_with_a_download() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("succeeded", json!(url))).await;
    world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let requests = world.provider.received_requests().await.unwrap();
    let downloads = requests
        .iter()
        .filter(|request| request.url.path().starts_with("/out/"));
    let downloads: Vec<_> = downloads.collect();
    assert_eq!(downloads.len(), 1);
    assert!(downloads[0].headers.get("authorization").is_none());
}
