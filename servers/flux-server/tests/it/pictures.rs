//! Pictures that are always the same.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

/// As hard to compress as a picture can be.
pub(crate) fn noise(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()
    };
    encoded(
        RgbImage::from_fn(width, height, |_, _| {
            let [r, g, b, _] = next();
            image::Rgb([r, g, b])
        }),
        format,
    )
}

/// A few hundred bytes.
pub(crate) fn plain(format: ImageFormat) -> Vec<u8> {
    encoded(
        RgbImage::from_pixel(64, 48, image::Rgb([200, 40, 30])),
        format,
    )
}

fn encoded(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(crate) fn data_uri(mime_type: &str, bytes: &[u8]) -> String {
    let data = base64_simd::STANDARD.encode_to_string(bytes);
    format!("data:{mime_type};base64,{data}")
}
