//! What the server says about itself.

use serde_json::json;
use shared::Server as _;

use super::server;
use crate::{FluxServer, tools};

const MEDIA: [&str; 4] = [
    "edit_image",
    "generate_image",
    "get_prediction",
    "run_model",
];

#[test]
fn all_toolsets_together_list_exactly_the_eight_tools() {
    let names: Vec<String> = server()
        .tools()
        .iter()
        .map(|tool| tool.name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "cancel_prediction",
            "describe_model",
            "edit_image",
            "generate_image",
            "get_prediction",
            "list_models",
            "list_predictions",
            "run_model"
        ]
    );
    let groups = FluxServer::toolsets();
    assert!(groups.iter().all(|toolset| toolset.on_by_default));
}

#[test]
fn spending_money_is_not_reading_and_only_cancelling_destroys() {
    for tool in server().tools() {
        let hints = tool.annotations.as_ref().unwrap();
        let name = &*tool.name;
        let spends = ["generate_image", "edit_image", "run_model"].contains(&name);
        let cancels = name == "cancel_prediction";
        assert_eq!(hints.read_only_hint, Some(!spends && !cancels), "{name}");
        assert_eq!(hints.destructive_hint, Some(cancels), "{name}");
        assert_eq!(hints.idempotent_hint, Some(!spends), "{name}");
        assert_eq!(hints.open_world_hint, Some(true), "{name}");
    }
}

#[test]
fn results_with_pictures_have_no_output_schema_and_all_others_have_one() {
    for tool in server().tools() {
        let has_media = MEDIA.contains(&&*tool.name);
        assert_eq!(tool.output_schema.is_none(), has_media, "{}", tool.name);
    }
}

#[test]
fn instructions_are_short_enough_to_be_read() {
    let groups = tools::toolsets();
    let all: Vec<&str> = [tools::INSTRUCTIONS]
        .into_iter()
        .chain(groups.iter().map(|group| group.instructions))
        .collect();
    let length = all.join(" ").chars().count();
    assert!(length < 1_200, "{length}");
}

#[test]
fn the_definitions_leave_room_in_their_budget() {
    let tokens = testkit::contract::tokens(&server().tools());
    assert!(tokens <= 2_400, "{tokens}");
}

#[test]
fn a_raw_input_is_an_object_of_anything() {
    let tools = server().tools();
    let tool = tools.iter().find(|tool| tool.name == "run_model").unwrap();
    let input = &tool.input_schema["properties"]["input"];
    assert_eq!(input["type"], "object");
    assert_eq!(input["additionalProperties"], true);
    assert_eq!(tool.input_schema["required"], json!(["model", "input"]));
}
