//! Which places have a name.

use insta::assert_snapshot;
use serde_json::json;

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, KEYED, PAID_ONLY, World, fixture, recorded, structured},
};

const TOOL: &str = "search_places";

#[tokio::test]
async fn open_meteo_knows_places_zones_and_populations() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": "Berlin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn fields_that_the_geocoder_leaves_out_are_zero_only_for_coordinates() {
    let world = World::new(FREE).await;
    world
        .gives("/v1/search", recorded("om.geocoding.sparse"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": "Null Island"}))
        .await;
    let place = json!({"name": "Null Island", "latitude": 0.0, "longitude": 0.01, "time_zone": "Africa/Accra"});
    assert_eq!(structured(&result)["places"], json!([place]));
}

#[tokio::test]
async fn openweathermap_alone_knows_names_and_regions() {
    let world = World::new(PAID_ONLY).await;
    world
        .gives("/geo/1.0/direct", recorded("owm.geo.direct"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": "London", "limit": 2}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn a_postal_code_is_asked_of_openweathermap_when_open_meteo_does_not_know_it() {
    let world = World::new(KEYED).await;
    world
        .gives("/v1/search", recorded("om.geocoding.empty"))
        .await;
    world.gives("/geo/1.0/zip", recorded("owm.geo.zip")).await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": "90210, US"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn a_name_nobody_knows_is_an_answer_with_advice() {
    let world = World::new(FREE).await;
    world
        .gives("/v1/search", recorded("om.geocoding.empty"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": "Atlantis"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn hidden_characters_and_odd_names_do_no_harm() {
    let world = World::new(FREE).await;
    let mut reply = fixture("om.geocoding");
    reply["results"][0]["name"] = json!("Ber\u{202e}lin\u{e0041}");
    let answer = testkit::upstream::json(200, reply);
    world.gives("/v1/search", answer).await;
    let query = "../../x?name=y&count=1#`\u{200b}";
    let result = world
        .client()
        .await
        .call(TOOL, json!({"query": query}))
        .await;
    assert_eq!(structured(&result)["places"][0]["name"], "Berlin");
    assert_eq!(
        world.asked().await,
        [format!(
            "GET /v1/search?name={query}&count=30&language=en&format=json"
        )]
    );
}

#[tokio::test]
async fn open_meteo_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"query": "Berlin"}),
        variables: FREE,
        before: vec![],
        route: "/v1/search",
    };
    assert_snapshot!(question.fails(failures::open_meteo()).await);
}

#[tokio::test]
async fn openweathermap_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"query": "Berlin"}),
        variables: PAID_ONLY,
        before: vec![],
        route: "/geo/1.0/direct",
    };
    assert_snapshot!(question.fails(failures::open_weather()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let calls = [
        (json!({}), "query"),
        (json!({"query": ""}), "query"),
        (json!({"query": " \t"}), "query"),
        (json!({"query": "x".repeat(200)}), "query"),
        (json!({"query": "Berlin", "limit": 0}), "limit"),
        (json!({"query": "Berlin", "limit": 21}), "limit"),
        (json!({"query": "Berlin", "limit": "all"}), "limit"),
        (json!({"query": "Berlin", "language": "de"}), "language"),
        (json!({"city": "Berlin", "query": "Berlin"}), "city"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
