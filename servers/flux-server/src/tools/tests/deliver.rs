//! What is said about a finished prediction.

use std::path::Path;

use serde_json::json;
use shared::Error;

use super::{ID, object, output, prediction};
use crate::{
    api::{Output, Status},
    tools::{
        deliver::{filtered_note, headline, no_output},
        predictions::CancelOutput,
        words::{dollars, without_data},
    },
};

fn said(text: &str) -> Output {
    Output {
        files: Vec::new(),
        text: Some(text.into()),
    }
}

#[test]
fn the_headline_counts_what_was_made_by_its_kind() {
    for (kinds, made) in [
        (vec!["image/webp"], "made 1 picture."),
        (vec!["image/webp", "image/png"], "made 2 pictures."),
        (vec!["video/mp4"], "made 1 video."),
        (vec!["audio/mpeg", "audio/wav"], "made 2 sound files."),
        (vec!["image/webp", "video/mp4"], "made 2 files."),
    ] {
        let text = headline(&prediction(ID), &output(kinds.len()), &kinds);
        let start = format!("black-forest-labs/flux-dev {made} Prediction {ID}");
        assert!(text.starts_with(&start), "{text}");
        assert!(text.contains(", 2.1 s"), "{text}");
    }
}

#[test]
fn outputs_that_could_not_be_fetched_still_count() {
    let text = headline(&prediction(ID), &output(2), &[]);
    assert!(text.contains("made 2 files."), "{text}");
}

#[test]
fn text_stands_below_the_headline_and_is_cut_when_it_is_long() {
    let text = headline(&prediction(ID), &said("Hello.\nWorld."), &[]);
    assert!(text.contains("answered with text"), "{text}");
    assert!(text.ends_with("\n\nHello.\nWorld."), "{text}");
    let text = headline(&prediction(ID), &said(&"x".repeat(50_000)), &[]);
    assert!(text.ends_with("[cut here: 40000 of 50000 characters]"));
}

#[test]
fn fewer_pictures_than_asked_are_explained() {
    let note = filtered_note(&prediction(ID), &output(2)).unwrap();
    assert!(note.contains("does not say why"), "{note}");
    let mut filtered = prediction(ID);
    filtered.logs = "Using seed: 42\nTotal safe images: 2 out of 4".into();
    assert_eq!(
        filtered_note(&filtered, &output(2)).unwrap(),
        "2 of 4 pictures: the others were filtered by the safety checker."
    );
    assert_eq!(filtered_note(&prediction(ID), &output(4)), None);
    let mut one = prediction(ID);
    one.input.remove("num_outputs");
    assert_eq!(filtered_note(&one, &output(1)), None);
}

#[test]
fn no_output_is_a_failure_and_a_deleted_one_has_expired() {
    let error = no_output(&prediction(ID), &[]);
    assert!(matches!(&error, Error::JobFailed { id, .. } if id == ID));
    let mut deleted = prediction(ID);
    deleted.data_removed = true;
    let error = no_output(&deleted, &[Path::new("/pictures/fox.webp").into()]);
    assert!(matches!(error, Error::Expired { .. }), "{error:?}");
    let text = error.to_text();
    assert!(
        text.contains(ID) && text.contains("/pictures/fox.webp"),
        "{text}"
    );
}

#[test]
fn prices_show_cents_and_parts_of_cents() {
    for (amount, text) in [
        (0.05, "$0.05"),
        (0.1, "$0.10"),
        (0.003, "$0.003"),
        (0.0125, "$0.0125"),
        (1.0, "$1.00"),
        (12.5, "$12.50"),
    ] {
        assert_eq!(dollars(amount), text);
    }
}

#[test]
fn pictures_inside_an_input_become_a_word_about_them() {
    let input = object(json!({
        "prompt": "x",
        "image": "data:image/png;base64,AAAA",
        "more": ["https://example.com/a.png", "data:image/webp;base64,AA"],
    }));
    assert_eq!(
        without_data(&input),
        object(json!({
            "prompt": "x",
            "image": "data:image/png (26 characters)",
            "more": ["https://example.com/a.png", "data:image/webp (25 characters)"],
        }))
    );
}

#[test]
fn cancelling_says_what_became_of_the_prediction_and_the_bill() {
    for (status, word, words) in [
        (Status::Starting, "starting", "cost nothing"),
        (Status::Processing, "processing", "is charged"),
        (Status::Canceled, "canceled", "the time it ran is charged"),
        (Status::Aborted, "aborted", "costs nothing"),
        (Status::Succeeded, "succeeded", "get_prediction"),
        (Status::Failed, "failed", "nothing to cancel"),
        (Status::Unknown, "unknown", "list_predictions"),
    ] {
        let mut prediction = prediction(ID);
        prediction.status = status;
        let text = CancelOutput::from(&prediction).to_string();
        assert!(
            text.starts_with(&format!("Prediction {ID}: {word}. ")),
            "{text}"
        );
        assert!(text.contains(words), "{text}");
    }
}
