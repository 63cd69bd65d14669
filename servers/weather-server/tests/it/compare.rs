//! One day in several places.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::upstream;
use wiremock::{Mock, Request, ResponseTemplate, matchers::query_param};

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, World, recorded, structured, town},
};

const TOOL: &str = "compare_weather";
/// How many requests Open-Meteo may have at once.
const AT_ONCE: usize = 4;

/// Days of Open-Meteo in a zone, from the 21st (or in Tokyo the 22nd) of November 2026 on.
fn days(zone: &str, first: &str, second: &str, warmest: f64) -> Value {
    let daily = json!({
        "time": [first, second],
        "temperature_2m_min": [warmest - 5.0, warmest - 6.0],
        "temperature_2m_max": [warmest, warmest - 1.0],
    });
    json!({"timezone": zone, "daily": daily})
}

async fn two_cities() -> World {
    let world = World::new(FREE).await;
    let cities = [
        (
            "Tokyo",
            "JP",
            "Asia/Tokyo",
            (35.69, 139.69),
            days("Asia/Tokyo", "2026-11-22", "2026-11-23", 18.0),
        ),
        (
            "Lima",
            "PE",
            "America/Lima",
            (-12.04, -77.03),
            days("America/Lima", "2026-11-21", "2026-11-22", 23.0),
        ),
    ];
    for (name, country, zone, at, reply) in cities {
        let found = Mock::given(query_param("name", name));
        let found = found.respond_with(upstream::json(200, town(name, country, zone, at)));
        found.mount(&world.provider).await;
        let asked = Mock::given(query_param("latitude", at.0.to_string()));
        asked
            .respond_with(upstream::json(200, reply))
            .mount(&world.provider)
            .await;
    }
    world
        .gives("/v1/search", recorded("om.geocoding.empty"))
        .await;
    world
}

#[tokio::test]
async fn tomorrow_is_the_local_day_of_each_city() {
    let world = two_cities().await;
    let arguments = json!({"cities": ["Tokyo", "Lima"], "day": "tomorrow"});
    let result = world.client().await.call(TOOL, arguments).await;
    let mut exchange: Vec<String> = world
        .exchange(&result)
        .await
        .lines()
        .map(Into::into)
        .collect();
    // The cities are asked about side by side, in no order.
    exchange[..4].sort();
    assert_snapshot!(exchange.join("\n"));
}

#[tokio::test]
async fn a_city_nobody_knows_is_a_row_and_not_the_end() {
    let world = two_cities().await;
    let arguments = json!({"cities": ["Lima", "Atlantis"]});
    let result = world.client().await.call(TOOL, arguments).await;
    let rows = &structured(&result)["rows"];
    assert_eq!(rows[0]["weather"]["temperature_max"], 23.0);
    let error = "A place called `Atlantis` was not found. Try search_places with a simpler spelling, add a country (`Springfield, US`), or pass `lat,lon`.";
    assert_eq!(rows[1], json!({"city": "Atlantis", "error": error}));
}

#[tokio::test]
async fn when_no_city_has_an_answer_the_call_fails() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"cities": ["Oslo", "Bergen"]}),
        variables: FREE,
        before: vec![],
        route: "/v1/search",
    };
    let mut cases = failures::open_meteo();
    cases.push(("no such place", recorded("om.geocoding.empty")));
    assert_snapshot!(question.fails(cases).await);
}

#[tokio::test]
async fn ten_cities_never_have_more_than_four_requests_at_once() {
    const TAKES: Duration = Duration::from_millis(40);
    let world = World::new(FREE).await;
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let noted = arrivals.clone();
    let answer = move |_: &Request| {
        noted.lock().unwrap().push(Instant::now());
        let reply = days("Europe/Berlin", "2026-11-21", "2026-11-22", 6.0);
        ResponseTemplate::new(200)
            .set_body_json(reply)
            .set_delay(TAKES)
    };
    world.gives("/v1/forecast", answer).await;
    let cities: Vec<String> = (0..10)
        .map(|north| format!("{},13.4", 45 + north))
        .collect();
    let result = world
        .client()
        .await
        .call(TOOL, json!({"cities": cities}))
        .await;
    assert_eq!(structured(&result)["rows"].as_array().unwrap().len(), 10);
    let arrivals = arrivals.lock().unwrap();
    assert_eq!(arrivals.len(), 10);
    // A fifth request cannot come before one of the four before it has its answer.
    for five in arrivals.windows(AT_ONCE + 1) {
        assert!(five[AT_ONCE] - five[0] >= TAKES, "{arrivals:?}");
    }
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let many: Vec<String> = (0..11).map(|index| format!("City {index}")).collect();
    let two = ["Oslo", "Bergen"];
    let calls = [
        (json!({}), "cities"),
        (json!({"cities": []}), "cities"),
        (json!({"cities": ["Oslo"]}), "cities"),
        (json!({"cities": "Oslo"}), "cities"),
        (json!({"cities": many}), "cities"),
        (json!({"cities": ["Oslo", ""]}), "cities.1"),
        (json!({"cities": ["x".repeat(200), "Oslo"]}), "cities.0"),
        (json!({"cities": two, "day": "soon"}), "day"),
        (json!({"cities": two, "day": "2026-02-30"}), "day"),
        (json!({"cities": two, "day": "2026-11-01"}), "day"),
        (json!({"cities": two, "day": "2026-12-24"}), "day"),
        (json!({"cities": two, "days": 3}), "days"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
