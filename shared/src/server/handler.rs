//! The one `ServerHandler` behind all four servers: what MCP asks is answered here, once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::{prompt::PromptContext, tool::ToolCallContext},
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CancelTaskParams,
        CompleteRequestParams, CompleteResult, CompletionInfo, CustomRequest, CustomResult,
        GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, MetaObject,
        PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
        ReadResourceResult, ResourceContents, ServerConfig, SubscribeRequestParams,
        SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
    },
    service::{RequestContext, SubscriptionContext},
};

use super::{
    Body, Running, Server,
    logging::{self, Logging},
    protocol::{self, is_modern, refuse_cursor, resource_error},
    watch::Listener,
};
use crate::{error::KIND_META, text};

/// The lists are fixed at start.
const LISTS_FRESH_FOR_MS: u64 = 3_600_000;
/// How long to let the client read its first answers before slow parts are started.
const FIRST_ANSWERS_TAKE: Duration = Duration::from_millis(20);
const MOST_COMPLETIONS: usize = 10;
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// One connection to a running server; cloning it is another view of the same connection.
pub struct Mcp<S> {
    pub(super) running: Arc<Running<S>>,
    connection: u64,
    logging: Logging,
}

impl<S> Clone for Mcp<S> {
    fn clone(&self) -> Self {
        Self {
            running: self.running.clone(),
            connection: self.connection,
            logging: self.logging.clone(),
        }
    }
}

static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(0);

impl<S: Server> Mcp<S> {
    pub(super) fn over(running: Arc<Running<S>>) -> Self {
        let connection = NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed);
        Self {
            running,
            connection,
            logging: Logging::default(),
        }
    }

    /// For a new client of the same server.
    pub fn for_connection(&self) -> Self {
        Self::over(self.running.clone())
    }

    pub fn server(&self) -> &S {
        &self.running.server
    }

    pub fn tools(&self) -> Vec<Tool> {
        self.running.tools.list_all()
    }

    /// The server is about to end, or the client has left: what is cut off now was not cancelled.
    pub(crate) fn let_jobs_go(&self) {
        if let Some(jobs) = self.server().jobs() {
            jobs.let_go();
        }
    }

    /// Once, when the client has its first answers and nothing waits for the cores.
    fn warm_up_soon(&self) {
        let mcp = self.clone();
        self.running.warm.call_once(|| {
            tokio::spawn(async move {
                tokio::time::sleep(FIRST_ANSWERS_TAKE).await;
                mcp.running.server.warm_up();
            });
        });
    }

    /// Every result says who answered; name and version only, since it travels with each of them.
    pub(super) fn stamp(&self, meta: &mut Option<MetaObject>) {
        let info = serde_json::json!({"name": S::ABOUT.name, "version": S::ABOUT.version});
        meta.get_or_insert_default()
            .insert(SERVER_INFO.into(), info);
    }

    async fn read(&self, uri: &str) -> Result<ReadResourceResult, ErrorData> {
        let resource = self
            .running
            .server
            .read_resource(uri)
            .await
            .map_err(|error| resource_error(uri, &error))?;
        let fresh_for = u64::try_from(resource.fresh_for.as_millis()).unwrap_or(u64::MAX);
        let contents = match resource.body {
            Body::Text(text) => ResourceContents::text(text, uri),
            Body::Bytes(bytes) => {
                ResourceContents::blob(base64_simd::STANDARD.encode_to_string(bytes), uri)
            }
        };
        let contents = contents.with_mime_type(resource.mime_type);
        let result = ReadResourceResult::new(vec![contents]);
        Ok(result
            .with_ttl_ms(fresh_for)
            .with_cache_scope(CacheScope::Private))
    }
}

