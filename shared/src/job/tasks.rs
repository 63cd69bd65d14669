//! Tasks of the extension `io.modelcontextprotocol/tasks`: the id is a sealed handle, so that any
//! replica and any restart can answer for it.

use serde::{Deserialize, Serialize};

/// What a task id carries, sealed and bound to the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    pub server: String,
    pub tool: String,
    /// The provider's id.
    pub job_id: String,
    /// Unix time in milliseconds.
    pub created_ms: i64,
}
