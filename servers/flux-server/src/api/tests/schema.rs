//! Schemas as Replicate publishes them, and inputs held to them.

use serde_json::json;
use shared::{Error, Result};

use super::*;

fn built_in(name: &str) -> InputSchema {
    InputSchema::built_in(&ModelName::parse("model", name).unwrap()).unwrap()
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// As `models.get` brings it: enums as schemas of their own, the order in `x-order`.
fn live() -> InputSchema {
    let document = json!({"components": {"schemas": {
        "Input": {"type": "object", "required": ["prompt"], "properties": {
            "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}], "default": "1:1",
                "description": "Aspect ratio\nof the image", "x-order": 1},
            "prompt": {"type": "string", "title": "Prompt", "x-order": 0},
            "image": {"type": "string", "format": "uri", "nullable": true, "x-order": 2},
            "images": {"type": "array", "items": {"type": "string", "format": "uri"}, "maxItems": 2, "x-order": 3},
            "steps": {"$ref": "#/components/schemas/steps", "x-order": 4},
            "strength": {"anyOf": [{"type": "number"}, {"type": "null"}], "minimum": 0, "maximum": 1, "x-order": 5},
            "raw": {"type": ["boolean", "null"], "default": null, "x-order": 6},
            "either": {"anyOf": [{"type": "number"}, {"type": "string"}], "x-order": 7},
            "words": {"type": "array", "items": {"type": "string"}, "x-order": 8},
            "options": {"type": "object"}
        }},
        "aspect_ratio": {"enum": ["1:1", "16:9"], "title": "aspect_ratio", "type": "string", "description": "An enumeration."},
        "steps": {"enum": [4, 8], "type": "integer"}
    }}});
    InputSchema::from_openapi("thing", &document).unwrap()
}

#[test]
fn references_and_optional_types_are_resolved_in_the_providers_order() {
    let schema = live();
    let kinds: Vec<(&str, Kind)> = schema
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("prompt", Kind::Text),
            ("aspect_ratio", Kind::Text),
            ("image", Kind::File),
            ("images", Kind::Files),
            ("steps", Kind::Integer),
            ("strength", Kind::Number),
            ("raw", Kind::Boolean),
            ("either", Kind::Any),
            ("words", Kind::List),
            ("options", Kind::Object),
        ]
    );
    let ratio = schema.field("aspect_ratio").unwrap();
    assert_eq!(ratio.choices, [json!("1:1"), json!("16:9")]);
    assert_eq!(ratio.default, Some(json!("1:1")));
    assert_eq!(
        ratio.description.as_deref(),
        Some("Aspect ratio of the image")
    );
    assert_eq!(schema.field("steps").unwrap().choices, [json!(4), json!(8)]);
    assert_eq!(schema.field("images").unwrap().most_items, Some(2));
    assert!(schema.field("prompt").unwrap().is_required);
}

#[test]
fn a_document_without_input_is_no_schema() {
    for document in [
        json!({}),
        json!(null),
        json!({"components": {"schemas": {"Input": {}}}}),
    ] {
        assert!(InputSchema::from_openapi("x", &document).is_none());
    }
    let endless = json!({"components": {"schemas": {
        "Input": {"properties": {"a": {"$ref": "#/components/schemas/a"}}},
        "a": {"$ref": "#/components/schemas/a"}
    }}});
    let schema = InputSchema::from_openapi("x", &endless).unwrap();
    assert_eq!(schema.fields[0].kind, Kind::Any);
}

#[test]
fn every_built_in_schema_is_read_and_its_defaults_fit_it() {
    assert_eq!(BUILT_IN.models.len(), 30);
    for name in BUILT_IN.models.keys() {
        let schema = built_in(name);
        assert!(schema.is_built_in);
        let mut input = Map::new();
        for field in &schema.fields {
            assert!(
                field.kind != Kind::Any && field.description.is_some(),
                "{name} {field:?}"
            );
            if let Some(default) = &field.default {
                input.insert(field.name.clone(), default.clone());
            } else if field.is_required {
                input.insert(field.name.clone(), "https://example.com/a.png".into());
            }
        }
        let checked = schema.check_exact(input.clone()).unwrap();
        assert_eq!(checked.input, input, "{name}");
    }
}

