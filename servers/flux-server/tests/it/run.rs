//! Any model, and whatever it brings.

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream;

use crate::fixture::{ID, VERSION, World, accepts};

/// A model of the community that takes a text and a file.
async fn community() -> World {
    let world = World::new().await;
    let model = json!({
        "owner": "someone", "name": "thing", "is_official": false, "run_count": 12,
        "latest_version": {"id": VERSION, "openapi_schema": {"components": {"schemas": {"Input": {
            "type": "object", "required": ["text"],
            "properties": {
                "text": {"type": "string", "x-order": 0},
                "speed": {"type": "number", "minimum": 0.5, "maximum": 2, "default": 1, "x-order": 1},
                "voice": {"type": "string", "format": "uri", "x-order": 2},
            },
        }}}}},
    });
    world
        .gives(
            "GET",
            "/v1/models/someone/thing",
            upstream::json(200, model),
        )
        .await;
    world
}

async fn brings(world: &World, output: Value) {
    let answer = accepts("succeeded", output);
    world.gives("POST", "/v1/predictions", answer).await;
}

fn hello() -> Value {
    json!({"model": "someone/thing", "input": {"text": "hello"}})
}

#[tokio::test]
async fn a_model_of_the_community_is_run_by_its_newest_version() {
    let world = community().await;
    brings(&world, json!("hi")).await;
    world.success("run_model", hello()).await;
    let posts = world.posts("/v1/predictions").await;
    let sent: Value = posts[0].body_json().unwrap();
    assert_eq!(
        sent,
        json!({"version": VERSION, "input": {"text": "hello"}})
    );
    assert_eq!(posts[0].headers["cancel-after"], "1800s");
}

#[tokio::test]
async fn text_in_pieces_is_one_text() {
    let world = community().await;
    brings(&world, json!(["Once ", "upon", " a time."])).await;
    let result = world.call("run_model", hello()).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn hidden_characters_of_a_models_text_are_not_passed_on() {
    let world = community().await;
    brings(
        &world,
        json!("once\u{200b} upon\u{e0041} a\u{1b}[31m time\nagain"),
    )
    .await;
    let text = world.success("run_model", hello()).await;
    assert!(
        text.ends_with("\n\nonce upon a[31m time\nagain"),
        "{text:?}"
    );
}

#[tokio::test]
async fn a_very_long_text_is_cut_and_that_is_told() {
    let world = community().await;
    brings(&world, json!("word ".repeat(20_000))).await;
    let text = world.success("run_model", hello()).await;
    assert!(text.len() < 41_000, "{}", text.len());
    assert!(
        text.ends_with("[cut here: 40000 of 100000 characters]"),
        "{}",
        &text[text.len() - 99..]
    );
}

#[tokio::test]
async fn json_comes_as_json_and_its_files_as_files() {
    let world = community().await;
    let url = world.picture().await;
    brings(
        &world,
        json!({"score": 0.75, "mask": url, "labels": ["fox", "snow"]}),
    )
    .await;
    let result = world.call("run_model", hello()).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn sound_is_saved_and_can_be_heard() {
    let world = community().await;
    let mut wave = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0".to_vec();
    wave.extend([128; 200]);
    let url = world.delivers("hello.wav", wave, "audio/wav").await;
    brings(&world, json!(url)).await;
    let result = world.call("run_model", hello()).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn video_is_saved_and_linked() {
    let world = community().await;
    let mut video = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    video.extend([0; 500]);
    let url = world.delivers("hello.mp4", video, "video/mp4").await;
    brings(&world, json!(url)).await;
    let result = world.call("run_model", hello()).await;
    assert_snapshot!(world.outline(&result));
}

#[tokio::test]
async fn a_field_the_model_has_not_is_an_error_that_names_those_it_has() {
    let world = community().await;
    let mut arguments = hello();
    arguments["input"]["speeed"] = 2.into();
    assert_snapshot!(world.failure("run_model", arguments).await);
    assert!(world.posts("/v1/predictions").await.is_empty());
}

#[tokio::test]
async fn a_file_field_takes_a_local_file_and_leaves_urls_to_replicate() {
    let world = community().await;
    brings(&world, json!("hi")).await;
    std::fs::create_dir(world.out()).unwrap();
    let bytes = crate::pictures::plain(image::ImageFormat::Png);
    std::fs::write(world.out().join("voice.png"), &bytes).unwrap();
    let mut sent = Vec::new();
    for voice in ["voice.png", "https://example.com/voice.mp3"] {
        let mut arguments = hello();
        arguments["input"]["voice"] = voice.into();
        world.success("run_model", arguments).await;
        let posts = world.posts("/v1/predictions").await;
        let body: Value = posts.last().unwrap().body_json().unwrap();
        sent.push(body["input"]["voice"].clone());
    }
    let expected = crate::pictures::data_uri("image/png", &bytes);
    assert_eq!(
        sent,
        [json!(expected), json!("https://example.com/voice.mp3")]
    );
}

#[tokio::test]
async fn a_caller_may_wait_for_nothing_at_all() {
    let world = community().await;
    world
        .gives("POST", "/v1/predictions", accepts("starting", Value::Null))
        .await;
    let mut arguments = hello();
    arguments["wait_seconds"] = 0.into();
    let text = world.success("run_model", arguments).await;
    assert!(
        text.starts_with("Not finished after 0 s (queued)."),
        "{text}"
    );
    assert!(text.contains(ID), "{text}");
}

#[tokio::test]
async fn a_model_that_publishes_no_schema_is_run_unchecked_and_that_is_told() {
    let world = World::new().await;
    let model = json!({"owner": "someone", "name": "thing", "latest_version": {"id": VERSION}});
    world
        .gives(
            "GET",
            "/v1/models/someone/thing",
            upstream::json(200, model),
        )
        .await;
    brings(&world, json!("hi")).await;
    let text = world.success("run_model", hello()).await;
    assert!(text.contains("the input was sent unchecked"), "{text}");
}

#[tokio::test]
async fn a_model_that_does_not_exist_is_not_run() {
    let world = World::new().await;
    assert_snapshot!(world.failure("run_model", hello()).await);
    assert_eq!(world.asked().await, [""; 0]);
}
