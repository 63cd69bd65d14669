//! The server's own variables.

use secrecy::SecretString;
use shared::{config::Env, http::Retry};
use url::Url;

use crate::api::ModelName;

pub const HELP: &str = "\
Environment (or .env):
  REPLICATE_API_TOKEN   Token of Replicate, from https://replicate.com/account/api-tokens (also REPLICATE_API_TOKEN_FILE)
  FLUX_DEFAULT_MODEL    Model for generate_image when the caller names none [default: black-forest-labs/flux-dev]
  REPLICATE_BASE_URL    Replaces https://api.replicate.com/v1; without a path, /v1 is added";

const API: &str = "https://api.replicate.com";
/// Of the provider's own API, and of a base that is only a host.
const API_PATH: &str = "/v1";

pub(crate) const DEFAULT_MODEL: &str = "black-forest-labs/flux-dev";

#[derive(Debug, Clone)]
pub struct Config {
    /// `REPLICATE_API_TOKEN`
    pub token: Option<SecretString>,
    /// How the token was found: "is set", "is not set", "holds the placeholder ...".
    pub token_state: String,
    /// `FLUX_DEFAULT_MODEL`
    pub default_model: String,
    /// `REPLICATE_BASE_URL`, as the operator wrote it
    pub base: Option<Url>,
    /// Tests make it fast.
    pub retry: Retry,
}

impl Config {
    pub fn from_env(env: &Env) -> anyhow::Result<Self> {
        let default_model = env.get("FLUX_DEFAULT_MODEL").unwrap_or(DEFAULT_MODEL);
        ModelName::parse("FLUX_DEFAULT_MODEL", default_model)?;
        Ok(Self {
            token: env.secret("REPLICATE_API_TOKEN")?,
            token_state: env.state("REPLICATE_API_TOKEN"),
            default_model: default_model.into(),
            base: env.base_url("REPLICATE_BASE_URL")?,
            retry: Retry::default(),
        })
    }

    /// What stands before `/predictions`: always set, and never without a path.
    pub(crate) fn api_base(&self) -> Option<Url> {
        let mut base = self.base.clone().or_else(|| Url::parse(API).ok())?;
        if base.path().trim_matches('/').is_empty() {
            base.set_path(API_PATH);
        }
        Some(base)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn base(value: Option<&str>) -> String {
        let env = Env::default().with([("REPLICATE_BASE_URL", value.map(str::to_owned))]);
        let config = Config::from_env(&env).unwrap();
        config.api_base().unwrap().to_string()
    }

    #[test]
    fn a_base_without_a_path_gets_v1_and_one_with_a_path_stays() {
        assert_eq!(base(None), "https://api.replicate.com/v1");
        for (given, expected) in [
            ("https://proxy.example", "https://proxy.example/v1"),
            ("https://proxy.example/", "https://proxy.example/v1"),
            ("http://127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1"),
            (
                "https://gateway.ai.cloudflare.com/v1/account/gateway/replicate",
                "https://gateway.ai.cloudflare.com/v1/account/gateway/replicate",
            ),
        ] {
            assert_eq!(base(Some(given)), expected);
        }
    }

    #[test]
    fn the_providers_own_base_is_not_one_that_the_operator_trusts() {
        assert!(Config::from_env(&Env::default()).unwrap().base.is_none());
    }
}