impl<S: Server> ServerHandler for Mcp<S> {
    fn get_info(&self) -> ServerConfig {
        self.running.info.clone()
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        refuse_cursor(request)?;
        let mut result = ListToolsResult::with_all_items(self.tools())
            .with_ttl_ms(LISTS_FRESH_FOR_MS)
            .with_cache_scope(CacheScope::Public);
        self.stamp(&mut result.meta);
        self.warm_up_soon();
        Ok(result)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.running.tools.get(name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let listener = self
            .logging
            .listener(&context.peer)
            .filter(|_| !is_modern(&context));
        let name = listener.as_ref().map(|_| request.name.clone());
        let call = ToolCallContext::new(&self.running.server, request, context);
        let mut response = self.running.tools.call(call).await?;
        if let CallToolResponse::Task(task) = &mut response {
            self.stamp(&mut task.meta);
        }
        if let CallToolResponse::Complete(result) = &mut response {
            self.stamp(&mut result.meta);
            let kind = result
                .meta
                .as_ref()
                .and_then(|meta| meta.get(KIND_META)?.as_str());
            if let (Some(peer), Some(name), Some(kind)) = (&listener, &name, kind) {
                logging::call_failed(peer, name, kind).await;
            }
        }
        Ok(response)
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        refuse_cursor(request)?;
        let mut result = ListPromptsResult::with_all_items(self.running.prompts.list_all())
            .with_ttl_ms(LISTS_FRESH_FOR_MS)
            .with_cache_scope(CacheScope::Public);
        self.stamp(&mut result.meta);
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let prompts = &self.running.prompts;
        if !prompts.has_route(&request.name) {
            let known: Vec<String> = prompts
                .list_all()
                .into_iter()
                .map(|prompt| prompt.name.to_string())
                .collect();
            let name = text::quote(&text::cut(&request.name, 64));
            let message = format!(
                "unknown prompt `{name}`; this server has {}",
                known.join(", ")
            );
            return Err(ErrorData::invalid_params(message, None));
        }
        let call = PromptContext::new(
            &self.running.server,
            request.name,
            request.arguments,
            context,
        );
        let mut response = prompts.get_prompt(call).await?;
        if let GetPromptResponse::Complete(result) = &mut response {
            self.stamp(&mut result.meta);
        }
        Ok(response)
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        refuse_cursor(request)?;
        let mut result = ListResourcesResult::with_all_items(self.running.server.resources())
            .with_ttl_ms(LISTS_FRESH_FOR_MS)
            .with_cache_scope(CacheScope::Public);
        self.stamp(&mut result.meta);
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        refuse_cursor(request)?;
        let mut result =
            ListResourceTemplatesResult::with_all_items(self.running.server.resource_templates())
                .with_ttl_ms(LISTS_FRESH_FOR_MS)
                .with_cache_scope(CacheScope::Public);
        self.stamp(&mut result.meta);
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let mut result = tokio::select! {
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("cancelled", None)),
            result = self.read(&request.uri) => result?,
        };
        self.stamp(&mut result.meta);
        Ok(result.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let argument = &request.argument;
        let mut values = tokio::select! {
            () = context.ct.cancelled() => Vec::new(),
            values = self.running.server.complete(&argument.name, &argument.value) => values,
        };
        values.truncate(MOST_COMPLETIONS);
        let completion = CompletionInfo::with_all_values(values)
            .map_err(|error| ErrorData::internal_error(error, None))?;
        let mut result = CompleteResult::new(completion);
        self.stamp(&mut result.meta);
        Ok(result)
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.watch(request.uri, self.connection, Listener::Peer(context.peer))
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.running.watchers.remove(&request.uri, self.connection);
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::default();
        let watchable = |uri: &String| self.running.server.refresh_every(uri).is_some();
        accepted.resource_subscriptions = requested
            .resource_subscriptions
            .as_ref()
            .map(|uris| uris.iter().filter(|uri| watchable(uri)).cloned().collect());
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        // A key of its own: request ids collide between clients.
        let key = NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed);
        let uris = context
            .accepted()
            .resource_subscriptions
            .clone()
            .unwrap_or_default();
        for uri in &uris {
            self.watch(uri.clone(), key, Listener::Sink(context.sink().clone()))?;
        }
        context.cancelled().await;
        for uri in &uris {
            self.running.watchers.remove(uri, key);
        }
        Ok(())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.task(&request.task_id, &context).await
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.end_task(&request.task_id, &context).await
    }

    async fn update_task(
        &self,
        _request: UpdateTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let reason = "no task of this server asks for input, so there is nothing to update";
        Err(ErrorData::invalid_params(reason, None))
    }

    #[expect(deprecated, reason = "for clients of revisions before 2026-07-28")]
    async fn set_level(
        &self,
        request: rmcp::model::SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if is_modern(&context) {
            return Err(protocol::not_understood("logging/setLevel", true));
        }
        self.logging.set(request.level);
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let has_tasks = self.running.info.capabilities.supports_tasks();
        if has_tasks && protocol::is_of_tasks(&request.method) {
            return Err(protocol::malformed(&request.method));
        }
        Err(protocol::not_understood(
            &request.method,
            is_modern(&context),
        ))
    }
}
