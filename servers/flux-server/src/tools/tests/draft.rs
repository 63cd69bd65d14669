//! What is sent to which family of models.

use serde_json::{Number, json};
use shared::Error;

use super::{canny, fill, flux_2_flex, flux_dev, kontext, object, redux, target};
use crate::tools::{
    OutputFormat,
    draft::Ready,
    edit::{self, EditInput},
    generate::{self, GenerateInput},
    slot::Slot,
    target::Target,
};

fn prompt() -> GenerateInput {
    GenerateInput {
        prompt: "a red fox".into(),
        ..GenerateInput::default()
    }
}

fn edited(target: &Target, images: &[&str], mask: Option<&str>) -> serde_json::Value {
    let images: Vec<String> = images.iter().map(|image| (*image).to_owned()).collect();
    let input = EditInput {
        prompt: "make it blue".into(),
        images,
        mask: mask.map(str::to_owned),
        ..EditInput::default()
    };
    let slot = edit::slot(target, &input).unwrap();
    let ready = edit::ready(target, input, &slot).unwrap();
    json!({"input": ready.input, "notes": ready.notes})
}

fn invalid(error: Error) -> (String, String) {
    match error {
        Error::InvalidInput { field, reason } => (field, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_prompt_alone_gets_our_shape_and_nothing_else() {
    let ready = generate::ready(&flux_dev(), prompt(), None).unwrap();
    assert_eq!(
        ready.input,
        object(json!({"prompt": "a red fox", "aspect_ratio": "4:5"}))
    );
    assert!(ready.notes.is_empty(), "{:?}", ready.notes);
}

#[test]
fn a_default_that_the_model_does_not_take_is_left_out_in_silence() {
    let square = target(
        "square",
        vec![
            super::field("prompt", super::Kind::Text),
            super::ratios(&["1:1"]),
        ],
    );
    for target in [square, canny()] {
        let ready = generate::ready(&target, prompt(), None).unwrap();
        assert_eq!(ready.input, object(json!({"prompt": "a red fox"})));
        assert!(ready.notes.is_empty(), "{:?}", ready.notes);
    }
}

#[test]
fn every_argument_reaches_a_model_that_takes_it() {
    let input = GenerateInput {
        aspect_ratio: Some("16:9".into()),
        num_outputs: Some(2),
        seed: Some(7),
        output_format: Some(OutputFormat::Png),
        output_quality: Some(90),
        megapixels: Some("0.25".into()),
        guidance: Number::from_f64(3.5),
        num_inference_steps: Some(20),
        go_fast: Some(false),
        prompt_strength: Number::from_f64(0.6),
        ..prompt()
    };
    let picture = Slot::find(None, flux_dev().schema.as_ref()).unwrap();
    let picture = (picture, "data:image/png;base64,AA==".to_owned());
    let ready = generate::ready(&flux_dev(), input, Some(picture)).unwrap();
    assert_eq!(
        ready.input,
        object(json!({
            "prompt": "a red fox", "aspect_ratio": "16:9", "num_outputs": 2, "seed": 7, "output_format": "png",
            "output_quality": 90, "megapixels": "0.25", "guidance": 3.5, "num_inference_steps": 20, "go_fast": false,
            "prompt_strength": 0.6, "image": "data:image/png;base64,AA=="
        }))
    );
    assert!(ready.notes.is_empty(), "{:?}", ready.notes);
}

#[test]
fn arguments_that_the_model_does_not_take_are_dropped_and_named() {
    let input = GenerateInput {
        num_outputs: Some(3),
        go_fast: Some(true),
        ..prompt()
    };
    let ready = generate::ready(&kontext(), input, None).unwrap();
    assert_eq!(
        ready.input,
        object(json!({"prompt": "a red fox", "aspect_ratio": "4:5"}))
    );
    assert_eq!(
        ready.notes,
        ["Not sent: `num_outputs`, `go_fast` (not taken by flux-kontext-pro)."]
    );
}

#[test]
fn one_picture_from_a_model_that_makes_one_is_no_news() {
    let input = GenerateInput {
        num_outputs: Some(1),
        ..prompt()
    };
    let ready = generate::ready(&kontext(), input, None).unwrap();
    assert!(ready.notes.is_empty(), "{:?}", ready.notes);
}

#[test]
fn the_same_wish_goes_by_the_name_that_the_model_has_for_it() {
    let input = GenerateInput {
        num_inference_steps: Some(30),
        megapixels: Some("2".into()),
        ..prompt()
    };
    let ready = generate::ready(&flux_2_flex(), input, None).unwrap();
    assert_eq!(ready.input["steps"], 30);
    assert_eq!(ready.input["resolution"], "2 MP");
    assert!(ready.notes.is_empty(), "{:?}", ready.notes);
}

#[test]
fn extra_fields_are_sent_and_decide_the_shape() {
    let input = GenerateInput {
        extra: Some(object(json!({"width": 800, "height": 600}))),
        ..prompt()
    };
    let ready = generate::ready(&flux_2_flex(), input, None).unwrap();
    assert_eq!(
        ready.input,
        object(
            json!({"prompt": "a red fox", "width": 800, "height": 600, "aspect_ratio": "custom"})
        )
    );
}

#[test]
fn an_extra_field_that_does_not_exist_is_an_error_with_those_that_do() {
    let input = GenerateInput {
        extra: Some(object(json!({"negative_prompt": "cars"}))),
        ..prompt()
    };
    let error = generate::ready(&kontext(), input, None).unwrap_err();
    assert_eq!(
        invalid(error),
        (
            "extra.negative_prompt".into(),
            "flux-kontext-pro has no such field; it has prompt, input_image, aspect_ratio, seed, output_format".into()
        )
    );
}

#[test]
fn a_field_given_twice_is_an_error() {
    let input = GenerateInput {
        seed: Some(1),
        extra: Some(object(json!({"seed": 2}))),
        ..prompt()
    };
    let (field, reason) = invalid(generate::ready(&kontext(), input, None).unwrap_err());
    assert_eq!(field, "extra.seed");
    assert!(reason.contains("second time"), "{reason}");
}

#[test]
fn a_start_picture_goes_into_a_list_where_the_model_wants_one_and_gives_the_shape() {
    let target = flux_2_flex();
    let slot = Slot::find(None, target.schema.as_ref()).unwrap();
    let picture = (slot, "https://example.com/a.png".to_owned());
    let ready = generate::ready(&target, prompt(), Some(picture)).unwrap();
    assert_eq!(
        ready.input,
        object(json!({
            "prompt": "a red fox", "aspect_ratio": "match_input_image", "input_images": ["https://example.com/a.png"]
        }))
    );
}

#[test]
fn nothing_is_dropped_when_nothing_is_known_of_the_model_but_that_is_said() {
    let mut unknown = target("my-flux", Vec::new());
    unknown.schema = None;
    let input = GenerateInput {
        go_fast: Some(true),
        extra: Some(object(json!({"anything": 1}))),
        ..prompt()
    };
    let ready = generate::ready(&unknown, input, None).unwrap();
    assert_eq!(
        ready.input,
        object(json!({"prompt": "a red fox", "go_fast": true, "anything": 1}))
    );
    assert_eq!(ready.notes.len(), 1);
    assert!(ready.notes[0].contains("unchecked"), "{:?}", ready.notes);
}

#[test]
fn pictures_to_edit_go_where_each_family_takes_them() {
    assert_eq!(
        edited(&flux_2_flex(), &["a", "b"], None)["input"],
        json!({"prompt": "make it blue", "input_images": ["a", "b"], "aspect_ratio": "match_input_image"})
    );
    assert_eq!(
        edited(&kontext(), &["a"], None)["input"],
        json!({"prompt": "make it blue", "input_image": "a", "aspect_ratio": "match_input_image"})
    );
    assert_eq!(
        edited(&fill(), &["a"], Some("m"))["input"],
        json!({"prompt": "make it blue", "image": "a", "mask": "m"})
    );
    assert_eq!(
        edited(&canny(), &["a"], None)["input"],
        json!({"prompt": "make it blue", "control_image": "a"})
    );
}

#[test]
fn redux_takes_no_prompt_and_the_answer_says_so() {
    let sent = edited(&redux(), &["a"], None);
    assert_eq!(sent["input"], json!({"redux_image": "a"}));
    assert_eq!(
        sent["notes"],
        json!(["Not sent: `prompt` (not taken by flux-redux-dev)."])
    );
}

#[test]
fn too_many_pictures_are_refused_with_the_limit_and_a_model_that_takes_more() {
    let input = EditInput {
        prompt: "join".into(),
        images: vec!["a".into(), "b".into()],
        ..EditInput::default()
    };
    let error = edit::slot(&kontext(), &input).unwrap_err();
    assert_eq!(
        invalid(error),
        (
            "images".into(),
            "flux-kontext-pro takes at most 1, not 2; black-forest-labs/flux-2-flex takes up to 10"
                .into()
        )
    );
}

#[test]
fn a_mask_for_a_model_without_masks_names_those_with() {
    let input = EditInput {
        prompt: "fill".into(),
        images: vec!["a".into()],
        mask: Some("m".into()),
        ..EditInput::default()
    };
    let (field, reason) = invalid(edit::slot(&kontext(), &input).unwrap_err());
    assert_eq!(field, "mask");
    assert!(
        reason.contains("flux-fill-pro") && reason.contains("flux-fill-dev"),
        "{reason}"
    );
}

#[test]
fn a_raw_input_is_taken_whole_or_not_at_all() {
    let target = kontext();
    let fields = object(json!({"prompt": "x", "seed": 3}));
    let ready = Ready::exactly(target.schema.as_ref(), fields.clone()).unwrap();
    assert_eq!(ready.input, fields);
    let wrong = object(json!({"prompt": "x", "steps": 3}));
    let error = Ready::exactly(target.schema.as_ref(), wrong).unwrap_err();
    assert_eq!(invalid(error).0, "steps");
}
