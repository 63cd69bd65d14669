//! The coming days and hours.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema};

use crate::{
    WeatherServer,
    api::{Day, Found, Hour, Source, Sourced},
    config::Units,
    tools::{
        City, Language,
        days::{DayOutput, other_source},
        output::{LocalTime, Origin, Resolved, WindOutput, joined, page, precipitation_text},
        units::{UnitNames, whole},
    },
};

pub(crate) const DEFAULT_DAYS: usize = 3;
const MOST_HOURS: usize = 48;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForecastInput {
    city: City,
    /// Local days from today.
    #[serde(default = "default_days")]
    #[schemars(range(min = 1, max = 16))]
    days: usize,
    /// hourly: at most 48 rows.
    #[serde(default)]
    granularity: Granularity,
    units: Option<Units>,
    language: Option<Language>,
}

fn default_days() -> usize {
    DEFAULT_DAYS
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Granularity {
    #[default]
    Daily,
    Hourly,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ForecastOutput {
    #[serde(flatten)]
    resolved: Resolved,
    /// Local calendar days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    days: Vec<DayOutput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hours: Vec<HourOutput>,
    units: UnitNames,
    #[serde(flatten)]
    origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct HourOutput {
    #[schemars(with = "String")]
    time: LocalTime,
    step_hours: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    conditions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feels_like: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precipitation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precipitation_probability_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wind: Option<WindOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    humidity_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_percent: Option<i64>,
    /// When it is not the source of the other hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
}

#[tool_router(router = "forecast_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Forecast for one place, one row per local day (range, conditions, precipitation, wind, sun) or per hour.
    /// For one day in several places use compare_weather; for past days get_weather_history.
    #[tool(
        title = "Weather forecast",
        input_schema = schema::input::<ForecastInput>(),
        output_schema = schema::output::<ForecastOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_forecast(
        &self,
        Parameters(input): Parameters<ForecastInput>,
    ) -> Result<Json<ForecastOutput>> {
        let units = input.units.unwrap_or(self.config.units);
        let language = input.language.as_ref().map(Language::as_str);
        let output = match input.granularity {
            Granularity::Daily => {
                self.daily_forecast(&input.city, input.days, units, language)
                    .await?
            }
            Granularity::Hourly => {
                self.hourly_forecast(&input.city, input.days, units, language)
                    .await?
            }
        };
        Ok(Json(output))
    }
}

impl WeatherServer {
    pub(crate) async fn daily_forecast(
        &self,
        city: &City,
        days: usize,
        units: Units,
        language: Option<&str>,
    ) -> Result<ForecastOutput> {
        let found = self.weather.resolve(city.as_str(), language).await?;
        let daily = self.weather.daily(&found.place, days, language).await?;
        Ok(ForecastOutput::daily(found, daily, units))
    }

    async fn hourly_forecast(
        &self,
        city: &City,
        days: usize,
        units: Units,
        language: Option<&str>,
    ) -> Result<ForecastOutput> {
        let found = self.weather.resolve(city.as_str(), language).await?;
        let hours = (days * 24).min(MOST_HOURS);
        let hourly = self.weather.hourly(&found.place, hours, language).await?;
        Ok(ForecastOutput::hourly(found, hourly, days, units))
    }
}

impl ForecastOutput {
    pub(crate) fn daily(found: Found, daily: Sourced<Vec<Day>>, units: Units) -> Self {
        let main = daily.source;
        let sources: Vec<Source> = daily.value.iter().map(|day| day.source).collect();
        let days = daily.value.into_iter();
        Self {
            resolved: found.into(),
            days: days.map(|day| DayOutput::new(day, main, units)).collect(),
            hours: Vec::new(),
            units: units.names(),
            origin: Origin::new([main].into_iter().chain(sources), daily.notes),
        }
    }

    pub(crate) fn hourly(
        found: Found,
        hourly: Sourced<Vec<Hour>>,
        asked_days: usize,
        units: Units,
    ) -> Self {
        let main = hourly.source;
        let mut hours = hourly.value;
        hours.truncate(MOST_HOURS);
        let mut notes = hourly.notes;
        if asked_days * 24 > MOST_HOURS {
            notes.push(format!(
                "Hourly rows end after {MOST_HOURS}; `granularity` daily covers all {asked_days} days"
            ));
        }
        let sources: Vec<Source> = hours.iter().map(|hour| hour.source).collect();
        let hours = hours.into_iter();
        Self {
            resolved: found.into(),
            days: Vec::new(),
            hours: hours
                .map(|hour| HourOutput::new(hour, main, units))
                .collect(),
            units: units.names(),
            origin: Origin::new([main].into_iter().chain(sources), notes),
        }
    }

    fn body(&self) -> Vec<String> {
        if self.days.is_empty() && self.hours.is_empty() {
            return vec!["The source has no forecast for this time.".into()];
        }
        let mut lines: Vec<String> = self.days.iter().map(|day| day.line(self.units)).collect();
        let mut heading = String::new();
        for hour in &self.hours {
            let day = hour.day_text();
            if day != heading {
                lines.push(day.clone());
                heading = day;
            }
            lines.push(hour.line(self.units));
        }
        lines
    }
}

impl HourOutput {
    fn new(hour: Hour, main: Source, units: Units) -> Self {
        Self {
            time: LocalTime {
                time: hour.time,
                offset: hour.offset,
            },
            step_hours: hour.step_hours,
            conditions: hour.condition,
            temperature: hour.temperature.map(|value| units.temperature(value)),
            feels_like: hour.feels_like.map(|value| units.temperature(value)),
            precipitation: hour.precipitation.map(|value| units.precipitation(value)),
            precipitation_probability_percent: hour.precipitation_probability_percent.map(whole),
            wind: WindOutput::new(hour.wind, units),
            humidity_percent: hour.humidity_percent.map(whole),
            cloud_percent: hour.cloud_percent.map(whole),
            source: other_source(hour.source, main),
        }
    }

    /// What a group of hours has in common. The offset belongs to it: clocks may change on a day.
    fn day_text(&self) -> String {
        let date = self.time.time.strftime("%a %-d %b %Y");
        let step = match self.step_hours {
            1 => String::new(),
            hours => format!(", steps of {hours} hours"),
        };
        let source = match self.source {
            Some(source) => format!(" [{source}]"),
            None => String::new(),
        };
        format!("{date} ({}{step}){source}", self.time.utc())
    }

    fn line(&self, units: UnitNames) -> String {
        let unit = units.temperature;
        let parts = [
            self.temperature.map(|value| format!("{value} {unit}")),
            self.feels_like
                .map(|value| format!("feels like {value} {unit}")),
            self.conditions.clone(),
            precipitation_text(
                self.precipitation,
                self.precipitation_probability_percent,
                units,
            ),
            self.wind.as_ref().and_then(|wind| wind.text(units)),
            self.humidity_percent
                .map(|value| format!("humidity {value} %")),
            self.cloud_percent.map(|value| format!("cloud {value} %")),
        ];
        let facts = joined(parts, "; ").unwrap_or("not reported".into());
        format!("{} {facts}", self.time.time.strftime("%H:%M"))
    }
}

impl fmt::Display for ForecastOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page(&self.resolved, self.body(), &self.origin))
    }
}
