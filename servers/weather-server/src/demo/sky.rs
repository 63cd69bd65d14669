//! Made-up weather: a function of place, local date and hour, the same whenever it is asked.
//!
//! Latitude and season give the climate, the sun the course of the day, and noise that changes from day to day the
//! fronts that bring clouds, rain and wind.

#[cfg(test)]
mod tests;

use std::f64::consts::TAU;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

/// The sun counts as up until its upper edge is gone, bent light included.
const HORIZON_DEGREES: f64 = -0.833;

/// The weather over one place, in hours of one fixed distance from UTC.
#[derive(Debug, Clone)]
pub(super) struct Sky {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) offset: Offset,
}

/// One hour. Degrees Celsius, metres per second, millimetres, hPa, metres, percent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hour {
    pub(super) temperature: f64,
    pub(super) feels_like: f64,
    pub(super) dew_point: f64,
    pub(super) humidity: f64,
    pub(super) clouds: f64,
    pub(super) rain: f64,
    /// Millimetres of water, not centimetres of snow.
    pub(super) snow: f64,
    pub(super) probability: f64,
    pub(super) wind: f64,
    pub(super) gust: f64,
    pub(super) wind_from: f64,
    pub(super) pressure: f64,
    pub(super) visibility: f64,
    pub(super) uv_index: f64,
    pub(super) is_day: bool,
    /// WMO code.
    pub(super) code: u8,
}

impl Hour {
    pub(super) fn precipitation(&self) -> f64 {
        self.rain + self.snow
    }
}

/// Micrograms per cubic metre, and grains per cubic metre for pollen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Air {
    pub(super) pm2_5: f64,
    pub(super) pm10: f64,
    pub(super) ozone: f64,
    pub(super) nitrogen_dioxide: f64,
    pub(super) sulphur_dioxide: f64,
    pub(super) carbon_monoxide: f64,
    pub(super) ammonia: f64,
    /// Known for Europe only.
    pub(super) pollen: Option<f64>,
}

impl Sky {
    /// `None` when there is no such time zone.
    pub(super) fn new(latitude: f64, longitude: f64, zone: &str, now: Timestamp) -> Option<Self> {
        Some(Self {
            latitude,
            longitude,
            offset: TimeZone::get(zone).ok()?.to_offset(now),
        })
    }

    pub(super) fn local(&self, time: Timestamp) -> DateTime {
        self.offset.to_datetime(time)
    }

    pub(super) fn unix(&self, local: DateTime) -> i64 {
        let as_utc = local.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
        as_utc.as_secs() - i64::from(self.offset.seconds())
    }

    /// The 24 hours of a date.
    pub(super) fn day(&self, date: Date) -> Vec<Hour> {
        let hours = date.at(0, 0, 0, 0).series(1.hour()).take(24);
        hours.map(|time| self.hour(time)).collect()
    }

    pub(super) fn hour(&self, local: DateTime) -> Hour {
        let local = local.date().at(local.hour(), 0, 0, 0);
        let front = self.drift(1, local);
        let clouds = (front * 160.0 - 15.0).clamp(0.0, 100.0).round();
        let temperature = tenths(self.temperature(local, clouds));
        let wetness = (front - 0.6).max(0.0) * 9.0;
        let precipitation =
            tenths(wetness * self.noise(10 + i64::from(local.hour()), local.date()));
        let (rain, snow) = if temperature < 1.0 {
            (0.0, precipitation)
        } else {
            (precipitation, 0.0)
        };
        let wind = tenths(1.5 + 10.0 * front * self.drift(3, local));
        let humidity = (45.0 + 50.0 * front - 12.0 * self.sun_height(local).max(0.0)).round();
        Hour {
            temperature,
            feels_like: tenths(feels_like(temperature, humidity, wind)),
            dew_point: tenths(temperature - (100.0 - humidity) / 5.0),
            humidity,
            clouds,
            rain,
            snow,
            probability: ((front - 0.4) * 200.0).clamp(0.0, 100.0).round(),
            wind,
            gust: tenths(wind * 1.6 + 1.0),
            wind_from: (360.0 * self.noise(4, local.date()) + 3.0 * f64::from(local.hour()))
                .round()
                % 360.0,
            pressure: tenths(1030.0 - 35.0 * front),
            visibility: (20_000.0 - precipitation * 3_500.0).max(800.0).round(),
            uv_index: tenths(11.0 * self.sun_height(local).max(0.0) * (1.0 - clouds / 160.0)),
            is_day: self.sun_height(local) > HORIZON_DEGREES.to_radians().sin(),
            code: code(rain, snow, temperature, clouds),
        }
    }

    pub(super) fn air(&self, local: DateTime) -> Air {
        let weather = self.hour(local);
        let still = 1.0 / (1.0 + weather.wind / 4.0);
        let particles = 3.0 + 60.0 * still * self.drift(5, local);
        let spring = self.season(local.date(), 120.0).max(0.0);
        let in_europe =
            (34.0..72.0).contains(&self.latitude) && (-25.0..45.0).contains(&self.longitude);
        Air {
            pm2_5: tenths(particles),
            pm10: tenths(particles * 1.5),
            ozone: tenths(30.0 + 60.0 * self.sun_height(local).max(0.0)),
            nitrogen_dioxide: tenths(particles * 0.7),
            sulphur_dioxide: tenths(particles * 0.2),
            carbon_monoxide: tenths(150.0 + particles * 4.0),
            ammonia: tenths(particles * 0.1),
            pollen: in_europe.then(|| tenths(spring * 40.0 * self.drift(6, local))),
        }
    }

