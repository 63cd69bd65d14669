//! A picture for a prediction: hills for a new one, the given picture in another light for an edit; DEMO and the
//! prompt are written on it.

use std::io::Cursor;

use image::{
    ExtendedColorType, ImageEncoder as _, ImageReader, Limits, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

use super::{
    font,
    life::Prediction,
    scene::{Colour, Scene, mix},
    size::size,
};

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Format {
    Webp,
    Png,
    Jpeg {
        /// 1..=100
        quality: u8,
    },
}

const LONGEST_PROMPT: usize = 30;
const LARGEST_SIDE: u32 = 8_192;
const MOST_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
const WHITE: Colour = [255, 255, 255];
const TINT: Colour = [40, 20, 70];

impl Format {
    /// `quality` is what the model takes, 0..=100.
    pub(super) fn of(extension: &str, quality: u64) -> Option<Self> {
        match extension {
            "webp" => Some(Self::Webp),
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg {
                quality: quality.clamp(1, 100) as u8,
            }),
            _ => None,
        }
    }

    pub(super) fn mime_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Png => "image/png",
            Self::Jpeg { .. } => "image/jpeg",
        }
    }
}

/// The `number`th picture of the prediction. The same question gives the same bytes.
pub(super) fn draw(
    prediction: &Prediction,
    number: u64,
    given: Option<Vec<u8>>,
    format: Format,
) -> Option<Vec<u8>> {
    let given = given.and_then(decode);
    let (width, height) = size(prediction, given.as_ref().map(RgbImage::dimensions));
    let mut pixels = match given {
        Some(given) => relit(&given, width, height),
        None => {
            let seed = prediction.seed.wrapping_add(number);
            Scene::new(prediction.prompt(), seed, width, height).paint()
        }
    };
    let mut sheet = Sheet {
        pixels: &mut pixels,
        width,
        height,
    };
    sheet.label(prediction.prompt());
    encode(pixels.as_flattened(), width, height, format)
}

fn decode(bytes: Vec<u8>) -> Option<RgbImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    Some(reader.decode().ok()?.into_rgb8())
}

/// The given picture stretched to the size, darker, and more violet towards the bottom.
fn relit(given: &RgbImage, width: u32, height: u32) -> Vec<Colour> {
    let (across, down) = given.dimensions();
    let columns: Vec<usize> = (0..width).map(|x| (x * across / width) as usize).collect();
    let (source, _) = given.as_chunks::<3>();
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        let share = 64 + 77 * y / height;
        let start = (y * down / height * across) as usize;
        let row = source.get(start..).unwrap_or_default();
        for column in &columns {
            let from = row.get(*column).copied().unwrap_or(TINT);
            pixels.push(tinted(from, share));
        }
    }
    pixels
}

/// `share` of 256 is the tint. Whole numbers, since this is done for every pixel.
fn tinted([red, green, blue]: Colour, share: u32) -> Colour {
    let [to_red, to_green, to_blue] = TINT;
    let one = |from: u8, to: u8| {
        let sum = u32::from(from) * (256 - share) + u32::from(to) * share;
        (sum >> 8) as u8
    };
    [one(red, to_red), one(green, to_green), one(blue, to_blue)]
}

fn encode(pixels: &[u8], width: u32, height: u32, format: Format) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let colours = ExtendedColorType::Rgb8;
    let written = match format {
        Format::Webp => {
            WebPEncoder::new_lossless(&mut bytes).write_image(pixels, width, height, colours)
        }
        Format::Png => PngEncoder::new(&mut bytes).write_image(pixels, width, height, colours),
        Format::Jpeg { quality } => JpegEncoder::new_with_quality(&mut bytes, quality)
            .write_image(pixels, width, height, colours),
    };
    written.ok().map(|()| bytes)
}

/// Pixels that can be written on.
struct Sheet<'a> {
    pixels: &'a mut [Colour],
    width: u32,
    height: u32,
}

impl Sheet<'_> {
    /// DEMO in large letters at the bottom left, the beginning of the prompt below.
    fn label(&mut self, prompt: &str) {
        let small = (self.width.min(self.height) / 220).max(1);
        let large = small * 4;
        let margin = small * 10;
        let prompt: String = prompt.chars().take(LONGEST_PROMPT).collect();
        let low = self.height.saturating_sub(margin + small * 7);
        let high = low.saturating_sub(small * 6 + large * 7);
        self.write("DEMO", margin, high, large);
        self.write(&prompt, margin, low, small);
    }

    /// White letters with a shadow, so that they can be read on any ground.
    fn write(&mut self, text: &str, left: u32, top: u32, dot: u32) {
        let shadow = dot.div_ceil(3);
        for (offset, colour, share) in [(shadow, TINT, 0.55), (0, WHITE, 0.94)] {
            let mut left = left + offset;
            for letter in text.chars() {
                self.letter(letter, left, top + offset, dot, (colour, share));
                left += dot * 6;
            }
        }
    }

    fn letter(&mut self, letter: char, left: u32, top: u32, dot: u32, ink: (Colour, f64)) {
        for (row, bits) in (0..).zip(font::rows(letter)) {
            for column in (0..5_u32).filter(|column| bits >> (4 - column) & 1 == 1) {
                self.dot(left + column * dot, top + row * dot, dot, ink);
            }
        }
    }

    fn dot(&mut self, left: u32, top: u32, side: u32, (colour, share): (Colour, f64)) {
        let right = (left + side).min(self.width);
        for y in top..(top + side).min(self.height) {
            let start = (y * self.width + left) as usize;
            let end = (y * self.width + right) as usize;
            for pixel in self.pixels.get_mut(start..end).unwrap_or_default() {
                *pixel = mix(*pixel, colour, share);
            }
        }
    }
}
