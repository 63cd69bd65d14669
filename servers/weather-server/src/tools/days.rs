//! A day's weather, in forecasts and in the past.

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    api::{Day, Source},
    config::Units,
    tools::{
        output::{WindOutput, joined, precipitation_text},
        units::{UnitNames, whole},
    },
};

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct DayOutput {
    #[schemars(with = "String")]
    pub(crate) date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conditions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature_min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) precipitation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) precipitation_probability_percent: Option<i64>,
    /// The strongest of the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wind: Option<WindOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) humidity_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) sunrise: Option<DateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) sunset: Option<DateTime>,
    /// The source covers only some hours of this day.
    pub(crate) partial: bool,
    /// When it is not the source of the other days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<&'static str>,
}

impl DayOutput {
    /// `main` is the source that the answer names.
    pub(crate) fn new(day: Day, main: Source, units: Units) -> Self {
        Self {
            date: day.date,
            conditions: day.condition,
            temperature_min: day.temperature_min.map(|value| units.temperature(value)),
            temperature_max: day.temperature_max.map(|value| units.temperature(value)),
            precipitation: day.precipitation.map(|value| units.precipitation(value)),
            precipitation_probability_percent: day.precipitation_probability_percent.map(whole),
            wind: WindOutput::new(day.wind, units),
            humidity_percent: day.humidity_percent.map(whole),
            sunrise: day.sunrise,
            sunset: day.sunset,
            partial: day.partial,
            source: other_source(day.source, main),
        }
    }

    /// "Sat 21 Nov 2026: 1.2 to 4.5 °C, light rain; precipitation 2.3 mm (chance 80 %); ..."
    pub(crate) fn line(&self, units: UnitNames) -> String {
        let parts = [
            self.temperature_text(units),
            precipitation_text(
                self.precipitation,
                self.precipitation_probability_percent,
                units,
            ),
            self.wind.as_ref().and_then(|wind| wind.text(units)),
            self.humidity_percent
                .map(|value| format!("humidity {value} %")),
            self.sun_text(),
        ];
        let facts = joined(parts, "; ").unwrap_or("not reported".into());
        let date = self.date.strftime("%a %-d %b %Y");
        let partial = if self.partial {
            " (only part of the day)"
        } else {
            ""
        };
        let source = match self.source {
            Some(source) => format!(" [{source}]"),
            None => String::new(),
        };
        format!("{date}{partial}: {facts}{source}")
    }

    fn temperature_text(&self, units: UnitNames) -> Option<String> {
        let unit = units.temperature;
        let range = match (self.temperature_min, self.temperature_max) {
            (Some(min), Some(max)) => Some(format!("{min} to {max} {unit}")),
            (Some(min), None) => Some(format!("min {min} {unit}")),
            (None, Some(max)) => Some(format!("max {max} {unit}")),
            (None, None) => None,
        };
        joined([range, self.conditions.clone()], ", ")
    }

    fn sun_text(&self) -> Option<String> {
        let sunrise = self
            .sunrise
            .map(|time| format!("sunrise {}", time.strftime("%H:%M")));
        let sunset = self
            .sunset
            .map(|time| format!("sunset {}", time.strftime("%H:%M")));
        joined([sunrise, sunset], ", ")
    }
}

/// The name of a row's source when it is another provider than that of the whole answer.
pub(crate) fn other_source(source: Source, main: Source) -> Option<&'static str> {
    (source.name() != main.name()).then(|| source.name())
}
