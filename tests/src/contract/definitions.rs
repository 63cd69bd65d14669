//! What a tool says about itself.

use std::collections::BTreeSet;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::schemas;

const LONGEST_NAME: usize = 64;

pub(super) fn broken(tools: &[Tool], token_budget: usize, media_tools: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut names = BTreeSet::new();
    for tool in tools {
        let has_media = media_tools.contains(&&*tool.name);
        let mut found = described(tool);
        found.extend(annotated(tool));
        found.extend(shaped(tool, has_media));
        if !names.insert(&*tool.name) {
            found.push("another tool has this name".into());
        }
        broken.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", tool.name)),
        );
    }
    if tools.is_empty() {
        broken.push("there are no tools".into());
    }
    let tokens = tokens(tools);
    if tokens > token_budget {
        broken.push(format!(
            "the definitions take {tokens} tokens of {token_budget}"
        ));
    }
    broken
}

/// What the definitions cost a model in each conversation: names, descriptions and input schemas,
/// counted with the o200k vocabulary.
pub fn tokens(tools: &[Tool]) -> usize {
    let vocabulary = tiktoken_rs::o200k_base_singleton();
    let cost = |tool: &Tool| {
        let definition = json!({
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input_schema,
        });
        vocabulary.encode_ordinary(&definition.to_string()).len()
    };
    tools.iter().map(cost).sum()
}

fn described(tool: &Tool) -> Vec<String> {
    let mut broken = Vec::new();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if tool.name.is_empty() || tool.name.len() > LONGEST_NAME || !tool.name.chars().all(is_plain) {
        broken.push("the name is not 1 to 64 of a-z, 0-9 and _".into());
    }
    if tool.title.as_deref().unwrap_or_default().is_empty() {
        broken.push("it has no title".into());
    }
    let description = tool.description.as_deref().unwrap_or_default();
    let length = description.chars().count();
    if !(20..=1000).contains(&length) {
        broken.push(format!(
            "the description has {length} characters, not 20 to 1000"
        ));
    }
    if !description.ends_with('.') {
        broken.push("the description does not end in a full stop".into());
    }
    broken
}

fn annotated(tool: &Tool) -> Vec<String> {
    let hints = tool.annotations.clone().unwrap_or_default();
    let mut broken = Vec::new();
    for (name, hint) in [
        ("readOnlyHint", hints.read_only_hint),
        ("destructiveHint", hints.destructive_hint),
        ("idempotentHint", hints.idempotent_hint),
        ("openWorldHint", hints.open_world_hint),
    ] {
        if hint.is_none() {
            broken.push(format!("{name} is not set"));
        }
    }
    if hints.read_only_hint == Some(true) && hints.destructive_hint == Some(true) {
        broken.push("it cannot be read-only and destructive".into());
    }
    broken
}

fn shaped(tool: &Tool, has_media: bool) -> Vec<String> {
    let input = Value::Object((*tool.input_schema).clone());
    let mut broken = schemas::broken_input(&input);
    match &tool.output_schema {
        Some(_) if has_media => {
            broken
                .push("a result with media has no structured content, so no output schema".into());
        }
        None if !has_media => broken.push("it has no output schema".into()),
        None => {}
        Some(schema) => {
            broken.extend(schemas::broken_output(&Value::Object((**schema).clone())));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use rmcp::model::ToolAnnotations;

    use super::*;

    fn tool(change: Value) -> Tool {
        let mut tool = json!({
            "name": "get_weather",
            "title": "Weather",
            "description": "The weather of a place, now.",
            "annotations": {"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true},
            "inputSchema": {"type": "object", "additionalProperties": false, "properties": {}},
            "outputSchema": {"type": "object", "properties": {}}
        });
        for (key, value) in change.as_object().unwrap() {
            tool[key] = value.clone();
        }
        serde_json::from_value(tool).unwrap()
    }

    #[test]
    fn a_good_definition_has_nothing_broken() {
        assert_eq!(broken(&[tool(json!({}))], 100, &[]), Vec::<String>::new());
    }

    #[test]
    fn every_flaw_of_a_definition_is_named() {
        for (change, flaw) in [
            (json!({"name": "get-weather"}), "the name"),
            (json!({"title": ""}), "no title"),
            (json!({"description": "Too short."}), "10 characters"),
            (
                json!({"description": "The weather of a place, now"}),
                "full stop",
            ),
            (
                json!({"annotations": {"readOnlyHint": true}}),
                "destructiveHint is not set",
            ),
            (json!({"outputSchema": null}), "no output schema"),
        ] {
            let found = broken(&[tool(change.clone())], 100, &[]);
            assert!(
                found.iter().any(|what| what.contains(flaw)),
                "{change}: {found:?}"
            );
        }
    }

    #[test]
    fn a_destructive_reader_is_a_contradiction() {
        let hints = ToolAnnotations::new().read_only(true).destructive(true);
        let found = annotated(&tool(json!({})).with_annotations(hints));
        assert!(
            found.contains(&"it cannot be read-only and destructive".into()),
            "{found:?}"
        );
    }

    #[test]
    fn a_media_tool_has_no_output_schema() {
        assert_eq!(broken(&[tool(json!({}))], 100, &["get_weather"]).len(), 1);
    }

    #[test]
    fn two_tools_of_one_name_and_too_many_tokens_are_found() {
        let found = broken(&[tool(json!({})), tool(json!({}))], 10, &[]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
