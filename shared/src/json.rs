//! The answer of a tool that returns data.

use std::fmt::Display;

use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};
use serde::Serialize;

/// Structured content, and the same facts as compact text for hosts that show only text.
///
/// Spell the return type of a tool `Result<Json<T>>`: the `#[tool]` macro recognizes the name and
/// publishes the output schema of `T`. `T`'s `Display` is the text. Optional fields of `T` need
/// `#[serde(skip_serializing_if = "Option::is_none")]`, since published schemas have no null.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize + Display> IntoCallToolResult for Json<T> {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let value = serde_json::to_value(&self.0).map_err(|error| {
            ErrorData::internal_error(format!("cannot serialize the answer: {error}"), None)
        })?;
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.0.to_string())]);
        result.structured_content = Some(value);
        Ok(result.into())
    }
}
