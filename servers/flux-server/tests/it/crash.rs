//! Paid work when the server ends before the result is there: never lost, never paid twice.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::binary::Process;

use crate::{
    fake::{Event, Fake, Manner, SIDE},
    home::{Home, done, generate, pictures, sidecar, text},
};

const SOON: Duration = Duration::from_secs(5);

/// A call of generate_image that nobody has an answer to yet, and the id of its prediction.
async fn running(home: &Home, fake: &mut Fake) -> (Process, String) {
    let mut server = home.server(&fake.url).await;
    server.send(json!(1), "tools/call", generate()).await;
    let id = fake.created().await;
    (server, id)
}

/// The only picture of this house, and that it is whole.
fn the_picture(home: &Home, id: &str) {
    let pictures = pictures(&home.output());
    assert_eq!(pictures.len(), 1, "{pictures:?}");
    let picture = image::open(&pictures[0]).unwrap();
    assert_eq!((picture.width(), picture.height()), (SIDE, SIDE));
    let story = sidecar(&pictures[0]).to_string();
    assert!(story.contains(id) && story.contains("a red fox"), "{story}");
}

fn only_row(listed: &Value) -> &Value {
    let rows = listed["structuredContent"]["predictions"]
        .as_array()
        .unwrap();
    assert_eq!(rows.len(), 1, "{listed}");
    &rows[0]
}

#[tokio::test]
async fn a_picture_survives_a_crash_between_submit_and_result() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::Begins).await);
    let (server, id) = running(&home, &mut fake).await;
    // The answer to the submit has come when the server asks after it.
    fake.until(Event::Asked(id.clone())).await;
    server.is_killed().await;
    fake.finish(&id);

    let mut server = home.server(&fake.url).await;
    let listed = done(&mut server, "list_predictions", json!({})).await;
    let row = only_row(&listed);
    assert_eq!(row["id"], json!(id));
    assert_eq!(row["tool"], "generate_image", "not known as ours: {row}");
    let result = done(&mut server, "get_prediction", json!({"prediction_id": id})).await;
    assert!(
        text(&result).contains(home.output().to_str().unwrap()),
        "{result}"
    );
    assert_eq!(result["content"][1]["type"], "image", "{result}");
    the_picture(&home, &id);
    assert_eq!(fake.creates(), 1);
    server.ends_well(SOON).await;
}

#[tokio::test]
async fn a_submit_whose_answer_died_with_the_server_is_recognized() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::IsSilent).await);
    let (server, id) = running(&home, &mut fake).await;
    server.is_killed().await;
    fake.finish(&id);

    let mut server = home.server(&fake.url).await;
    for _ in 0..2 {
        let listed = done(&mut server, "list_predictions", json!({})).await;
        let row = only_row(&listed);
        assert_eq!(row["id"], json!(id));
        assert_eq!(row["tool"], "generate_image", "not adopted: {row}");
        assert!(listed["structuredContent"].get("unconfirmed").is_none());
    }
    done(&mut server, "get_prediction", json!({"prediction_id": id})).await;
    the_picture(&home, &id);
    // It is an entry like any other by now.
    let listed = done(&mut server, "list_predictions", json!({})).await;
    let files = only_row(&listed)["files"].as_array().unwrap().len();
    assert_eq!((files, fake.creates()), (1, 1));
    server.ends_well(SOON).await;
}

#[tokio::test]
async fn a_submit_that_nobody_knows_is_told_as_unknown_and_not_repeated() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::Loses).await);
    let (server, _id) = running(&home, &mut fake).await;
    server.is_killed().await;

    let mut server = home.server(&fake.url).await;
    let listed = done(&mut server, "list_predictions", json!({})).await;
    let lost = &listed["structuredContent"]["unconfirmed"];
    assert_eq!(lost[0]["tool"], "generate_image", "{listed}");
    assert!(text(&listed).contains("outcome unknown"), "{listed}");
    assert_eq!(fake.creates(), 1);
    server.ends_well(SOON).await;
}

/// The server has ended while the prediction ran: it goes on, and a later server brings the picture.
async fn goes_on(home: &Home, fake: &Fake, id: &str) {
    fake.finish(id);
    let mut server = home.server(&fake.url).await;
    done(&mut server, "get_prediction", json!({"prediction_id": id})).await;
    the_picture(home, id);
    assert_eq!((fake.creates(), fake.cancels()), (1, 0));
    server.ends_well(SOON).await;
}

#[tokio::test]
async fn a_client_that_leaves_does_not_cancel_what_it_paid_for() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::Begins).await);
    let (server, id) = running(&home, &mut fake).await;
    fake.until(Event::Asked(id.clone())).await;
    server.ends_well(SOON).await;
    goes_on(&home, &fake, &id).await;
}

#[tokio::test]
async fn a_server_that_is_told_to_end_does_not_cancel_what_is_paid_for() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::Begins).await);
    let (server, id) = running(&home, &mut fake).await;
    fake.until(Event::Asked(id.clone())).await;
    server.ends_on_sigterm(SOON).await;
    goes_on(&home, &fake, &id).await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_submit_is_answered_loses_nothing() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::IsSilent).await);
    let (server, id) = running(&home, &mut fake).await;
    server.ends_well(SOON).await;
    goes_on(&home, &fake, &id).await;
}

#[tokio::test]
async fn a_cancelled_call_cancels_the_prediction() {
    let (home, mut fake) = (Home::new(), Fake::start(Manner::Begins).await);
    let (mut server, id) = running(&home, &mut fake).await;
    fake.until(Event::Asked(id.clone())).await;
    server
        .notify("notifications/cancelled", json!({"requestId": 1}))
        .await;
    fake.until(Event::Cancelled(id)).await;
    assert_eq!(fake.creates(), 1);
    server.ends_well(SOON).await;
}
