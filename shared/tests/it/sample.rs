//! A small server that misbehaves on request.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rmcp::{
    ClientServiceExt as _, RoleClient, ServiceExt as _,
    handler::server::{router::prompt::PromptRouter, wrapper::Parameters},
    model::{CallToolRequestParams, CallToolResult, PromptMessage, Resource, Role},
    prompt, prompt_router,
    service::{ClientLifecycleMode, RunningService},
    tool, tool_router,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    About, Body, Check, Demo, Error, Json, Mcp, ResourceContent, Result, Server, Toolset,
    config::Env, schema, settings::Settings,
};
use tokio::sync::Notify;

/// Counts what happens inside, for tests to look at.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) reads: AtomicUsize,
    pub(crate) running: Notify,
    pub(crate) dropped: Notify,
}

#[derive(Default)]
pub(crate) struct Sample {
    pub(crate) seen: Arc<Seen>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EchoInput {
    /// What to say
    text: String,
    /// How often, 1 to 3 (default 1)
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 3))]
    times: usize,
}

fn once() -> usize {
    1
}

#[derive(Serialize, JsonSchema)]
struct Said {
    said: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "said: {}", self.said)
    }
}

struct OnDrop(Arc<Seen>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

#[tool_router(router = "talk_tools")]
impl Sample {
    /// Says the text again.
    #[tool(annotations(read_only_hint = true), input_schema = schema::input::<EchoInput>(), output_schema = schema::output::<Said>())]
    async fn echo(&self, Parameters(input): Parameters<EchoInput>) -> Result<Json<Said>> {
        Ok(Json(Said {
            said: input.text.repeat(input.times),
        }))
    }

    /// Fails as providers do.
    #[tool(annotations(read_only_hint = true), output_schema = schema::output::<Said>())]
    async fn fails(&self) -> Result<Json<Said>> {
        Err(Error::NotFound {
            what: "the thing".into(),
            next: "Look elsewhere.".into(),
        })
    }
}

#[tool_router(router = "bad_tools")]
impl Sample {
    /// Never ends.
    #[tool(output_schema = schema::output::<Said>())]
    async fn hangs(&self) -> Result<Json<Said>> {
        let _on_drop = OnDrop(self.seen.clone());
        self.seen.running.notify_one();
        std::future::pending().await
    }

    /// Never ends either; a second call does no more than the first.
    #[tool(annotations(idempotent_hint = true), output_schema = schema::output::<Said>())]
    async fn idles(&self) -> Result<Json<Said>> {
        std::future::pending().await
    }

    /// Has a bug.
    #[tool(output_schema = schema::output::<Said>())]
    async fn panics(&self) -> Result<Json<Said>> {
        panic!("a bug with sk-secret-in-a-panic")
    }
}

#[prompt_router(router = "all_prompts")]
impl Sample {
    /// Greets.
    #[prompt]
    async fn greeting(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Hello")]
    }
}

impl Server for Sample {
    const ABOUT: About = About {
        name: "sample-server",
        version: "9.9.9",
        title: "Sample",
        description: "A sample",
        instructions: "Lead.",
        env_help: "",
    };

    fn new(_env: &Env, _settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self::default())
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        let toolset = |name, instructions, on_by_default, router| Toolset {
            name,
            instructions,
            on_by_default,
            router,
        };
        vec![
            toolset("talk", "Talk.", true, Self::talk_tools()),
            toolset("bad", "Bad.", false, Self::bad_tools()),
        ]
    }

    fn prompts() -> PromptRouter<Self> {
        Self::all_prompts()
    }

    fn demo() -> Demo {
        Demo {
            routes: axum::Router::new(),
            env: |_| Vec::new(),
        }
    }

    fn warm_up(&self) {}

    fn resources(&self) -> Vec<Resource> {
        vec![Resource::new("sample://count", "count")]
    }

    async fn read_resource(&self, uri: &str) -> Result<ResourceContent> {
        match uri {
            "sample://count" | "sample://other" => Ok(ResourceContent {
                mime_type: "application/json".into(),
                body: Body::Text(self.seen.reads.fetch_add(1, Ordering::SeqCst).to_string()),
                fresh_for: Duration::from_secs(5),
            }),
            "sample://broken" => Err(Error::Internal),
            _ => Err(Error::NotFound {
                what: format!("resource `{uri}`"),
                next: "List the resources.".into(),
            }),
        }
    }

    fn refresh_every(&self, uri: &str) -> Option<Duration> {
        matches!(uri, "sample://count" | "sample://other").then_some(Duration::from_millis(5))
    }

    async fn complete(&self, _argument: &str, value: &str) -> Vec<String> {
        (0..20).map(|n| format!("{value}{n}")).collect()
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// All toolsets on.
pub(crate) fn everything() -> Settings {
    let mut settings = Settings::defaults();
    settings.toolsets = vec!["all".into()];
    settings
}

pub(crate) fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![rmcp::model::ProtocolVersion::V_2026_07_28],
    }
}

/// A client without features of its own, over a pipe.
pub(crate) async fn connect(
    mcp: Mcp<Sample>,
    mode: ClientLifecycleMode,
) -> RunningService<RoleClient, ()> {
    connect_as((), mcp, mode).await
}

pub(crate) async fn connect_as<H: rmcp::ClientHandler>(
    handler: H,
    mcp: Mcp<Sample>,
    mode: ClientLifecycleMode,
) -> RunningService<RoleClient, H> {
    let (client_end, server_end) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        if let Ok(running) = mcp.serve(server_end).await {
            let _ = running.waiting().await;
        }
    });
    handler
        .serve_with_lifecycle(client_end, mode)
        .await
        .unwrap()
}

pub(crate) async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
    arguments: Value,
) -> CallToolResult {
    let Value::Object(arguments) = arguments else {
        panic!("arguments must be an object");
    };
    client
        .call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))
        .await
        .unwrap()
}

pub(crate) fn text(result: &CallToolResult) -> String {
    serde_json::to_value(&result.content).unwrap()[0]["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) fn nothing() -> Value {
    json!({})
}
