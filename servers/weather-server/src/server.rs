//! The server: its state, and what it brings.

use std::time::Duration;

use rmcp::{
    handler::server::router::prompt::PromptRouter,
    model::{Resource, ResourceTemplate},
};
use shared::{
    About, Check, Demo, ResourceText, Result, Server, Toolset, config::Env, http::Client,
    settings::Settings,
};

use crate::{
    api::Weather,
    config::{self, Config},
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
        instructions: "Weather for any place.",
        env_help: config::HELP,
    };

    fn new(env: &Env, settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self::with_config(
            Config::from_env(env)?,
            Client::new(env, settings)?,
        ))
    }

    fn toolsets() -> Vec<Toolset<Self>> {
        vec![]
    }

    fn prompts() -> PromptRouter<Self> {
        PromptRouter::new()
    }

    fn demo() -> Demo {
        crate::demo::demo()
    }

    fn warm_up(&self) {
        self.client.warm_up();
    }

    fn resources(&self) -> Vec<Resource> {
        vec![]
    }

    fn resource_templates(&self) -> Vec<ResourceTemplate> {
        vec![]
    }

    async fn read_resource(&self, uri: &str) -> Result<ResourceText> {
        Err(shared::Error::NotFound {
            what: format!("resource `{uri}`"),
            next: String::new(),
        })
    }

    fn refresh_every(&self, _uri: &str) -> Option<Duration> {
        None
    }

    async fn complete(&self, _argument: &str, _value: &str) -> Vec<String> {
        vec![]
    }

    fn report(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    async fn checks(&self) -> Vec<Check> {
        self.weather.checks().await
    }
}
