//! A real MCP client in the test's own process, over a pipe or over HTTP, in either protocol era.

use std::{sync::Once, time::Duration};

use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt as _, Peer, RoleClient, ServiceError,
    ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ErrorData,
        GetPromptRequestParams, GetPromptResult, ProgressNotificationParam, ProtocolVersion,
        ReadResourceRequestParams, ResourceContents, ResourceUpdatedNotificationParam,
        ServerNotification, SubscribeRequestParams, SubscriptionFilter, Tool,
    },
    service::{NotificationContext, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::Value;
use shared::{
    Mcp, Server,
    serve::http::{self, HttpOptions},
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Nothing in a test takes this long, unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
const PIPE_BYTES: usize = 64 * 1024;
const KEPT_NOTIFICATIONS: usize = 1024;

/// How a client and a server agree on a protocol revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `initialize`, as every revision up to 2025-11-25 has it.
    Handshake2025,
    /// `server/discover` and requests that stand alone, as of 2026-07-28.
    Discover2026,
}

impl Era {
    pub const BOTH: [Self; 2] = [Self::Handshake2025, Self::Discover2026];

    fn lifecycle(self) -> ClientLifecycleMode {
        match self {
            Self::Handshake2025 => ClientLifecycleMode::Initialize,
            Self::Discover2026 => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        }
    }
}

/// A connected client. Dropping it ends the connection, and the HTTP server made for it.
pub struct Client {
    service: RunningService<RoleClient, Collector>,
    era: Era,
    updates: Mutex<mpsc::Receiver<String>>,
    progress: Mutex<mpsc::Receiver<ProgressNotificationParam>>,
    _server: DropGuard,
}

/// Connect over a pipe in memory.
pub async fn connect<S: Server>(mcp: &Mcp<S>, era: Era) -> Client {
    let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
    let (stop, mcp) = (CancellationToken::new(), mcp.for_connection());
    let stopped = stop.clone();
    tokio::spawn(async move {
        if let Ok(running) = mcp.serve_with_ct(theirs, stopped).await {
            let _ = running.waiting().await;
        }
    });
    let (collector, client) = Collector::new();
    let connecting = collector.serve_with_lifecycle(ours, era.lifecycle());
    let service = within(connecting).await.expect("cannot connect");
    client.with(service, era, stop)
}

/// Serve HTTP on a free port of this machine, and connect to it.
pub async fn connect_http<S: Server>(mcp: &Mcp<S>, era: Era) -> Client {
    install_tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let shutdown = stop.clone().cancelled_owned();
    tokio::spawn(http::run(
        listener,
        mcp.clone(),
        HttpOptions::default(),
        shutdown,
    ));
    let (collector, client) = Collector::new();
    let transport = StreamableHttpClientTransport::from_uri(url);
    let connecting = collector.serve_with_lifecycle(transport, era.lifecycle());
    let service = within(connecting).await.expect("cannot connect");
    client.with(service, era, stop)
}

/// A client of 2026-07-28 that takes tasks. It opens a connection for each request, so that a proxy can
/// send each to another process.
#[expect(
    clippy::disallowed_methods,
    reason = "a client of ours, not of a provider"
)]
pub async fn connect_for_tasks(url: &str) -> RunningService<RoleClient, ClientConfig> {
    install_tls();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let http = http.pool_max_idle_per_host(0);
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let transport = StreamableHttpClientTransport::with_client(http.build().unwrap(), config);
    let mut client = ClientConfig::default();
    client.capabilities = ClientCapabilities::builder().enable_tasks().build();
    let connecting = client.serve_with_lifecycle(transport, Era::Discover2026.lifecycle());
    within(connecting).await.expect("cannot connect")
}

