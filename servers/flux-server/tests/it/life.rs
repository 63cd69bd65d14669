//! A prediction from its submit to its end, in all the ways Replicate has for that.

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream::{self, sequence};
use wiremock::ResponseTemplate;

use crate::fixture::{DEV, ID, World, accepts, failed, is, prediction};

fn fox() -> Value {
    json!({"prompt": "a red fox"})
}

fn polled() -> String {
    format!("GET /v1/predictions/{ID}")
}

fn at_work() -> ResponseTemplate {
    let mut prediction = prediction("processing", Value::Null);
    prediction["logs"] = "Using seed: 27533\n 43%|####      | 12/28 [00:01<00:02, 7.9it/s]".into();
    upstream::json(200, prediction)
}

#[tokio::test]
async fn a_list_of_pictures_is_waited_for_step_by_step() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    world
        .shows(sequence([at_work(), is("succeeded", json!([url]))]))
        .await;
    let text = world.success("generate_image", fox()).await;
    assert!(text.contains("made 1 picture."), "{text}");
    let expected = [
        &format!("POST {DEV}"),
        &polled(),
        &polled(),
        "GET /out/fox.webp",
    ];
    assert_eq!(world.asked().await, expected);
}

#[tokio::test]
async fn one_picture_that_is_a_string_is_a_picture() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    world
        .shows(sequence([at_work(), is("succeeded", json!(url))]))
        .await;
    let text = world.success("generate_image", fox()).await;
    assert!(text.contains("made 1 picture."), "{text}");
}

#[tokio::test]
async fn an_answer_that_is_still_processing_but_has_its_output_is_done() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("processing", json!([url]))).await;
    let text = world.success("generate_image", fox()).await;
    assert!(text.contains("fox-dbr6k0km.webp"), "{text}");
    assert_eq!(
        world.asked().await,
        [&format!("POST {DEV}"), "GET /out/fox.webp"]
    );
}

#[tokio::test]
async fn half_of_the_pictures_are_not_all() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("processing", json!([url]))).await;
    world.shows(is("succeeded", json!([url, url]))).await;
    let arguments = json!({"prompt": "a red fox", "num_outputs": 2});
    let text = world.success("generate_image", arguments).await;
    assert!(text.contains("made 2 pictures."), "{text}");
}

#[tokio::test]
async fn a_submit_that_took_too_long_for_an_answer_is_polled() {
    let world = World::new().await;
    let url = world.picture().await;
    let accepted = upstream::json(202, prediction("starting", Value::Null));
    world.makes(accepted).await;
    world.shows(is("succeeded", json!(url))).await;
    world.success("generate_image", fox()).await;
    assert_eq!(world.posts(DEV).await.len(), 1);
}

#[tokio::test]
async fn every_bad_end_is_told_with_what_to_do() {
    let sensitive = "Prediction failed: Async prediction failed: ModelError: The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)";
    let ends = [
        ("created failed", failed(sensitive)),
        (
            "unsafe pictures",
            failed(
                "All generated images contained NSFW content. Try running it again with a different prompt.",
            ),
        ),
        (
            "interrupted",
            failed("Prediction interrupted; please retry (code: PA)"),
        ),
        ("broken", failed("CUDA out of memory (E1001)")),
        ("no reason", failed("")),
        ("aborted", is("aborted", Value::Null)),
        ("canceled", is("canceled", Value::Null)),
        ("nothing made", is("succeeded", json!([]))),
    ];
    let first = World::new().await;
    let mut lines = Vec::new();
    for (name, end) in ends {
        let world = World::with(first.http.clone()).await;
        world.makes(accepts("starting", Value::Null)).await;
        world.shows(end.clone()).await;
        let polled = world.failure("generate_image", fox()).await;
        let world = World::with(first.http.clone()).await;
        world.makes(end).await;
        let created = world.failure("generate_image", fox()).await;
        assert_eq!(created, polled, "{name}");
        lines.push(format!("{name}: {created}"));
    }
    assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_result_that_replicate_has_deleted_has_expired() {
    let world = World::new().await;
    let mut gone = prediction("succeeded", Value::Null);
    gone["data_removed"] = true.into();
    world.shows(upstream::json(200, gone)).await;
    let text = world
        .failure("get_prediction", json!({"prediction_id": ID}))
        .await;
    assert_snapshot!(world.redacted(&text));
}

#[tokio::test]
async fn polling_survives_what_passes() {
    let world = World::new().await;
    let url = world.picture().await;
    world.makes(accepts("starting", Value::Null)).await;
    let answers = [
        upstream::html_page(502),
        upstream::html_page(502),
        upstream::html_page(502),
        ResponseTemplate::new(200).set_body_string("{"),
        is("succeeded", json!(url)),
    ];
    world.shows(sequence(answers)).await;
    world.success("generate_image", fox()).await;
    assert_eq!(world.posts(DEV).await.len(), 1);
}
