use jiff::civil::{date, datetime};
use serde_json::{Value, json};

use super::*;

const FORECAST: &str = include_str!("../../../tests/it/fixtures/om.forecast.json");
const ARCHIVE: &str = include_str!("../../../tests/it/fixtures/om.archive.json");
const AIR: &str = include_str!("../../../tests/it/fixtures/om.air_quality.json");
const ERRORS: &str = include_str!("../../../tests/it/fixtures/om.errors.json");

fn seconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_second()
}

fn forecast() -> Reply {
    serde_json::from_str(FORECAST).unwrap()
}

fn reply(value: Value) -> Reply {
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_current_weather_is_in_local_time_and_says_how_long_rain_was_summed() {
    let current = forecast().current().unwrap();
    assert_eq!(current.observed, datetime(2026, 11, 21, 17, 45, 0, 0));
    assert_eq!(current.offset.seconds(), 3_600);
    assert_eq!(current.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(current.condition.as_deref(), Some("overcast"));
    assert_eq!(current.temperature, Some(3.4));
    assert_eq!(current.precipitation, Some(0.0));
    assert_eq!(current.precipitation_minutes, Some(15));
    assert_eq!(current.visibility, None);
}

#[test]
fn null_is_not_reported_and_not_zero() {
    let days = forecast().days(Source::OpenMeteo).unwrap();
    assert_eq!(days[0].precipitation_probability_percent, Some(57.0));
    assert_eq!(days[1].precipitation_probability_percent, None);
    let current = reply(json!({"current": {"time": 0, "precipitation": null}}));
    assert_eq!(current.current().unwrap().precipitation, None);
}

#[test]
fn hours_begin_with_the_one_that_is_running() {
    let hours = forecast().hours("2026-11-21T16:50Z".parse().unwrap());
    let hours = hours.unwrap();
    assert_eq!(hours[0].time, datetime(2026, 11, 21, 17, 0, 0, 0));
    assert_eq!(hours[0].temperature, Some(5.1));
    assert_eq!(
        hours.last().unwrap().precipitation_probability_percent,
        None
    );
}

#[test]
fn days_have_their_own_sunrise() {
    let days = forecast().days(Source::OpenMeteo).unwrap();
    assert_eq!(days[1].date, date(2026, 11, 22));
    assert_eq!(days[1].sunrise, Some(datetime(2026, 11, 22, 7, 38, 0, 0)));
}

#[test]
fn hours_after_the_end_of_summer_time_have_the_new_offset() {
    for (zone, offset, changes) in [
        ("Europe/Berlin", 7_200, "2026-10-25T01:00Z"),
        ("America/New_York", -14_400, "2026-11-01T06:00Z"),
    ] {
        let change = seconds(changes);
        let hours = reply(json!({
            "utc_offset_seconds": offset,
            "timezone": zone,
            "hourly": {"time": [change - 3_600, change], "temperature_2m": [1.0, 2.0]},
        }))
        .hours(Timestamp::from_second(change - 3_600).unwrap())
        .unwrap();
        // The same hour of the clock twice, told apart by the offset.
        assert_eq!(hours[0].time, hours[1].time, "{zone}");
        assert_eq!(hours[0].offset.seconds(), offset, "{zone}");
        assert_eq!(hours[1].offset.seconds(), offset - 3_600, "{zone}");
    }
}

#[test]
fn days_after_a_clock_change_keep_their_dates() {
    for (zone, offset, first) in [
        ("Europe/Berlin", 7_200, "2026-10-23T22:00Z"),
        ("America/New_York", -14_400, "2026-10-24T04:00Z"),
        ("Asia/Kathmandu", 20_700, "2026-10-23T18:15Z"),
        ("Pacific/Auckland", 46_800, "2026-10-23T11:00Z"),
    ] {
        let stamps: Vec<i64> = (0..16).map(|day| seconds(first) + day * 86_400).collect();
        let days = reply(json!({
            "utc_offset_seconds": offset,
            "timezone": zone,
            "daily": {"time": stamps},
        }))
        .days(Source::OpenMeteo)
        .unwrap();
        let dates: Vec<Date> = days.iter().map(|day| day.date).collect();
        let expected: Vec<Date> = date(2026, 10, 24)
            .series(jiff::Span::new().days(1))
            .take(16)
            .collect();
        assert_eq!(dates, expected, "{zone}");
    }
}

#[test]
fn a_place_without_sunrise_that_day_has_none() {
    let midnight = seconds("2026-12-20T23:00Z");
    let days = reply(json!({
        "utc_offset_seconds": 3_600,
        "timezone": "Arctic/Longyearbyen",
        "daily": {"time": [midnight, midnight + 86_400], "sunrise": [0, midnight], "sunset": [0, midnight]},
    }))
    .days(Source::OpenMeteo)
    .unwrap();
    for day in days {
        assert_eq!((day.sunrise, day.sunset), (None, None));
    }
}

#[test]
fn a_zone_nobody_knows_falls_back_to_the_offset() {
    let current = reply(json!({
        "utc_offset_seconds": 20_700,
        "timezone": "Mars/Olympus",
        "current": {"time": 0},
    }));
    assert_eq!(
        current.current().unwrap().observed,
        datetime(1970, 1, 1, 5, 45, 0, 0)
    );
}

#[test]
fn a_day_the_archive_does_not_have_yet_has_no_values() {
    let archive: Reply = serde_json::from_str(ARCHIVE).unwrap();
    let days = archive.days(Source::OpenMeteoArchive).unwrap();
    assert_eq!(days[0].date, date(2020, 1, 1));
    assert_eq!(days[0].precipitation, Some(0.0));
    assert_eq!(days[0].temperature_max, None);
    assert_eq!(days[0].source, Source::OpenMeteoArchive);
}

#[test]
fn air_quality_names_its_scales_and_leaves_out_what_is_null() {
    let air: air::Reply = serde_json::from_str(AIR).unwrap();
    let air = air.air_quality().unwrap();
    let indexes: Vec<_> = air
        .indexes
        .iter()
        .map(|index| (index.scale, index.value, index.level))
        .collect();
    assert_eq!(
        indexes,
        [("European AQI", 28.0, "fair"), ("US AQI", 41.0, "good")]
    );
    let names: Vec<_> = air
        .pollutants
        .iter()
        .map(|one| (one.name, one.unit))
        .collect();
    assert_eq!(
        names,
        [
            ("PM2.5", "µg/m³"),
            ("PM10", "µg/m³"),
            ("ozone", "µg/m³"),
            ("nitrogen dioxide", "µg/m³"),
        ]
    );
}

#[test]
fn a_reply_without_what_was_asked_for_is_unreadable() {
    let error = reply(json!({})).current().unwrap_err();
    assert_eq!(
        error.to_string(),
        "Open-Meteo sent a reply this server cannot read (at `current`: it is missing)"
    );
}

fn explained(case: &str) -> Error {
    let errors: Value = serde_json::from_str(ERRORS).unwrap();
    let case = &errors[case];
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    explain(status, case["body"].to_string().as_bytes()).unwrap()
}

#[test]
fn a_limit_says_when_it_ends() {
    for (case, seconds) in [
        ("minutely", Some(60)),
        ("hourly", Some(3_600)),
        ("daily", Some(86_400)),
        ("concurrent", None),
    ] {
        let Error::RateLimited { retry_after, .. } = explained(case) else {
            panic!("{case}")
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{case}");
    }
}

#[test]
fn a_refusal_is_told_in_its_words_but_without_names_from_the_source() {
    assert_eq!(
        explained("forecast_days").to_string(),
        "Open-Meteo rejected the request (HTTP 400): Forecast days is invalid. Allowed range 0 to 16. Given 99."
    );
    assert_eq!(
        explained("unknown_variable").to_string(),
        "Open-Meteo rejected the request (HTTP 400): it does not know a value that was asked for"
    );
    assert_eq!(explained("overloaded").kind(), "upstream");
}

#[test]
fn an_error_body_with_status_200_is_an_error_and_data_are_not() {
    assert!(explain(200, br#"{"error":true,"reason":"x"}"#).is_some());
    assert!(explain(200, FORECAST.as_bytes()).is_none());
    assert!(explain(502, b"<html>").is_none());
}
