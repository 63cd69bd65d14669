//! The weather now.

use insta::assert_snapshot;
use rmcp::{
    model::{CallToolRequest, CallToolRequestParams, ClientRequest},
    service::PeerRequestOptions,
};
use serde_json::{Value, json};
use testkit::{Era, text, upstream};

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, KEYED, PAID_ONLY, Setup, World, fixture, recorded, structured},
};

const TOOL: &str = "get_current_weather";

#[tokio::test]
async fn without_a_key_open_meteo_answers() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "Berlin"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn with_a_key_openweathermap_answers_for_the_place_open_meteo_finds() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/2.5/weather", recorded("owm.current.metric"))
        .await;
    let arguments = json!({"city": "Berlin", "units": "imperial", "language": "de"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn openweathermap_alone_finds_the_place_itself() {
    let world = World::new(PAID_ONLY).await;
    world
        .gives("/geo/1.0/direct", recorded("owm.geo.direct"))
        .await;
    world
        .gives("/data/2.5/weather", recorded("owm.current.metric"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "London, GB"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn what_a_point_at_sea_lacks_is_left_out() {
    let world = World::new(PAID_ONLY).await;
    world
        .gives("/geo/1.0/reverse", upstream::json(200, json!([])))
        .await;
    world
        .gives("/data/2.5/weather", recorded("owm.current.minimal"))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "0,-30"}))
        .await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn null_is_never_zero() {
    let world = World::new(FREE).await;
    let mut reply = fixture("om.forecast");
    let now = reply["current"].as_object_mut().unwrap();
    for (name, value) in now {
        if name != "time" {
            *value = Value::Null;
        }
    }
    world
        .gives("/v1/forecast", upstream::json(200, reply))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "52.52,13.42"}))
        .await;
    let fields = structured(&result).as_object().unwrap().keys();
    let fields: Vec<&str> = fields.map(String::as_str).collect();
    assert_eq!(
        fields,
        ["attribution", "observed", "place", "source", "units"]
    );
    assert!(
        text(&result).contains("(UTC+1): temperature not reported\nSource"),
        "{}",
        text(&result)
    );
}

#[tokio::test]
async fn clients_of_either_era_get_the_same_answer() {
    let world = World::new(FREE).await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let mut answers = Vec::new();
    for era in Era::BOTH {
        let client = world.setup.connect(era).await;
        let result = client.call(TOOL, json!({"city": "52.52,13.42"})).await;
        answers.push((text(&result), result.structured_content));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_same_question_is_asked_once_whatever_its_units() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let client = world.client().await;
    for units in ["metric", "imperial", "standard"] {
        client
            .call(TOOL, json!({"city": "Berlin", "units": units}))
            .await;
    }
    assert_eq!(world.asked().await.len(), 2);
}

#[tokio::test]
async fn open_meteo_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "52.52,13.42"}),
        variables: FREE,
        before: vec![],
        route: "/v1/forecast",
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
        route: "/data/2.5/weather",
    };
    assert_snapshot!(question.fails(failures::open_weather()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let calls = [
        (json!({}), "city"),
        (json!({"city": ""}), "city"),
        (json!({"city": "   "}), "city"),
        (json!({"city": ", France"}), "city"),
        (json!({"city": "x".repeat(200)}), "city"),
        (json!({"city": ["Berlin", "Paris"]}), "city"),
        (json!({"city": null}), "city"),
        (json!({"city": "91,0"}), "city"),
        (json!({"city": "-45.5, 180.5"}), "city"),
        (json!({"city": "Berlin", "units": "kelvin"}), "units"),
        (json!({"city": "Berlin", "language": "x"}), "language"),
        (json!({"city": "Berlin", "country": "DE"}), "country"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}

#[tokio::test]
async fn a_cancelled_call_leaves_its_provider() {
    for era in Era::BOTH {
        let provider = upstream::never_answers().await;
        let client = Setup::new(provider.url.as_str(), FREE).connect(era).await;
        let city = json!({"city": "52.52,13.42"});
        let params = CallToolRequestParams::new(TOOL);
        let params = params.with_arguments(city.as_object().cloned().unwrap());
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::no_options();
        let running = client
            .peer()
            .send_cancellable_request(request, options)
            .await;
        provider.reached().await;
        running.unwrap().cancel(None).await.unwrap();
        provider.left().await;
    }
}
