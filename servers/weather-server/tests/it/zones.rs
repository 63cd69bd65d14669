//! Local calendar days, where the clock is not UTC's and where it changes.

use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde_json::{Value, json};
use testkit::upstream;

use crate::fixture::{FREE, KEYED, World, recorded, refusal, structured, town};

const TOOL: &str = "get_forecast";

/// Forty slots of OpenWeatherMap from this moment on; the temperature is the number of the slot.
fn slots(first: &str, offset_seconds: i64) -> Value {
    let first: Timestamp = first.parse().unwrap();
    let slot = |index: i64| {
        let at = first + (index * 3).hours();
        json!({"dt": at.as_second(), "main": {"temp": index, "temp_min": index, "temp_max": index}})
    };
    let list: Vec<Value> = (0..40).map(slot).collect();
    json!({"cod": "200", "list": list, "city": {"timezone": offset_seconds}})
}

/// A server with a key that has no One Call, in a town that Open-Meteo finds.
async fn slots_in(name: &str, zone: &str, reply: Value) -> World {
    let world = World::new(KEYED).await;
    let found = town(name, "XX", zone, (1.0, 1.0));
    world.gives("/v1/search", upstream::json(200, found)).await;
    world
        .gives(
            "/data/3.0/onecall",
            refusal("owm.errors", "onecall3_not_subscribed"),
        )
        .await;
    world
        .gives("/data/2.5/forecast", upstream::json(200, reply))
        .await;
    world
}

/// "2026-10-24 0..3 partial" for each day.
async fn ranges(world: &World, days: usize) -> Vec<String> {
    let arguments = json!({"city": "Town", "days": days});
    let result = world.client().await.call(TOOL, arguments).await;
    let days = structured(&result)["days"].as_array().unwrap();
    let range = |day: &Value| {
        let date = day["date"].as_str().unwrap();
        let partial = if day["partial"] == true {
            " partial"
        } else {
            ""
        };
        format!(
            "{date} {}..{}{partial}",
            day["temperature_min"], day["temperature_max"]
        )
    };
    days.iter().map(range).collect()
}

#[tokio::test]
async fn a_day_in_tokyo_is_tokyo_s() {
    let world = World::new(KEYED).await;
    let found = town("Tokyo", "JP", "Asia/Tokyo", (35.69, 139.69));
    world.gives("/v1/search", upstream::json(200, found)).await;
    world
        .gives(
            "/data/3.0/onecall",
            refusal("owm.errors", "onecall3_not_subscribed"),
        )
        .await;
    world
        .gives("/data/2.5/forecast", recorded("owm.forecast5.tokyo"))
        .await;
    // At 16:50 UTC on the 21st it is the 22nd there. Seven slots are left of it, and then eight a day.
    let expected = [
        "2026-11-22 7.3..20.0 partial",
        "2026-11-23 8.0..20.0",
        "2026-11-24 8.0..20.0",
    ];
    assert_eq!(ranges(&world, 3).await, expected);
}

#[tokio::test]
async fn a_day_in_los_angeles_goes_on_after_midnight_utc() {
    let reply = slots("2026-11-21T18:00Z", -8 * 3_600);
    let world = slots_in("Los Angeles", "America/Los_Angeles", reply).await;
    let expected = [
        "2026-11-21 0.0..4.0 partial",
        "2026-11-22 5.0..12.0",
        "2026-11-23 13.0..20.0",
    ];
    assert_eq!(ranges(&world, 3).await, expected);
}

#[tokio::test]
async fn slots_are_grouped_across_the_end_of_summer_time() {
    // Berlin's last Sunday of October has 25 hours, but as many slots as ever; Helsinki's has one more.
    let expected = [
        (
            "Europe/Berlin",
            7_200,
            [
                "2026-10-24 0.0..3.0 partial",
                "2026-10-25 4.0..11.0",
                "2026-10-26 12.0..19.0",
            ],
        ),
        (
            "Europe/Helsinki",
            10_800,
            [
                "2026-10-24 0.0..2.0 partial",
                "2026-10-25 3.0..11.0",
                "2026-10-26 12.0..19.0",
            ],
        ),
    ];
    for (zone, offset, days) in expected {
        let mut world = slots_in("Town", zone, slots("2026-10-24T12:00Z", offset)).await;
        world.setup.config.now = || "2026-10-24T10:00Z".parse().unwrap();
        assert_eq!(ranges(&world, 3).await, days, "{zone}");
    }
}

