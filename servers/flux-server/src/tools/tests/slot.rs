//! Where pictures go, and what is a picture.

use shared::{Error, media::InputFile};

use super::{Kind, ModelStatus, catalogued, field, files, flux_dev, schema};
use crate::tools::{
    PredictionId,
    files::{check_picture, is_prediction_id},
    slot::Slot,
};

#[test]
fn the_catalogue_decides_while_the_model_still_has_the_field() {
    let both = schema(vec![
        field("image", Kind::File),
        field("image_prompt", Kind::File),
    ]);
    let mut entry = catalogued("flux-1.1-pro", ModelStatus::Active);
    entry.image_field = Some("image_prompt".into());
    let slot = Slot::find(Some(&entry), Some(&both)).unwrap();
    assert_eq!(slot.field, "image_prompt");
    entry.image_field = Some("gone".into());
    let slot = Slot::find(Some(&entry), Some(&both)).unwrap();
    assert_eq!(slot.field, "image");
}

#[test]
fn a_list_has_the_limit_of_its_schema() {
    let klein = schema(vec![files("images", 5)]);
    let slot = Slot::find(None, Some(&klein)).unwrap();
    assert_eq!((slot.is_list, slot.most), (true, 5));
}

#[test]
fn a_mask_or_a_sound_is_no_place_for_a_picture() {
    let other = schema(vec![
        field("image_mask", Kind::File),
        field("audio", Kind::File),
        field("image", Kind::Text),
    ]);
    assert_eq!(Slot::find(None, Some(&other)), None);
}

#[test]
fn an_unusual_field_for_pictures_is_found() {
    let other = schema(vec![
        field("prompt", Kind::Text),
        field("source_image", Kind::File),
    ]);
    assert_eq!(
        Slot::find(None, Some(&other)).unwrap().field,
        "source_image"
    );
}

#[test]
fn without_a_schema_the_catalogue_is_believed() {
    let mut entry = catalogued("flux-2-pro", ModelStatus::Active);
    assert_eq!(Slot::find(Some(&entry), None), None);
    entry.image_field = Some("input_images".into());
    entry.image_is_list = true;
    assert!(Slot::find(Some(&entry), None).unwrap().is_list);
    entry.image_field = Some("input_image".into());
    entry.image_is_list = false;
    assert!(!Slot::find(Some(&entry), None).unwrap().is_list);
}

#[test]
fn more_pictures_than_any_model_takes_is_said_without_a_model() {
    let slot = Slot::find(None, flux_dev().schema.as_ref()).unwrap();
    let error = slot.check("images", 11, &flux_dev().name).unwrap_err();
    assert!(error.to_string().ends_with("give fewer"), "{error}");
}

#[test]
fn only_pictures_that_flux_reads_are_pictures() {
    let file = |mime_type| InputFile {
        bytes: Default::default(),
        mime_type,
        name: "a".into(),
    };
    for good in ["image/jpeg", "image/png", "image/gif", "image/webp"] {
        assert_eq!(check_picture("image", &file(good)), Ok(()));
    }
    for bad in ["image/svg+xml", "application/pdf", "video/mp4"] {
        let error = check_picture("image", &file(bad)).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { .. }), "{error:?}");
        assert!(error.to_string().contains(bad), "{error}");
    }
}

#[test]
fn an_id_is_told_from_a_path_and_never_breaks_out_of_a_url() {
    assert!(is_prediction_id(super::ID));
    assert!(!is_prediction_id("fox.png"));
    assert!(!is_prediction_id("HXVJGF8HMHRGE0CKCMDBR6K0KM"));
    for bad in ["", "../account", "abc/cancel", "abc?x=1", "ABC"] {
        assert!(PredictionId::parse("prediction_id", bad).is_err(), "{bad}");
    }
    let id = PredictionId::parse("prediction_id", " abc123 ").unwrap();
    assert_eq!(id.as_str(), "abc123");
}
