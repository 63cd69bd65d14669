//! Which places have a name.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema, text};

use crate::{WeatherServer, api::Place, tools::output::PlaceOutput};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlacesInput {
    /// Name or postal code.
    #[schemars(length(min = 1, max = 100))]
    query: String,
    /// At most this many.
    #[serde(default = "default_limit")]
    #[schemars(range(min = 1, max = 20))]
    limit: usize,
}

fn default_limit() -> usize {
    5
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlacesOutput {
    query: String,
    places: Vec<PlaceOutput>,
}

#[tool_router(router = "place_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Places of a name, most populous first, with region, country, coordinates, time zone, population. No weather.
    /// The other tools find a place by themselves; use this when a name is ambiguous or was not found.
    #[tool(
        title = "Search places",
        input_schema = schema::input::<PlacesInput>(),
        output_schema = schema::output::<PlacesOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn search_places(
        &self,
        Parameters(input): Parameters<PlacesInput>,
    ) -> Result<Json<PlacesOutput>> {
        let places = self.weather.search(&input.query, input.limit, None).await?;
        Ok(Json(PlacesOutput::new(input.query, places)))
    }
}

impl PlacesOutput {
    pub(crate) fn new(query: String, places: Vec<Place>) -> Self {
        Self {
            query,
            places: places.into_iter().map(PlaceOutput::from).collect(),
        }
    }
}

impl fmt::Display for PlacesOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = text::quote(&self.query);
        if self.places.is_empty() {
            return write!(
                f,
                "No place matches `{query}`. Check the spelling, try the local or English name, or use `lat,lon`."
            );
        }
        write!(f, "Places for `{query}`:")?;
        for place in &self.places {
            let (latitude, longitude) = (place.latitude, place.longitude);
            write!(f, "\n{} ({latitude}, {longitude})", place.label())?;
            if let Some(zone) = &place.time_zone {
                write!(f, "; {zone}")?;
            }
            if let Some(population) = place.population {
                write!(f, "; population {population}")?;
            }
        }
        Ok(())
    }
}
