//! What MCP's own words mean here: capabilities, errors, methods.

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ErrorCode, Implementation, PaginatedRequestParams, ProtocolVersion, ServerCapabilities,
        ServerConfig,
    },
    service::RequestContext,
};

use super::About;
use crate::{Error, text};

/// What MCP defines in every revision: such a request with broken parameters is a bad request, not an unknown method.
const METHODS: [&str; 4] = [
    "tools/call",
    "prompts/get",
    "resources/read",
    "completion/complete",
];
const METHODS_UNTIL_2025: [&str; 3] = [
    "resources/subscribe",
    "resources/unsubscribe",
    "logging/setLevel",
];
const METHODS_SINCE_2026: [&str; 1] = ["subscriptions/listen"];
/// Of the extension, in every revision.
const METHODS_OF_TASKS: [&str; 3] = ["tasks/get", "tasks/cancel", "tasks/update"];

#[expect(
    deprecated,
    reason = "logging is for clients of revisions before 2026-07-28"
)]
pub(super) fn info(about: &About, instructions: String, has_tasks: bool) -> ServerConfig {
    let mut capabilities = ServerCapabilities::builder()
        .enable_tools()
        .enable_prompts()
        .enable_resources()
        .enable_resources_subscribe()
        .enable_completions()
        .enable_logging()
        .build();
    if has_tasks {
        let tasks = ServerCapabilities::builder().enable_tasks().build();
        capabilities.extensions = tasks.extensions;
    }
    let implementation = Implementation::new(about.name, about.version)
        .with_title(about.title)
        .with_description(about.description);
    ServerConfig::new(capabilities)
        .with_server_info(implementation)
        .with_instructions(instructions)
}

/// A resource that does not exist is a protocol error of its own; anything else is internal, and says why.
pub(super) fn resource_error(uri: &str, error: &Error) -> ErrorData {
    let data = Some(serde_json::json!({"uri": uri}));
    match error {
        Error::NotFound { .. } | Error::InvalidInput { .. } => {
            ErrorData::resource_not_found(error.to_text(), data)
        }
        _ => ErrorData::internal_error(error.to_text(), data),
    }
}

/// Lists fit on one page, so no cursor of ours exists.
pub(super) fn refuse_cursor(request: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|request| request.cursor) {
        None => Ok(()),
        Some(_) => Err(ErrorData::invalid_params(
            "unknown cursor: this list has one page",
            None,
        )),
    }
}

/// Whether the request is of 2026-07-28 or later.
pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// For a request that rmcp could not read: a method that exists with parameters that are malformed, or none of ours.
pub(super) fn not_understood(method: &str, is_modern: bool) -> ErrorData {
    let method = text::cut(&text::clean(method), 64);
    let of_the_era = if is_modern {
        METHODS_SINCE_2026.as_slice()
    } else {
        METHODS_UNTIL_2025.as_slice()
    };
    if METHODS.contains(&method.as_str()) || of_the_era.contains(&method.as_str()) {
        malformed(&method)
    } else {
        ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None)
    }
}

/// Whether the extension for tasks defines the method.
pub(super) fn is_of_tasks(method: &str) -> bool {
    METHODS_OF_TASKS.contains(&method)
}

pub(super) fn malformed(method: &str) -> ErrorData {
    ErrorData::invalid_params(format!("the parameters of {method} are malformed"), None)
}
