//! Weather as resources, read and watched.

use std::time::Duration;

use insta::assert_snapshot;
use rmcp::model::ErrorCode;
use serde_json::{Value, json};
use testkit::{Era, upstream};
use wiremock::ResponseTemplate;

use crate::fixture::{FREE, KEY, PAID_ONLY, World, fixture, recorded, refusal, structured};

const BERLIN: &str = "weather://Berlin/current";

/// The weather now, this warm.
fn warm(temperature: f64) -> ResponseTemplate {
    let mut reply = fixture("om.forecast");
    reply["current"]["temperature_2m"] = json!(temperature);
    upstream::json(200, reply)
}

async fn berlin(forecast: impl wiremock::Respond + 'static) -> World {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world.gives("/v1/forecast", forecast).await;
    world
}

#[tokio::test]
async fn both_templates_read_what_the_tools_answer() {
    let world = berlin(recorded("om.forecast")).await;
    for era in Era::BOTH {
        let client = world.setup.connect(era).await;
        for (view, tool) in [
            ("current", "get_current_weather"),
            ("forecast", "get_forecast"),
        ] {
            let read = client
                .read(&format!("weather://Berlin/{view}"))
                .await
                .unwrap();
            let read: Value = serde_json::from_str(&read).unwrap();
            let result = client.call(tool, json!({"city": "Berlin"})).await;
            assert_eq!(&read, structured(&result), "{era:?} {view}");
        }
    }
}

#[tokio::test]
async fn the_default_city_is_listed_and_can_be_read() {
    let mut world = berlin(recorded("om.forecast")).await;
    world.setup.config.default_city = Some("Berlin, DE".into());
    let client = world.client().await;
    let listed = client.peer().list_all_resources().await.unwrap();
    let uris: Vec<&str> = listed
        .iter()
        .map(|resource| resource.uri.as_str())
        .collect();
    assert_eq!(
        uris,
        [
            "weather://Berlin%2C%20DE/current",
            "weather://Berlin%2C%20DE/forecast"
        ]
    );
    for uri in uris {
        client.read(uri).await.unwrap();
    }
}

#[tokio::test]
async fn without_a_default_city_there_are_only_templates() {
    let client = World::new(FREE).await.client().await;
    assert_eq!(client.peer().list_all_resources().await.unwrap(), []);
    let templates = client.peer().list_all_resource_templates().await.unwrap();
    let templates: Vec<&str> = templates
        .iter()
        .map(|template| template.uri_template.as_str())
        .collect();
    assert_eq!(
        templates,
        ["weather://{city}/current", "weather://{city}/forecast"]
    );
}

#[tokio::test]
async fn an_unknown_uri_has_the_code_of_its_era_and_asks_nobody() {
    let world = World::new(FREE).await;
    for (era, code) in [(Era::Handshake2025, -32002), (Era::Discover2026, -32602)] {
        let client = world.setup.connect(era).await;
        for uri in [
            "weather://Berlin/yesterday",
            "weather:///current",
            "file:///etc/passwd",
            "weather://91,0/current",
        ] {
            let error = client.read(uri).await.unwrap_err();
            assert_eq!(error.code, ErrorCode(code), "{era:?} {uri}");
            assert_eq!(error.data, Some(json!({"uri": uri})), "{era:?}");
        }
    }
    assert_eq!(world.asked().await, [""; 0]);
}

#[tokio::test]
async fn a_city_nobody_knows_is_no_resource() {
    let world = World::new(FREE).await;
    world
        .gives("/v1/search", recorded("om.geocoding.empty"))
        .await;
    for (era, code) in [(Era::Handshake2025, -32002), (Era::Discover2026, -32602)] {
        let client = world.setup.connect(era).await;
        let error = client
            .read("weather://Atlantis/forecast")
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode(code), "{era:?}");
    }
}

#[tokio::test]
async fn a_failing_provider_is_an_internal_error_that_says_why_without_the_key() {
    let world = World::new(PAID_ONLY).await;
    let echo = json!({"cod": 401, "message": format!("Invalid API key {KEY}")});
    world
        .gives("/geo/1.0/direct", upstream::json(401, echo))
        .await;
    let error = world
        .client()
        .await
        .read("weather://London/current")
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::INTERNAL_ERROR);
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
    assert_snapshot!(error.message);
}

#[tokio::test]
async fn whoever_watches_is_told_when_the_weather_changes() {
    for era in Era::BOTH {
        let mut world = berlin(upstream::sequence([warm(3.4), warm(3.4), warm(4.1)])).await;
        world.setup.config.refresh_every = Duration::from_millis(5);
        let client = world.setup.connect(era).await;
        client.watch(BERLIN).await.unwrap();
        assert_eq!(client.updated().await, BERLIN, "{era:?}");
        let read = client.read(BERLIN).await.unwrap();
        assert!(read.contains("\"temperature\":4.1"), "{era:?}: {read}");
    }
}

#[tokio::test]
async fn a_failure_while_watching_is_no_news() {
    let limit = refusal("om.errors", "api_key_required");
    let answers = [warm(3.4), limit.clone(), limit, warm(4.1)];
    let mut world = berlin(upstream::sequence(answers)).await;
    world.setup.config.refresh_every = Duration::from_millis(5);
    let client = world.client().await;
    client.watch(BERLIN).await.unwrap();
    assert_eq!(client.updated().await, BERLIN);
    assert!(world.count("/v1/forecast").await >= 4);
}

#[tokio::test]
async fn a_forecast_cannot_be_watched() {
    let world = World::new(FREE).await;
    let client = world.setup.connect(Era::Handshake2025).await;
    let error = client.watch("weather://Berlin/forecast").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RESOURCE_NOT_FOUND);
}

#[tokio::test]
async fn the_city_of_a_template_is_completed() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    let client = world.client().await;
    let completing =
        client
            .peer()
            .complete_resource_simple("weather://{city}/current", "city", "Ber");
    assert_eq!(
        completing.await.unwrap(),
        ["Berlin, Land Berlin, Deutschland"]
    );
}
