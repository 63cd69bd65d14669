//! The files that predictions made. They are drawn when somebody asks: the same prediction gives the same bytes.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    Desk, clip,
    life::Prediction,
    models::Makes,
    picture::{self, Format},
};

/// Fields that hold a picture or pictures to start from.
const PICTURES: [&str; 7] = [
    "input_image",
    "image",
    "input_images",
    "images",
    "image_prompt",
    "control_image",
    "redux_image",
];

/// `GET /delivery/{id}/out-{number}.{extension}`
pub(super) async fn output(
    State(desk): State<Desk>,
    Path((id, file)): Path<(String, String)>,
) -> Response {
    let now = desk.now_ms();
    let prediction = desk.predictions().get(&id).cloned();
    let prediction = prediction.filter(|prediction| prediction.has_output(now));
    let found = prediction.and_then(|prediction| {
        let number = number(&prediction, &file)?;
        Some((prediction, number))
    });
    let Some((prediction, number)) = found else {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    };
    let given = given(&desk, &prediction);
    let made = tokio::task::spawn_blocking(move || content(&prediction, number, given)).await;
    match made.ok().flatten() {
        Some((kind, bytes)) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Of `out-3.webp`: 3, if there are so many.
fn number(prediction: &Prediction, file: &str) -> Option<u64> {
    let (name, extension) = file.split_once('.')?;
    let number: u64 = name.strip_prefix("out-")?.parse().ok()?;
    let count = match prediction.model.makes {
        Makes::Pictures => prediction.counts().1,
        Makes::Picture | Makes::Sound => 1,
        Makes::Text => 0,
    };
    (extension == prediction.extension() && number < count).then_some(number)
}

fn content(
    prediction: &Prediction,
    number: u64,
    given: Option<Vec<u8>>,
) -> Option<(&'static str, Vec<u8>)> {
    if prediction.model.makes == Makes::Sound {
        return Some(("audio/wav", clip::wav(prediction.prompt())));
    }
    let quality = prediction.number("output_quality").unwrap_or(80);
    let format = Format::of(prediction.extension(), quality)?;
    Some((
        format.mime_type(),
        picture::draw(prediction, number, given, format)?,
    ))
}

/// The first picture to start from, as far as it is here: in the request, or uploaded.
fn given(desk: &Desk, prediction: &Prediction) -> Option<Vec<u8>> {
    let mut fields = PICTURES.iter();
    let value = fields.find_map(|name| match prediction.input.get(*name)? {
        Value::String(one) => Some(one.as_str()),
        Value::Array(all) => all.first()?.as_str(),
        _ => None,
    })?;
    if let Some(data) = value.strip_prefix("data:") {
        let (_, base64) = data.split_once(";base64,")?;
        return base64_simd::STANDARD.decode_to_vec(base64).ok();
    }
    let id = value.rsplit_once("/v1/files/")?.1;
    desk.files().content(id).map(Vec::from)
}
