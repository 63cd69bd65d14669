//! The server's own variables.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{config::Env, http::Retry};
use url::Url;

pub const HELP: &str = "\
Environment (or .env):
  OPENWEATHER_API_KEY   Key of OpenWeatherMap; without it Open-Meteo answers (also OPENWEATHER_API_KEY_FILE)
  WEATHER_PROVIDER      auto, openweather or open-meteo [default: auto]
  WEATHER_DEFAULT_CITY  Offered as a resource, and meant when a caller has no place in mind
  WEATHER_UNITS         metric, imperial or standard [default: metric]
  OPENWEATHER_BASE_URL  Replaces https://api.openweathermap.org
  OPEN_METEO_BASE_URL   Replaces all hosts of Open-Meteo
  NWS_BASE_URL          Replaces https://api.weather.gov";

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// OpenWeatherMap with a key, Open-Meteo without, and Open-Meteo when OpenWeatherMap fails.
    Auto,
    OpenWeather,
    OpenMeteo,
}

/// metric (°C, m/s, mm, km), imperial (°F, mph, in, mi) or standard (K, m/s, mm, km); default as the user configured, else metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Units {
    Metric,
    Imperial,
    Standard,
}

#[derive(Debug, Clone)]
pub struct Config {
    /// `OPENWEATHER_API_KEY`
    pub openweather_key: Option<SecretString>,
    /// How the key was found: "is set", "is not set", "holds the placeholder ...".
    pub key_state: String,
    /// `WEATHER_PROVIDER`
    pub provider: Provider,
    /// `WEATHER_DEFAULT_CITY`
    pub default_city: Option<String>,
    /// `WEATHER_UNITS`
    pub units: Units,
    /// `OPENWEATHER_BASE_URL`
    pub openweather_base: Option<Url>,
    /// `OPEN_METEO_BASE_URL`
    pub open_meteo_base: Option<Url>,
    /// `NWS_BASE_URL`
    pub nws_base: Option<Url>,
    /// How long answers are kept, and how often watched weather is read again. Ten minutes: sources change no faster.
    pub refresh_every: Duration,
    /// Tests make it fast.
    pub retry: Retry,
    /// The clock. Tests stop it.
    pub now: fn() -> Timestamp,
}

impl Config {
    pub fn from_env(env: &Env) -> anyhow::Result<Self> {
        let config = Self {
            openweather_key: env.secret("OPENWEATHER_API_KEY")?,
            key_state: env.state("OPENWEATHER_API_KEY"),
            provider: one_of(
                env,
                "WEATHER_PROVIDER",
                &[
                    ("auto", Provider::Auto),
                    ("openweather", Provider::OpenWeather),
                    ("open-meteo", Provider::OpenMeteo),
                ],
            )?,
            default_city: env.get("WEATHER_DEFAULT_CITY").map(str::to_owned),
            units: one_of(
                env,
                "WEATHER_UNITS",
                &[
                    ("metric", Units::Metric),
                    ("imperial", Units::Imperial),
                    ("standard", Units::Standard),
                ],
            )?,
            openweather_base: env.base_url("OPENWEATHER_BASE_URL")?,
            open_meteo_base: env.base_url("OPEN_METEO_BASE_URL")?,
            nws_base: env.base_url("NWS_BASE_URL")?,
            refresh_every: Duration::from_secs(600),
            retry: Retry::default(),
            now: Timestamp::now,
        };
        Ok(config)
    }

    /// For `doctor`.
    pub(crate) fn report(&self) -> Vec<(&'static str, String)> {
        let provider = match (self.provider, &self.openweather_key) {
            (Provider::Auto, Some(_)) => "auto: OpenWeatherMap, Open-Meteo when that fails",
            (Provider::Auto, None) => "auto: Open-Meteo, since there is no key",
            (Provider::OpenWeather, _) => "openweather",
            (Provider::OpenMeteo, _) => "open-meteo",
        };
        let units = match self.units {
            Units::Metric => "metric",
            Units::Imperial => "imperial",
            Units::Standard => "standard",
        };
        let city = self.default_city.as_deref().unwrap_or("is not set");
        let base = |url: &Option<Url>| match url {
            Some(url) => url.to_string(),
            None => "the provider's own".into(),
        };
        vec![
            ("WEATHER_PROVIDER", provider.into()),
            ("OPENWEATHER_API_KEY", self.key_state.clone()),
            ("WEATHER_DEFAULT_CITY", city.into()),
            ("WEATHER_UNITS", units.into()),
            ("OPENWEATHER_BASE_URL", base(&self.openweather_base)),
            ("OPEN_METEO_BASE_URL", base(&self.open_meteo_base)),
            ("NWS_BASE_URL", base(&self.nws_base)),
        ]
    }
}

/// The value by its name; the first is the default.
fn one_of<T: Copy>(env: &Env, name: &str, values: &[(&str, T)]) -> anyhow::Result<T> {
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let wanted = env.get(name).or(names.first().copied()).unwrap_or_default();
    values
        .iter()
        .find(|(name, _)| wanted.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            anyhow::anyhow!(
                "`{name}` is `{wanted}`, but must be one of {}",
                names.join(", ")
            )
        })
}
