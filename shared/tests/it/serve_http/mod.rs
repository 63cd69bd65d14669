//! `shared::serve::http` on a free port, asked by raw clients.

mod access;
mod drain;
mod eras;
mod limits;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rmcp::{
    RoleServer,
    handler::server::{router::prompt::PromptRouter, wrapper::Parameters},
    schemars::{self, JsonSchema},
    service::RequestContext,
    tool, tool_router,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    About, Check, Demo, Json, Mcp, Result, Server, Toolset,
    config::Env,
    schema,
    serve::http::{HttpOptions, Limits, listen, run_within},
    settings::Settings,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Long enough for a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(20);
const TOKEN: &str = "correct-horse";

#[derive(Default, Clone)]
struct Signals {
    slow_started: Arc<Notify>,
    slow_may_end: Arc<Notify>,
    slow_was_dropped: Arc<Notify>,
}

struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

struct Fixture(Signals);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EchoInput {
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct Said {
    text: String,
}

impl std::fmt::Display for Said {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

#[tool_router(router = "tools", vis = "pub(crate)")]
impl Fixture {
    /// Say the same.
    #[tool(input_schema = schema::input::<EchoInput>(), output_schema = schema::output::<Said>())]
    async fn echo(&self, Parameters(input): Parameters<EchoInput>) -> Result<Json<Said>> {
        Ok(Json(Said { text: input.text }))
    }

    /// Answer when told to.
    #[tool(output_schema = schema::output::<Said>())]
    async fn slow(&self) -> Result<Json<Said>> {
        let _on_drop = OnDrop(self.0.slow_was_dropped.clone());
        self.0.slow_started.notify_one();
        self.0.slow_may_end.notified().await;
        Ok(Json(Said {
            text: "at last".into(),
        }))
    }

    /// All that a tool can learn from the HTTP request.
    #[tool(output_schema = schema::output::<Said>())]
    async fn request(&self, context: RequestContext<RoleServer>) -> Result<Json<Said>> {
        let parts = context.extensions.get::<http::request::Parts>().unwrap();
        let text = format!("{parts:?}");
        Ok(Json(Said { text }))
    }
}

impl Server for Fixture {
    const ABOUT: About = About {
        name: "fixture",
        version: "1.0.0",
        title: "Fixture",
        description: "For tests",
        instructions: "Test.",
        env_help: "",
    };

    fn new(_env: &Env, _settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self(Signals::default()))
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        vec![Toolset {
            name: "all",
            instructions: "",
            on_by_default: true,
            router: Self::tools(),
        }]
    }

    fn prompts() -> PromptRouter<Self> {
        PromptRouter::new()
    }

    fn demo() -> Demo {
        Demo {
            routes: axum::Router::new(),
            env: |_base| Vec::new(),
        }
    }

    fn warm_up(&self) {}

    fn report(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// A server that runs until it is told to stop.
struct Running {
    addr: SocketAddr,
    signals: Signals,
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    fn start(options: HttpOptions) -> Self {
        Self::start_within(Limits::default(), options)
    }

    fn start_within(limits: Limits, options: HttpOptions) -> Self {
        let signals = Signals::default();
        let mcp = Mcp::new(Fixture(signals.clone()), &Settings::defaults()).unwrap();
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let shutdown = stop.clone().cancelled_owned();
        let ended = tokio::spawn(run_within(limits, listener, mcp, options, shutdown));
        Self {
            addr,
            signals,
            stop,
            ended,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// A request as an MCP client of `version` sends it.
    fn post(&self, body: &Value) -> reqwest::RequestBuilder {
        client()
            .post(self.url("/mcp"))
            .header("Accept", "application/json, text/event-stream")
            .json(body)
    }

    /// The answer to a call by the rules of 2026-07-28.
    fn call(&self, tool: &str, arguments: Value) -> reqwest::RequestBuilder {
        self.post(&modern(
            "tools/call",
            json!({"name": tool, "arguments": arguments}),
        ))
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", tool)
    }

    /// Send exactly these bytes and read until the server closes.
    async fn raw(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(self.addr).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A server that closes before it has read everything may reset the connection.
        let _ = timeout(PATIENCE, socket.read_to_end(&mut answer))
            .await
            .expect("the server closes");
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn until_ended(self) -> anyhow::Result<()> {
        timeout(PATIENCE, self.ended)
            .await
            .expect("the server ends")
            .unwrap()
    }
}

fn client() -> reqwest::Client {
    builder().build().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the client, not an upstream"
)]
pub(crate) fn builder() -> reqwest::ClientBuilder {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Nothing here speaks TLS, and reading the certificates of the system would take most of a test.
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    // A client must not be what ends a call that hangs.
    builder.timeout(PATIENCE * 2)
}

fn with_token() -> HttpOptions {
    HttpOptions {
        token: Some(TOKEN.into()),
        ..HttpOptions::default()
    }
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }})
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}
