//! The words for the model: tools, and the arguments they have in common.

mod air;
mod alerts;
mod compare;
mod current;
mod dates;
mod days;
mod forecast;
mod history;
mod output;
mod places;
#[cfg(test)]
mod tests;
mod units;

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Toolset;

use crate::WeatherServer;

pub(crate) use dates::parse_date;
pub(crate) use forecast::DEFAULT_DAYS;
pub(crate) use output::PlaceOutput;

/// Worth reading alone: some hosts load nothing but this and the names of the tools.
pub(crate) const INSTRUCTIONS: &str = "\
Weather for any place on Earth, read-only. A city is a name, `name, region, country`, a postal code or `lat,lon`. \
An ambiguous name means its most populous match, and the answer lists the others: if the user may mean another, ask, or call again with region and country. \
Times are local to the place. Every answer names its units and its source; name the source to the user. \
What is missing was not reported and is not zero. Read the notes at the top of an answer first.";

pub(crate) fn toolsets() -> Vec<Toolset<WeatherServer>> {
    let toolset = |name, instructions, router| Toolset {
        name,
        instructions,
        on_by_default: true,
        router,
    };
    vec![
        toolset(
            "forecast",
            "Call get_current_weather for now, get_forecast for the next 16 days (hourly for 48 hours), and compare_weather for several cities on one day.",
            WeatherServer::current_tools()
                + WeatherServer::forecast_tools()
                + WeatherServer::compare_tools(),
        ),
        toolset(
            "air",
            "Call get_air_quality for pollution and pollen, and get_weather_alerts for official warnings, where `covered: false` means that no source covers the place, not that there are no alerts.",
            WeatherServer::air_tools() + WeatherServer::alert_tools(),
        ),
        toolset(
            "history",
            "Call get_weather_history for past days since 1940.",
            WeatherServer::history_tools(),
        ),
        toolset(
            "places",
            "Call search_places to see all places of a name.",
            WeatherServer::place_tools(),
        ),
    ]
}

const LONGEST_CITY: usize = 100;

/// Name, `name, region, country`, postal code or `lat,lon`, such as `Paris, Texas, US` or `59.91,10.75`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct City(#[schemars(length(min = 1, max = LONGEST_CITY))] String);

impl City {
    /// `None` where the schema of a tool would refuse it.
    pub(crate) fn parse(city: &str) -> Option<Self> {
        let length = city.chars().count();
        (!city.trim().is_empty() && length <= LONGEST_CITY).then(|| Self(city.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// ISO 639-1 code for names and conditions, such as `de`, where the source has it; default English.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Language(#[schemars(length(min = 2, max = 5))] String);

impl Language {
    fn as_str(&self) -> &str {
        &self.0
    }
}
