use std::{
    io::Cursor,
    time::{Duration, Instant},
};

use image::{ImageFormat, Rgba, RgbaImage};

use super::super::samples::{decoded, encoded, noise, png};
use super::*;

fn seen(content: &[u8], budget: u64) -> image::ImageResult<Shown> {
    preview(&mut Cursor::new(content), content.len() as u64, budget)
}

const KIB: u64 = 1024;

fn size(shown: &Shown) -> (u32, u32) {
    pixels(Cursor::new(decoded(&shown.data))).unwrap()
}

#[test]
fn a_large_noisy_picture_stays_within_pixels_and_bytes() {
    let shown = seen(&png(noise(4000, 3000)), 256 * KIB).unwrap();
    assert_eq!(shown.mime_type, "image/jpeg");
    assert_eq!(shown.reduced_to, Some((512, 384)));
    assert_eq!(size(&shown), (512, 384));
    assert!(decoded(&shown.data).len() as u64 <= 256 * KIB);
}

#[test]
fn noise_that_no_quality_makes_small_enough_loses_pixels() {
    let shown = seen(&png(noise(600, 600)), 30 * KIB).unwrap();
    let (width, height) = size(&shown);
    assert!(width == height && width < 512, "{width}");
    assert!(decoded(&shown.data).len() as u64 <= 30 * KIB);
}

#[test]
fn a_budget_that_nothing_fits_has_an_end() {
    assert!(seen(&png(noise(600, 600)), 100).is_err());
}

#[test]
fn a_small_picture_is_shown_as_it_is() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let content = encoded(noise(60, 40), format);
        let shown = seen(&content, 256 * KIB).unwrap();
        assert_eq!(shown.mime_type, format.to_mime_type());
        assert_eq!(shown.reduced_to, None);
        assert_eq!(decoded(&shown.data), content);
    }
}

#[test]
fn a_small_picture_over_the_budget_is_not_enlarged() {
    let shown = seen(&png(noise(200, 100)), 40 * KIB).unwrap();
    assert_eq!(shown.reduced_to, Some((200, 100)));
}

#[test]
fn what_shines_through_still_does() {
    let veil = RgbaImage::from_pixel(800, 400, Rgba([200, 10, 10, 100]));
    let shown = seen(&png(veil), 256 * KIB).unwrap();
    assert_eq!(shown.mime_type, "image/webp");
    let copy = image::load_from_memory(&decoded(&shown.data)).unwrap();
    assert_eq!((copy.width(), copy.height()), (512, 256));
    assert_eq!(copy.to_rgba8().get_pixel(9, 9).0[3], 100);
}

#[test]
fn an_unused_alpha_channel_costs_nothing() {
    let opaque = RgbaImage::from_pixel(800, 400, Rgba([200, 10, 10, 255]));
    let shown = seen(&png(opaque), 256 * KIB).unwrap();
    assert_eq!(shown.mime_type, "image/jpeg");
}

#[test]
fn a_header_that_claims_a_gigabyte_is_refused_at_once() {
    for side in [16_000_u32, 60_000] {
        let mut bomb = png(noise(8, 8));
        bomb[16..20].copy_from_slice(&side.to_be_bytes());
        bomb[20..24].copy_from_slice(&side.to_be_bytes());
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        let started = Instant::now();
        let error = seen(&bomb, 256 * KIB).unwrap_err();
        assert!(matches!(error, image::ImageError::Limits(_)), "{error}");
        assert!(started.elapsed() < Duration::from_secs(1));
    }
}

/// Bit by bit, as the PNG specification has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    let each = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, each)
}

#[test]
fn a_broken_picture_has_no_preview() {
    let content = png(noise(60, 40));
    assert!(seen(&content[..content.len() / 2], 256 * KIB).is_err());
    assert!(seen(b"GIF89a\x01\0\x01\0", 256 * KIB).is_err());
}

#[test]
fn sixteen_outputs_share_what_a_result_may_weigh() {
    assert_eq!([0, 1, 2].map(budget), [256 * KIB; 3]);
    assert_eq!(budget(4), 175 * KIB);
    assert!(16 * budget(16) * 4 / 3 < 1000 * KIB);
}

#[tokio::test]
async fn only_pictures_and_short_sounds_are_shown() {
    let open = || Ok(Cursor::new(b"RIFF\x04\0\0\0WAVEfmt "));
    let sound = show("audio/wav", 16, 16, open).await.unwrap().unwrap();
    assert_eq!(sound.mime_type, "audio/wav");
    let never = || Err::<io::Empty, _>(io::Error::other("nobody should read this"));
    assert!(show("audio/wav", 17, 16, never).await.unwrap().is_none());
    assert!(show("video/mp4", 1, 16, never).await.unwrap().is_none());
    assert!(show("image/svg+xml", 1, 16, never).await.unwrap().is_none());
}

#[test]
fn the_size_of_a_picture_is_read_from_its_beginning() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let content = encoded(noise(300, 200), format);
        let beginning = &content[..content.len() / 2];
        assert_eq!(
            pixels(Cursor::new(beginning)),
            Some((300, 200)),
            "{format:?}"
        );
    }
}
