//! Prompts, and what their arguments are completed to.

use rmcp::model::{ContentBlock, ErrorCode};
use serde_json::{Value, json};
use testkit::{Era, upstream};

use crate::fixture::{FREE, World, recorded, refusal};

const CITY_OF: &str = "weather_briefing";

/// Towns of one name in as many regions.
fn springfields(count: usize) -> Value {
    let town = |index: usize| json!({"name": "Springfield", "admin1": format!("Region {index}"), "population": 1_000 - index});
    json!({"results": (0..count).map(town).collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_prompt_is_one_message_about_its_arguments() {
    let world = World::new(FREE).await;
    for era in Era::BOTH {
        let client = world.setup.connect(era).await;
        let prompts = [
            (CITY_OF, json!({"city": "Oslo"})),
            (
                "trip_weather",
                json!({"city": "Oslo", "start_date": "2026-12-01", "end_date": "2026-12-05"}),
            ),
            ("compare_cities", json!({"cities": "Oslo; Bergen"})),
        ];
        for (name, arguments) in prompts {
            let prompt = client.prompt(name, arguments).await.unwrap();
            let [message] = prompt.messages.as_slice() else {
                panic!("{name}: {prompt:?}");
            };
            let ContentBlock::Text(content) = &message.content else {
                panic!("{name}: {message:?}");
            };
            assert!(content.text.contains("Oslo"), "{name}: {}", content.text);
        }
    }
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_missing_or_senseless_argument_is_refused_by_name() {
    let trip =
        |start: &str, end: &str| json!({"city": "Oslo", "start_date": start, "end_date": end});
    let client_of = World::new(FREE).await;
    for era in Era::BOTH {
        let client = client_of.setup.connect(era).await;
        for (name, arguments, argument) in [
            (CITY_OF, json!({}), "city"),
            (CITY_OF, json!({"city": " "}), "city"),
            (
                "trip_weather",
                json!({"city": "Oslo", "start_date": "2026-12-01"}),
                "end_date",
            ),
            ("trip_weather", trip("soon", "2026-12-05"), "start_date"),
            ("trip_weather", trip("2026-12-05", "2026-12-01"), "end_date"),
            ("compare_cities", json!({}), "cities"),
            ("compare_cities", json!({"cities": "Oslo"}), "cities"),
        ] {
            let error = client.prompt(name, arguments).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::INVALID_PARAMS, "{name}: {error:?}");
            assert!(
                error.message.contains(argument),
                "{name}: {}",
                error.message
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_prompt_is_refused_and_the_known_ones_are_named() {
    let client = World::new(FREE).await.client().await;
    let error = client.prompt("weather", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
    assert!(error.message.contains(CITY_OF), "{}", error.message);
}

#[tokio::test]
async fn a_city_is_completed_to_at_most_ten_places() {
    let world = World::new(FREE).await;
    world
        .gives("/v1/search", upstream::json(200, springfields(30)))
        .await;
    let client = world.client().await;
    let completing = client
        .peer()
        .complete_prompt_simple(CITY_OF, "city", "Spri");
    let values = completing.await.unwrap();
    assert_eq!(values.len(), 10);
    assert_eq!(values[0], "Springfield, Region 0");
}

#[tokio::test]
async fn the_last_of_several_cities_is_completed() {
    let world = World::new(FREE).await;
    world
        .gives("/v1/search", upstream::json(200, springfields(1)))
        .await;
    let client = world.client().await;
    let completing = client
        .peer()
        .complete_prompt_simple("compare_cities", "cities", "Oslo; Spri");
    assert_eq!(completing.await.unwrap(), ["Oslo; Springfield, Region 0"]);
}

#[tokio::test]
async fn nothing_is_completed_when_the_search_fails_or_finds_nothing() {
    let answers = [
        refusal("om.errors", "overloaded"),
        refusal("om.errors", "hourly"),
        upstream::html_page(502),
        recorded("om.geocoding.empty"),
    ];
    for answer in answers {
        let world = World::new(FREE).await;
        world.gives("/v1/search", answer).await;
        let client = world.client().await;
        let completing = client
            .peer()
            .complete_prompt_simple(CITY_OF, "city", "Berl");
        assert_eq!(completing.await.unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn a_letter_or_a_date_asks_nobody() {
    let world = World::new(FREE).await;
    let client = world.client().await;
    for (prompt, argument, value) in [
        (CITY_OF, "city", "B"),
        ("trip_weather", "start_date", "2026"),
    ] {
        let completing = client
            .peer()
            .complete_prompt_simple(prompt, argument, value);
        assert_eq!(completing.await.unwrap(), [""; 0]);
    }
    assert_eq!(world.asked().await, [""; 0]);
}
