//! Past days.

use insta::assert_snapshot;
use serde_json::json;
use testkit::{text, upstream};

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, KEYED, PAID_ONLY, World, recorded, structured},
};

const TOOL: &str = "get_weather_history";

#[tokio::test]
async fn past_days_come_from_the_archive_even_with_a_key() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world.gives("/v1/archive", recorded("om.archive")).await;
    let arguments = json!({"city": "Berlin", "start_date": "2020-01-01", "end_date": "2020-01-02"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn days_that_are_not_in_the_archive_yet_are_not_reported() {
    let world = World::new(FREE).await;
    let reply = json!({
        "timezone": "Europe/Berlin",
        "utc_offset_seconds": 3600,
        "daily": {
            "time": [1_795_042_800, 1_795_129_200, 1_795_215_600],
            "temperature_2m_min": [-0.4, null, null],
            "temperature_2m_max": [0.0, null, null],
            "precipitation_sum": [0.0, null, null],
            "sunrise": [1_795_069_800, null, null],
        },
    });
    world.gives("/v1/archive", upstream::json(200, reply)).await;
    let arguments =
        json!({"city": "52.52,13.42", "start_date": "2026-11-19", "end_date": "2026-11-21"});
    let result = world.client().await.call(TOOL, arguments).await;
    let days = structured(&result)["days"].as_array().unwrap();
    assert_eq!(days[0]["precipitation"], 0.0);
    assert_eq!(
        days[1..],
        [
            json!({"date": "2026-11-20", "partial": false}),
            json!({"date": "2026-11-21", "partial": false}),
        ]
    );
    assert!(
        text(&result).contains("\nFri 20 Nov 2026: not reported\nSat 21 Nov 2026: not reported\n")
    );
}

#[tokio::test]
async fn whoever_wants_only_openweathermap_is_told_whose_archive_it_is() {
    let world = World::new(PAID_ONLY).await;
    world.gives("/v1/archive", recorded("om.archive")).await;
    let arguments =
        json!({"city": "52.52,13.42", "start_date": "2020-01-01", "end_date": "2020-01-02"});
    let result = world.client().await.call(TOOL, arguments).await;
    let note =
        "Note: OpenWeatherMap has no history in its free plan; this is Open-Meteo's archive.\n";
    assert!(text(&result).starts_with(note), "{}", text(&result));
    assert_eq!(structured(&result)["source"], "Open-Meteo archive");
}

#[tokio::test]
async fn the_archive_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "52.52,13.42", "start_date": "2020-01-01", "end_date": "2020-01-02"}),
        variables: FREE,
        before: vec![],
        route: "/v1/archive",
    };
    assert_snapshot!(question.fails(failures::open_meteo()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let from_to =
        |start: &str, end: &str| json!({"city": "Berlin", "start_date": start, "end_date": end});
    let calls = [
        (
            json!({"city": "Berlin", "start_date": "2020-01-01"}),
            "end_date",
        ),
        (
            json!({"city": "", "start_date": "2020-01-01", "end_date": "2020-01-01"}),
            "city",
        ),
        (
            json!({"city": "95,0", "start_date": "2020-01-01", "end_date": "2020-01-01"}),
            "city",
        ),
        (
            json!({"city": "Berlin", "start_date": "2020-01-01", "end_date": "2020-01-01", "days": 1}),
            "days",
        ),
        (from_to("yesterday", "2020-01-02"), "start_date"),
        (from_to("2020-01-01", "02.01.2020"), "end_date"),
        (from_to("2020-02-30", "2020-03-01"), "start_date"),
        (from_to("2020-01-02", "2020-01-01"), "end_date"),
        (from_to("1939-12-31", "1940-01-02"), "start_date"),
        (from_to("2026-11-23", "2026-11-24"), "start_date"),
        (from_to("2026-11-20", "2027-01-01"), "end_date"),
        (from_to("2020-01-01", "2020-02-01"), "end_date"),
        (from_to("2020-01-01T00:00:00Z", "2020-01-02"), "start_date"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
