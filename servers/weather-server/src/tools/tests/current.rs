use insta::assert_snapshot;
use serde_json::json;

use super::{current, oslo, paris, silent_current, sourced, structured};
use crate::{
    api::{Current, Place, Source, Wind},
    config::Units,
    tools::current::CurrentOutput,
};

#[test]
fn the_text_has_everything_that_was_reported() {
    let output = CurrentOutput::new(oslo(), sourced(current()), Units::Metric);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026, 17:45 local time (UTC+1): 3.4 °C, feels like 0.2 °C, overcast
    Wind 3.1 m/s from south-west, gusts 6.9 m/s; humidity 87 %; cloud 100 %; precipitation 0.2 mm in the last 15 min; pressure 1013.2 hPa; visibility 24.1 km
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
}

#[test]
fn the_structured_content_has_the_same_facts() {
    let output = CurrentOutput::new(oslo(), sourced(current()), Units::Metric);
    assert_eq!(
        structured("get_current_weather", &output),
        json!({
            "place": {
                "name": "Oslo", "region": "Oslo", "country": "Norway", "latitude": 59.9127,
                "longitude": 10.7461, "time_zone": "Europe/Oslo", "population": 580_000
            },
            "observed": "2026-11-21T17:45:00+01:00",
            "conditions": "overcast",
            "temperature": 3.4,
            "feels_like": 0.2,
            "humidity_percent": 87,
            "wind": {"speed": 3.1, "gust": 6.9, "from": "south-west", "from_degrees": 225},
            "pressure": 1013.2,
            "visibility": 24.1,
            "cloud_percent": 100,
            "precipitation": 0.2,
            "precipitation_minutes": 15,
            "units": {
                "temperature": "°C", "wind": "m/s", "precipitation": "mm",
                "visibility": "km", "pressure": "hPa"
            },
            "source": "Open-Meteo",
            "attribution": Source::OpenMeteo.attribution()
        })
    );
}

#[test]
fn what_was_not_reported_is_left_out_and_never_zero() {
    let output = CurrentOutput::new(oslo(), sourced(silent_current()), Units::Imperial);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026, 17:45 local time (UTC+1): temperature not reported
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
    let value = structured("get_current_weather", &output);
    let names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        ["attribution", "observed", "place", "source", "units"]
    );
}

#[test]
fn a_reported_zero_is_shown() {
    let zero = Current {
        temperature: Some(-0.04),
        wind: Wind {
            speed: Some(0.0),
            ..Wind::default()
        },
        precipitation: Some(0.0),
        precipitation_minutes: None,
        ..silent_current()
    };
    let output = CurrentOutput::new(oslo(), sourced(zero), Units::Metric);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026, 17:45 local time (UTC+1): 0 °C
    Wind 0 m/s; precipitation 0 mm in the last hour
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
}

#[test]
fn notes_come_first_and_other_places_of_the_name_are_listed() {
    let mut answer = sourced(silent_current());
    answer.notes = vec!["OpenWeatherMap refused the key; Open-Meteo answered".into()];
    let output = CurrentOutput::new(paris(), answer, Units::Metric);
    assert_snapshot!(output, @"
    Note: OpenWeatherMap refused the key; Open-Meteo answered.
    Paris, Île-de-France, France (48.85, 2.35; Europe/Paris)
    Sat 21 Nov 2026, 17:45 local time (UTC+1): temperature not reported
    Also: Paris, Texas, United States (33.66, -95.56); Paris, Ontario, Canada (43.2, -80.38)
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
}

#[test]
fn imperial_units_are_converted_and_named() {
    let output = CurrentOutput::new(oslo(), sourced(current()), Units::Imperial);
    assert_snapshot!(output, @"
    Oslo, Norway (59.91, 10.75; Europe/Oslo)
    Sat 21 Nov 2026, 17:45 local time (UTC+1): 38.2 °F, feels like 32.3 °F, overcast
    Wind 6.9 mph from south-west, gusts 15.4 mph; humidity 87 %; cloud 100 %; precipitation 0.01 in in the last 15 min; pressure 1013.2 hPa; visibility 15 mi
    Source: Open-Meteo. Weather data by Open-Meteo.com (CC BY 4.0).
    ");
}

#[test]
fn standard_units_are_kelvin() {
    let output = CurrentOutput::new(oslo(), sourced(current()), Units::Standard);
    let value = structured("get_current_weather", &output);
    assert_eq!(value["temperature"], 276.6);
    assert_eq!(value["units"]["temperature"], "K");
    assert_eq!(value["wind"]["speed"], 3.1);
}

#[test]
fn the_time_zone_of_the_answer_serves_a_place_without_one() {
    let mut found = oslo();
    found.place = Place {
        time_zone: None,
        region: None,
        country: None,
        country_code: Some("NO".into()),
        ..found.place
    };
    let output = CurrentOutput::new(found, sourced(current()), Units::Metric);
    let text = output.to_string();
    assert!(
        text.starts_with("Oslo, NO (59.91, 10.75; Europe/Oslo)\n"),
        "{text}"
    );
}