    /// Sunrise and sunset in local time; `None` where the sun does not cross the horizon on that date.
    pub(super) fn sun(&self, date: Date) -> Option<(DateTime, DateTime)> {
        let (latitude, declination) = (self.latitude.to_radians(), declination(date));
        let height = HORIZON_DEGREES.to_radians().sin() - latitude.sin() * declination.sin();
        let cosine = height / (latitude.cos() * declination.cos());
        if !(-1.0..=1.0).contains(&cosine) {
            return None;
        }
        let half_day = cosine.acos() / TAU * 24.0;
        let minutes_in = |hours: f64| {
            let minutes = (hours * 60.0).round() as i64;
            date.at(0, 0, 0, 0).saturating_add(minutes.minutes())
        };
        let noon = self.solar_noon(date);
        Some((minutes_in(noon - half_day), minutes_in(noon + half_day)))
    }

    fn temperature(&self, local: DateTime, clouds: f64) -> f64 {
        let climate = 27.0 - 0.0055 * self.latitude.powi(2);
        let season = 0.2 * self.latitude * self.season(local.date(), 205.0);
        let spell = 8.0 * (self.drift(2, local) - 0.5);
        let noon_height = (self.latitude.to_radians() - declination(local.date()))
            .cos()
            .max(0.0);
        let swing = (1.0 + 5.0 * noon_height) * (1.0 - clouds / 170.0);
        let since_warmest = f64::from(local.hour()) - self.solar_noon(local.date()) - 3.0;
        climate + season + spell + swing * (since_warmest / 24.0 * TAU).cos()
    }

    /// From 1 on the given day of the year to -1 half a year away.
    fn season(&self, date: Date, peak_day: f64) -> f64 {
        ((f64::from(date.day_of_year()) - peak_day) / 365.0 * TAU).cos()
    }

    /// The sine of the sun's height above the horizon.
    fn sun_height(&self, local: DateTime) -> f64 {
        let (latitude, declination) = (self.latitude.to_radians(), declination(local.date()));
        let angle = (f64::from(local.hour()) - self.solar_noon(local.date())) / 24.0 * TAU;
        latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos()
    }

    /// In hours after local midnight, with the equation of time.
    fn solar_noon(&self, date: Date) -> f64 {
        let angle = (f64::from(date.day_of_year()) - 81.0) / 364.0 * TAU;
        let ahead_minutes = 9.87 * (2.0 * angle).sin() - 7.53 * angle.cos() - 1.5 * angle.sin();
        let offset_hours = f64::from(self.offset.seconds()) / 3600.0;
        12.0 + offset_hours - self.longitude / 15.0 - ahead_minutes / 60.0
    }

    /// Noise in 0..1 that moves evenly from one midnight to the next.
    fn drift(&self, salt: i64, local: DateTime) -> f64 {
        let today = self.noise(salt, local.date());
        let tomorrow = self.noise(salt, local.date().saturating_add(1.day()));
        today + (tomorrow - today) * f64::from(local.hour()) / 24.0
    }

    /// A number in 0..1 for each date, the same within about ten kilometres.
    fn noise(&self, salt: i64, date: Date) -> f64 {
        let cell = |degrees: f64| (degrees * 10.0).round() as i64;
        let day = i64::from(date.year()) * 366 + i64::from(date.day_of_year());
        let hash = hash([salt, day, cell(self.latitude), cell(self.longitude)]);
        (hash % 10_000) as f64 / 10_000.0
    }
}

/// Scatters numbers evenly and, unlike the hasher of `std`, the same in every version.
pub(super) fn hash(numbers: impl IntoIterator<Item = i64>) -> u64 {
    numbers.into_iter().fold(0, |state: u64, number| {
        let mixed = (state ^ number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// One decimal, and no negative zero, which would read as "-0.0".
pub(super) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

fn declination(date: Date) -> f64 {
    let angle = (f64::from(date.day_of_year()) + 10.0) / 365.0 * TAU;
    (-23.44 * angle.cos()).to_radians()
}

/// Steadman's apparent temperature in the shade.
fn feels_like(temperature: f64, humidity: f64, wind: f64) -> f64 {
    let vapor = humidity / 100.0 * 6.105 * (17.27 * temperature / (237.7 + temperature)).exp();
    temperature + 0.33 * vapor - 0.7 * wind - 4.0
}

/// The WMO code that says the same as the numbers do.
fn code(rain: f64, snow: f64, temperature: f64, clouds: f64) -> u8 {
    let degree = |amount: f64, moderate, heavy, [weak, middle, strong]: [u8; 3]| match amount {
        _ if amount >= heavy => strong,
        _ if amount >= moderate => middle,
        _ => weak,
    };
    match () {
        () if snow > 0.0 => degree(snow, 0.5, 1.5, [71, 73, 75]),
        () if rain > 2.0 && temperature > 20.0 => 95,
        () if rain >= 0.3 => degree(rain, 1.0, 3.0, [61, 63, 65]),
        () if rain > 0.0 => 51,
        () => degree(clouds, 38.0, 85.0, [u8::from(clouds >= 12.0), 2, 3]),
    }
}
