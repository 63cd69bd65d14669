//! Hills under a sky, in colours that follow from the prompt and the seed.

use sha2::{Digest as _, Sha256};

use super::{first_number, life::has_word};

pub(super) type Colour = [u8; 3];

/// Words that decide the colour themselves, with their hue in degrees.
const HUES: [(&str, f64); 14] = [
    ("red", 4.0),
    ("fox", 18.0),
    ("orange", 26.0),
    ("gold", 42.0),
    ("yellow", 50.0),
    ("green", 130.0),
    ("forest", 140.0),
    ("teal", 176.0),
    ("sea", 195.0),
    ("blue", 218.0),
    ("violet", 262.0),
    ("purple", 280.0),
    ("pink", 328.0),
    ("rose", 340.0),
];
const HILLS: usize = 5;
/// Of light round the sun.
const RINGS: u32 = 5;

/// All that a picture needs to be painted row by row.
pub(super) struct Scene {
    width: u32,
    height: u32,
    sky: Gradient,
    sun: Sun,
    /// From the farthest to the nearest.
    hills: Vec<Hill>,
}

#[derive(Clone, Copy)]
struct Gradient {
    top: Colour,
    bottom: Colour,
}

struct Sun {
    x: f64,
    y: f64,
    radius: f64,
    colour: Colour,
}

struct Hill {
    /// Where it begins in each column.
    tops: Vec<u32>,
    /// The first row that it is seen in.
    highest: u32,
    /// The first row that it fills from side to side.
    lowest: u32,
    colours: Gradient,
}

impl Scene {
    pub(super) fn new(prompt: &str, seed: u64, width: u32, height: u32) -> Self {
        let mut dice = Dice::new(prompt, seed);
        let drawn = dice.between(0.0, 360.0);
        let hue = hue_of(prompt).map_or(drawn, |hue| hue + dice.between(-10.0, 10.0));
        let towards = match dice.next() < 0.5 {
            true => 1.0,
            false => -1.0,
        } * dice.between(30.0, 55.0);
        let is_night = dice.next() < 0.3 || has_word(prompt, "night");
        let (top, bottom) = match is_night {
            true => (0.13, 0.50),
            false => (0.50, 0.86),
        };
        let sky = Gradient {
            top: colour(hue + towards, 0.55, top),
            bottom: colour(hue, 0.78, bottom),
        };
        let (across, down) = (f64::from(width), f64::from(height));
        let sun = Sun {
            x: across * dice.between(0.2, 0.8),
            y: down * dice.between(0.18, 0.42),
            radius: across.min(down) * dice.between(0.07, 0.12),
            colour: colour(hue + towards / 2.0, 0.9, 0.93),
        };
        let hills = (0..HILLS).map(|number| {
            let nearness = number as f64 / (HILLS - 1) as f64;
            let light = bottom - 0.10 - (bottom - 0.22) * nearness;
            let hue = hue - towards * 0.4 * nearness;
            let colours = Gradient {
                top: colour(hue, 0.42 + 0.2 * nearness, light),
                bottom: colour(hue, 0.45, light + 0.10 * (1.0 - nearness)),
            };
            Hill::new(outline(&mut dice, nearness, width, height), colours)
        });
        Self {
            width,
            height,
            sky,
            sun,
            hills: hills.collect(),
        }
    }

    /// Every pixel, row by row. Whole rows are copied where they have one colour: that is most of them.
    pub(super) fn paint(&self) -> Vec<Colour> {
        let mut pixels = Vec::with_capacity((self.width * self.height) as usize);
        for y in 0..self.height {
            let share = f64::from(y) / f64::from(self.height);
            let hidden = self.hills.iter().rposition(|hill| y >= hill.lowest);
            let start = pixels.len();
            match hidden.and_then(|number| self.hills.get(number)) {
                Some(hill) => pixels.extend(self.row(hill.colours.at(share))),
                None => {
                    pixels.extend(self.row(self.sky.at(share)));
                    let row = pixels.get_mut(start..).unwrap_or_default();
                    self.paint_sun(y, self.sky.at(share), row);
                }
            }
            let row = pixels.get_mut(start..).unwrap_or_default();
            for hill in self
                .hills
                .iter()
                .skip(hidden.map_or(0, |number| number + 1))
            {
                if y >= hill.highest {
                    hill.paint(y, share, row);
                }
            }
        }
        pixels
    }

