//! What a model sees before it calls anything.

use shared::Server as _;

use super::server;
use crate::{WeatherServer, tools};

#[test]
fn all_toolsets_together_list_exactly_the_seven_tools() {
    let names: Vec<String> = server()
        .tools()
        .iter()
        .map(|tool| tool.name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "compare_weather",
            "get_air_quality",
            "get_current_weather",
            "get_forecast",
            "get_weather_alerts",
            "get_weather_history",
            "search_places"
        ]
    );
    assert!(
        WeatherServer::toolsets()
            .iter()
            .all(|toolset| toolset.on_by_default)
    );
}

#[test]
fn every_tool_is_an_open_idempotent_read_with_a_title_and_an_output_schema() {
    for tool in server().tools() {
        let hints = tool.annotations.as_ref().unwrap();
        assert_eq!(hints.read_only_hint, Some(true), "{}", tool.name);
        assert_eq!(hints.destructive_hint, Some(false), "{}", tool.name);
        assert_eq!(hints.idempotent_hint, Some(true), "{}", tool.name);
        assert_eq!(hints.open_world_hint, Some(true), "{}", tool.name);
        assert!(
            tool.title.is_some() && tool.output_schema.is_some(),
            "{}",
            tool.name
        );
    }
}

#[test]
fn instructions_are_short_enough_to_be_read() {
    let groups = tools::toolsets();
    let all: Vec<&str> = [tools::INSTRUCTIONS]
        .into_iter()
        .chain(groups.iter().map(|group| group.instructions))
        .collect();
    assert!(all.join(" ").chars().count() < 1_200);
}

#[test]
fn every_argument_is_described() {
    for tool in server().tools() {
        let properties = tool.input_schema["properties"].as_object().unwrap();
        for (name, schema) in properties {
            let described = schema
                .get("description")
                .or(schema.pointer("/items/description"));
            assert!(described.is_some(), "{} {name}", tool.name);
        }
    }
}

#[test]
fn an_optional_enum_offers_no_null() {
    let tools = server().tools();
    let tool = tools
        .iter()
        .find(|tool| tool.name == "get_current_weather")
        .unwrap();
    assert_eq!(
        tool.input_schema["properties"]["units"]["enum"],
        serde_json::json!(["metric", "imperial", "standard"])
    );
}
