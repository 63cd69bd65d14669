use insta::assert_snapshot;
use jiff::civil::date;
use serde_json::json;
use shared::Error;

use super::{day, oslo, paris, silent_day, sourced, structured};
use crate::{
    api::{Day, Found, Source},
    config::Units,
    tools::{
        City,
        compare::{Answer, CompareOutput, pick},
        dates::Wanted,
    },
};

fn city(name: &str) -> City {
    City::parse(name).unwrap()
}

fn answer(found: Found, day: Day) -> Answer {
    Answer {
        found,
        source: day.source,
        day,
        notes: Vec::new(),
    }
}

fn not_found() -> Error {
    Error::NotFound {
        what: "the place `Atlantis`".into(),
        next: "Call search_places.".into(),
    }
}

fn three_cities() -> CompareOutput {
    let today = date(2026, 11, 21);
    let texan = Day {
        source: Source::OpenWeather,
        partial: true,
        ..silent_day(today)
    };
    let answers = vec![
        (city("oslo"), Ok(answer(oslo(), day(today)))),
        (city("Atlantis"), Err(not_found())),
        (city("paris"), Ok(answer(paris(), texan))),
    ];
    CompareOutput::new("today".into(), answers, Units::Metric).unwrap()
}

#[test]
fn cities_stand_in_one_aligned_table_and_a_failed_one_says_why() {
    assert_snapshot!(three_cities(), @"
    Forecast for today, the local day of each city; `-` is not reported
    City                          Date        Min °C  Max °C  Precipitation mm  Chance %  Wind m/s  Gusts m/s  Conditions
    Oslo, Norway                  2026-11-21  1.2     4.5     2.3               80        5.1       9          light rain
    Atlantis                      failed: The place `Atlantis` was not found. Call search_places.
    Paris, Île-de-France, France  2026-11-21  -       -       -                 -         -         -          - (only part of the day) [OpenWeatherMap]
    Also called paris: Paris, Texas, United States (33.66, -95.56); Paris, Ontario, Canada (43.2, -80.38)
    Source: Open-Meteo and OpenWeatherMap. Weather data by Open-Meteo.com (CC BY 4.0); Weather data provided by OpenWeather (openweathermap.org, CC BY-SA 4.0).
    ");
}

#[test]
fn a_structured_row_has_weather_or_an_error() {
    let value = structured("compare_weather", &three_cities());
    assert_eq!(value["rows"][0]["weather"]["temperature_max"], 4.5);
    assert_eq!(
        value["rows"][1],
        json!({"city": "Atlantis", "error": "The place `Atlantis` was not found. Call search_places."})
    );
    assert_eq!(value["rows"][2]["alternatives"][0]["region"], "Texas");
    assert_eq!(value["source"], "Open-Meteo and OpenWeatherMap");
}

#[test]
fn when_every_city_fails_the_call_fails_with_the_first_reason() {
    let answers = vec![
        (city("Atlantis"), Err(not_found())),
        (city("Oslo"), Err(Error::Internal)),
    ];
    let error = CompareOutput::new("today".into(), answers, Units::Metric).unwrap_err();
    assert_eq!(error, not_found());
}

#[test]
fn today_is_the_local_date_of_the_place_even_if_the_source_begins_a_day_later() {
    let days = sourced(vec![day(date(2026, 11, 22))]);
    let today = Some(date(2026, 11, 21));
    let error = pick(oslo(), days, Wanted::Today, today).err().unwrap();
    assert_eq!(error.to_string(), "a forecast for 2026-11-21 was not found");
}

#[test]
fn a_place_without_a_known_time_zone_begins_at_its_first_day() {
    let days = sourced(vec![day(date(2026, 11, 21)), day(date(2026, 11, 22))]);
    let answer = pick(oslo(), days, Wanted::Tomorrow, None).unwrap();
    assert_eq!(answer.day.date, date(2026, 11, 22));
}
