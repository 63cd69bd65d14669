//! Models in a list, and one of them in detail.

use serde_json::json;

use super::{Field, Kind, ModelStatus, catalogued, field, name, ratios, schema};
use crate::tools::{describe::DescribeOutput, models::ListModelsOutput};

#[test]
fn what_can_be_recommended_comes_first_and_the_rest_is_counted() {
    let entries = [
        catalogued("retired", ModelStatus::Retired),
        catalogued("legacy", ModelStatus::Legacy),
        catalogued("active", ModelStatus::Active),
    ];
    let text = ListModelsOutput::known(&entries, 2).to_string();
    assert_eq!(
        text,
        "black-forest-labs/active: Good pictures. About 3 s, $0.025 each (seen 2025-07, replicate.com).\n\
         black-forest-labs/legacy: Good pictures. About 3 s, $0.025 each (seen 2025-07, replicate.com), legacy.\n\
         2 of 3 models shown."
    );
}

#[test]
fn a_replacement_and_the_field_for_pictures_are_named() {
    let mut entry = catalogued("flux-pro", ModelStatus::Legacy);
    entry.replacement = Some("black-forest-labs/flux-2-pro".into());
    entry.image_field = Some("image_prompt".into());
    entry.usd_per_output = None;
    entry.price_seen = Some("2026-11: $0.001 per megapixel".into());
    let text = ListModelsOutput::known(&[entry], 5).to_string();
    assert!(
        text.ends_with(
            "About 3 s, price: 2026-11: $0.001 per megapixel, pictures in `image_prompt`, legacy, use black-forest-labs/flux-2-pro."
        ),
        "{text}"
    );
}

#[test]
fn nothing_found_says_so() {
    let text = ListModelsOutput::known(&[], 5).to_string();
    assert!(text.contains("No model was found"), "{text}");
}

#[test]
fn every_field_is_one_line() {
    let prompt = Field {
        is_required: true,
        description: Some("What to show.".into()),
        ..field("prompt", Kind::Text)
    };
    let quality = Field {
        minimum: Some(0.0),
        maximum: Some(100.0),
        default: Some(json!(80)),
        ..field("output_quality", Kind::Integer)
    };
    let pictures = super::files("input_images", 8);
    let mut fields = schema(vec![prompt, ratios(&["1:1", "4:5"]), quality, pictures]);
    fields.is_built_in = true;
    let entry = catalogued("flux-2-pro", ModelStatus::Active);
    let output = DescribeOutput::new(&name("flux-2-pro"), Some(&entry), None, Some(fields));
    assert_eq!(
        output.unwrap().to_string(),
        "black-forest-labs/flux-2-pro: Good pictures. About 3 s, $0.025 each (seen 2025-07, replicate.com).\n\
         Note: From the table in this server, since Replicate did not say.\n\
         - prompt (text, required): What to show.\n\
         - aspect_ratio (text, one of 1:1, 4:5)\n\
         - output_quality (whole number, default 80, from 0 to 100)\n\
         - input_images (files, of at most 8)"
    );
}

#[test]
fn a_model_of_which_nothing_is_known_is_not_described() {
    assert!(DescribeOutput::new(&name("x"), None, None, None).is_none());
}
