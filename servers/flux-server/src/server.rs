//! The server: its state, and what it brings.

use rmcp::{
    handler::server::{router::prompt::PromptRouter, tool::IntoCallToolResult as _},
    model::{CallToolResponse, CallToolResult, Resource, ResourceTemplate},
};
use shared::{
    About, Check, Demo, Error, ResourceContent, Result, Server, Toolset,
    config::Env,
    http::{Client, Hosts},
    job::{self, Call, Done, Handle, Jobs, State, Words},
    media::{Inputs, Media},
    settings::Settings,
};

use crate::{
    api::Replicate,
    config::{self, Config},
    resources, tools,
};

const WORDS: Words = Words {
    provider: "Replicate",
    job: "prediction",
    get_tool: "get_prediction",
    id_argument: "prediction_id",
    list_tool: "list_predictions",
};

/// Where Replicate keeps outputs.
const OUTPUT_HOSTS: &[&str] = &["replicate.delivery", "*.replicate.delivery"];

pub struct FluxServer {
    pub(crate) config: Config,
    pub(crate) replicate: Replicate,
    pub(crate) jobs: Jobs,
    pub(crate) media: Media,
    pub(crate) inputs: Inputs,
    /// Callers elsewhere need not know how this machine is laid out.
    pub(crate) tells_paths: bool,
    client: Client,
}

impl FluxServer {
    pub fn with_config(
        config: Config,
        client: Client,
        env: &Env,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let hosts = Hosts {
            provider: WORDS.provider,
            names: OUTPUT_HOSTS,
            base: config.base.clone(),
        };
        let media = Media::new("flux", settings, &client, hosts);
        Ok(Self {
            replicate: Replicate::new(&config, &client),
            jobs: Jobs::new(Self::ABOUT.name, WORDS, env, settings)?,
            inputs: Inputs::new(&media, &client, settings),
            tells_paths: !settings.over_http,
            media,
            config,
            client,
        })
    }
}

impl Server for FluxServer {
    const ABOUT: About = About {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "FLUX",
        description: env!("CARGO_PKG_DESCRIPTION"),
        instructions: tools::INSTRUCTIONS,
        env_help: config::HELP,
    };

    fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self> {
        Self::with_config(
            Config::from_env(env)?,
            Client::new(env, settings)?,
            env,
            settings,
        )
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        tools::toolsets()
    }

    fn prompts() -> PromptRouter<Self> {
        Self::prompt_router()
    }

    fn demo() -> Demo {
        crate::demo::demo()
    }

    fn warm_up(&self) {
        self.client.warm_up();
    }

    fn resources(&self) -> Vec<Resource> {
        resources::listed(&self.media)
    }

    fn resource_templates(&self) -> Vec<ResourceTemplate> {
        resources::templates(&self.media)
    }

    async fn read_resource(&self, uri: &str) -> Result<ResourceContent> {
        self.read(uri).await
    }

    fn jobs(&self) -> Option<&Jobs> {
        Some(&self.jobs)
    }

    async fn job_result(&self, handle: &Handle, call: &Call) -> Result<State<CallToolResult>> {
        let prediction = self.replicate.prediction(&handle.job_id).await?;
        if prediction.was_cancelled() {
            return Ok(State::Failed(Error::Cancelled));
        }
        let job = prediction.into_job();
        let done = match job.state {
            State::Done(prediction) => Done {
                id: job.id,
                output: prediction,
                notes: Vec::new(),
            },
            State::Queued => return Ok(State::Queued),
            State::Running { step } => return Ok(State::Running { step }),
            State::Failed(error) => return Ok(State::Failed(error)),
        };
        let answer = self.deliver(&call.progress, done).await?;
        match answer.into_call_tool_result() {
            Ok(CallToolResponse::Complete(result)) => Ok(State::Done(result)),
            // Media are plain results.
            Ok(_) | Err(_) => Err(Error::Internal),
        }
    }

    async fn cancel_job(&self, handle: &Handle) -> Result<()> {
        job::Provider::cancel(&self.replicate, &handle.job_id).await
    }

    async fn complete(&self, argument: &str, value: &str) -> Vec<String> {
        self.complete_names(argument, value).await
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        self.config.report()
    }

    async fn checks(&self) -> Vec<Check> {
        self.replicate.checks().await
    }
}
