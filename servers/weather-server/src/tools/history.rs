//! Past days.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema};

use crate::{
    WeatherServer,
    api::{Day, Found, Sourced},
    config::Units,
    tools::{
        City, dates,
        days::DayOutput,
        output::{Origin, Resolved, page},
        units::UnitNames,
    },
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryInput {
    city: City,
    /// YYYY-MM-DD, from 1940-01-01.
    start_date: String,
    /// YYYY-MM-DD, at most 31 days in all.
    end_date: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HistoryOutput {
    #[serde(flatten)]
    resolved: Resolved,
    days: Vec<DayOutput>,
    units: UnitNames,
    #[serde(flatten)]
    origin: Origin,
}

#[tool_router(router = "history_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Weather of past days at one place, one row per local day. The latest days may still be missing.
    /// For coming days use get_forecast.
    #[tool(
        title = "Past weather",
        input_schema = schema::input::<HistoryInput>(),
        output_schema = schema::output::<HistoryOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_weather_history(
        &self,
        Parameters(input): Parameters<HistoryInput>,
    ) -> Result<Json<HistoryOutput>> {
        let latest = dates::latest_today((self.config.now)());
        let (start, end) = dates::past_period(&input.start_date, &input.end_date, latest)?;
        let found = self.weather.resolve(input.city.as_str(), None).await?;
        let history = self.weather.history(&found.place, start, end).await?;
        let output = HistoryOutput::new(found, history, self.config.units);
        Ok(Json(output))
    }
}

impl HistoryOutput {
    pub(crate) fn new(found: Found, history: Sourced<Vec<Day>>, units: Units) -> Self {
        let main = history.source;
        let days = history.value.into_iter();
        Self {
            resolved: found.into(),
            days: days.map(|day| DayOutput::new(day, main, units)).collect(),
            units: units.names(),
            origin: Origin::new([main], history.notes),
        }
    }
}

impl fmt::Display for HistoryOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut body: Vec<String> = self.days.iter().map(|day| day.line(self.units)).collect();
        if body.is_empty() {
            body.push("The source has no records for this time.".into());
        }
        f.write_str(&page(&self.resolved, body, &self.origin))
    }
}
