//! Pictures that go in, in all the ways a caller may name them.

use image::ImageFormat;
use serde_json::{Value, json};
use testkit::upstream;

use crate::{
    fixture::{ID, OTHER_ID, World, failure, is},
    pictures::{data_uri, noise, plain},
};

const KONTEXT: &str = "black-forest-labs/flux-kontext-max";

fn edit(picture: &str) -> Value {
    json!({"prompt": "at night", "model": KONTEXT, "images": [picture]})
}

async fn kontext() -> World {
    let world = World::new().await;
    world.runs(KONTEXT).await;
    world
}

/// What reached the model.
async fn sent(world: &World, picture: &str) -> Value {
    world.success("edit_image", edit(picture)).await;
    world.input(KONTEXT).await["input_image"].clone()
}

fn saved(world: &World, name: &str) -> (String, Vec<u8>) {
    let bytes = plain(ImageFormat::Png);
    std::fs::create_dir_all(world.out()).unwrap();
    let path = world.out().join(name);
    std::fs::write(&path, &bytes).unwrap();
    (path.display().to_string(), bytes)
}

#[tokio::test]
async fn a_file_in_the_output_directory_is_sent() {
    let world = kontext().await;
    let (path, bytes) = saved(&world, "fox.png");
    assert_eq!(sent(&world, &path).await, data_uri("image/png", &bytes));
}

#[tokio::test]
async fn a_name_alone_is_looked_for_in_the_output_directory() {
    let world = kontext().await;
    let (_, bytes) = saved(&world, "fox.png");
    assert_eq!(sent(&world, "fox.png").await, data_uri("image/png", &bytes));
}

#[tokio::test]
async fn a_file_elsewhere_is_refused_unless_its_directory_was_opened() {
    let mut world = kontext().await;
    saved(&world, "unused.png");
    let path = world.home.path().join("private.png");
    std::fs::write(&path, plain(ImageFormat::Png)).unwrap();
    let path = path.display().to_string();
    let text = world.failure("edit_image", edit(&path)).await;
    assert!(text.contains("MCP_INPUT_DIRS"), "{text}");
    assert_eq!(world.asked().await, [""; 0]);
    world.settings.input_dirs = vec![world.home.path().into()];
    world.success("edit_image", edit(&path)).await;
}

