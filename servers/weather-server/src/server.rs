//! The server: its state, and what it brings.

use std::time::Duration;

use rmcp::{
    handler::server::router::prompt::PromptRouter,
    model::{Resource, ResourceTemplate},
};
use shared::{
    About, Check, Demo, ResourceContent, Result, Server, Toolset, config::Env, http::Client,
    settings::Settings,
};

use crate::{
    api::Weather,
    config::{self, Config},
    resources::{self, View},
    tools,
};

pub struct WeatherServer {
    pub(crate) config: Config,
    pub(crate) weather: Weather,
    client: Client,
}

impl WeatherServer {
    pub fn with_config(config: Config, client: Client) -> Self {
        Self {
            weather: Weather::new(&config, &client),
            config,
            client,
        }
    }
}

impl Server for WeatherServer {
    const ABOUT: About = About {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        title: "Weather",
        description: env!("CARGO_PKG_DESCRIPTION"),
        instructions: tools::INSTRUCTIONS,
        env_help: config::HELP,
    };

    fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self::with_config(
            Config::from_env(env)?,
            Client::new(env, settings)?,
        ))
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
        resources::listed(self.config.default_city.as_deref())
    }

    fn resource_templates(&self) -> Vec<ResourceTemplate> {
        resources::templates()
    }

    async fn read_resource(&self, uri: &str) -> Result<ResourceContent> {
        self.read_view(uri).await
    }

    fn refresh_every(&self, uri: &str) -> Option<Duration> {
        matches!(View::parse(uri), Some(View::Current(_))).then_some(self.config.refresh_every)
    }

    async fn complete(&self, argument: &str, value: &str) -> Vec<String> {
        self.complete_places(argument, value).await
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        self.config.report()
    }

    async fn checks(&self) -> Vec<Check> {
        self.weather.checks().await
    }
}