/// Even for plain HTTP the client wants to know who would do the cryptography.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Client {
    /// What every request goes through, for what has no method here.
    pub fn peer(&self) -> &Peer<RoleClient> {
        self.service.peer()
    }

    pub fn era(&self) -> Era {
        self.era
    }

    pub async fn tools(&self) -> Vec<Tool> {
        within(self.peer().list_all_tools()).await.unwrap()
    }

    /// Call a tool; the answer may be a failure of the tool, but not of the protocol.
    pub async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let answer = self.try_call(tool, arguments).await;
        answer.unwrap_or_else(|error| panic!("{tool}: {error:?}"))
    }

    pub async fn try_call(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<CallToolResult, ErrorData> {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object, not {arguments}");
        };
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        refused(within(self.peer().call_tool(params)).await)
    }

    /// The text of a resource.
    pub async fn read(&self, uri: &str) -> Result<String, ErrorData> {
        let params = ReadResourceRequestParams::new(uri);
        let result = refused(within(self.peer().read_resource(params)).await)?;
        match result.contents.first() {
            Some(ResourceContents::TextResourceContents { text, .. }) => Ok(text.clone()),
            other => panic!("{uri} has no text but {other:?}"),
        }
    }

    pub async fn prompt(&self, name: &str, arguments: Value) -> Result<GetPromptResult, ErrorData> {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object, not {arguments}");
        };
        let params = GetPromptRequestParams::new(name).with_arguments(arguments);
        refused(within(self.peer().get_prompt(params)).await)
    }

    /// Ask to be told when the resource changes.
    pub async fn watch(&self, uri: &str) -> Result<(), ErrorData> {
        match self.era {
            Era::Handshake2025 => {
                #[expect(deprecated, reason = "the older era has nothing else")]
                let subscribing = self.peer().subscribe(SubscribeRequestParams::new(uri));
                refused(within(subscribing).await)
            }
            Era::Discover2026 => {
                let mut filter = SubscriptionFilter::default();
                filter.resource_subscriptions = Some(vec![uri.into()]);
                let mut subscription = refused(within(self.peer().listen(filter)).await)?;
                let updates = self.service.service().updates.clone();
                tokio::spawn(async move {
                    while let Ok(Some(notification)) = subscription.next().await {
                        if let ServerNotification::ResourceUpdatedNotification(update) =
                            notification
                        {
                            let _ = updates.send(update.params.uri).await;
                        }
                    }
                });
                Ok(())
            }
        }
    }

    /// The URI of the next watched resource that changed.
    pub async fn updated(&self) -> String {
        within(async { self.updates.lock().await.recv().await })
            .await
            .unwrap()
    }

    /// The next report of how far a call is.
    pub async fn progress(&self) -> ProgressNotificationParam {
        within(async { self.progress.lock().await.recv().await })
            .await
            .unwrap()
    }
}

/// All text of a result.
pub fn text(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|block| block.as_text());
    let texts: Vec<&str> = texts.map(|block| block.text.as_str()).collect();
    texts.join("\n")
}

/// An answer, or the protocol error the server answered with. Anything else is a failed test.
#[track_caller]
fn refused<T>(answer: Result<T, ServiceError>) -> Result<T, ErrorData> {
    answer.map_err(|error| match error {
        ServiceError::McpError(error) => error,
        other => panic!("no answer: {other}"),
    })
}

/// What does not come in time is a failed test.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("waited too long")
}

/// Keeps what the server says without being asked.
struct Collector {
    updates: mpsc::Sender<String>,
    progress: mpsc::Sender<ProgressNotificationParam>,
}

/// The other ends of a [`Collector`].
struct Collected {
    updates: mpsc::Receiver<String>,
    progress: mpsc::Receiver<ProgressNotificationParam>,
}

impl Collector {
    fn new() -> (Self, Collected) {
        let (updates, updated) = mpsc::channel(KEPT_NOTIFICATIONS);
        let (progress, progressed) = mpsc::channel(KEPT_NOTIFICATIONS);
        let collected = Collected {
            updates: updated,
            progress: progressed,
        };
        (Self { updates, progress }, collected)
    }
}

impl Collected {
    fn with(
        self,
        service: RunningService<RoleClient, Collector>,
        era: Era,
        stop: CancellationToken,
    ) -> Client {
        Client {
            service,
            era,
            updates: Mutex::new(self.updates),
            progress: Mutex::new(self.progress),
            _server: stop.drop_guard(),
        }
    }
}

impl ClientHandler for Collector {
    async fn on_resource_updated(
        &self,
        params: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self.updates.try_send(params.uri);
    }

    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let _ = self.progress.try_send(params);
    }
}
