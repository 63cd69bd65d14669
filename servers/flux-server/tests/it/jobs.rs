//! Work that takes longer than a call waits.

use serde_json::{Value, json};
use testkit::{
    text,
    upstream::{self, sequence},
};

use crate::fixture::{DEV, ID, World, accepts, is, prediction};

fn fox() -> Value {
    json!({"prompt": "a red fox"})
}

#[tokio::test]
async fn unfinished_work_is_no_failure_and_get_prediction_brings_it() {
    let mut world = World::new().await;
    world.settings.wait_seconds = 0;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    world
        .shows(sequence([
            is("processing", Value::Null),
            is("succeeded", json!(url)),
        ]))
        .await;
    let client = world.client().await;
    let result = client.call("generate_image", fox()).await;
    assert_ne!(result.is_error, Some(true));
    assert!(
        text(&result).contains(&format!("prediction_id=\"{ID}\"")),
        "{}",
        text(&result)
    );
    let get = json!({"prediction_id": ID, "wait_seconds": 20});
    let result = client.call("get_prediction", get).await;
    assert!(
        text(&result).contains("made 1 picture."),
        "{}",
        text(&result)
    );
    assert_eq!(world.posts(DEV).await.len(), 1);
}

#[tokio::test]
async fn get_prediction_that_does_not_wait_looks_once() {
    let world = World::new().await;
    world.shows(is("processing", Value::Null)).await;
    let get = json!({"prediction_id": ID, "wait_seconds": 0});
    let text = world.success("get_prediction", get).await;
    assert!(
        text.starts_with("Not finished after 0 s (running)."),
        "{text}"
    );
    assert_eq!(world.asked().await.len(), 1);
}

#[tokio::test]
async fn progress_names_the_prediction_first_and_only_grows() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    let mut half = prediction("processing", Value::Null);
    half["logs"] = " 50%|####      | 14/28 [00:01<00:02, 7.9it/s]".into();
    let answers = [upstream::json(200, half), is("succeeded", json!(url))];
    world.shows(sequence(answers)).await;
    let client = world.client().await;
    client.call("generate_image", fox()).await;
    let mut told = Vec::new();
    // Notifications are handled side by side, so they may arrive in any order here.
    for _ in 0..4 {
        told.push(client.progress().await);
    }
    told.sort_by(|one, other| one.progress.total_cmp(&other.progress));
    assert!(
        told.windows(2).all(|two| two[0].progress < two[1].progress),
        "{told:?}"
    );
    let messages: Vec<&str> = told
        .iter()
        .filter_map(|one| one.message.as_deref())
        .collect();
    let submitted = format!("submitted as prediction {ID}");
    assert_eq!(
        messages,
        [
            &submitted,
            "queued",
            "running, step 14 of 28",
            "downloading"
        ]
    );
}

#[tokio::test]
async fn a_notice_about_what_was_not_sent_comes_with_unfinished_work_too() {
    let mut world = World::new().await;
    world.settings.wait_seconds = 0;
    let route = "/v1/models/black-forest-labs/flux-kontext-pro/predictions";
    world
        .gives("POST", route, accepts("starting", Value::Null))
        .await;
    world.shows(is("processing", Value::Null)).await;
    let arguments = json!({"prompt": "a red fox", "model": "flux-kontext-pro", "guidance": 4});
    let text = world.success("generate_image", arguments).await;
    insta::assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn what_cannot_be_written_down_is_run_all_the_same_and_told() {
    let mut world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let file = world.home.path().join("a file");
    std::fs::write(&file, "").unwrap();
    world.settings.state_dir = Some(file.join("state"));
    let text = world.success("generate_image", fox()).await;
    assert!(text.contains("could not be written down"), "{text}");
    assert!(text.contains("a-red-fox-dbr6k0km.webp"), "{text}");
}
