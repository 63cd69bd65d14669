//! How large a picture is that a model makes.

use super::life::Prediction;

/// At one megapixel.
const SIZES: [(&str, u32, u32); 11] = [
    ("1:1", 1024, 1024),
    ("16:9", 1344, 768),
    ("21:9", 1536, 640),
    ("3:2", 1216, 832),
    ("2:3", 832, 1216),
    ("4:5", 896, 1088),
    ("5:4", 1088, 896),
    ("3:4", 896, 1152),
    ("4:3", 1152, 896),
    ("9:16", 768, 1344),
    ("9:21", 640, 1536),
];
const STEP: u32 = 16;
const LEAST: u32 = 64;
const MOST: u32 = 4_096;

/// `given` is the size of the picture that is edited, if there is one.
pub(super) fn size(prediction: &Prediction, given: Option<(u32, u32)>) -> (u32, u32) {
    let side = |name| u32::try_from(prediction.number(name)?).ok();
    let ratio = prediction.setting("aspect_ratio").unwrap_or("1:1");
    match (ratio, side("width"), side("height"), given) {
        ("custom", Some(width), Some(height), _) => (rounded(width), rounded(height)),
        ("match_input_image", _, _, Some((width, height))) => {
            of_ratio(f64::from(width), f64::from(height), megapixels(prediction))
        }
        _ => of_name(ratio, megapixels(prediction)),
    }
}

fn of_name(ratio: &str, megapixels: f64) -> (u32, u32) {
    let known = SIZES.iter().find(|(name, _, _)| *name == ratio);
    if let Some((_, width, height)) = known {
        let scaled = |side: u32| rounded((f64::from(side) * megapixels.sqrt()) as u32);
        return (scaled(*width), scaled(*height));
    }
    let sides = ratio.split_once(':');
    let sides = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height) = sides.unwrap_or((1.0, 1.0));
    of_ratio(width, height, megapixels)
}

fn of_ratio(width: f64, height: f64, megapixels: f64) -> (u32, u32) {
    let area = megapixels * 1024.0 * 1024.0;
    let ratio = (width / height).clamp(0.1, 10.0);
    let across = (area * ratio).sqrt();
    (rounded(across as u32), rounded((across / ratio) as u32))
}

/// `1`, `0.25`, `2 MP`; whatever is no number counts as one.
fn megapixels(prediction: &Prediction) -> f64 {
    let named = ["megapixels", "resolution", "output_megapixels"];
    let text = named.iter().find_map(|name| prediction.setting(name));
    let number = text.and_then(|text| text.split(' ').next()?.parse().ok());
    number.unwrap_or(1.0_f64).clamp(0.1, 4.0)
}

fn rounded(side: u32) -> u32 {
    let steps = (side + STEP / 2) / STEP;
    (steps * STEP).clamp(LEAST, MOST)
}
