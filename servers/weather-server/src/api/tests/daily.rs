use jiff::civil::date;

use super::*;

fn slot(at: &str, temperature: f64) -> Slot {
    Slot {
        at: at.parse().unwrap(),
        temperature_min: Some(temperature),
        temperature_max: Some(temperature),
        humidity_percent: Some(50.0),
        precipitation: 0.5,
        precipitation_probability_percent: Some(temperature),
        wind: Wind {
            speed: Some(temperature),
            gust: None,
            from_degrees: Some(temperature * 10.0),
        },
        condition: Some("clear sky".into()),
        condition_id: Some(800),
        daytime: true,
    }
}

/// All slots of five days of UTC.
fn slots(start: &str) -> Vec<Slot> {
    let start: Timestamp = start.parse().unwrap();
    (0..40)
        .map(|step| Slot {
            at: Timestamp::from_second(start.as_second() + step * SLOT_SECONDS).unwrap(),
            ..slot("2026-01-01T00:00Z", 1.0)
        })
        .collect()
}

fn partial_days(start: &str, zone: &str, from: Date) -> Vec<(Date, bool)> {
    let zone = TimeZone::get(zone).unwrap();
    let wanted = from..from.saturating_add(jiff::Span::new().days(9));
    group(&slots(start), &zone, &wanted)
        .into_iter()
        .map(|day| (day.date, day.partial))
        .collect()
}

#[test]
fn a_day_has_the_extremes_the_sums_and_the_strongest_wind_of_its_slots() {
    let zone = TimeZone::UTC;
    let today = date(2026, 11, 21);
    let slots = [
        slot("2026-11-21T09:00Z", 4.0),
        slot("2026-11-21T12:00Z", 9.0),
        slot("2026-11-21T15:00Z", 2.0),
    ];
    let days = group(&slots, &zone, &(today..today.tomorrow().unwrap()));
    let [day] = days.as_slice() else {
        panic!("{days:?}")
    };
    assert_eq!(
        (day.temperature_min, day.temperature_max),
        (Some(2.0), Some(9.0))
    );
    assert_eq!(day.precipitation, Some(1.5));
    assert_eq!(day.precipitation_probability_percent, Some(9.0));
    assert_eq!(day.wind.speed, Some(9.0));
    assert_eq!(day.wind.from_degrees, Some(90.0));
    assert_eq!(day.wind.gust, None);
    assert_eq!(day.humidity_percent, Some(50.0));
    assert!(day.partial);
}

#[test]
fn the_condition_is_the_most_frequent_one_by_day_and_of_equals_the_most_severe() {
    let with = |id, words: &str, daytime| Slot {
        condition: Some(words.into()),
        condition_id: Some(id),
        daytime,
        ..slot("2026-11-21T12:00Z", 1.0)
    };
    let condition = |slots: &[Slot]| condition(&slots.iter().collect::<Vec<_>>());
    let night = || with(500, "light rain", false);
    let clear = || with(800, "clear sky", true);
    let snow = || with(600, "light snow", true);
    assert_eq!(
        condition(&[night(), night(), clear()]).unwrap(),
        "clear sky"
    );
    assert_eq!(condition(&[clear(), clear(), snow()]).unwrap(), "clear sky");
    assert_eq!(condition(&[snow(), clear()]).unwrap(), "light snow");
    assert_eq!(condition(&[night()]).unwrap(), "light rain");
}

#[test]
fn slots_belong_to_the_local_day_also_where_the_offset_has_minutes() {
    // 18:00 UTC is 23:45 in Kathmandu, 21:00 UTC is the next day.
    assert_eq!(
        partial_days("2026-11-21T18:00Z", "Asia/Kathmandu", date(2026, 11, 21)).first(),
        Some(&(date(2026, 11, 21), true))
    );
    assert_eq!(
        partial_days("2026-11-21T21:00Z", "Asia/Kathmandu", date(2026, 11, 21)).first(),
        Some(&(date(2026, 11, 22), false))
    );
}

#[test]
fn a_day_of_25_hours_is_complete_with_all_slots_that_begin_in_it() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let new_york = TimeZone::get("America/New_York").unwrap();
    // From 22:00 UTC of the day before to 23:00 UTC: 00:00, 03:00, ... 21:00.
    assert_eq!(slots_in(date(2026, 10, 25), &berlin), 8);
    // From 04:00 UTC to 05:00 UTC of the next day: 06:00, ... 03:00.
    assert_eq!(slots_in(date(2026, 11, 1), &new_york), 8);
    // From 21:00 UTC to 22:00 UTC of the next day, both 21:00 included.
    let helsinki = TimeZone::get("Europe/Helsinki").unwrap();
    assert_eq!(slots_in(date(2026, 10, 25), &helsinki), 9);
}

#[test]
fn days_across_the_end_of_summer_time_begin_at_their_own_midnight() {
    // The first slot is midnight in Berlin; after the change midnight is 23:00 UTC, so 00:00 UTC comes first.
    assert_eq!(
        partial_days("2026-10-24T00:00Z", "Europe/Berlin", date(2026, 10, 24)),
        [
            (date(2026, 10, 24), false),
            (date(2026, 10, 25), false),
            (date(2026, 10, 26), false),
            (date(2026, 10, 27), false),
            (date(2026, 10, 28), false),
        ]
    );
}

#[test]
fn days_that_are_over_are_left_out() {
    let days = partial_days("2026-11-20T00:00Z", "Pacific/Auckland", date(2026, 11, 22));
    assert_eq!(days.first().unwrap().0, date(2026, 11, 22));
}

fn of(source: Source, date: Date, partial: bool) -> Day {
    Day {
        partial,
        source,
        ..day(date, &[], &TimeZone::UTC)
    }
}

#[test]
fn missing_and_partial_days_come_from_the_other_source_and_a_note_says_from_when_on() {
    let on = |day| date(2026, 11, day);
    let own = Sourced {
        value: vec![
            of(Source::OpenWeather, on(21), true),
            of(Source::OpenWeather, on(22), false),
            of(Source::OpenWeather, on(23), true),
        ],
        source: Source::OpenWeather,
        notes: vec![],
    };
    let more = (21..=24)
        .map(|day| of(Source::OpenMeteo, on(day), false))
        .collect();
    let all = continued(own, more);
    let sources: Vec<_> = all.value.iter().map(|day| (day.date, day.source)).collect();
    assert_eq!(
        sources,
        [
            (on(21), Source::OpenWeather),
            (on(22), Source::OpenWeather),
            (on(23), Source::OpenMeteo),
            (on(24), Source::OpenMeteo),
        ]
    );
    assert_eq!(
        all.notes,
        ["Days from 2026-11-23 on come from Open-Meteo: OpenWeatherMap's forecast ends before"]
    );
}

#[test]
fn today_comes_from_the_other_source_when_no_slot_of_it_is_left() {
    let on = |day| date(2026, 11, day);
    let own = Sourced {
        value: vec![of(Source::OpenWeather, on(22), false)],
        source: Source::OpenWeather,
        notes: vec![],
    };
    let more = vec![of(Source::OpenMeteo, on(21), false)];
    let all = continued(own, more);
    assert_eq!(all.value.first().unwrap().date, on(21));
    assert_eq!(
        all.notes,
        ["Days before 2026-11-22 come from Open-Meteo: OpenWeatherMap's forecast begins later"]
    );
}
