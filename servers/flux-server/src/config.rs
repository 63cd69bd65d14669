//! The server's own variables.

use secrecy::SecretString;
use shared::{config::Env, http::Retry};
use url::Url;

pub const HELP: &str = "\
Environment (or .env):
  REPLICATE_API_TOKEN   Token of Replicate, from https://replicate.com/account/api-tokens (also REPLICATE_API_TOKEN_FILE)
  FLUX_DEFAULT_MODEL    Model for generate_image when the caller names none [default: black-forest-labs/flux-dev]
  REPLICATE_BASE_URL    Replaces https://api.replicate.com/v1";

pub(crate) const DEFAULT_MODEL: &str = "black-forest-labs/flux-dev";

#[derive(Debug, Clone)]
pub struct Config {
    /// `REPLICATE_API_TOKEN`
    pub token: Option<SecretString>,
    /// How the token was found: "is set", "is not set", "holds the placeholder ...".
    pub token_state: String,
    /// `FLUX_DEFAULT_MODEL`
    pub default_model: String,
    /// `REPLICATE_BASE_URL`
    pub base: Option<Url>,
    /// Tests make it fast.
    pub retry: Retry,
}

impl Config {
    pub fn from_env(env: &Env) -> anyhow::Result<Self> {
        Ok(Self {
            token: env.secret("REPLICATE_API_TOKEN")?,
            token_state: env.state("REPLICATE_API_TOKEN"),
            default_model: env
                .get("FLUX_DEFAULT_MODEL")
                .unwrap_or(DEFAULT_MODEL)
                .into(),
            base: env.base_url("REPLICATE_BASE_URL")?,
            retry: Retry::default(),
        })
    }

    /// For `doctor`.
    pub(crate) fn report(&self) -> Vec<(&'static str, String)> {
        let base = match &self.base {
            Some(url) => url.to_string(),
            None => "the provider's own".into(),
        };
        vec![
            ("REPLICATE_API_TOKEN", self.token_state.clone()),
            ("FLUX_DEFAULT_MODEL", self.default_model.clone()),
            ("REPLICATE_BASE_URL", base),
        ]
    }
}
