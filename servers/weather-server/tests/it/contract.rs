//! What clients and models rely on.

use std::collections::BTreeSet;

use serde_json::json;
use testkit::{Era, connect, contract, demo};
use weather_server::WeatherServer;

/// What all definitions may cost a model in every conversation.
const TOKEN_BUDGET: usize = 2_500;

#[tokio::test]
async fn every_promise_is_kept() {
    contract::holds(&demo::<WeatherServer>().await, TOKEN_BUDGET, &[]).await;
}

#[tokio::test]
async fn the_tools_are_the_known_ones() {
    insta::assert_json_snapshot!(contract::snapshot(&demo::<WeatherServer>().await));
}

#[tokio::test]
async fn every_result_is_what_its_tool_said_it_would_be() {
    let client = connect(&demo::<WeatherServer>().await, Era::Discover2026).await;
    let calls = [
        ("search_places", json!({"query": "Berlin"})),
        ("get_current_weather", json!({"city": "Berlin"})),
        ("get_forecast", json!({"city": "Berlin"})),
        (
            "get_forecast",
            json!({"city": "Berlin", "granularity": "hourly"}),
        ),
        ("get_air_quality", json!({"city": "Berlin"})),
        ("get_weather_alerts", json!({"city": "Berlin"})),
        (
            "get_weather_history",
            json!({"city": "Berlin", "start_date": "2024-01-01", "end_date": "2024-01-03"}),
        ),
        ("compare_weather", json!({"cities": ["Berlin", "Tokyo"]})),
    ];
    let mut untried: BTreeSet<String> = BTreeSet::new();
    let tools = client.tools().await;
    untried.extend(tools.iter().map(|tool| tool.name.to_string()));
    for (name, arguments) in calls {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        contract::conforms(tool, &client.call(name, arguments).await);
        untried.remove(name);
    }
    assert_eq!(untried, BTreeSet::new(), "no call for these");
}
