use jiff::tz::Offset;

use super::{place, time, wind};
use crate::{
    api::{Source, Wind},
    config::Units,
    tools::output::{LocalTime, Origin, PlaceOutput, WindOutput},
};

fn from(degrees: f64) -> Option<&'static str> {
    WindOutput::new(wind(1.0, 2.0, degrees), Units::Metric).and_then(|wind| wind.from)
}

#[test]
fn wind_has_the_nearest_of_sixteen_points() {
    for (degrees, point) in [
        (0.0, "north"),
        (11.2, "north"),
        (11.3, "north-north-east"),
        (90.0, "east"),
        (202.5, "south-south-west"),
        (348.7, "north-north-west"),
        (348.8, "north"),
        (360.0, "north"),
        (-90.0, "west"),
    ] {
        assert_eq!(from(degrees), Some(point), "{degrees}");
    }
}

#[test]
fn wind_that_is_not_reported_is_no_wind_object() {
    assert_eq!(WindOutput::new(Wind::default(), Units::Metric), None);
}

#[test]
fn wind_text_says_only_what_is_known() {
    let gusts = Wind {
        gust: Some(9.0),
        ..Wind::default()
    };
    let text = |wind| {
        WindOutput::new(wind, Units::Metric).and_then(|wind| wind.text(Units::Metric.names()))
    };
    assert_eq!(text(gusts).as_deref(), Some("gusts 9 m/s"));
    let direction = Wind {
        from_degrees: Some(90.0),
        ..Wind::default()
    };
    assert_eq!(text(direction).as_deref(), Some("wind from east"));
}

#[test]
fn offsets_are_written_as_people_write_them() {
    let utc = |seconds| {
        let offset = Offset::from_seconds(seconds).unwrap();
        LocalTime {
            time: time(12, 0),
            offset,
        }
        .utc()
    };
    assert_eq!(utc(0), "UTC");
    assert_eq!(utc(20_700), "UTC+5:45");
    assert_eq!(utc(-12_600), "UTC-3:30");
    assert_eq!(utc(46_800), "UTC+13");
}

#[test]
fn the_structured_time_carries_its_offset() {
    let time = LocalTime {
        time: time(7, 5),
        offset: Offset::from_seconds(-12_600).unwrap(),
    };
    assert_eq!(
        serde_json::to_value(time).unwrap(),
        "2026-11-21T07:05:00-03:30"
    );
}

#[test]
fn a_place_without_a_name_still_has_a_label() {
    let mut nowhere = place("", None, "", (0.0, -160.0));
    nowhere.country = None;
    assert_eq!(PlaceOutput::from(nowhere).label(), "Unnamed place");
}

#[test]
fn each_source_and_note_is_named_once() {
    let sources = [Source::OpenWeather, Source::OpenMeteo, Source::OpenWeather];
    let notes = ["a", "b", "a"].map(String::from);
    let origin = Origin::new(sources, notes);
    assert_eq!(
        origin.source.as_deref(),
        Some("OpenWeatherMap and Open-Meteo")
    );
    assert_eq!(origin.notes, ["a", "b"]);
}
