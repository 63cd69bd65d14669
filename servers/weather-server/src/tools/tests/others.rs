//! Air, alerts, history, places.

use insta::assert_snapshot;
use jiff::{civil::date, tz::Offset};
use serde_json::json;

use super::{day, oslo, paris, silent_day, sourced, structured, time};
use crate::{
    api::{AirIndex, AirQuality, Alert, Alerts, Pollutant},
    config::Units,
    tools::{air::AirOutput, alerts::AlertsOutput, history::HistoryOutput, places::PlacesOutput},
};

fn air(indexes: Vec<AirIndex>, pollutants: Vec<Pollutant>) -> AirOutput {
    let air = AirQuality {
        observed: time(17, 0),
        offset: Offset::constant(1),
        indexes,
        pollutants,
    };
    AirOutput::new(oslo(), sourced(air))
}

fn alert(event: &str) -> Alert {
    Alert {
        event: event.into(),
        sender: Some("MET Norway".into()),
        severity: Some("Severe".into()),
        starts: Some("2026-11-21T18:00:00+01:00".into()),
        ends: Some("2026-11-22T06:00:00+01:00".into()),
        description: "Gusts of 30 m/s.\nStay inside.".into(),
    }
}

#[test]
fn air_quality_names_its_scales_and_units() {
    let index = |scale, value, level| AirIndex {
        scale,
        value,
        level,
    };
    let pollutant = |name, value, unit| Pollutant { name, value, unit };
    let output = air(
        vec![
            index("European AQI", 42.0, "Moderate"),
            index("US AQI", 55.04, "Moderate"),
        ],
        vec![
            pollutant("PM2.5", 8.14, "µg/m³"),
            pollutant("birch pollen", 0.0, "grains/m³"),
        ],
    );
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026, 17:00 local time (UTC+1)
    Air quality: European AQI: 42 (Moderate); US AQI: 55 (Moderate)
    Pollutants: PM2.5 8.1 µg/m³, birch pollen 0 grains/m³
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
    let value = structured("get_air_quality", &output);
    assert_eq!(
        value["pollutants"][1],
        json!({"name": "birch pollen", "value": 0.0, "unit": "grains/m³"})
    );
}

#[test]
fn air_without_values_is_not_reported() {
    let text = air(Vec::new(), Vec::new()).to_string();
    assert!(
        text.contains("Air quality: not reported\nPollutants: not reported\n"),
        "{text}"
    );
}

#[test]
fn an_alert_has_its_times_sender_and_description() {
    let bare = Alert {
        sender: None,
        severity: None,
        starts: None,
        ends: None,
        description: String::new(),
        ..alert("Ice")
    };
    let alerts = Alerts::Known(vec![alert("Storm"), bare]);
    let output = AlertsOutput::new(oslo(), sourced(alerts));
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    ALERT Storm (Severe), from 2026-11-21T18:00:00+01:00, until 2026-11-22T06:00:00+01:00, by MET Norway:
    Gusts of 30 m/s.
    Stay inside.
    ALERT Ice:
    no description
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
    let value = structured("get_weather_alerts", &output);
    assert_eq!(value["covered"], true);
    assert_eq!(
        value["alerts"][1],
        json!({"event": "Ice", "description": ""})
    );
}

#[test]
fn no_alerts_is_an_answer_of_a_source() {
    let output = AlertsOutput::new(oslo(), sourced(Alerts::Known(Vec::new())));
    let text = output.to_string();
    assert!(
        text.contains("\nNo weather alerts are in force.\nSource: "),
        "{text}"
    );
    let value = structured("get_weather_alerts", &output);
    assert_eq!(
        (&value["covered"], &value["alerts"]),
        (&json!(true), &json!([]))
    );
}

#[test]
fn no_source_is_not_no_alerts() {
    let reason = "No source of warnings for this place: only the United States are covered.";
    let output = AlertsOutput::new(oslo(), sourced(Alerts::NoSource(reason.into())));
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    No source of warnings for this place: only the United States are covered. Whether there are alerts is not known.
    ");
    let value = structured("get_weather_alerts", &output);
    assert_eq!(value["covered"], false);
    assert_eq!(value["not_covered_because"], reason);
    assert_eq!(value.get("source"), None);
}

#[test]
fn many_alerts_are_cut_and_counted() {
    let alerts = Alerts::Known(vec![alert("Flood"); 25]);
    let output = AlertsOutput::new(oslo(), sourced(alerts));
    let value = structured("get_weather_alerts", &output);
    assert_eq!(value["alerts"].as_array().unwrap().len(), 20);
    assert_eq!(value["notes"], json!(["The first 20 of 25 alerts"]));
}

#[test]
fn history_has_one_line_per_day_and_says_what_is_missing() {
    let mut days = vec![day(date(2026, 11, 18)), silent_day(date(2026, 11, 19))];
    days[0].precipitation_probability_percent = None;
    let output = HistoryOutput::new(oslo(), sourced(days), Units::Metric);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Wed 18 Nov 2026: 1.2 to 4.5 °C, light rain; precipitation 2.3 mm; wind 5.1 m/s from west-south-west, gusts 9 m/s; humidity 87 %; sunrise 08:21, sunset 15:37
    Thu 19 Nov 2026: not reported
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
    let value = structured("get_weather_history", &output);
    assert_eq!(
        value["days"][1],
        json!({"date": "2026-11-19", "partial": false})
    );
}

#[test]
fn places_are_listed_with_what_tells_them_apart() {
    let found = paris();
    let places = [vec![found.place, oslo().place], found.others].concat();
    let output = PlacesOutput::new("par\u{202e}is".into(), places);
    assert_snapshot!(output, @"
    Places for `paris`:
    Paris, Île-de-France, France (48.8534, 2.3488); Europe/Paris
    Oslo, Norway (59.9127, 10.7461); Europe/Oslo; population 580000
    Paris, Texas, United States (33.6609, -95.5555)
    Paris, Ontario, Canada (43.2, -80.3833)
    ");
    let value = structured("search_places", &output);
    assert_eq!(value["places"].as_array().unwrap().len(), 4);
}

#[test]
fn no_place_is_an_answer_with_advice() {
    let output = PlacesOutput::new("Atlantis".into(), Vec::new());
    assert_eq!(
        output.to_string(),
        "No place matches `Atlantis`. Check the spelling, try the local or English name, or use `lat,lon`."
    );
    assert_eq!(structured("search_places", &output)["places"], json!([]));
}
