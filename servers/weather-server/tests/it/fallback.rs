//! Who answers when OpenWeatherMap does not, and who must not.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::{text, upstream};

use crate::{
    failures::{open_weather, untimed},
    fixture::{
        FREE, KEY, KEYED, PAID_ONLY, World, failure, fixture, recorded, refusal, structured,
    },
};

fn berlin() -> Value {
    json!({"city": "Berlin"})
}

#[tokio::test]
async fn every_failure_of_openweathermap_is_answered_by_open_meteo_with_the_reason_first() {
    let mut lines = Vec::new();
    for (name, answer) in open_weather() {
        let world = World::new(KEYED).await;
        world.gives("/v1/search", recorded("om.geocoding")).await;
        world.gives("/data/2.5/weather", answer).await;
        world.gives("/v1/forecast", recorded("om.forecast")).await;
        let result = world
            .client()
            .await
            .call("get_current_weather", berlin())
            .await;
        assert!(!serde_json::to_string(&result).unwrap().contains(KEY));
        if result.is_error != Some(true) {
            assert_eq!(structured(&result)["source"], "Open-Meteo", "{name}");
        }
        let text = untimed(&text(&result));
        let first = text.lines().next().unwrap_or_default();
        lines.push(format!("{name}: {first}"));
    }
    assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_silent_or_missing_openweathermap_is_answered_by_open_meteo() {
    let silent = upstream::never_answers().await;
    let resetting = upstream::resets().await;
    for base in [&silent.url, &resetting.url] {
        let variables = [KEYED, &[("OPENWEATHER_BASE_URL", base.as_str())]].concat();
        let mut world = World::new(&variables).await;
        world.setup.http = world
            .setup
            .http
            .with_request_timeout(Duration::from_secs(2));
        world.gives("/v1/search", recorded("om.geocoding")).await;
        world
            .gives("/v1/air-quality", recorded("om.air_quality"))
            .await;
        let result = world.client().await.call("get_air_quality", berlin()).await;
        assert_eq!(structured(&result)["source"], "Open-Meteo");
        let text = text(&result);
        assert!(
            text.starts_with("Note: OpenWeatherMap ")
                && text.contains("; this is Open-Meteo's answer.\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn whoever_wants_only_openweathermap_gets_nothing_else() {
    for case in ["invalid_key", "rate_limited", "internal", "gateway_html"] {
        let world = World::new(PAID_ONLY).await;
        world
            .gives("/geo/1.0/direct", recorded("owm.geo.direct"))
            .await;
        for route in [
            "/data/2.5/weather",
            "/data/2.5/air_pollution",
            "/data/3.0/onecall",
            "/data/2.5/forecast",
        ] {
            world.gives(route, refusal("owm.errors", case)).await;
        }
        let client = world.client().await;
        for tool in ["get_current_weather", "get_forecast", "get_air_quality"] {
            let text = failure(&client.call(tool, json!({"city": "London"})).await);
            assert!(text.starts_with("OpenWeatherMap "), "{case}: {text}");
        }
        let asked = world.asked().await;
        assert!(
            asked.iter().all(|asked| !asked.starts_with("GET /v1/")),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn without_a_key_whoever_wants_only_openweathermap_is_told_what_is_missing() {
    let states = [
        (None, "is not set"),
        (Some(""), "is empty"),
        (
            Some("${user_config.api_key}"),
            "holds the placeholder `${user_config.api_key}`, which counts as not set",
        ),
        (
            Some("your_api_key_here"),
            "holds the placeholder `your_api_key_here`, which counts as not set",
        ),
    ];
    for (key, state) in states {
        let mut variables = vec![("WEATHER_PROVIDER", "openweather")];
        variables.extend(key.map(|key| ("OPENWEATHER_API_KEY", key)));
        let world = World::new(&variables).await;
        let client = world.client().await;
        for (tool, arguments) in [
            ("get_current_weather", berlin()),
            ("get_forecast", berlin()),
            ("get_air_quality", berlin()),
            ("get_weather_alerts", berlin()),
            ("compare_weather", json!({"cities": ["Berlin", "Paris"]})),
            ("search_places", json!({"query": "Berlin"})),
        ] {
            let expected = format!(
                "This needs an API key, and `OPENWEATHER_API_KEY` {state}. Ask the user to set `OPENWEATHER_API_KEY` (a key is made at https://home.openweathermap.org/api_keys) and to restart the server; do not retry."
            );
            assert_eq!(
                failure(&client.call(tool, arguments).await),
                expected,
                "{tool}"
            );
        }
        assert_eq!(world.asked().await, [""; 0]);
    }
}

#[tokio::test]
async fn without_a_key_or_with_a_placeholder_only_open_meteo_is_asked() {
    let cases = [
        FREE.to_vec(),
        vec![("OPENWEATHER_API_KEY", "<your key>")],
        [KEYED, &[("WEATHER_PROVIDER", "open-meteo")]].concat(),
    ];
    for variables in cases {
        let world = World::new(&variables).await;
        world.gives("/v1/search", recorded("om.geocoding")).await;
        world.gives("/v1/forecast", recorded("om.forecast")).await;
        let result = world
            .client()
            .await
            .call("get_current_weather", berlin())
            .await;
        assert_eq!(structured(&result).get("notes"), None);
        let asked = world.asked().await;
        assert!(
            asked.iter().all(|asked| asked.starts_with("GET /v1/")),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn a_used_up_one_call_leaves_it_to_the_slots() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/3.0/onecall", refusal("owm.errors", "rate_limited"))
        .await;
    world
        .gives("/data/2.5/forecast", recorded("owm.forecast5.tokyo"))
        .await;
    let result = world.client().await.call("get_forecast", berlin()).await;
    assert_eq!(structured(&result)["source"], "OpenWeatherMap");
    assert_eq!(world.count("/v1/forecast").await, 0);
}

#[tokio::test]
async fn one_call_failing_is_answered_by_open_meteo() {
    for granularity in ["daily", "hourly"] {
        let world = World::new(KEYED).await;
        world.gives("/v1/search", recorded("om.geocoding")).await;
        world
            .gives("/data/3.0/onecall", refusal("owm.errors", "invalid_key"))
            .await;
        world.gives("/v1/forecast", recorded("om.forecast")).await;
        let arguments = json!({"city": "Berlin", "days": 2, "granularity": granularity});
        let result = world.client().await.call("get_forecast", arguments).await;
        assert_eq!(structured(&result)["source"], "Open-Meteo");
        let text = text(&result);
        assert!(
            text.starts_with("Note: OpenWeatherMap refused the API key (HTTP 401): "),
            "{text}"
        );
        assert_eq!(world.count("/data/3.0/onecall").await, 1);
    }
}

#[tokio::test]
async fn when_both_fail_the_reader_is_told_about_both() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/2.5/weather", refusal("owm.errors", "invalid_key"))
        .await;
    world
        .gives("/v1/forecast", refusal("om.errors", "api_key_required"))
        .await;
    let text = failure(
        &world
            .client()
            .await
            .call("get_current_weather", berlin())
            .await,
    );
    assert_snapshot!(text);
}

#[tokio::test]
async fn a_failing_geocoder_is_replaced_by_the_other_one() {
    let world = World::new(KEYED).await;
    world
        .gives("/v1/search", refusal("om.errors", "daily"))
        .await;
    world
        .gives("/geo/1.0/direct", recorded("owm.geo.direct"))
        .await;
    world
        .gives("/data/2.5/weather", recorded("owm.current.metric"))
        .await;
    let arguments = json!({"city": "London"});
    let result = world
        .client()
        .await
        .call("get_current_weather", arguments)
        .await;
    assert_eq!(structured(&result)["place"]["region"], "England");
}

#[tokio::test]
async fn a_compared_city_that_fell_back_has_its_note_first() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives("/data/3.0/onecall", refusal("owm.errors", "invalid_key"))
        .await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let arguments = json!({"cities": ["Berlin", "Berlin, DE"]});
    let result = world
        .client()
        .await
        .call("compare_weather", arguments)
        .await;
    let notes = structured(&result)["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(text(&result).starts_with("Note: OpenWeatherMap refused the API key"));
}

#[tokio::test]
async fn a_place_that_openweathermap_does_not_know_is_not_asked_of_others() {
    let world = World::new(KEYED).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world
        .gives(
            "/data/2.5/weather",
            upstream::json(404, fixture("owm.errors")["city_not_found"]["body"].clone()),
        )
        .await;
    failure(
        &world
            .client()
            .await
            .call("get_current_weather", berlin())
            .await,
    );
    assert_eq!(world.count("/v1/forecast").await, 0);
}
