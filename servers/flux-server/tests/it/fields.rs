//! The same wishes in the words of different models.

use image::ImageFormat;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::{text, upstream};

use crate::{
    fixture::{VERSION, World},
    pictures::{data_uri, plain},
};

/// What reaches this model.
async fn sent(tool: &str, model: &str, mut arguments: Value) -> Value {
    let world = World::new().await;
    let model = format!("black-forest-labs/{model}");
    world.runs(&model).await;
    arguments["model"] = model.clone().into();
    world.success(tool, arguments).await;
    world.input(&model).await
}

fn png() -> String {
    data_uri("image/png", &plain(ImageFormat::Png))
}

fn jpeg() -> String {
    data_uri("image/jpeg", &plain(ImageFormat::Jpeg))
}

fn night(pictures: &[String]) -> Value {
    json!({"prompt": "at night", "images": pictures})
}

#[tokio::test]
async fn flux_2_takes_a_list_of_input_images() {
    let sent = sent("edit_image", "flux-2-pro", night(&[png(), jpeg()])).await;
    assert_eq!(
        sent,
        json!({"prompt": "at night", "input_images": [png(), jpeg()], "aspect_ratio": "match_input_image"})
    );
}

#[tokio::test]
async fn klein_takes_a_list_of_images() {
    let sent = sent("edit_image", "flux-2-klein-4b", night(&[png()])).await;
    assert_eq!(sent["images"], json!([png()]));
    assert_eq!(sent.get("input_images"), None);
}

#[tokio::test]
async fn kontext_takes_one_input_image() {
    let sent = sent("edit_image", "flux-kontext-max", night(&[png()])).await;
    assert_eq!(sent["input_image"], png());
}

#[tokio::test]
async fn fill_takes_an_image_and_a_mask() {
    let mut arguments = night(&[jpeg()]);
    arguments["mask"] = png().into();
    let sent = sent("edit_image", "flux-fill-pro", arguments).await;
    assert_eq!(
        sent,
        json!({"prompt": "at night", "image": jpeg(), "mask": png()})
    );
}

#[tokio::test]
async fn redux_takes_no_prompt_and_the_answer_says_so() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-redux-dev").await;
    let mut arguments = night(&[png()]);
    arguments["model"] = "flux-redux-dev".into();
    let text = world.success("edit_image", arguments).await;
    let sent = world.input("black-forest-labs/flux-redux-dev").await;
    assert_eq!(sent, json!({"redux_image": png()}));
    assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn flux_1_1_takes_a_picture_as_a_guide() {
    let arguments = json!({"prompt": "at night", "image": png()});
    let sent = sent("generate_image", "flux-1.1-pro", arguments).await;
    assert_eq!(sent["image_prompt"], png());
}

#[tokio::test]
async fn flux_dev_takes_everything_as_it_is_named() {
    let arguments = json!({
        "prompt": "a red fox", "aspect_ratio": "16:9", "num_outputs": 1, "seed": 42, "output_format": "jpg",
        "output_quality": 90, "megapixels": "0.25", "guidance": 3.5, "num_inference_steps": 20, "go_fast": false,
        "prompt_strength": 0.5, "image": png(), "extra": {"disable_safety_checker": false},
    });
    let mut expected = arguments.clone();
    let fields = expected.as_object_mut().unwrap();
    let extra = fields.remove("extra").unwrap();
    fields.extend(extra.as_object().unwrap().clone());
    assert_eq!(
        sent("generate_image", "flux-dev", arguments).await,
        expected
    );
}

#[tokio::test]
async fn steps_and_size_have_other_names_elsewhere() {
    let arguments = json!({"prompt": "a red fox", "num_inference_steps": 40, "megapixels": "2"});
    let sent = sent("generate_image", "flux-2-flex", arguments).await;
    assert_eq!(sent["steps"], 40);
    assert_eq!(sent["resolution"], "2 MP");
}

#[tokio::test]
async fn pixels_bring_their_own_shape() {
    let arguments = json!({"prompt": "a red fox", "extra": {"width": 1024, "height": 768}});
    let sent = sent("generate_image", "flux-2-pro", arguments).await;
    assert_eq!(
        (&sent["aspect_ratio"], &sent["width"]),
        (&json!("custom"), &json!(1024))
    );
}

#[tokio::test]
async fn what_a_model_does_not_take_is_not_sent_and_told() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-kontext-max").await;
    let arguments = json!({
        "prompt": "a red fox", "model": "flux-kontext-max", "num_outputs": 2, "guidance": 4, "go_fast": true,
    });
    let text = world.success("generate_image", arguments).await;
    let sent = world.input("black-forest-labs/flux-kontext-max").await;
    assert_eq!(sent, json!({"prompt": "a red fox", "aspect_ratio": "4:5"}));
    assert_snapshot!(world.redacted(&text));
}

/// A model whose enums stand elsewhere in the document, as Replicate writes them.
fn described(field: &str) -> Value {
    let mut properties = json!({
        "prompt": {"type": "string", "x-order": 0},
        "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}], "default": "1:1", "x-order": 1},
    });
    properties[field] = json!({"type": "integer", "minimum": 1, "maximum": 9, "x-order": 2});
    json!({
        "owner": "black-forest-labs", "name": "flux-dev", "is_official": true,
        "latest_version": {"id": VERSION, "openapi_schema": {"components": {"schemas": {
            "Input": {"type": "object", "required": ["prompt"], "properties": properties},
            "aspect_ratio": {"enum": ["1:1", "7:3"], "type": "string"},
        }}}},
    })
}

#[tokio::test]
async fn the_live_schema_counts_more_than_the_built_in_one() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let route = "/v1/models/black-forest-labs/flux-dev";
    world
        .gives("GET", route, upstream::json(200, described("swirl")))
        .await;
    let arguments =
        json!({"prompt": "a red fox", "aspect_ratio": "7:3", "seed": 4, "extra": {"swirl": 3}});
    let result = world.call("generate_image", arguments).await;
    let sent = world.input("black-forest-labs/flux-dev").await;
    assert_eq!(
        sent,
        json!({"prompt": "a red fox", "aspect_ratio": "7:3", "swirl": 3})
    );
    assert!(
        text(&result).contains("Not sent: `seed`"),
        "{}",
        text(&result)
    );
    let text = world
        .failure(
            "generate_image",
            json!({"prompt": "a fox", "aspect_ratio": "16:9"}),
        )
        .await;
    assert!(text.contains("one of 1:1, 7:3"), "{text}");
}

#[tokio::test]
async fn a_model_without_a_version_falls_back_to_the_built_in_schema() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let bare = json!({"owner": "black-forest-labs", "name": "flux-dev", "latest_version": null});
    world
        .gives(
            "GET",
            "/v1/models/black-forest-labs/flux-dev",
            upstream::json(200, bare),
        )
        .await;
    world
        .success(
            "generate_image",
            json!({"prompt": "a red fox", "guidance": 4}),
        )
        .await;
    let sent = world.input("black-forest-labs/flux-dev").await;
    assert_eq!(
        sent,
        json!({"prompt": "a red fox", "guidance": 4, "aspect_ratio": "4:5"})
    );
}
