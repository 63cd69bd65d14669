//! What a job needs to know about the call it serves.

use http::request::Parts;
use rmcp::{
    ErrorData, RoleServer,
    handler::server::{common::FromContextPart, tool::ToolCallContext},
    service::RequestContext,
};
use tokio_util::sync::CancellationToken;

use super::Progress;
use crate::server::is_modern;

/// One call: where progress goes, when the client gave up, who calls. A tool takes it as an argument.
#[derive(Debug, Clone)]
pub struct Call {
    pub progress: Progress,
    pub cancelled: CancellationToken,
    /// Who is behind the call, as far as the transport knows; a task belongs to it.
    pub principal: String,
    /// Whether the client takes a task for an answer: then nobody waits, and a submit should not either.
    /// The extension belongs to 2026-07-28. Clients declare it in older sessions as well, and there see
    /// nothing in a task.
    pub takes_tasks: bool,
}

/// Whom the HTTP endpoint let in; it travels with the request.
#[derive(Debug, Clone)]
pub(crate) struct Principal(pub(crate) String);

impl Call {
    pub fn of(context: &RequestContext<RoleServer>) -> Self {
        let token = context.meta.get_progress_token();
        let caller = context
            .extensions
            .get::<Parts>()
            .and_then(|request| request.extensions.get::<Principal>());
        Self {
            progress: Progress::new(context.peer.clone(), token),
            cancelled: context.ct.clone(),
            principal: caller.map_or_else(|| "local".into(), |Principal(name)| name.clone()),
            takes_tasks: is_modern(context)
                && context
                    .client_capabilities()
                    .is_some_and(|client| client.supports_tasks()),
        }
    }
}

impl<S> FromContextPart<ToolCallContext<'_, S>> for Call {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        Ok(Self::of(context.request_context()))
    }
}
