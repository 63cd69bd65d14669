//! The weather now.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema, text};

use crate::{
    WeatherServer,
    api::{Current, Found, Sourced},
    config::Units,
    tools::{
        City, Language,
        output::{LocalTime, Origin, Resolved, WindOutput, joined, page},
        units::{UnitNames, round, whole},
    },
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CurrentInput {
    city: City,
    units: Option<Units>,
    language: Option<Language>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CurrentOutput {
    #[serde(flatten)]
    resolved: Resolved,
    #[schemars(with = "String")]
    observed: LocalTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feels_like: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    humidity_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wind: Option<WindOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pressure: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precipitation: Option<f64>,
    /// The precipitation fell in this many minutes before the observation.
    #[serde(skip_serializing_if = "Option::is_none")]
    precipitation_minutes: Option<u32>,
    units: UnitNames,
    #[serde(flatten)]
    origin: Origin,
}

#[tool_router(router = "current_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Weather now at one place: temperature, feels like, conditions, wind, humidity, pressure, visibility, cloud, precipitation.
    /// For later hours or days use get_forecast; for several places use compare_weather.
    #[tool(
        title = "Current weather",
        input_schema = schema::input::<CurrentInput>(),
        output_schema = schema::output::<CurrentOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_current_weather(
        &self,
        Parameters(input): Parameters<CurrentInput>,
    ) -> Result<Json<CurrentOutput>> {
        let units = input.units.unwrap_or(self.config.units);
        let language = input.language.as_ref().map(Language::as_str);
        let output = self.current_weather(&input.city, units, language).await?;
        Ok(Json(output))
    }
}

impl WeatherServer {
    pub(crate) async fn current_weather(
        &self,
        city: &City,
        units: Units,
        language: Option<&str>,
    ) -> Result<CurrentOutput> {
        let found = self.weather.resolve(city.as_str(), language).await?;
        let current = self.weather.current(&found.place, language).await?;
        Ok(CurrentOutput::new(found, current, units))
    }
}

impl CurrentOutput {
    pub(crate) fn new(found: Found, current: Sourced<Current>, units: Units) -> Self {
        let Sourced {
            value: now,
            source,
            notes,
        } = current;
        let mut resolved = Resolved::from(found);
        resolved.place.time_zone = resolved.place.time_zone.or(now.time_zone);
        Self {
            resolved,
            observed: LocalTime {
                time: now.observed,
                offset: now.offset,
            },
            conditions: now.condition,
            temperature: now.temperature.map(|value| units.temperature(value)),
            feels_like: now.feels_like.map(|value| units.temperature(value)),
            humidity_percent: now.humidity_percent.map(whole),
            wind: WindOutput::new(now.wind, units),
            pressure: now.pressure.map(|value| round(value, 1)),
            visibility: now.visibility.map(|value| units.visibility(value)),
            cloud_percent: now.cloud_percent.map(whole),
            precipitation: now.precipitation.map(|value| units.precipitation(value)),
            precipitation_minutes: now
                .precipitation
                .map(|_| now.precipitation_minutes.unwrap_or(60)),
            units: units.names(),
            origin: Origin::new([source], notes),
        }
    }

    /// "3.4 °C, feels like 0.2 °C, overcast"
    fn temperature_text(&self) -> String {
        let unit = self.units.temperature;
        let mut text = match self.temperature {
            Some(value) => format!("{value} {unit}"),
            None => "temperature not reported".into(),
        };
        if let Some(value) = self.feels_like {
            text.push_str(&format!(", feels like {value} {unit}"));
        }
        if let Some(conditions) = &self.conditions {
            text.push_str(&format!(", {conditions}"));
        }
        text
    }

    fn details_text(&self) -> Option<String> {
        let units = self.units;
        let precipitation = self.precipitation.map(|amount| {
            let minutes = match self.precipitation_minutes {
                None | Some(60) => "hour".into(),
                Some(minutes) => format!("{minutes} min"),
            };
            let unit = units.precipitation;
            format!("precipitation {amount} {unit} in the last {minutes}")
        });
        let visibility = self
            .visibility
            .map(|value| format!("visibility {value} {}", units.visibility));
        let pressure = self
            .pressure
            .map(|value| format!("pressure {value} {}", units.pressure));
        let parts = [
            self.wind.as_ref().and_then(|wind| wind.text(units)),
            self.humidity_percent
                .map(|value| format!("humidity {value} %")),
            self.cloud_percent.map(|value| format!("cloud {value} %")),
            precipitation,
            pressure,
            visibility,
        ];
        joined(parts, "; ").map(|details| text::sentence(&details))
    }
}

impl fmt::Display for CurrentOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let observed = format!("{}: {}", self.observed.text(), self.temperature_text());
        let body = [Some(observed), self.details_text()];
        let body = body.into_iter().flatten().collect();
        f.write_str(&page(&self.resolved, body, &self.origin))
    }
}
