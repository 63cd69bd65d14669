//! Arguments that make no sense are refused by the name of the field, and nothing is sent.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fixture::{ID, World};

/// What the model reads for each of these, one after the other.
async fn refused<const N: usize>(tool: &str, calls: [(Value, &str); N]) -> String {
    let world = World::new().await;
    let client = world.client().await;
    let mut lines = Vec::new();
    for (arguments, field) in calls {
        let text = crate::fixture::failure(&client.call(tool, arguments).await);
        assert!(text.contains(&format!("`{field}")), "{field}: {text}");
        lines.push(text);
    }
    assert_eq!(world.asked().await, [""; 0]);
    world.redacted(&lines.join("\n"))
}

#[tokio::test]
async fn of_a_new_picture() {
    let fox = "a red fox";
    let calls = [
        (json!({}), "prompt"),
        (json!({"prompt": ""}), "prompt"),
        (json!({"prompt": ["a red fox"]}), "prompt"),
        (
            json!({"prompt": fox, "negative_prompt": "cars"}),
            "negative_prompt",
        ),
        (json!({"prompt": fox, "num_outputs": 5}), "num_outputs"),
        (json!({"prompt": fox, "num_outputs": 0}), "num_outputs"),
        (
            json!({"prompt": fox, "output_format": "gif"}),
            "output_format",
        ),
        (
            json!({"prompt": fox, "output_quality": 101}),
            "output_quality",
        ),
        (
            json!({"prompt": fox, "aspect_ratio": "5:7"}),
            "aspect_ratio",
        ),
        (
            json!({"prompt": fox, "aspect_ratio": "match_input_image"}),
            "aspect_ratio",
        ),
        (json!({"prompt": fox, "guidance": 99}), "guidance"),
        (json!({"prompt": fox, "model": "flux-shnell"}), "model"),
        (
            json!({"prompt": fox, "model": "black-forest-labs/flux-dev:latest"}),
            "model",
        ),
        (json!({"prompt": fox, "model": "../../account"}), "model"),
        (json!({"prompt": fox, "model": "flux-fill-pro"}), "model"),
        (
            json!({"prompt": fox, "model": "flux-schnell", "image": "https://example.com/x.png"}),
            "image",
        ),
        (
            json!({"prompt": fox, "model": "flux-schnell", "num_inference_steps": 28}),
            "num_inference_steps",
        ),
        (
            json!({"prompt": fox, "model": "flux-kontext-pro", "output_format": "webp"}),
            "output_format",
        ),
        (
            json!({"prompt": fox, "extra": {"widht": 512}}),
            "extra.widht",
        ),
        (
            json!({"prompt": fox, "seed": 1, "extra": {"seed": 2}}),
            "extra.seed",
        ),
        (
            json!({"prompt": fox, "extra": {"image": "/etc/passwd"}}),
            "extra.image",
        ),
    ];
    assert_snapshot!(refused("generate_image", calls).await);
}

#[tokio::test]
async fn of_a_changed_picture() {
    let (night, url) = ("at night", "https://example.com/x.png");
    let calls = [
        (json!({"prompt": night}), "images"),
        (json!({"prompt": night, "images": []}), "images"),
        (json!({"prompt": night, "images": [""]}), "images.0"),
        (json!({"prompt": night, "images": vec![url; 11]}), "images"),
        (json!({"prompt": night, "images": vec![url; 9]}), "images"),
        (
            json!({"prompt": night, "images": [url], "mask": url}),
            "mask",
        ),
        (
            json!({"prompt": night, "images": [url], "model": "flux-schnell"}),
            "model",
        ),
        (
            json!({"prompt": night, "images": [url, url], "model": "flux-kontext-max"}),
            "images",
        ),
        (
            json!({"prompt": night, "images": ["/etc/passwd"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["ftp://example.com/x.png"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["http://example.com/x.png"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["https://127.0.0.1/x.png"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["https://169.254.169.254/latest"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["https://localhost/x.png"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["data:image/png;base64,AAAA"]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["data:text/plain;base64,aGVsbG8="]}),
            "images.0",
        ),
        (
            json!({"prompt": night, "images": ["flux://media/abc"]}),
            "images.0",
        ),
    ];
    assert_snapshot!(refused("edit_image", calls).await);
}

#[tokio::test]
async fn of_a_prediction() {
    let calls = [
        (json!({}), "prediction_id"),
        (json!({"prediction_id": ""}), "prediction_id"),
        (json!({"prediction_id": "../account"}), "prediction_id"),
        (json!({"prediction_id": "ABC"}), "prediction_id"),
        (json!({"prediction_id": "abc"}), "prediction_id"),
        (
            json!({"prediction_id": ID, "wait_seconds": 301}),
            "wait_seconds",
        ),
        (
            json!({"prediction_id": ID, "wait_seconds": -1}),
            "wait_seconds",
        ),
    ];
    assert_snapshot!(refused("get_prediction", calls).await);
    let calls = [(json!({"prediction_id": "../account"}), "prediction_id")];
    refused("cancel_prediction", calls).await;
}

#[tokio::test]
async fn of_a_list_of_predictions() {
    let calls = [
        (json!({"limit": 0}), "limit"),
        (json!({"limit": 51}), "limit"),
        (json!({"status": "done"}), "status"),
        (json!({"cursor": "x"}), "cursor"),
    ];
    assert_snapshot!(refused("list_predictions", calls).await);
}

#[tokio::test]
async fn of_models() {
    let calls = [
        (json!({"query": ""}), "query"),
        (json!({"limit": 51}), "limit"),
    ];
    assert_snapshot!(refused("list_models", calls).await);
    let calls = [
        (json!({"model": ""}), "model"),
        (json!({"model": "a/b/c"}), "model"),
    ];
    refused("describe_model", calls).await;
}

#[tokio::test]
async fn of_any_model() {
    let calls = [
        (json!({"model": "flux-dev"}), "input"),
        (json!({"model": "flux-dev", "input": "a fox"}), "input"),
        (
            json!({"model": "flux-dev", "input": {"prompt": "a fox", "stpes": 3}}),
            "stpes",
        ),
        (
            json!({"model": "flux-dev", "input": {"prompt": "a fox"}, "wait_seconds": 301}),
            "wait_seconds",
        ),
        (
            json!({"model": "flux-dev", "input": {"prompt": "a fox", "image": "/etc/passwd"}}),
            "input.image",
        ),
        (json!({"model": "flux-dev", "input": {}}), "prompt"),
    ];
    assert_snapshot!(refused("run_model", calls).await);
}
