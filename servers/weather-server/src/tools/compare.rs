//! One day in several places, side by side.

use std::fmt;

use futures_util::future::join_all;
use jiff::civil::Date;
use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Error, Json, Result, schema, text};

use crate::{
    WeatherServer,
    api::{Day, Found, Source, Sourced},
    config::Units,
    tools::{
        City,
        dates::{self, Wanted},
        days::DayOutput,
        output::{self, Origin, PlaceOutput, Resolved},
        units::UnitNames,
    },
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareInput {
    #[schemars(length(min = 2, max = 10))]
    /// 2 to 10 places.
    cities: Vec<City>,
    /// `today`, `tomorrow` or YYYY-MM-DD up to 15 days ahead; local to each city.
    #[serde(default = "default_day")]
    day: String,
}

/// Never a zero.
const NOT_REPORTED: &str = "-";

fn default_day() -> String {
    "today".into()
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CompareOutput {
    day: String,
    rows: Vec<Row>,
    units: UnitNames,
    #[serde(flatten)]
    origin: Origin,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// As asked.
    city: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceOutput>,
    /// Other places of this name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<PlaceOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weather: Option<DayOutput>,
    /// Why there is no weather.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A city's day, and where it comes from.
pub(crate) struct Answer {
    pub(crate) found: Found,
    pub(crate) day: Day,
    pub(crate) source: Source,
    pub(crate) notes: Vec<String>,
}

#[tool_router(router = "compare_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// One day's weather in 2 to 10 cities as one table. A city that fails is a row that says why.
    /// For one city use get_forecast.
    #[tool(
        title = "Compare weather",
        input_schema = schema::input::<CompareInput>(),
        output_schema = schema::output::<CompareOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn compare_weather(
        &self,
        Parameters(input): Parameters<CompareInput>,
    ) -> Result<Json<CompareOutput>> {
        let utc_today = dates::utc_today((self.config.now)());
        let wanted = dates::wanted_day(&input.day, utc_today)?;
        let days = wanted.days(utc_today);
        let answers = input
            .cities
            .iter()
            .map(|city| self.one_day(city, wanted, days));
        let answers = join_all(answers).await;
        let rows = input.cities.into_iter().zip(answers).collect();
        let output = CompareOutput::new(input.day, rows, self.config.units)?;
        Ok(Json(output))
    }
}

impl WeatherServer {
    async fn one_day(&self, city: &City, wanted: Wanted, days: usize) -> Result<Answer> {
        let found = self.weather.resolve(city.as_str(), None).await?;
        let daily = self.weather.daily(&found.place, days, None).await?;
        let today = dates::local_today(&found.place, (self.config.now)());
        pick(found, daily, wanted, today)
    }
}

/// The wanted day among the days from today; a place without a known time zone begins at its first row.
pub(crate) fn pick(
    found: Found,
    daily: Sourced<Vec<Day>>,
    wanted: Wanted,
    local_today: Option<Date>,
) -> Result<Answer> {
    let first = daily.value.first().map(|day| day.date);
    let date = local_today.or(first).map(|today| wanted.date(today));
    let day = daily.value.into_iter().find(|day| Some(day.date) == date);
    let Some(day) = day else {
        let day = date.map_or("this day".into(), |date| date.to_string());
        return Err(Error::NotFound {
            what: format!("a forecast for {day}"),
            next: "Ask for an earlier or later `day`.".into(),
        });
    };
    Ok(Answer {
        found,
        source: daily.source,
        notes: daily.notes,
        day,
    })
}

impl CompareOutput {
    /// Fails with the first reason when no city has an answer.
    pub(crate) fn new(
        day: String,
        answers: Vec<(City, Result<Answer>)>,
        units: Units,
    ) -> Result<Self> {
        let good: Vec<&Answer> = answers
            .iter()
            .filter_map(|(_, answer)| answer.as_ref().ok())
            .collect();
        let Some(main) = good.first().map(|answer| answer.source) else {
            let mut errors = answers.into_iter().filter_map(|(_, answer)| answer.err());
            return Err(errors.next().unwrap_or(Error::Internal));
        };
        let sources = good
            .iter()
            .flat_map(|answer| [answer.source, answer.day.source]);
        let notes = good.iter().flat_map(|answer| answer.notes.clone());
        let origin = Origin::new(sources, notes);
        let rows = answers
            .into_iter()
            .map(|(city, answer)| match answer {
                Ok(answer) => Row::new(&city, answer, main, units),
                Err(error) => Row::failed(&city, &error),
            })
            .collect();
        Ok(Self {
            day,
            rows,
            units: units.names(),
            origin,
        })
    }

    /// The heads of the columns, then a line of cells for each city.
    fn table(&self) -> Vec<Vec<String>> {
        let UnitNames {
            temperature,
            precipitation,
            wind,
            ..
        } = self.units;
        let heads = vec![
            "City".into(),
            "Date".into(),
            format!("Min {temperature}"),
            format!("Max {temperature}"),
            format!("Precipitation {precipitation}"),
            "Chance %".into(),
            format!("Wind {wind}"),
            format!("Gusts {wind}"),
            "Conditions".into(),
        ];
        let rows = self.rows.iter().map(Row::cells);
        [heads].into_iter().chain(rows).collect()
    }
}

impl Row {
    fn new(city: &City, answer: Answer, main: Source, units: Units) -> Self {
        let resolved = Resolved::from(answer.found);
        Self {
            city: city.as_str().into(),
            place: Some(resolved.place),
            alternatives: resolved.alternatives,
            weather: Some(DayOutput::new(answer.day, main, units)),
            error: None,
        }
    }

    fn failed(city: &City, error: &Error) -> Self {
        Self {
            city: city.as_str().into(),
            place: None,
            alternatives: Vec::new(),
            weather: None,
            error: Some(error.to_text()),
        }
    }

    fn label(&self) -> String {
        match &self.place {
            Some(place) => place.label(),
            None => text::quote(&self.city),
        }
    }

    fn cells(&self) -> Vec<String> {
        let Some(weather) = &self.weather else {
            let error = self.error.as_deref().unwrap_or_default();
            return vec![self.label(), format!("failed: {error}")];
        };
        let wind = weather.wind.as_ref();
        let mut conditions = cell(weather.conditions.as_ref());
        if weather.partial {
            conditions.push_str(" (only part of the day)");
        }
        if let Some(source) = weather.source {
            conditions.push_str(&format!(" [{source}]"));
        }
        vec![
            self.label(),
            weather.date.to_string(),
            cell(weather.temperature_min),
            cell(weather.temperature_max),
            cell(weather.precipitation),
            cell(weather.precipitation_probability_percent),
            cell(wind.and_then(|wind| wind.speed)),
            cell(wind.and_then(|wind| wind.gust)),
            conditions,
        ]
    }
}

fn cell(value: Option<impl ToString>) -> String {
    value.map_or(NOT_REPORTED.into(), |value| value.to_string())
}

/// Columns of equal width. A line with fewer cells than the head (a failure) does not widen them.
fn aligned(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let full = table
            .iter()
            .filter(|row| row.len() == columns || column == 0);
        let cells = full.filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}

impl fmt::Display for CompareOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.origin.note_lines().collect();
        lines.push(format!(
            "Forecast for {}, the local day of each city; `{NOT_REPORTED}` is not reported",
            self.day
        ));
        lines.extend(aligned(&self.table()));
        for row in &self.rows {
            let others = output::others(&row.alternatives);
            lines.extend(others.map(|others| format!("Also called {}: {others}", row.city)));
        }
        lines.extend(self.origin.source_line());
        f.write_str(&lines.join("\n"))
    }
}
