//! The hourly variables of Open-Meteo, by name.

use jiff::civil::DateTime;
use serde_json::Value;

use crate::demo::sky::{Sky, tenths};

/// How a number is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Temperature,
    Speed,
    Whole(&'static str),
    Tenths(&'static str),
}

/// The units that the caller chose.
pub(super) struct Units {
    pub(super) fahrenheit: bool,
    /// How many of them are one metre per second, and their name.
    pub(super) speed: (f64, &'static str),
}

impl Units {
    pub(super) fn label(&self, unit: Unit) -> &'static str {
        match unit {
            Unit::Temperature if self.fahrenheit => "°F",
            Unit::Temperature => "°C",
            Unit::Speed => self.speed.1,
            Unit::Whole(label) | Unit::Tenths(label) => label,
        }
    }

    pub(super) fn show(&self, value: Option<f64>, unit: Unit) -> Value {
        let Some(value) = value else {
            return Value::Null;
        };
        match unit {
            Unit::Whole(_) => (value.round() as i64).into(),
            Unit::Temperature if self.fahrenheit => tenths(value * 1.8 + 32.0).into(),
            Unit::Speed => tenths(value * self.speed.0).into(),
            _ => tenths(value).into(),
        }
    }
}

/// The value of a variable at a local hour; the outer `None` means that there is no such variable.
pub(super) type Read = fn(&Sky, DateTime, &str) -> Option<(Option<f64>, Unit)>;

pub(super) fn weather_at(sky: &Sky, time: DateTime, name: &str) -> Option<(Option<f64>, Unit)> {
    let hour = sky.hour(time);
    let (value, unit) = match name {
        "temperature_2m" => (hour.temperature, Unit::Temperature),
        "apparent_temperature" => (hour.feels_like, Unit::Temperature),
        "dew_point_2m" => (hour.dew_point, Unit::Temperature),
        "relative_humidity_2m" => (hour.humidity, Unit::Whole("%")),
        "precipitation" => (hour.precipitation(), Unit::Tenths("mm")),
        "rain" => (hour.rain, Unit::Tenths("mm")),
        "showers" => (0.0, Unit::Tenths("mm")),
        // Seven centimetres of snow hold ten millimetres of water.
        "snowfall" => (hour.snow * 0.7, Unit::Tenths("cm")),
        "precipitation_probability" => (hour.probability, Unit::Whole("%")),
        "weather_code" => (f64::from(hour.code), Unit::Whole("wmo code")),
        "cloud_cover" => (hour.clouds, Unit::Whole("%")),
        "pressure_msl" => (hour.pressure, Unit::Tenths("hPa")),
        "surface_pressure" => (hour.pressure - 4.5, Unit::Tenths("hPa")),
        "wind_speed_10m" => (hour.wind, Unit::Speed),
        "wind_gusts_10m" => (hour.gust, Unit::Speed),
        "wind_direction_10m" => (hour.wind_from, Unit::Whole("°")),
        "visibility" => (hour.visibility, Unit::Tenths("m")),
        "uv_index" => (hour.uv_index, Unit::Tenths("")),
        "is_day" => (f64::from(u8::from(hour.is_day)), Unit::Whole("")),
        _ => return None,
    };
    Some((Some(value), unit))
}

pub(super) fn air_at(sky: &Sky, time: DateTime, name: &str) -> Option<(Option<f64>, Unit)> {
    const MASS: Unit = Unit::Tenths("μg/m³");
    let air = sky.air(time);
    Some(match name {
        "pm10" => (Some(air.pm10), MASS),
        "pm2_5" => (Some(air.pm2_5), MASS),
        "ozone" => (Some(air.ozone), MASS),
        "nitrogen_dioxide" => (Some(air.nitrogen_dioxide), MASS),
        "sulphur_dioxide" => (Some(air.sulphur_dioxide), MASS),
        "carbon_monoxide" => (Some(air.carbon_monoxide), MASS),
        "ammonia" => (Some(air.ammonia), MASS),
        "dust" => (Some(air.pm10 * 0.1), MASS),
        "uv_index" => (Some(sky.hour(time).uv_index), Unit::Tenths("")),
        "european_aqi" => (
            Some(on_scale(
                air.pm2_5,
                [10.0, 20.0, 25.0, 50.0, 75.0],
                [20.0, 40.0, 60.0, 80.0, 100.0],
            )),
            Unit::Whole("EAQI"),
        ),
        "us_aqi" => (
            Some(on_scale(
                air.pm2_5,
                [9.0, 35.4, 55.4, 125.4, 225.4],
                [50.0, 100.0, 150.0, 200.0, 300.0],
            )),
            Unit::Whole("USAQI"),
        ),
        "alder_pollen" | "birch_pollen" | "grass_pollen" | "mugwort_pollen" | "olive_pollen"
        | "ragweed_pollen" => (air.pollen, Unit::Tenths("grains/m³")),
        _ => return None,
    })
}

/// Straight lines from each bound of a concentration to that of its index; fine dust always decides here.
fn on_scale(value: f64, bounds: [f64; 5], indexes: [f64; 5]) -> f64 {
    let (mut low, mut low_index) = (0.0, 0.0);
    for (bound, index) in bounds.into_iter().zip(indexes) {
        if value <= bound {
            return low_index + (index - low_index) * (value - low) / (bound - low);
        }
        (low, low_index) = (bound, index);
    }
    low_index
}
