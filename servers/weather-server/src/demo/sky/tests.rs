use jiff::civil::{Date, date};

use super::*;

const PLACES: [(f64, f64, &str); 5] = [
    (59.913, 10.746, "Europe/Oslo"),
    (69.649, 18.955, "Europe/Oslo"),
    (-33.868, 151.207, "Australia/Sydney"),
    (1.29, 103.85, "Asia/Singapore"),
    (-89.9, 0.0, "Etc/GMT+0"),
];

fn now() -> Timestamp {
    "2026-11-21T16:40:00Z".parse().unwrap()
}

fn sky((latitude, longitude, zone): (f64, f64, &str)) -> Sky {
    Sky::new(latitude, longitude, zone, now()).unwrap()
}

fn dates() -> impl Iterator<Item = Date> {
    date(2026, 1, 1).series(1.day()).take(365)
}

/// Every hour of a year at every place.
fn hours() -> impl Iterator<Item = Hour> {
    PLACES
        .into_iter()
        .flat_map(|place| dates().flat_map(move |date| sky(place).day(date)))
}

#[test]
fn the_same_place_and_hour_always_have_the_same_weather() {
    for place in PLACES {
        let earlier = "2026-11-21T03:05:00Z".parse().unwrap();
        let before = Sky::new(place.0, place.1, place.2, earlier).unwrap();
        let date = date(2026, 11, 22);
        assert_eq!(sky(place).day(date), before.day(date));
    }
}

#[test]
fn places_and_days_differ() {
    let oslo = sky(PLACES[0]);
    let date = date(2026, 11, 22);
    assert_ne!(oslo.day(date), oslo.day(date.tomorrow().unwrap()));
    assert_ne!(oslo.day(date), sky(PLACES[1]).day(date));
}

#[test]
fn it_snows_only_when_it_is_cold_and_rains_only_when_it_is_not() {
    assert!(hours().any(|hour| hour.snow > 0.0) && hours().any(|hour| hour.rain > 0.0));
    for hour in hours() {
        assert!(hour.snow == 0.0 || hour.temperature < 1.0, "{hour:?}");
        assert!(hour.rain == 0.0 || hour.temperature >= 1.0, "{hour:?}");
    }
}

#[test]
fn codes_are_known_and_agree_with_the_precipitation() {
    for hour in hours() {
        match hour.code {
            0..=3 => assert_eq!(hour.precipitation(), 0.0, "{hour:?}"),
            51 | 61 | 63 | 65 | 95 => assert!(hour.rain > 0.0, "{hour:?}"),
            71 | 73 | 75 => assert!(hour.snow > 0.0, "{hour:?}"),
            code => panic!("nobody knows the code {code}"),
        }
    }
}

#[test]
fn every_number_is_one_that_nature_could_make() {
    for hour in hours() {
        assert!((-60.0..50.0).contains(&hour.temperature), "{hour:?}");
        assert!((0.0..=100.0).contains(&hour.humidity), "{hour:?}");
        assert!((0.0..=100.0).contains(&hour.probability), "{hour:?}");
        assert!((0.0..360.0).contains(&hour.wind_from), "{hour:?}");
        assert!((0.0..=12.0).contains(&hour.uv_index), "{hour:?}");
        assert!(hour.dew_point <= hour.temperature, "{hour:?}");
        assert!(hour.gust >= hour.wind && hour.wind > 0.0, "{hour:?}");
    }
}

#[test]
fn july_is_warmer_than_january_in_the_north_and_colder_in_the_south() {
    let mean = |place, month| {
        let hours = sky(place).day(date(2026, month, 15));
        hours.iter().map(|hour| hour.temperature).sum::<f64>() / 24.0
    };
    assert!(mean(PLACES[0], 7) > mean(PLACES[0], 1) + 5.0);
    assert!(mean(PLACES[2], 7) < mean(PLACES[2], 1));
}

#[test]
fn the_sun_of_berlin_rises_and_sets_when_it_really_does() {
    let berlin = Sky::new(52.52, 13.42, "Europe/Berlin", now()).unwrap();
    let (rise, set) = berlin.sun(date(2026, 11, 21)).unwrap();
    let apart = |time: DateTime, hour, minute| {
        let real = date(2026, 11, 21).at(hour, minute, 0, 0);
        time.duration_since(real).as_mins().abs()
    };
    assert!(apart(rise, 7, 36) <= 10, "{rise}");
    assert!(apart(set, 16, 2) <= 10, "{set}");
}

#[test]
fn the_sun_of_tromso_neither_rises_at_midwinter_nor_sets_at_midsummer() {
    let tromso = sky(PLACES[1]);
    for (date, is_day) in [(date(2026, 12, 21), false), (date(2026, 6, 21), true)] {
        assert_eq!(tromso.sun(date), None);
        assert!(tromso.day(date).iter().all(|hour| hour.is_day == is_day));
    }
}

#[test]
fn pollen_is_known_for_europe_only() {
    let spring = date(2026, 4, 20).at(12, 0, 0, 0);
    assert!(sky(PLACES[0]).air(spring).pollen.is_some());
    assert!(sky(PLACES[2]).air(spring).pollen.is_none());
}