#[test]
fn unknown_models_have_no_built_in_schema() {
    let name = ModelName::parse("model", "someone/flux-dev").unwrap();
    assert!(InputSchema::built_in(&name).is_none());
}

#[test]
fn lines_say_type_default_and_what_is_valid() {
    let lines = built_in("flux-schnell").lines();
    assert!(
        lines[0].starts_with("prompt (text, required): "),
        "{lines:?}"
    );
    for line in [
        "num_inference_steps (whole number, default 4, from 1 to 4): More steps are slower and finer.",
        "output_format (text, default webp, one of webp, jpg, png): File format of the picture.",
        "seed (whole number): The same seed and input give much the same picture.",
    ] {
        assert!(lines.iter().any(|it| it == line), "{lines:#?}");
    }
    let lines = built_in("flux-2-pro").lines();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("input_images (files, default [], of at most 8)")),
        "{lines:#?}"
    );
}

#[test]
fn what_the_model_does_not_take_is_dropped_with_the_reason() {
    let input = map(json!({"prompt": "cake", "guidance": 3, "seed": null}));
    let checked = built_in("flux-schnell").check(input).unwrap();
    assert_eq!(checked.input, map(json!({"prompt": "cake"})));
    assert_eq!(
        checked.dropped,
        [Dropped {
            field: "guidance".into(),
            reason: "flux-schnell has no `guidance`".into()
        }]
    );
}

