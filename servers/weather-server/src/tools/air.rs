//! Air quality.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema};

use crate::{
    WeatherServer,
    api::{AirIndex, AirQuality, Found, Pollutant, Sourced},
    tools::{
        City,
        output::{LocalTime, Origin, Resolved, page},
        units::round,
    },
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AirInput {
    city: City,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AirOutput {
    #[serde(flatten)]
    resolved: Resolved,
    #[schemars(with = "String")]
    observed: LocalTime,
    indexes: Vec<IndexOutput>,
    pollutants: Vec<PollutantOutput>,
    #[serde(flatten)]
    origin: Origin,
}

/// A value means something only on its scale.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct IndexOutput {
    scale: &'static str,
    value: f64,
    level: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct PollutantOutput {
    name: &'static str,
    value: f64,
    unit: &'static str,
}

#[tool_router(router = "air_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Air quality now at one place: index with the name of its scale, pollutants, in Europe also pollen.
    #[tool(
        title = "Air quality",
        input_schema = schema::input::<AirInput>(),
        output_schema = schema::output::<AirOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_air_quality(
        &self,
        Parameters(input): Parameters<AirInput>,
    ) -> Result<Json<AirOutput>> {
        let found = self.weather.resolve(input.city.as_str(), None).await?;
        let air = self.weather.air_quality(&found.place).await?;
        Ok(Json(AirOutput::new(found, air)))
    }
}

impl AirOutput {
    pub(crate) fn new(found: Found, air: Sourced<AirQuality>) -> Self {
        let Sourced {
            value: air,
            source,
            notes,
        } = air;
        Self {
            resolved: found.into(),
            observed: LocalTime {
                time: air.observed,
                offset: air.offset,
            },
            indexes: air.indexes.into_iter().map(IndexOutput::from).collect(),
            pollutants: air
                .pollutants
                .into_iter()
                .map(PollutantOutput::from)
                .collect(),
            origin: Origin::new([source], notes),
        }
    }
}

impl From<AirIndex> for IndexOutput {
    fn from(index: AirIndex) -> Self {
        Self {
            scale: index.scale,
            value: round(index.value, 1),
            level: index.level,
        }
    }
}

impl From<Pollutant> for PollutantOutput {
    fn from(pollutant: Pollutant) -> Self {
        Self {
            name: pollutant.name,
            value: round(pollutant.value, 1),
            unit: pollutant.unit,
        }
    }
}

impl fmt::Display for AirOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indexes: Vec<String> = self
            .indexes
            .iter()
            .map(|index| format!("{}: {} ({})", index.scale, index.value, index.level))
            .collect();
        let pollutants: Vec<String> = self
            .pollutants
            .iter()
            .map(|pollutant| format!("{} {} {}", pollutant.name, pollutant.value, pollutant.unit))
            .collect();
        let or_nothing = |list: Vec<String>, separator: &str| match list.as_slice() {
            [] => "not reported".into(),
            list => list.join(separator),
        };
        let body = vec![
            self.observed.text(),
            format!("Air quality: {}", or_nothing(indexes, "; ")),
            format!("Pollutants: {}", or_nothing(pollutants, ", ")),
        ];
        f.write_str(&page(&self.resolved, body, &self.origin))
    }
}
