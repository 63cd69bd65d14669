//! Prompts with FLUX practice in them.

use rmcp::handler::server::router::prompt::PromptRouter;

use crate::FluxServer;

impl FluxServer {
    pub(crate) fn prompt_router() -> PromptRouter<Self> {
        PromptRouter::new()
    }
}

impl FluxServer {
    /// Names of models and ids of predictions that begin with `value`.
    pub(crate) async fn complete_names(&self, _argument: &str, _value: &str) -> Vec<String> {
        Vec::new()
    }
}
