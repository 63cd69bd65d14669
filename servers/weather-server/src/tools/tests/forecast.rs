use insta::assert_snapshot;
use jiff::{civil::date, tz::Offset};
use serde_json::json;

use super::{day, hour, oslo, silent_day, sourced, structured};
use crate::{
    api::{Day, Hour, Source},
    config::Units,
    tools::forecast::ForecastOutput,
};

fn hours(count: i64) -> Vec<Hour> {
    let first = date(2026, 11, 21).at(22, 0, 0, 0);
    (0..count)
        .map(|index| hour(first + jiff::Span::new().hours(index)))
        .collect()
}

#[test]
fn a_daily_forecast_has_one_line_per_day() {
    let days = vec![
        Day {
            partial: true,
            ..day(date(2026, 11, 21))
        },
        silent_day(date(2026, 11, 22)),
        Day {
            temperature_min: None,
            precipitation: None,
            source: Source::OpenWeather,
            ..day(date(2026, 11, 23))
        },
    ];
    let output = ForecastOutput::daily(oslo(), sourced(days), Units::Metric);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026 (only part of the day): 1.2 to 4.5 °C, light rain; precipitation 2.3 mm (chance 80 %); wind 5.1 m/s from west-south-west, gusts 9 m/s; humidity 87 %; sunrise 08:21, sunset 15:37
    Sun 22 Nov 2026: not reported
    Mon 23 Nov 2026: max 4.5 °C, light rain; chance of precipitation 80 %; wind 5.1 m/s from west-south-west, gusts 9 m/s; humidity 87 %; sunrise 08:21, sunset 15:37 [OpenWeatherMap]
    Source: Open-Meteo and OpenWeatherMap. Weather data by Open-Meteo.com (CC BY 4.0); Weather data provided by OpenWeather (openweathermap.org, CC BY-SA 4.0).
    ");
}

#[test]
fn a_structured_day_has_only_what_was_reported() {
    let days = vec![day(date(2026, 11, 21)), silent_day(date(2026, 11, 22))];
    let output = ForecastOutput::daily(oslo(), sourced(days), Units::Imperial);
    let value = structured("get_forecast", &output);
    assert_eq!(
        value["days"],
        json!([
            {
                "date": "2026-11-21",
                "conditions": "light rain",
                "temperature_min": 34.2,
                "temperature_max": 40.1,
                "precipitation": 0.09,
                "precipitation_probability_percent": 80,
                "wind": {"speed": 11.5, "gust": 20.1, "from": "west-south-west", "from_degrees": 250},
                "humidity_percent": 87,
                "sunrise": "2026-11-21T08:21:00",
                "sunset": "2026-11-21T15:37:00",
                "partial": false
            },
            {"date": "2026-11-22", "partial": false}
        ])
    );
    assert_eq!(value.get("hours"), None);
}

#[test]
fn an_hourly_forecast_is_grouped_by_day() {
    let output = ForecastOutput::hourly(oslo(), sourced(hours(3)), 1, Units::Metric);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026 (UTC+1)
    22:00 3.4 °C; feels like 0.2 °C; drizzle; precipitation 0 mm (chance 40 %); wind 3.1 m/s from south-south-west, gusts 6.2 m/s; humidity 90 %; cloud 75 %
    23:00 3.4 °C; feels like 0.2 °C; drizzle; precipitation 0 mm (chance 40 %); wind 3.1 m/s from south-south-west, gusts 6.2 m/s; humidity 90 %; cloud 75 %
    Sun 22 Nov 2026 (UTC+1)
    00:00 3.4 °C; feels like 0.2 °C; drizzle; precipitation 0 mm (chance 40 %); wind 3.1 m/s from south-south-west, gusts 6.2 m/s; humidity 90 %; cloud 75 %
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
    assert_eq!(
        structured("get_forecast", &output)["hours"][2],
        json!({
            "time": "2026-11-22T00:00:00+01:00",
            "step_hours": 1,
            "conditions": "drizzle",
            "temperature": 3.4,
            "feels_like": 0.2,
            "precipitation": 0.0,
            "precipitation_probability_percent": 40,
            "wind": {"speed": 3.1, "gust": 6.2, "from": "south-south-west", "from_degrees": 200},
            "humidity_percent": 90,
            "cloud_percent": 75
        })
    );
}

#[test]
fn a_change_of_clocks_starts_a_new_group_of_hours() {
    let mut hours = hours(2);
    hours[1].offset = Offset::UTC;
    hours[1].step_hours = 3;
    let output = ForecastOutput::hourly(oslo(), sourced(hours), 1, Units::Metric);
    let text = output.to_string();
    assert!(text.contains("\nSat 21 Nov 2026 (UTC+1)\n22:00 "), "{text}");
    assert!(
        text.contains("\nSat 21 Nov 2026 (UTC, steps of 3 hours)\n23:00 "),
        "{text}"
    );
}

#[test]
fn hourly_rows_are_cut_at_forty_eight_and_the_cut_is_said() {
    let output = ForecastOutput::hourly(oslo(), sourced(hours(60)), 3, Units::Metric);
    let value = structured("get_forecast", &output);
    assert_eq!(value["hours"].as_array().unwrap().len(), 48);
    assert_eq!(
        value["notes"],
        json!(["Hourly rows end after 48; `granularity` daily covers all 3 days"])
    );
}

#[test]
fn two_days_of_hours_are_not_cut() {
    let output = ForecastOutput::hourly(oslo(), sourced(hours(48)), 2, Units::Metric);
    assert_eq!(structured("get_forecast", &output).get("notes"), None);
}

#[test]
fn an_empty_forecast_says_so() {
    let output = ForecastOutput::hourly(oslo(), sourced(Vec::new()), 1, Units::Metric);
    let text = output.to_string();
    assert!(
        text.contains("The source has no forecast for this time."),
        "{text}"
    );
}
