//! What is sent when work is submitted, and when it is sent again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream::{self, sequence};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wiremock::ResponseTemplate;

use crate::fixture::{DEV, TOKEN, World, accepts, prediction};

fn fox() -> Value {
    json!({"prompt": "a red fox"})
}

#[tokio::test]
async fn a_submit_carries_the_token_a_short_wait_and_a_deadline() {
    let world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    world.success("generate_image", fox()).await;
    let posts = world.posts(DEV).await;
    let headers = &posts[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(headers["prefer"], "wait=5");
    assert_eq!(headers["cancel-after"], "600s");
    let body: Value = posts[0].body_json().unwrap();
    assert_eq!(
        body,
        json!({"input": {"prompt": "a red fox", "aspect_ratio": "4:5"}})
    );
}

#[tokio::test]
async fn a_refusal_that_certainly_started_nothing_is_sent_again() {
    let world = World::new().await;
    let url = world.picture().await;
    let mut done = prediction("succeeded", json!(url));
    done["input"] = fox();
    world
        .makes(sequence([
            upstream::rate_limited(0),
            upstream::json(201, done),
        ]))
        .await;
    world.success("generate_image", fox()).await;
    assert_eq!(world.posts(DEV).await.len(), 2);
}

#[tokio::test]
async fn what_may_have_started_something_is_told_and_not_sent_again() {
    let replies = [
        upstream::html_page(502),
        ResponseTemplate::new(201).set_body_string("{\"id\": \"hxvj"),
        upstream::json(201, json!({"status": "starting"})),
    ];
    let first = World::new().await;
    for reply in replies {
        let world = World::with(first.http.clone()).await;
        world.makes(reply).await;
        let text = world.failure("generate_image", fox()).await;
        assert!(text.contains("may have started"), "{text}");
        assert!(text.contains("`list_predictions`"), "{text}");
        assert_eq!(world.posts(DEV).await.len(), 1);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_submit_is_not_tried_again() {
    let mut world = World::new().await;
    let (base, submits) = breaks_every_submit().await;
    world.configure(&[
        ("REPLICATE_API_TOKEN", TOKEN),
        ("REPLICATE_BASE_URL", &base),
    ]);
    let text = world.failure("generate_image", fox()).await;
    assert_eq!(submits.load(Ordering::SeqCst), 1);
    assert_snapshot!(text);
}

/// Knows no model, and closes the connection under every `POST`; how many there were.
async fn breaks_every_submit() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let submits = Arc::new(AtomicUsize::new(0));
    let counted = submits.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if head(&mut stream).await.starts_with("POST") {
                counted.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            let nothing =
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(nothing).await.unwrap();
        }
    });
    (base, submits)
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_told_before_anything_is_paid_for() {
    let mut world = World::new().await;
    world.runs("black-forest-labs/flux-dev").await;
    let file = world.home.path().join("a file");
    std::fs::write(&file, "").unwrap();
    world.settings.output_dir = Some(file.join("out"));
    let picture = crate::pictures::plain(image::ImageFormat::Png);
    let picture = crate::pictures::data_uri("image/png", &picture);
    for (tool, arguments) in [
        ("generate_image", fox()),
        (
            "edit_image",
            json!({"prompt": "at night", "images": [picture]}),
        ),
        ("run_model", json!({"model": "flux-dev", "input": fox()})),
    ] {
        let text = world.failure(tool, arguments).await;
        assert!(text.contains("`MCP_OUTPUT_DIR`"), "{tool}: {text}");
    }
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_version_is_run_by_its_id() {
    let world = World::new().await;
    let url = world.picture().await;
    world
        .gives("POST", "/v1/predictions", accepts("succeeded", json!(url)))
        .await;
    let version = crate::fixture::VERSION;
    let model = format!("black-forest-labs/flux-dev:{version}");
    let arguments = json!({"prompt": "a red fox", "model": model});
    world.success("generate_image", arguments).await;
    let posts = world.posts("/v1/predictions").await;
    assert_eq!(posts[0].body_json::<Value>().unwrap()["version"], version);
}

#[tokio::test]
async fn the_users_model_is_the_default() {
    let mut world = World::new().await;
    world.config.default_model = "flux-schnell".into();
    world.runs("black-forest-labs/flux-schnell").await;
    world.success("generate_image", fox()).await;
    assert_eq!(
        world.input("black-forest-labs/flux-schnell").await["prompt"],
        "a red fox"
    );
}
