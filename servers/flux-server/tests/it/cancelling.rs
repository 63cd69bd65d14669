//! Work that is stopped, by the tool or because nobody waits for it any more.

use std::time::Duration;

use insta::assert_snapshot;
use rmcp::{
    model::{CallToolRequest, CallToolRequestParams, ClientRequest},
    service::PeerRequestOptions,
};
use serde_json::{Value, json};
use testkit::upstream;
use tokio::sync::mpsc;
use wiremock::Request;

use crate::fixture::{ID, World, accepts, is, prediction};

/// A provider at work for ever, and the paths it was asked for after the submit.
async fn at_work(world: &World) -> mpsc::UnboundedReceiver<String> {
    let (sender, asked) = mpsc::unbounded_channel();
    world.makes(accepts("starting", Value::Null)).await;
    for (verb, route) in [("GET", format!("/v1/predictions/{ID}")), ("POST", cancel())] {
        let sender = sender.clone();
        let answer = move |request: &Request| {
            let _ = sender.send(request.url.path().to_owned());
            upstream::json(200, prediction("processing", Value::Null))
        };
        world.gives(verb, &route, answer).await;
    }
    asked
}

fn cancel() -> String {
    format!("/v1/predictions/{ID}/cancel")
}

/// Begin a picture, and take it back once Replicate works on it.
async fn begin_and_give_up(world: &World) -> mpsc::UnboundedReceiver<String> {
    let mut asked = at_work(world).await;
    let client = world.client().await;
    let arguments = json!({"prompt": "a red fox"}).as_object().unwrap().clone();
    let params = CallToolRequestParams::new("generate_image").with_arguments(arguments);
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let options = PeerRequestOptions::no_options();
    let running = client
        .peer()
        .send_cancellable_request(request, options)
        .await
        .unwrap();
    asked.recv().await.unwrap();
    running.cancel(None).await.unwrap();
    // The next answer comes after the notification was read, so the call has ended by then.
    client.tools().await;
    asked
}

#[tokio::test]
async fn a_client_that_gives_up_stops_the_prediction() {
    let world = World::new().await;
    let mut asked = begin_and_give_up(&world).await;
    let until_cancelled = async { while asked.recv().await.unwrap() != cancel() {} };
    tokio::time::timeout(Duration::from_secs(20), until_cancelled)
        .await
        .unwrap();
    assert_eq!(world.posts(&cancel()).await.len(), 1);
}

#[tokio::test]
async fn a_client_that_gives_up_stops_nothing_where_the_operator_says_so() {
    let mut world = World::new().await;
    world.settings.cancel_upstream = false;
    let _asked = begin_and_give_up(&world).await;
    // By the time of these answers a cancellation would have been sent.
    let get = json!({"prediction_id": ID, "wait_seconds": 0});
    for _ in 0..3 {
        let text = world.success("get_prediction", get.clone()).await;
        assert!(text.starts_with("Not finished"), "{text}");
    }
    assert_eq!(world.posts(&cancel()).await.len(), 0);
}

#[tokio::test]
async fn the_tool_stops_a_prediction_and_says_what_became_of_it() {
    let first = World::new().await;
    let mut lines = Vec::new();
    for status in [
        "starting",
        "processing",
        "canceled",
        "aborted",
        "succeeded",
        "failed",
        "paused",
    ] {
        let world = World::with(first.http.clone()).await;
        world
            .gives("POST", &cancel(), is(status, Value::Null))
            .await;
        let text = world
            .success("cancel_prediction", json!({"prediction_id": ID}))
            .await;
        assert_eq!(world.posts(&cancel()).await.len(), 1);
        lines.push(text);
    }
    assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn cancelling_has_structured_content_too() {
    let world = World::new().await;
    world
        .gives("POST", &cancel(), is("canceled", Value::Null))
        .await;
    let result = world
        .call("cancel_prediction", json!({"prediction_id": ID}))
        .await;
    let structured = result.structured_content.unwrap();
    assert_eq!(
        (&structured["prediction_id"], &structured["status"]),
        (&json!(ID), &json!("canceled"))
    );
}

#[tokio::test]
async fn what_was_cancelled_is_known_without_replicate() {
    let mut world = World::new().await;
    world.settings.wait_seconds = 0;
    world.makes(accepts("starting", Value::Null)).await;
    world.shows(is("processing", Value::Null)).await;
    world
        .gives("POST", &cancel(), is("processing", Value::Null))
        .await;
    let prompt = json!({"prompt": "a red fox"});
    world.success("generate_image", prompt).await;
    let id = json!({"prediction_id": ID});
    world.success("cancel_prediction", id).await;
    let down = upstream::html_page(502);
    world.gives("GET", "/v1/predictions", down).await;
    let text = world.success("list_predictions", json!({})).await;
    assert!(text.contains(ID) && text.contains("canceled"), "{text}");
}