#[test]
fn an_exact_check_refuses_unknown_fields_and_names_the_near_one() {
    let input = map(json!({"prompt": "cake", "guidance_scale": 3, "sed": 1}));
    let error = built_in("flux-dev")
        .check_exact(input)
        .unwrap_err()
        .to_text();
    for part in [
        "did you mean `guidance`",
        "did you mean `seed`",
        "it takes prompt, aspect_ratio",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn values_are_mended_where_nothing_is_lost() {
    let input = map(json!({
        "prompt": 7, "num_outputs": "2", "num_inference_steps": 4.0, "guidance": "3.5", "go_fast": "false",
        "output_format": "JPEG", "megapixels": 1, "image": ["https://example.com/a.png"],
    }));
    let checked = built_in("flux-dev").check(input).unwrap();
    assert_eq!(
        Value::Object(checked.input),
        json!({
            "prompt": "7", "num_outputs": 2, "num_inference_steps": 4, "guidance": 3.5, "go_fast": false,
            "output_format": "jpg", "megapixels": "1", "image": "https://example.com/a.png",
        })
    );
    let quarter = map(json!({"prompt": "a", "megapixels": 0.25}));
    assert_eq!(
        built_in("flux-dev").check(quarter).unwrap().input["megapixels"],
        "0.25"
    );
    let one = map(json!({"prompt": "a", "input_images": "https://example.com/a.png"}));
    let checked = built_in("flux-2-pro").check(one).unwrap();
    assert_eq!(
        checked.input["input_images"],
        json!(["https://example.com/a.png"])
    );
    let words =
        map(json!({"prompt": "a", "words": "b", "either": {}, "options": {"a": 1}, "steps": 8.0}));
    assert_eq!(live().check(words).unwrap().input["words"], json!(["b"]));
}

fn refused(name: &str, input: Value) -> (String, String) {
    match built_in(name).check(map(input)) {
        Err(Error::InvalidInput { field, reason }) => (field, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_error_names_the_field_the_value_and_what_is_valid() {
    let cases = [
        (
            "flux-schnell",
            json!({"prompt": "a", "num_inference_steps": 5}),
            "num_inference_steps",
            "5 does not fit, and flux-schnell takes a whole number from 1 to 4",
        ),
        (
            "flux-schnell",
            json!({"prompt": "a", "num_outputs": 1.5}),
            "num_outputs",
            "1.5 does not fit, and flux-schnell takes a whole number from 1 to 4",
        ),
        (
            "flux-kontext-pro",
            json!({"prompt": "a", "output_format": "webp"}),
            "output_format",
            "webp does not fit, and flux-kontext-pro takes one of jpg, png",
        ),
        (
            "flux-schnell",
            json!({"prompt": {"a": 1}}),
            "prompt",
            "{\"a\":1} does not fit, and flux-schnell takes text",
        ),
        (
            "flux-schnell",
            json!({"prompt": "a", "go_fast": "maybe"}),
            "go_fast",
            "maybe does not fit, and flux-schnell takes true or false",
        ),
        (
            "flux-redux-dev",
            json!({}),
            "redux_image",
            "flux-redux-dev needs it: the URL or data URI of a file",
        ),
        (
            "flux-2-dev",
            json!({"prompt": "a", "input_images": ["a", "b", "c", "d", "e"]}),
            "input_images",
            "5 are too many, and flux-2-dev takes a list of URLs or data URIs of files of at most 4",
        ),
        (
            "flux-kontext-dev",
            json!({"prompt": "a", "input_image": ["a", "b"]}),
            "input_image",
            "[\"a\",\"b\"] does not fit, and flux-kontext-dev takes the URL or data URI of a file",
        ),
        (
            "flux-kontext-max",
            json!({"prompt": "a", "input_image": "x", "safety_tolerance": 3}),
            "safety_tolerance",
            "3 is too high: flux-kontext-max takes at most 2 with an `input_image`",
        ),
    ];
    for (model, input, field, reason) in cases {
        assert_eq!(refused(model, input), (field.into(), reason.into()));
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let (field, reason) = refused("flux-schnell", json!({"num_outputs": 9, "seed": "x"}));
    assert_eq!(field, "prompt");
    assert!(
        reason.contains("also `num_outputs`: 9 does not fit"),
        "{reason}"
    );
    assert!(reason.contains("also `seed`: x does not fit"), "{reason}");
}

#[test]
fn a_value_in_an_error_is_short_and_clean() -> Result<()> {
    let long = format!("data:image/png;base64,{}\u{202e}", "A".repeat(9_000));
    let (_, reason) = refused(
        "flux-schnell",
        json!({"prompt": "a", "output_format": long}),
    );
    assert!(reason.len() < 120 && text::is_clean(&reason), "{reason}");
    Ok(())
}

#[test]
fn what_would_be_ignored_is_dropped_with_the_reason() {
    let schema = built_in("flux-2-pro");
    let input = map(json!({"prompt": "a", "width": 512, "height": 512}));
    let checked = schema.check(input).unwrap();
    assert_eq!(checked.input, map(json!({"prompt": "a"})));
    assert_eq!(
        checked.dropped[0].reason,
        "`width` counts only with aspect_ratio=custom"
    );
    let input = map(
        json!({"prompt": "a", "width": 512, "height": 512, "aspect_ratio": "custom", "resolution": "1 MP"}),
    );
    let checked = schema.check(input).unwrap();
    assert_eq!(checked.dropped.len(), 1);
    assert_eq!(checked.dropped[0].field, "resolution");
    assert_eq!(checked.input["width"], 512);
    // A model that takes sizes without a ratio of that name keeps them.
    let document = json!({"components": {"schemas": {"Input": {"properties": {"width": {"type": "integer"}}}}}});
    let other = InputSchema::from_openapi("other", &document).unwrap();
    assert_eq!(
        other.check(map(json!({"width": 64}))).unwrap().input["width"],
        64
    );
}

#[test]
fn an_error_about_many_fields_and_many_choices_stays_short() {
    let choices: Vec<String> = (0..900).map(|n| format!("voice {n}")).collect();
    let fields: Map<String, Value> = (0..30)
        .map(|n| {
            (
                format!("field{n}"),
                json!({"type": "string", "enum": choices}),
            )
        })
        .collect();
    let document = json!({"components": {"schemas": {"Input": {"properties": fields}}}});
    let schema = InputSchema::from_openapi("speech", &document).unwrap();
    let wrong = schema
        .fields
        .iter()
        .map(|field| (field.name.clone(), json!("x".repeat(900))));
    let mut input: Map<String, Value> = wrong.collect();
    let error = schema.check(input.clone()).unwrap_err().to_text();
    assert!(error.len() < 4_000, "{}", error.len());
    assert!(error.contains("voice 39 and 860 more"), "{error}");
    input.clear();
    input.insert(format!("\u{202e}{}", "y".repeat(900)), json!(1));
    let checked = schema.check(input).unwrap();
    assert!(checked.dropped[0].reason.len() < 100);
}
