//! Air quality.

use insta::assert_snapshot;
use serde_json::json;
use testkit::upstream;

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, KEYED, PAID_ONLY, World, fixture, recorded, structured},
};

const TOOL: &str = "get_air_quality";

#[tokio::test]
async fn without_a_key_open_meteo_answers() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/v1/air-quality", recorded("om.air_quality"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin, DE"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn with_a_key_openweathermap_answers_on_its_own_scale() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/2.5/air_pollution", recorded("owm.air_pollution"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn null_is_never_zero_and_zero_is_never_left_out() {
    let world = World::new(FREE).await;
    let mut reply = fixture("om.air_quality");
    reply["current"]["european_aqi"] = json!(null);
    reply["current"]["us_aqi"] = json!(0);
    world
        .gives("/v1/air-quality", upstream::json(200, reply))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "52.52,13.42"}))
        .await;
    let content = structured(&result);
    assert_eq!(
        content["indexes"],
        json!([{"scale": "US AQI", "value": 0.0, "level": "good"}])
    );
    let pollutants = content["pollutants"].as_array().unwrap();
    assert!(
        pollutants
            .iter()
            .all(|pollutant| pollutant["name"] != "birch pollen")
    );
}

#[tokio::test]
async fn open_meteo_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "52.52,13.42"}),
        variables: FREE,
        before: vec![],
        route: "/v1/air-quality",
    };
    assert_snapshot!(question.fails(failures::open_meteo()).await);
}

#[tokio::test]
async fn openweathermap_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "51.51,-0.09"}),
        variables: PAID_ONLY,
        before: vec![("/geo/1.0/reverse", recorded("owm.geo.reverse"))],
        route: "/data/2.5/air_pollution",
    };
    assert_snapshot!(question.fails(failures::open_weather()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let calls = [
        (json!({}), "city"),
        (json!({"city": ""}), "city"),
        (json!({"city": "x".repeat(200)}), "city"),
        (json!({"city": "-90.1,0"}), "city"),
        (json!({"city": "Berlin", "units": "metric"}), "units"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
