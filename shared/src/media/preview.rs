//! Small copies of pictures for the model: at most 512 pixels and 256 KiB.

use std::io::{self, BufRead, Read as _, Seek};

use image::{
    DynamicImage, ImageError, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
    error::{LimitError, LimitErrorKind},
};
use tokio::{sync::Semaphore, task};

use super::kind::{self, Kind};

/// The longest side of a preview.
const LONGEST_SIDE: u32 = 512;
/// A smaller preview shows nothing.
const SHORTEST_SIDE: u32 = 32;
/// What one picture or sound in a result may weigh, before base64 makes a third more of it.
const MOST_BYTES: u64 = 256 * 1024;
/// What all of them may weigh together, so that a result stays under 1 MiB.
const MOST_BYTES_TOGETHER: u64 = 700 * 1024;
/// Tried one after the other until the picture is small enough.
const JPEG_QUALITIES: [u8; 5] = [80, 70, 60, 50, 40];

/// Larger pictures are not decoded: a small file may claim any size.
const MOST_PIXELS_A_SIDE: u32 = 16_384;
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// A decoded picture takes up to 256 MiB.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// What a result shows of one output.
#[derive(Debug)]
pub(super) struct Shown {
    /// Base64.
    pub(super) data: String,
    pub(super) mime_type: &'static str,
    /// Width and height of a reduced copy; `None` when it is the original.
    pub(super) reduced_to: Option<(u32, u32)>,
}

/// Bytes before base64 that each of so many outputs may take in a result.
pub(super) fn budget(outputs: usize) -> u64 {
    let outputs = u64::try_from(outputs).unwrap_or(u64::MAX).max(1);
    MOST_BYTES.min(MOST_BYTES_TOGETHER / outputs)
}

/// A preview of a picture, or the whole of a short sound; nothing of anything else. `open` runs
/// where it may block, and gives the content, which is `bytes` long. The error says why a picture cannot be shown.
pub(super) async fn show<R: BufRead + Seek>(
    mime_type: &str,
    bytes: u64,
    budget: u64,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<Option<Shown>, String> {
    let is_picture = kind::is_picture(mime_type);
    let is_short_sound = kind::is_audio(mime_type) && bytes <= budget;
    if !(is_picture || is_short_sound) {
        return Ok(None);
    }
    let slot = DECODERS
        .acquire()
        .await
        .map_err(|error| error.to_string())?;
    let work = task::spawn_blocking(move || {
        // Held until the work ends, also when nobody waits for it any more.
        let _slot = slot;
        let mut content = open().map_err(|error| error.to_string())?;
        let shown = if is_picture {
            preview(&mut content, bytes, budget)
        } else {
            original(&mut content, budget).map_err(ImageError::from)
        };
        shown.map_err(|error| error.to_string())
    });
    let shown = work
        .await
        .map_err(|_| "it could not be decoded".to_owned())?;
    shown.map(Some)
}

/// Width and height, from the first bytes of a picture.
pub(super) fn pixels(content: impl BufRead + Seek) -> Option<(u32, u32)> {
    let mut reader = ImageReader::new(content).with_guessed_format().ok()?;
    reader.limits(limits());
    reader.into_dimensions().ok()
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

/// Decodes also what is small already: a broken picture in a result can break a whole conversation.
fn preview(
    content: &mut (impl BufRead + Seek),
    bytes: u64,
    budget: u64,
) -> image::ImageResult<Shown> {
    let mut reader = ImageReader::new(&mut *content).with_guessed_format()?;
    reader.limits(limits());
    let picture = reader.decode()?;
    let is_small = picture.width().max(picture.height()) <= LONGEST_SIDE;
    if is_small && bytes <= budget {
        return Ok(original(content, budget)?);
    }
    let sides = std::iter::successors(Some(LONGEST_SIDE), |side| Some(side * 3 / 4));
    for side in sides.take_while(|side| *side >= SHORTEST_SIDE) {
        let copy = reduced(&picture, side);
        if let Some((encoded, mime_type)) = encoded_within(&copy, budget)? {
            return Ok(Shown {
                data: base64_simd::STANDARD.encode_to_string(&encoded),
                mime_type,
                reduced_to: Some((copy.width(), copy.height())),
            });
        }
    }
    let too_large = LimitError::from_kind(LimitErrorKind::InsufficientMemory);
    Err(ImageError::Limits(too_large))
}

fn original(content: &mut (impl BufRead + Seek), budget: u64) -> io::Result<Shown> {
    let mut bytes = Vec::new();
    content.rewind()?;
    content.take(budget).read_to_end(&mut bytes)?;
    Ok(Shown {
        mime_type: Kind::of(&bytes).mime_type,
        data: base64_simd::STANDARD.encode_to_string(bytes),
        reduced_to: None,
    })
}

/// At most `side` pixels wide and high; never enlarged.
fn reduced(picture: &DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        picture.clone()
    } else {
        picture.thumbnail(side, side)
    }
}

/// JPEG, or WebP without loss where something shines through; `None` when it is too large at any quality.
fn encoded_within(
    picture: &DynamicImage,
    budget: u64,
) -> image::ImageResult<Option<(Vec<u8>, &'static str)>> {
    if is_see_through(picture) {
        let mut encoded = Vec::new();
        picture
            .to_rgba8()
            .write_with_encoder(WebPEncoder::new_lossless(&mut encoded))?;
        return Ok(fits(&encoded, budget).then_some((encoded, "image/webp")));
    }
    let opaque = picture.to_rgb8();
    for quality in JPEG_QUALITIES {
        let mut encoded = Vec::new();
        opaque.write_with_encoder(JpegEncoder::new_with_quality(&mut encoded, quality))?;
        if fits(&encoded, budget) {
            return Ok(Some((encoded, "image/jpeg")));
        }
    }
    Ok(None)
}

fn is_see_through(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255)
}

fn fits(content: &[u8], budget: u64) -> bool {
    u64::try_from(content.len()).is_ok_and(|bytes| bytes <= budget)
}

#[cfg(test)]
mod tests;
