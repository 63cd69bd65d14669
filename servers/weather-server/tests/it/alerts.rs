//! Official warnings: in force, none in force, or nobody to ask.

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::{text, upstream};
use wiremock::ResponseTemplate;

use crate::{
    failures::{Question, anybody, open_weather, senseless},
    fixture::{
        FREE, KEYED, PAID_ONLY, World, failure, fixture, recorded, refusal, structured, town,
    },
};

const TOOL: &str = "get_weather_alerts";

fn austin() -> ResponseTemplate {
    upstream::json(
        200,
        town("Austin", "US", "America/Chicago", (30.27, -97.74)),
    )
}

fn flood() -> Value {
    json!({"type": "FeatureCollection", "features": [{"properties": {
        "event": "Flood Warning",
        "senderName": "NWS Austin/San Antonio TX",
        "severity": "Severe",
        "effective": "2026-11-21T09:00:00-06:00",
        "onset": "2026-11-21T12:00:00-06:00",
        "expires": "2026-11-21T18:00:00-06:00",
        "ends": "2026-11-22T06:00:00-06:00",
        "headline": "Flood Warning until 6 AM CST",
        "description": "The river rises.",
        "instruction": "Turn around,\u{200b} don't drown.",
    }}]})
}

#[tokio::test]
async fn in_the_united_states_the_national_service_answers() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", austin()).await;
    world
        .gives("/alerts/active", upstream::json(200, flood()))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Austin, US"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn none_in_force_is_an_answer() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", austin()).await;
    world
        .gives(
            "/alerts/active",
            upstream::json(200, json!({"features": []})),
        )
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Austin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn nobody_to_ask_is_not_none_in_force() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn one_call_answers_where_the_key_has_it() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/3.0/onecall", recorded("owm.onecall3"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn one_call_without_alerts_means_none_in_force() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    let mut reply = fixture("owm.onecall3");
    reply.as_object_mut().unwrap().remove("alerts");
    world
        .gives("/data/3.0/onecall", upstream::json(200, reply))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert_eq!(structured(&result)["covered"], true);
    assert!(
        text(&result)
            .contains("\nNo weather alerts are in force.\nSource: OpenWeatherMap One Call.")
    );
}

#[tokio::test]
async fn a_key_without_one_call_leaves_it_to_the_national_service_without_a_note() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", austin()).await;
    world
        .gives(
            "/data/3.0/onecall",
            refusal("owm.errors", "onecall3_not_subscribed"),
        )
        .await;
    world
        .gives("/alerts/active", upstream::json(200, flood()))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Austin"}))
        .await;
    let content = structured(&result);
    assert_eq!(content["source"], "US National Weather Service");
    assert_eq!(content.get("notes"), None);
}

#[tokio::test]
async fn when_one_call_fails_the_national_service_answers_and_the_reason_comes_first() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", austin()).await;
    world
        .gives("/data/3.0/onecall", refusal("owm.errors", "invalid_key"))
        .await;
    world
        .gives("/alerts/active", upstream::json(200, flood()))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Austin"}))
        .await;
    let note = "Note: OpenWeatherMap refused the API key (HTTP 401): ";
    assert!(text(&result).starts_with(note), "{}", text(&result));
    assert_eq!(structured(&result)["source"], "US National Weather Service");
}

#[tokio::test]
async fn when_one_call_fails_where_nobody_else_knows_the_call_fails() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/3.0/onecall", refusal("owm.errors", "invalid_key"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert!(failure(&result).starts_with("OpenWeatherMap refused the API key (HTTP 401): "));
}

#[tokio::test]
async fn the_national_service_says_no() {
    let problem = |status: u16, detail: &str| {
        let body = json!({"title": "Problem", "status": status, "detail": detail});
        upstream::json(status, body)
    };
    let mut cases = vec![
        ("bad point", problem(400, "Invalid point")),
        (
            "failed",
            problem(500, "An unexpected problem has occurred."),
        ),
    ];
    cases.extend(anybody());
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "30.27,-97.74"}),
        variables: FREE,
        before: vec![],
        route: "/alerts/active",
    };
    assert_snapshot!(question.fails(cases).await);
}

#[tokio::test]
async fn one_call_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "51.51,-0.09"}),
        variables: PAID_ONLY,
        before: vec![("/geo/1.0/reverse", recorded("owm.geo.reverse"))],
        route: "/data/3.0/onecall",
    };
    assert_snapshot!(question.fails(open_weather()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let calls = [
        (json!({}), "city"),
        (json!({"city": ""}), "city"),
        (json!({"city": "x".repeat(200)}), "city"),
        (json!({"city": "12,200"}), "city"),
        (json!({"city": "Austin", "severity": "Extreme"}), "severity"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