#[tokio::test]
async fn a_link_out_of_the_output_directory_is_not_followed() {
    let world = kontext().await;
    saved(&world, "unused.png");
    let secret = world.home.path().join("private.png");
    std::fs::write(&secret, plain(ImageFormat::Png)).unwrap();
    std::os::unix::fs::symlink(&secret, world.out().join("link.png")).unwrap();
    let text = world.failure("edit_image", edit("link.png")).await;
    assert!(text.contains("only files inside"), "{text}");
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_data_uri_is_looked_at_and_sent() {
    let world = kontext().await;
    let bytes = plain(ImageFormat::Jpeg);
    // Whatever it calls itself.
    let wrong = data_uri("image/png", &bytes);
    assert_eq!(sent(&world, &wrong).await, data_uri("image/jpeg", &bytes));
}

#[tokio::test]
async fn a_saved_picture_is_sent_by_its_uri() {
    let world = kontext().await;
    world.runs("black-forest-labs/flux-dev").await;
    let result = world
        .call("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let link = result.content.last().unwrap().as_resource_link().unwrap();
    assert!(link.uri.starts_with("flux://media/"), "{}", link.uri);
    let expected = data_uri("image/webp", &plain(ImageFormat::WebP));
    assert_eq!(sent(&world, &link.uri).await, expected);
}

#[tokio::test]
async fn an_earlier_prediction_is_a_picture() {
    let world = kontext().await;
    world.runs("black-forest-labs/flux-dev").await;
    world
        .success("generate_image", json!({"prompt": "a red fox"}))
        .await;
    let expected = data_uri("image/webp", &plain(ImageFormat::WebP));
    assert_eq!(sent(&world, ID).await, expected);
    // It was on disk.
    assert!(
        !world
            .asked()
            .await
            .contains(&format!("GET /v1/predictions/{ID}"))
    );
}

#[tokio::test]
async fn a_prediction_of_somewhere_else_is_fetched_from_replicate() {
    let world = kontext().await;
    let url = world.picture().await;
    let route = format!("/v1/predictions/{OTHER_ID}");
    world
        .gives("GET", &route, is("succeeded", json!([url])))
        .await;
    let expected = data_uri("image/webp", &plain(ImageFormat::WebP));
    assert_eq!(sent(&world, OTHER_ID).await, expected);
}

#[tokio::test]
async fn a_prediction_without_a_picture_is_told_by_the_argument() {
    let world = kontext().await;
    world.shows(is("processing", Value::Null)).await;
    let result = world.call("edit_image", edit(ID)).await;
    let text = failure(&result);
    assert!(text.contains("`images.0`"), "{text}");
    assert!(
        world
            .posts("/v1/models/black-forest-labs/flux-kontext-max/predictions")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_text_is_no_picture() {
    let world = kontext().await;
    let text = world
        .failure(
            "edit_image",
            edit("data:application/pdf;base64,JVBERi0xLjQKJSVFT0Y="),
        )
        .await;
    assert!(text.contains("`images.0`"), "{text}");
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_mistake_beside_a_large_picture_shows_before_anything_is_uploaded() {
    let world = World::new().await;
    std::fs::create_dir(world.out()).unwrap();
    let bytes = noise(400, 400, ImageFormat::Png);
    std::fs::write(world.out().join("large.png"), &bytes).unwrap();
    let shape = "99:1";
    for (tool, arguments) in [
        (
            "generate_image",
            json!({"prompt": "x", "image": "large.png", "aspect_ratio": shape}),
        ),
        (
            "edit_image",
            json!({"prompt": "x", "images": ["large.png"], "aspect_ratio": shape}),
        ),
        (
            "run_model",
            json!({"model": "flux-dev", "input": {"prompt": "x", "image": "large.png", "aspect_ratio": shape}}),
        ),
    ] {
        let text = world.failure(tool, arguments).await;
        assert!(text.contains("aspect_ratio"), "{tool}: {text}");
    }
    assert_eq!(world.posts("/v1/files").await.len(), 0);
}

#[tokio::test]
async fn a_large_picture_is_uploaded_first_and_named_by_its_url() {
    let world = kontext().await;
    std::fs::create_dir(world.out()).unwrap();
    let bytes = noise(400, 400, ImageFormat::Png);
    assert!(bytes.len() > 256 * 1024);
    std::fs::write(world.out().join("large.png"), &bytes).unwrap();
    let url = format!("{}/files/cneqzikepnug6xezperrr4z55o", world.base());
    let uploaded = json!({"id": "cneqzikepnug6xezperrr4z55o", "urls": {"get": url}});
    world
        .gives("POST", "/v1/files", upstream::json(201, uploaded))
        .await;
    assert_eq!(sent(&world, "large.png").await, url);
    let uploads = world.posts("/v1/files").await;
    let body = String::from_utf8_lossy(&uploads[0].body).into_owned();
    assert!(
        uploads[0].headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("multipart/form-data")
    );
    assert!(
        body.contains("name=\"content\"; filename=\"large.png\""),
        "{}",
        &body[..300]
    );
    assert!(body.contains("name=\"metadata\""));
    assert!(
        uploads[0]
            .body
            .windows(bytes.len())
            .any(|part| part == bytes)
    );
}

#[tokio::test]
async fn an_upload_that_is_refused_submits_nothing_and_sounds_harmless() {
    let world = kontext().await;
    std::fs::create_dir(world.out()).unwrap();
    std::fs::write(
        world.out().join("large.png"),
        noise(400, 400, ImageFormat::Png),
    )
    .unwrap();
    world
        .gives("POST", "/v1/files", upstream::html_page(502))
        .await;
    let first = world.failure("edit_image", edit("large.png")).await;
    world.provider.reset().await;
    world
        .gives(
            "POST",
            "/v1/files",
            upstream::json(413, json!({"detail": "too large"})),
        )
        .await;
    let second = world.failure("edit_image", edit("large.png")).await;
    insta::assert_snapshot!(crate::fixture::timeless(&[first, second].join("\n")));
    let submits = world
        .posts("/v1/models/black-forest-labs/flux-kontext-max/predictions")
        .await;
    assert!(submits.is_empty());
}
