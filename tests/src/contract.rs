//! The promises every server keeps towards its clients, checked from the client's side.

mod definitions;
mod protocol;
mod schemas;

use rmcp::model::{CallToolResult, Tool};
use serde_json::{Value, json};
use shared::{Mcp, Server};

use crate::client::{Era, connect, connect_http, text};

pub use definitions::tokens;

/// Every promise, in both eras, over a pipe and over HTTP. Fails with the whole list of what is broken.
///
/// `token_budget` bounds what all tool definitions cost a model (see [`tokens`]); `media_tools` are
/// those whose results carry pictures or sound, and which therefore have no output schema.
pub async fn holds<S: Server>(mcp: &Mcp<S>, token_budget: usize, media_tools: &[&str]) {
    let mut broken = definitions::broken(&mcp.tools(), token_budget, media_tools);
    let mut orders = Vec::new();
    for era in Era::BOTH {
        for (way, client) in [
            ("pipe", connect(mcp, era).await),
            ("http", connect_http(mcp, era).await),
        ] {
            let found = protocol::broken(&client).await;
            broken.extend(
                found
                    .into_iter()
                    .map(|what| format!("{era:?} over {way}: {what}")),
            );
            let names = client.tools().await.into_iter().map(|tool| tool.name);
            orders.push(names.collect::<Vec<_>>());
        }
    }
    if orders.windows(2).any(|pair| pair[0] != pair[1]) {
        broken.push(format!(
            "the order of tools differs between connections: {orders:?}"
        ));
    }
    assert!(broken.is_empty(), "broken promises:\n{}", broken.join("\n"));
}

/// The result is a success, has text, and its structured content is what the tool said it would be.
#[track_caller]
pub fn conforms(tool: &Tool, result: &CallToolResult) {
    assert_ne!(result.is_error, Some(true), "{}", text(result));
    assert!(!text(result).is_empty(), "{} says nothing", tool.name);
    let schema = tool.output_schema.as_deref().expect("no output schema");
    let schema = Value::Object(schema.clone());
    let content = result
        .structured_content
        .as_ref()
        .expect("no structured content");
    if let Err(error) = jsonschema::validate(&schema, content) {
        panic!(
            "{} does not keep to its output schema: {error}\n{content}",
            tool.name
        );
    }
}

/// What clients and models see of the tools, for a snapshot.
pub fn snapshot<S: Server>(mcp: &Mcp<S>) -> Value {
    let seen = |tool: &Tool| {
        json!({
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "annotations": tool.annotations,
            "inputSchema": tool.input_schema,
            "outputSchema": tool.output_schema,
        })
    };
    mcp.tools().iter().map(seen).collect()
}
