//! Metric facts in the reader's units, rounded to what weather data can promise.

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Units;

/// The unit of every kind of number in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub(crate) struct UnitNames {
    pub(crate) temperature: &'static str,
    pub(crate) wind: &'static str,
    pub(crate) precipitation: &'static str,
    pub(crate) visibility: &'static str,
    pub(crate) pressure: &'static str,
}

impl Units {
    pub(crate) fn names(self) -> UnitNames {
        let (temperature, wind, precipitation, visibility) = match self {
            Self::Metric => ("°C", "m/s", "mm", "km"),
            Self::Imperial => ("°F", "mph", "in", "mi"),
            Self::Standard => ("K", "m/s", "mm", "km"),
        };
        UnitNames {
            temperature,
            wind,
            precipitation,
            visibility,
            pressure: "hPa",
        }
    }

    pub(crate) fn temperature(self, celsius: f64) -> f64 {
        let value = match self {
            Self::Metric => celsius,
            Self::Imperial => celsius * 1.8 + 32.0,
            Self::Standard => celsius + 273.15,
        };
        round(value, 1)
    }

    pub(crate) fn wind(self, meters_per_second: f64) -> f64 {
        let value = match self {
            Self::Imperial => meters_per_second / 0.447_04,
            Self::Metric | Self::Standard => meters_per_second,
        };
        round(value, 1)
    }

    pub(crate) fn precipitation(self, millimeters: f64) -> f64 {
        match self {
            // A tenth of an inch would hide a wet day.
            Self::Imperial => round(millimeters / 25.4, 2),
            Self::Metric | Self::Standard => round(millimeters, 1),
        }
    }

    pub(crate) fn visibility(self, meters: f64) -> f64 {
        let value = match self {
            Self::Imperial => meters / 1_609.344,
            Self::Metric | Self::Standard => meters / 1_000.0,
        };
        round(value, 1)
    }
}

/// Never "-0".
pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let factor = 10_f64.powi(decimals);
    (value * factor).round() / factor + 0.0
}

/// A whole number of percent or degrees.
pub(crate) fn whole(value: f64) -> i64 {
    value.round() as i64
}
