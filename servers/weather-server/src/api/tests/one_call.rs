use jiff::civil::{date, datetime};
use serde_json::{Value, json};

use super::*;

const ONE_CALL: &str = include_str!("../../../tests/it/fixtures/owm.onecall3.json");

fn one_call(change: impl FnOnce(&mut Value)) -> OneCall {
    let mut value = serde_json::from_str(ONE_CALL).unwrap();
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T16:10Z".parse().unwrap()
}

#[test]
fn a_day_is_dated_by_its_local_noon() {
    let days = one_call(|_| ()).days(8, now());
    assert_eq!(days.source, Source::OpenWeatherOneCall);
    let day = &days.value[0];
    assert_eq!(day.date, date(2026, 11, 21));
    assert_eq!(
        (day.temperature_min, day.temperature_max),
        (Some(4.7), Some(10.2))
    );
    assert_eq!(day.precipitation, Some(0.15));
    assert_eq!(day.precipitation_probability_percent, Some(47.0));
    assert!(!day.partial);
}

#[test]
fn the_running_hour_is_included() {
    let hours = one_call(|_| ()).hours(now()).value;
    assert_eq!(hours[0].time, datetime(2026, 11, 21, 17, 0, 0, 0));
    assert_eq!(hours[0].precipitation, Some(0.21));
}

#[test]
fn rain_of_a_day_is_read_as_a_number_and_as_an_object() {
    let one_call = one_call(|value| value["daily"][0]["rain"] = json!({"1h": 2.5}));
    assert_eq!(one_call.days(1, now()).value[0].precipitation, Some(2.5));
}

#[test]
fn a_day_without_condition_has_none() {
    let one_call = one_call(|value| value["daily"][0]["weather"] = Value::Null);
    assert_eq!(one_call.days(1, now()).value[0].condition, None);
}

#[test]
fn alerts_have_local_times_with_offset() {
    let Alerts::Known(alerts) = one_call(|_| ()).alerts().value else {
        panic!()
    };
    assert_eq!(alerts[0].event, "Yellow Thunderstorm Warning");
    assert_eq!(
        alerts[0].starts.as_deref(),
        Some("2026-11-21T17:40:00+01:00")
    );
}

#[test]
fn no_alerts_in_the_reply_are_no_alerts() {
    let one_call = one_call(|value| value["alerts"] = Value::Null);
    assert_eq!(one_call.alerts().value, Alerts::Known(vec![]));
}

#[test]
fn every_alert_is_passed_on_and_long_ones_are_cut() {
    let one_call = one_call(|value| {
        let alert = json!({"event": "Storm", "description": "x".repeat(3_000)});
        value["alerts"] = Value::Array(vec![alert; 30]);
    });
    let Alerts::Known(alerts) = one_call.alerts().value else {
        panic!()
    };
    assert_eq!(alerts.len(), 30);
    assert_eq!(alerts[0].description.chars().count(), 1_001);
}
