//! Pictures and facts for the tests of this module.

use std::{io::Cursor, path::Path};

use image::{
    DynamicImage, ImageFormat, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use serde_json::json;
use url::Url;

use super::{Facts, Media, Source};
use crate::{
    config::Env,
    http::{Client, Hosts},
    settings::{MediaMode, Settings},
};

/// A server called `sample-server` that keeps its files here.
pub(super) fn media(mode: MediaMode, dir: &Path) -> Media {
    media_from(mode, dir, None)
}

/// And that trusts what is at `base`.
pub(super) fn media_from(mode: MediaMode, dir: &Path, base: Option<&str>) -> Media {
    let settings = Settings {
        media: mode,
        output_dir: Some(dir.to_owned()),
        ..Settings::defaults()
    };
    let client = Client::new(&Env::default(), &settings).unwrap();
    let hosts = Hosts {
        provider: "Sample",
        names: &[],
        base: base.map(|base| Url::parse(base).unwrap()),
    };
    Media::new("sample", &settings, &client, hosts)
}

pub(super) fn facts() -> Facts {
    let serde_json::Value::Object(parameters) = json!({
        "aspect_ratio": "4:5",
        "images": [format!("data:image/png;base64,{}", "A".repeat(164_608))],
    }) else {
        unreachable!()
    };
    Facts {
        model: "somebody/great-model".into(),
        version: Some("v7".into()),
        job_id: "job0123456789".into(),
        prompt: Some("A red fox".into()),
        seed: Some(7),
        parameters,
        cost_usd: Some(0.025),
        expires: None,
    }
}

/// As hard to compress as a picture can be; always the same.
pub(super) fn noise(width: u32, height: u32) -> RgbImage {
    let mut content = vec![0; width as usize * height as usize * 3];
    fastrand::Rng::with_seed(1).fill(&mut content);
    RgbImage::from_raw(width, height, content).unwrap()
}

/// Not compressed, which takes long without optimization.
pub(super) fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut content = Vec::new();
    let encoder = PngEncoder::new_with_quality(
        &mut content,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    );
    picture.into().write_with_encoder(encoder).unwrap();
    content
}

pub(super) fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut content = Cursor::new(Vec::new());
    picture.into().write_to(&mut content, format).unwrap();
    content.into_inner()
}

pub(super) fn data(content: &[u8]) -> Source {
    let base64 = base64_simd::STANDARD.encode_to_string(content);
    // What it says it is does not count.
    Source::Data(format!("data:text/plain;base64,{base64}"))
}

pub(super) fn decoded(base64: &str) -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(base64).unwrap()
}