/// As Open-Meteo lays out a reply: everything at the offset of now, two hours, also when only one is left.
fn berlin_in_october() -> Value {
    let midnight: Timestamp = "2026-10-23T22:00Z".parse().unwrap();
    let day = |index: i64| (midnight + (index * 24).hours()).as_second();
    let days: Vec<i64> = (0..4).map(day).collect();
    let sunrise = [
        "2026-10-24T05:46Z",
        "2026-10-25T05:48Z",
        "2026-10-26T05:50Z",
        "2026-10-27T05:52Z",
    ];
    let sunrise = sunrise.map(|at| at.parse::<Timestamp>().unwrap().as_second());
    let hours: Vec<i64> = (0..72)
        .map(|index| (midnight + index.hours()).as_second())
        .collect();
    let temperatures: Vec<i64> = (0..72).collect();
    json!({
        "timezone": "Europe/Berlin",
        "utc_offset_seconds": 7_200,
        "daily": {"time": days, "sunrise": sunrise, "temperature_2m_min": [1, 2, 3, 4], "temperature_2m_max": [11, 12, 13, 14]},
        "hourly": {"time": hours, "temperature_2m": temperatures},
    })
}

async fn berlin() -> World {
    let mut world = World::new(FREE).await;
    world.setup.config.now = || "2026-10-24T10:30Z".parse().unwrap();
    world
        .gives("/v1/forecast", upstream::json(200, berlin_in_october()))
        .await;
    world
}

#[tokio::test]
async fn no_day_is_doubled_or_lost_when_summer_time_ends() {
    let world = berlin().await;
    let expected = [
        "2026-10-24 1.0..11.0",
        "2026-10-25 2.0..12.0",
        "2026-10-26 3.0..13.0",
    ];
    let arguments = json!({"city": "52.52,13.42"});
    let result = world.client().await.call(TOOL, arguments).await;
    let days = structured(&result)["days"].as_array().unwrap();
    let ranges: Vec<String> = days
        .iter()
        .map(|day| {
            format!(
                "{} {}..{}",
                day["date"].as_str().unwrap(),
                day["temperature_min"],
                day["temperature_max"]
            )
        })
        .collect();
    assert_eq!(ranges, expected);
    let sunrises: Vec<&Value> = days.iter().map(|day| &day["sunrise"]).collect();
    assert_eq!(
        sunrises,
        [
            "2026-10-24T07:46:00",
            "2026-10-25T06:48:00",
            "2026-10-26T06:50:00"
        ]
    );
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_listed_twice() {
    let world = berlin().await;
    let arguments = json!({"city": "52.52,13.42", "days": 2, "granularity": "hourly"});
    let result = world.client().await.call(TOOL, arguments).await;
    let hours = structured(&result)["hours"].as_array().unwrap();
    let times: Vec<&str> = hours
        .iter()
        .map(|hour| hour["time"].as_str().unwrap())
        .collect();
    assert_eq!((times[0], times.len()), ("2026-10-24T12:00:00+02:00", 48));
    assert_eq!(
        times[14..17],
        [
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "2026-10-25T03:00:00+01:00"
        ]
    );
    let sunday = times.iter().filter(|time| time.starts_with("2026-10-25"));
    assert_eq!(sunday.count(), 25);
}

/// Sixteen days of Open-Meteo at UTC.
fn sixteen_days(first: Date) -> Value {
    let days: Vec<String> = (0..16)
        .map(|index| (first + index.days()).to_string())
        .collect();
    let temperatures: Vec<i64> = (100..116).collect();
    json!({"timezone": "UTC", "utc_offset_seconds": 0, "daily": {
        "time": days, "temperature_2m_min": temperatures, "temperature_2m_max": temperatures,
    }})
}

#[tokio::test]
async fn sixteen_days_are_continued_by_open_meteo_which_is_said_first() {
    let reply = slots("2026-11-21T18:00Z", 0);
    let world = slots_in("Greenwich", "UTC", reply).await;
    let more = sixteen_days(jiff::civil::date(2026, 11, 21));
    world.gives("/v1/forecast", upstream::json(200, more)).await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Greenwich", "days": 16}))
        .await;
    let text = testkit::text(&result);
    let note = "Note: Days from 2026-11-26 on come from Open-Meteo: OpenWeatherMap's forecast ends before.\n";
    assert!(text.starts_with(note), "{text}");
    let content = structured(&result);
    assert_eq!(content["source"], "OpenWeatherMap and Open-Meteo");
    let days = content["days"].as_array().unwrap();
    let sources: Vec<(&str, &str)> = days
        .iter()
        .map(|day| {
            (
                day["date"].as_str().unwrap(),
                day["source"].as_str().unwrap_or("own"),
            )
        })
        .collect();
    assert_eq!(sources.len(), 16);
    assert_eq!(
        sources[..6],
        [
            ("2026-11-21", "own"),
            ("2026-11-22", "own"),
            ("2026-11-23", "own"),
            ("2026-11-24", "own"),
            ("2026-11-25", "own"),
            // Its last slots are only part of a day.
            ("2026-11-26", "Open-Meteo"),
        ]
    );
    assert!(
        sources[6..]
            .iter()
            .all(|(_, source)| *source == "Open-Meteo")
    );
    assert_eq!(days[5]["temperature_min"], 105.0);
    assert_eq!(days[15]["date"], "2026-12-06");
}
