//! `list_predictions`: what Replicate lists, joined with what was written down here.

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::upstream;

use crate::fixture::{DEV, ID, OTHER_ID, World, failure, is, prediction};

fn fox() -> Value {
    json!({"prompt": "a red fox"})
}

/// Made on the website, by somebody else's program.
fn foreign() -> Value {
    let mut foreign = prediction("failed", Value::Null);
    foreign["id"] = OTHER_ID.into();
    foreign["model"] = "someone/thing".into();
    foreign["input"] = json!({"text": "hello"});
    foreign
}

async fn structured(world: &World, arguments: Value) -> Value {
    let result = world.call("list_predictions", arguments).await;
    result.structured_content.unwrap()
}

#[tokio::test]
async fn saved_files_stand_beside_what_replicate_lists() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world.success("generate_image", fox()).await;
    world
        .lists(json!([
            prediction("succeeded", json!("https://replicate.delivery/x.webp")),
            foreign()
        ]))
        .await;
    let text = world.success("list_predictions", json!({})).await;
    assert_snapshot!(world.redacted(&text));
    let listed = structured(&world, json!({})).await;
    let file = world
        .out()
        .join("a-red-fox-dbr6k0km.webp")
        .display()
        .to_string();
    assert_eq!(listed["predictions"][0]["files"], json!([file]));
    assert_eq!(listed["predictions"][1].get("files"), None);
}

#[tokio::test]
async fn files_that_were_moved_are_told() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world.success("generate_image", fox()).await;
    std::fs::remove_dir_all(world.out()).unwrap();
    let mut gone = prediction("succeeded", Value::Null);
    gone["data_removed"] = true.into();
    world.lists(json!([gone])).await;
    let text = world.success("list_predictions", json!({})).await;
    assert_snapshot!(world.redacted(&text));
}

/// A submit whose answer is lost.
async fn lost() -> World {
    let world = World::new().await;
    world.makes(upstream::html_page(502)).await;
    let text = world.failure("generate_image", fox()).await;
    assert!(text.contains("`list_predictions`"), "{text}");
    world
}

fn as_submitted() -> Value {
    let mut made = prediction("succeeded", Value::Null);
    made["created_at"] = Timestamp::now().to_string().into();
    made["input"] = world_input();
    made
}

fn world_input() -> Value {
    json!({"aspect_ratio": "4:5", "prompt": "a red fox"})
}

#[tokio::test]
async fn a_lost_submit_is_recognized_and_its_result_can_be_had() {
    let world = lost().await;
    assert_eq!(
        world.input("black-forest-labs/flux-dev").await,
        world_input()
    );
    let url = world.picture().await;
    world.lists(json!([as_submitted()])).await;
    let listed = structured(&world, json!({})).await;
    assert_eq!(listed["predictions"][0]["tool"], "generate_image");
    assert_eq!(listed.get("unconfirmed"), None);
    world.shows(is("succeeded", json!(url))).await;
    world
        .success("get_prediction", json!({"prediction_id": ID}))
        .await;
    // It is one of ours from now on.
    let listed = structured(&world, json!({})).await;
    assert!(listed["predictions"][0]["files"][0].is_string(), "{listed}");
    assert_eq!(world.posts(DEV).await.len(), 1);
}

#[tokio::test]
async fn a_submit_that_replicate_does_not_list_stays_unconfirmed() {
    let world = lost().await;
    let mut older = as_submitted();
    older["created_at"] = (Timestamp::now() - SignedDuration::from_hours(1))
        .to_string()
        .into();
    world.lists(json!([older])).await;
    let text = world.success("list_predictions", json!({})).await;
    assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn a_submit_that_was_refused_is_not_unconfirmed() {
    let world = World::new().await;
    world
        .makes(upstream::json(402, json!({"detail": "no credit"})))
        .await;
    world.failure("generate_image", fox()).await;
    world.lists(json!([])).await;
    let text = world.success("list_predictions", json!({})).await;
    assert_eq!(text, "No predictions here.");
}

#[tokio::test]
async fn without_replicate_the_list_is_what_was_written_down() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world.success("generate_image", fox()).await;
    let down = upstream::html_page(502);
    world.gives("GET", "/v1/predictions", down).await;
    let text = world
        .success("list_predictions", json!({"status": "succeeded"}))
        .await;
    assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn without_replicate_and_without_any_work_the_call_fails() {
    let world = World::new().await;
    failure(&world.call("list_predictions", json!({})).await);
}

#[tokio::test]
async fn pages_go_on_where_they_ended_whatever_host_the_next_one_names() {
    let world = World::new().await;
    let rows: Vec<Value> = (0..3)
        .map(|number| {
            let mut row = prediction("succeeded", Value::Null);
            row["id"] = format!("abcdefghijklmnopqrstuvwxy{number}").into();
            row
        })
        .collect();
    let page = json!({"next": "http://evil.example/v1/predictions?cursor=cD0y", "results": rows});
    world
        .gives("GET", "/v1/predictions", upstream::json(200, page))
        .await;
    let first = structured(&world, json!({"limit": 2})).await;
    assert_eq!(first["predictions"].as_array().unwrap().len(), 2);
    let second = structured(&world, json!({"limit": 2, "cursor": first["next_cursor"]})).await;
    assert_eq!(second["predictions"][0]["id"], "abcdefghijklmnopqrstuvwxy2");
    structured(&world, json!({"limit": 2, "cursor": second["next_cursor"]})).await;
    let requests = world.provider.received_requests().await.unwrap();
    assert_eq!(requests.last().unwrap().url.query(), Some("cursor=cD0y"));
}

#[tokio::test]
async fn the_word_null_is_no_next_page() {
    let world = World::new().await;
    let page = json!({"next": "null", "results": [foreign()]});
    world
        .gives("GET", "/v1/predictions", upstream::json(200, page))
        .await;
    assert_eq!(structured(&world, json!({})).await.get("next_cursor"), None);
}

#[tokio::test]
async fn only_the_wanted_status_is_listed() {
    let world = World::new().await;
    world
        .lists(json!([prediction("succeeded", Value::Null), foreign()]))
        .await;
    let listed = structured(&world, json!({"status": "failed"})).await;
    assert_eq!(listed["predictions"].as_array().unwrap().len(), 1);
    assert_eq!(listed["predictions"][0]["id"], OTHER_ID);
}
