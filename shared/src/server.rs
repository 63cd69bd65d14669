//! What one server brings (`Server`), and the one MCP handler that serves it (`Mcp`).

mod handler;
mod logging;
mod protocol;
mod tasks;
mod watch;

use std::{borrow::Cow, sync::Arc, time::Duration};

use rmcp::{
    handler::server::router::{prompt::PromptRouter, tool::ToolRouter},
    model::{CallToolResult, Resource, ResourceTemplate},
};

use crate::{
    Error, Result,
    config::Env,
    job::{self, Call, Handle, Jobs},
    settings::Settings,
    tools::Tools,
};

pub use handler::Mcp;
pub(crate) use protocol::is_modern;

/// Who a server is. `instructions` is what every client's model reads first; the enabled toolsets add theirs.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Name of package and binary.
    pub name: &'static str,
    pub version: &'static str,
    pub title: &'static str,
    /// One line for people.
    pub description: &'static str,
    pub instructions: &'static str,
    /// The server's own variables, for `--help`.
    pub env_help: &'static str,
}

/// A group of tools that the operator turns on or off as one.
pub struct Toolset<S> {
    pub name: &'static str,
    /// One sentence for the model, used in `instructions` while the group is on.
    pub instructions: &'static str,
    pub on_by_default: bool,
    pub router: ToolRouter<S>,
}

/// The content of one resource.
#[derive(Debug, Clone)]
pub struct ResourceContent {
    pub mime_type: Cow<'static, str>,
    pub body: Body,
    /// How long a client may keep it.
    pub fresh_for: Duration,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

/// How `--demo` works: routes that imitate the provider, and the variables that point at them.
pub struct Demo {
    pub routes: axum::Router,
    /// Given the base URL of the imitation: what to change in the environment.
    pub env: fn(base: &str) -> Changes,
}

/// Variables to set, or with `None` to remove.
pub type Changes = Vec<(&'static str, Option<String>)>;

/// One line of `doctor`.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    Ok(String),
    /// What is off, and the next step.
    Warn(String, String),
    Fail(String, String),
}

/// One of our servers: its tools, prompts and resources, and how it is made.
pub trait Server: Send + Sync + Sized + 'static {
    const ABOUT: About;

    fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self>;
    fn toolsets() -> Vec<Toolset<Self>>;
    fn prompts() -> PromptRouter<Self>;
    fn demo() -> Demo;

    /// Start what is slow to start (the upstream client). Called once, when the first answer is out.
    fn warm_up(&self);

    fn resources(&self) -> Vec<Resource> {
        Vec::new()
    }

    fn resource_templates(&self) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    /// The content behind a URI. `Error::NotFound` and `Error::InvalidInput` become "no such resource".
    fn read_resource(&self, uri: &str) -> impl Future<Output = Result<ResourceContent>> + Send {
        let what = format!("resource `{uri}`");
        async move {
            Err(Error::NotFound {
                what,
                next: "List the resources.".into(),
            })
        }
    }

    /// The slow work behind the tools, if there is any. With it clients may have a task for an answer.
    fn jobs(&self) -> Option<&Jobs> {
        None
    }

    /// For `tasks/get`: ask the provider once, and answer as the tool would have.
    fn job_result(
        &self,
        _handle: &Handle,
        _call: &Call,
    ) -> impl Future<Output = Result<job::State<CallToolResult>>> + Send {
        async { Err(Error::Internal) }
    }

    /// For `tasks/cancel`.
    fn cancel_job(&self, _handle: &Handle) -> impl Future<Output = Result<()>> + Send {
        async { Err(Error::Internal) }
    }

    /// How often a watched resource is read again; `None` when it cannot be watched.
    fn refresh_every(&self, _uri: &str) -> Option<Duration> {
        None
    }

    /// At most ten values for an argument of a prompt or of a resource template.
    fn complete(&self, _argument: &str, _value: &str) -> impl Future<Output = Vec<String>> + Send {
        async { Vec::new() }
    }

    /// The server's own configuration for `doctor`, secrets as "is set" or "is not set".
    fn report(&self) -> Vec<(&'static str, String)>;

    /// Is the provider reachable, does it accept the key?
    fn checks(&self) -> impl Future<Output = Vec<Check>> + Send;
}

/// Everything one running server shares between its connections.
pub(crate) struct Running<S> {
    pub(crate) server: S,
    pub(crate) tools: Tools<S>,
    pub(crate) prompts: PromptRouter<S>,
    pub(crate) info: rmcp::model::ServerConfig,
    pub(crate) watchers: watch::Watchers,
    pub(crate) warm: std::sync::Once,
}

impl<S: Server> Mcp<S> {
    /// Fails when the settings name a tool or toolset that does not exist.
    pub fn new(server: S, settings: &Settings) -> anyhow::Result<Self> {
        Self::with_toolsets(server, S::toolsets(), settings)
    }

    /// The same, where the toolsets are there already.
    pub(crate) fn with_toolsets(
        server: S,
        toolsets: Vec<Toolset<S>>,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let (tools, instructions) = Tools::new(settings, S::ABOUT.instructions, toolsets)?;
        let has_tasks = server.jobs().is_some();
        Ok(Self::over(Arc::new(Running {
            server,
            tools,
            prompts: S::prompts(),
            info: protocol::info(&S::ABOUT, instructions, has_tasks),
            watchers: watch::Watchers::default(),
            warm: std::sync::Once::new(),
        })))
    }
}
