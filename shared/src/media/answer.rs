//! A result with pictures: text first, then what can be shown, then links.

use std::path::PathBuf;

use jiff::Timestamp;
use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};
use url::Url;

/// What a tool returns for media. Never has structured content: some hosts drop pictures beside it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What was made, from what, by which job, for how much.
    pub headline: String,
    pub kept: Vec<Kept>,
    /// What the reader must know besides: fewer pictures than asked, a directory that cannot be written.
    pub notes: Vec<String>,
}

/// One output, fetched.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Absolute; `None` where nothing is written to disk.
    pub path: Option<PathBuf>,
    /// The provider's copy, and when it goes.
    pub url: Option<Url>,
    pub expires: Option<Timestamp>,
    pub mime_type: String,
    pub bytes: u64,
    pub pixels: Option<(u32, u32)>,
    pub sha256: String,
    /// The resource of ours that has the bytes.
    pub uri: Option<String>,
    /// Base64 and its type: a preview, or the original where the operator wants it inline.
    pub shown: Option<(String, &'static str)>,
}

impl IntoCallToolResult for Answer {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(self.headline)]).into())
    }
}
