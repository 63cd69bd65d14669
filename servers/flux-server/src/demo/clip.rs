//! A second of sound: two soft tones that follow from the text.

use sha2::{Digest as _, Sha256};

use super::first_number;

const SAMPLES_PER_SECOND: u32 = 8_000;
const SECONDS: u32 = 1;

/// A WAV file: 16 bits, one channel.
pub(super) fn wav(text: &str) -> Vec<u8> {
    let number = first_number(&Sha256::digest(text));
    let pitch = 220.0 + (number % 220) as f64;
    let samples = SAMPLES_PER_SECOND * SECONDS;
    let bytes = samples * 2;
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + bytes).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16_u32.to_le_bytes());
    // Plain samples, one channel.
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&1_u16.to_le_bytes());
    wav.extend_from_slice(&SAMPLES_PER_SECOND.to_le_bytes());
    wav.extend_from_slice(&(SAMPLES_PER_SECOND * 2).to_le_bytes());
    wav.extend_from_slice(&2_u16.to_le_bytes());
    wav.extend_from_slice(&16_u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&bytes.to_le_bytes());
    for sample in 0..samples {
        let time = f64::from(sample) / f64::from(SAMPLES_PER_SECOND);
        let pitch = match time < 0.5 {
            true => pitch,
            false => pitch * 1.5,
        };
        // Swells and fades twice, so that nothing clicks.
        let loudness = (time * 2.0 * std::f64::consts::PI).sin().abs() * 8_000.0;
        let value = (time * pitch * std::f64::consts::TAU).sin() * loudness;
        wav.extend_from_slice(&(value as i16).to_le_bytes());
    }
    wav
}
