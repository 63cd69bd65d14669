//! The tool tables in the README files, made from what the servers publish.

use std::fmt::Write as _;

use rmcp::model::Tool;
use serde_json::Value;

const END: &str = "<!-- /tools -->";

/// One row per tool: name, title, first sentence of the description, arguments (required ones in bold).
pub fn tool_table(tools: &[Tool]) -> String {
    let mut table =
        String::from("| Tool | Title | What it does | Arguments |\n|---|---|---|---|\n");
    for tool in tools {
        let title = tool.title.as_deref().unwrap_or_default();
        let description = tool.description.as_deref().unwrap_or_default();
        let sentence = cell(first_sentence(description));
        let arguments = arguments(tool);
        let _ = writeln!(
            table,
            "| `{}` | {title} | {sentence} | {arguments} |",
            tool.name
        );
    }
    table
}

/// The text with this server's table between its markers; `None` when it has no such markers.
pub fn with_table(text: &str, server: &str, table: &str) -> Option<String> {
    let marker = format!("<!-- tools:{server} -->");
    let (before, rest) = text.split_once(&marker)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{marker}\n{table}{END}{after}"))
}

fn first_sentence(description: &str) -> &str {
    match description.split_once(". ") {
        Some((first, _)) => first,
        None => description.lines().next().unwrap_or_default(),
    }
}

fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').replace('|', "\\|")
}

fn arguments(tool: &Tool) -> String {
    let Some(Value::Object(properties)) = tool.input_schema.get("properties") else {
        return String::new();
    };
    let required = tool.input_schema.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|all| all.iter().any(|one| one == name));
    let shown = |name: &String| match is_required(name) {
        true => format!("**`{name}`**"),
        false => format!("`{name}`"),
    };
    properties.keys().map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_name_title_first_sentence_and_arguments() {
        let tool: Tool = serde_json::from_value(json!({
            "name": "get_weather",
            "title": "Weather",
            "description": "The weather | now\nat a place. Use another tool for later.",
            "inputSchema": {"type": "object", "required": ["city"], "properties": {"city": {}, "days": {}}}
        }))
        .unwrap();
        let table = tool_table(&[tool]);
        let row =
            "| `get_weather` | Weather | The weather \\| now at a place | **`city`**, `days` |";
        assert_eq!(table.lines().last(), Some(row));
    }

    #[test]
    fn the_table_replaces_what_was_between_the_markers() {
        let text = "a\n<!-- tools:x -->\nold\n<!-- /tools -->\nb";
        let expected = "a\n<!-- tools:x -->\nnew\n<!-- /tools -->\nb";
        assert_eq!(with_table(text, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(with_table(text, "y", "new\n"), None);
    }
}