    fn row(&self, colour: Colour) -> Vec<Colour> {
        [colour].repeat(self.width as usize)
    }

    /// The sun and the light round it.
    fn paint_sun(&self, y: u32, sky: Colour, row: &mut [Colour]) {
        let down = f64::from(y) - self.sun.y;
        let radius = self.sun.radius;
        // From the outside, each ring on top of the one before; some rings only, which looks drawn and packs well.
        for ring in (0..=RINGS).rev() {
            let reach = radius * (1.0 + 0.45 * f64::from(ring));
            if down.abs() >= reach {
                continue;
            }
            let half = (reach * reach - down * down).sqrt();
            let left = (self.sun.x - half).max(0.0) as usize;
            let right = ((self.sun.x + half) as usize).min(row.len());
            let light = match ring {
                0 => 1.0,
                _ => 0.34 * f64::from(RINGS + 1 - ring) / f64::from(RINGS + 1),
            };
            let colour = mix(sky, self.sun.colour, light);
            if let Some(span) = row.get_mut(left..right) {
                span.copy_from_slice(&[colour].repeat(span.len()));
            }
        }
    }
}

impl Hill {
    fn new(tops: Vec<u32>, colours: Gradient) -> Self {
        Self {
            highest: tops.iter().min().copied().unwrap_or_default(),
            lowest: tops.iter().max().copied().unwrap_or_default(),
            tops,
            colours,
        }
    }

    fn paint(&self, y: u32, share: f64, row: &mut [Colour]) {
        let colour = self.colours.at(share);
        for (pixel, top) in row.iter_mut().zip(&self.tops) {
            if y >= *top {
                *pixel = colour;
            }
        }
    }
}

impl Gradient {
    /// `share` 0.0 is the top, 1.0 the bottom.
    fn at(self, share: f64) -> Colour {
        mix(self.top, self.bottom, share)
    }
}

/// Three waves on top of each other; what is near stands lower and moves more.
fn outline(dice: &mut Dice, nearness: f64, width: u32, height: u32) -> Vec<u32> {
    let middle = 0.46 + 0.34 * nearness;
    let waves: Vec<(f64, f64, f64)> = [(1.3, 0.055), (2.9, 0.028), (7.0, 0.009)]
        .into_iter()
        .map(|(often, high)| {
            let often = often * dice.between(0.7, 1.4);
            (often, dice.between(0.0, 6.3), high * dice.between(0.6, 1.3))
        })
        .collect();
    let column = |x: u32| {
        let turn = f64::from(x) / f64::from(width) * std::f64::consts::TAU;
        let waves = waves.iter();
        let wave: f64 = waves
            .map(|(often, phase, high)| (turn * often + phase).sin() * high)
            .sum();
        ((middle + wave).clamp(0.0, 1.0) * f64::from(height)) as u32
    };
    (0..width).map(column).collect()
}

fn hue_of(prompt: &str) -> Option<f64> {
    let mut hues = HUES.iter();
    let named = hues.find(|(word, _)| has_word(prompt, word));
    named.map(|(_, hue)| *hue)
}

pub(super) fn mix(from: Colour, to: Colour, share: f64) -> Colour {
    let [red, green, blue] = from;
    let [to_red, to_green, to_blue] = to;
    let one = |from: u8, to: u8| {
        let (from, to) = (f64::from(from), f64::from(to));
        (from + (to - from) * share) as u8
    };
    [one(red, to_red), one(green, to_green), one(blue, to_blue)]
}

/// Hue in degrees, saturation and light 0.0..=1.0.
fn colour(hue: f64, saturation: f64, light: f64) -> Colour {
    let reach = saturation * light.min(1.0 - light);
    let part = |offset: f64| {
        let step = (offset + hue.rem_euclid(360.0) / 30.0) % 12.0;
        let value = light - reach * (step - 3.0).min(9.0 - step).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    [part(0.0), part(8.0), part(4.0)]
}

/// Numbers that look random and follow from the prompt and the seed.
struct Dice(u64);

impl Dice {
    fn new(prompt: &str, seed: u64) -> Self {
        Self(first_number(&Sha256::digest(format!("{seed} {prompt}"))))
    }

    /// 0.0..1.0
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let hash = Sha256::digest(self.0.to_le_bytes());
        (first_number(&hash) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.next()
    }
}
