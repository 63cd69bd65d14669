//! The smallest whole server: what the kit is tested with, and what benchmarks measure.

use std::{fmt, time::Duration};

use rmcp::{
    handler::server::{router::prompt::PromptRouter, wrapper::Parameters},
    model::{PromptMessage, Resource, Role},
    prompt, prompt_router, tool, tool_router,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    About, Body, Check, Demo, Error, Json, Mcp, ResourceContent, Result, Server, Toolset,
    config::Env,
    http::{Auth, Client, Http, Retry, Upstream},
    schema,
    settings::Settings,
};

/// A resource whose text is another one each time it is read.
pub const COUNTER: &str = "sample://counter";
const BASE_URL: &str = "SAMPLE_BASE_URL";

/// Echoes, and asks a provider at `SAMPLE_BASE_URL`.
pub struct Sample {
    provider: Http,
    reads: std::sync::atomic::AtomicU64,
}

/// A running sample that asks the provider at `base_url`.
pub fn sample(base_url: &str) -> Mcp<Sample> {
    let settings = Settings::defaults();
    let server = Sample::new(&Env::from([(BASE_URL, base_url)]), &settings).unwrap();
    Mcp::new(server, &settings).unwrap()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EchoInput {
    /// What to say, for example `hello`.
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AskInput {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Said {
    text: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[tool_router(router = "sample_tools")]
impl Sample {
    /// Says the text again. Use `ask` for a text from the provider.
    #[tool(
        title = "Echo",
        input_schema = schema::input::<EchoInput>(),
        output_schema = schema::output::<Said>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn echo(&self, Parameters(input): Parameters<EchoInput>) -> Result<Json<Said>> {
        Ok(Json(Said { text: input.text }))
    }

    /// Asks the provider for a text. Use `echo` for a text of your own.
    #[tool(
        title = "Ask",
        input_schema = schema::input::<AskInput>(),
        output_schema = schema::output::<Said>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn ask(&self, Parameters(AskInput {}): Parameters<AskInput>) -> Result<Json<Said>> {
        Ok(Json(
            self.provider
                .get("https://sample.invalid/said")
                .json()
                .await?,
        ))
    }
}

#[prompt_router(router = "sample_prompts")]
impl Sample {
    /// Asks for a greeting
    #[prompt]
    async fn greet(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Say hello.")]
    }
}

impl Server for Sample {
    const ABOUT: About = About {
        name: "sample",
        version: "0.0.0",
        title: "Sample",
        description: "A server for tests",
        instructions: "Echoes and asks.",
        env_help: "Environment (or .env):\n  SAMPLE_BASE_URL  Where the provider is",
    };

    fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self> {
        let upstream = Upstream {
            provider: "Sample",
            auth: Auth::None,
            key_env: "SAMPLE_API_KEY",
            get_it_at: "https://sample.invalid",
            base: env.base_url(BASE_URL)?,
            in_flight: 256,
            per_minute: None,
            explain: |_, _| None,
            retry: Retry::default(),
        };
        Ok(Self {
            provider: Http::new(&Client::new(env, settings)?, upstream),
            reads: 0.into(),
        })
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        vec![Toolset {
            name: "all-there-is",
            instructions: "",
            on_by_default: true,
            router: Self::sample_tools(),
        }]
    }

    fn prompts() -> PromptRouter<Self> {
        Self::sample_prompts()
    }

    fn demo() -> Demo {
        Demo {
            routes: axum::Router::new(),
            env: |base| vec![(BASE_URL, Some(base.into()))],
        }
    }

    fn warm_up(&self) {}

    fn resources(&self) -> Vec<Resource> {
        vec![Resource::new(COUNTER, "counter")]
    }

    async fn read_resource(&self, uri: &str) -> Result<ResourceContent> {
        if uri != COUNTER {
            return Err(Error::NotFound {
                what: format!("resource `{uri}`"),
                next: "List the resources.".into(),
            });
        }
        let reads = self
            .reads
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(ResourceContent {
            mime_type: "text/plain".into(),
            body: Body::Text(reads.to_string()),
            fresh_for: Duration::from_millis(10),
        })
    }

    fn refresh_every(&self, uri: &str) -> Option<Duration> {
        (uri == COUNTER).then_some(Duration::from_millis(10))
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }
}
