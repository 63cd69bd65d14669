//! OpenWeatherMap with a key: 2.5 (current, five days of three-hour slots, air) and, where subscribed, One Call 3.0.

mod reply;

use std::{
    num::NonZeroU32,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    Error, Result,
    error::Attempts,
    http::{Auth, Client, Http, Upstream},
    text,
};

use super::{AirQuality, Current, Day, Hour, Place, Source, Sourced, places};
use crate::config::Config;
use reply::{Air, Forecast, Now};
pub(super) use reply::{Fallen, Weather, described, percent};

pub(super) const NAME: &str = "OpenWeatherMap";
pub(super) const KEY_ENV: &str = "OPENWEATHER_API_KEY";
pub(super) const GET_KEY_AT: &str = "https://home.openweathermap.org/api_keys";
const NO_ONE_CALL: &str = "Please note that using One Call";

/// The free plan allows 60 requests a minute.
pub(super) fn http(config: &Config, client: &Client, key: SecretString) -> Http {
    Http::new(
        client,
        Upstream {
            provider: NAME,
            auth: Auth::Query("appid", key),
            key_env: KEY_ENV,
            get_it_at: GET_KEY_AT,
            base: config.openweather_base.clone(),
            in_flight: 10,
            per_minute: NonZeroU32::new(60),
            explain,
            retry: config.retry,
        },
    )
}

#[derive(Clone)]
pub(super) struct OpenWeather {
    pub(super) http: Http,
    pub(super) keep: Duration,
    /// One Call said that the key is not subscribed to it; only a restart asks again.
    pub(super) without_one_call: Arc<AtomicBool>,
}

#[derive(Serialize)]
pub(super) struct Query {
    pub(super) lat: f64,
    pub(super) lon: f64,
    pub(super) units: &'static str,
    pub(super) lang: Option<String>,
    /// Parts of One Call that are not wanted.
    pub(super) exclude: Option<&'static str>,
}

impl Query {
    pub(super) fn new(place: &Place, language: Option<&str>) -> Self {
        Self {
            lat: places::rounded(place.latitude),
            lon: places::rounded(place.longitude),
            units: "metric",
            lang: language.map(provider_language),
            exclude: None,
        }
    }
}

impl OpenWeather {
    pub(super) fn new(http: Http, keep: Duration) -> Self {
        Self {
            http,
            keep,
            without_one_call: Arc::default(),
        }
    }

    /// `GET /data/2.5/weather`
    pub(super) async fn current(
        &self,
        place: &Place,
        language: Option<&str>,
    ) -> Result<Sourced<Current>> {
        let request = self
            .http
            .get("https://api.openweathermap.org/data/2.5/weather")
            .query(&Query::new(place, language));
        let now: Now = request.cached(self.keep).json().await?;
        Ok(sourced(now.current(place)?))
    }

    /// Eight days of One Call, or what the slots of five days give: up to six dates, the outer ones partial.
    pub(super) async fn daily(
        &self,
        place: &Place,
        days: usize,
        language: Option<&str>,
        now: Timestamp,
    ) -> Result<Sourced<Vec<Day>>> {
        if let Some(one_call) = self.one_call_today(place, language).await? {
            return Ok(one_call.days(days, now));
        }
        let forecast = self.forecast(place, language).await?;
        Ok(sourced(forecast.days(place, days, now)))
    }

    /// Hours of One Call, or slots of three hours, which are at least as many as needed to cover `hours`.
    pub(super) async fn hourly(
        &self,
        place: &Place,
        hours: usize,
        language: Option<&str>,
        now: Timestamp,
    ) -> Result<Sourced<Vec<Hour>>> {
        if let Some(one_call) = self.one_call_today(place, language).await? {
            let mut steps = one_call.hours(now);
            steps.value.truncate(hours);
            return Ok(steps);
        }
        let mut steps = self.forecast(place, language).await?.steps(place, now);
        steps.truncate(hours.div_ceil(3));
        Ok(sourced(steps))
    }

    /// `GET /data/2.5/air_pollution`
    pub(super) async fn air_quality(&self, place: &Place) -> Result<Sourced<AirQuality>> {
        let request = self
            .http
            .get("https://api.openweathermap.org/data/2.5/air_pollution")
            .query(&Query::new(place, None));
        let air: Air = request.cached(self.keep).json().await?;
        Ok(sourced(air.air_quality(place)?))
    }

    /// The cheapest question there is, not from the cache.
    pub(super) async fn ping(&self, place: &Place) -> Result<()> {
        let request = self
            .http
            .get("https://api.openweathermap.org/data/2.5/weather")
            .query(&Query::new(place, None));
        request.json::<Now>().await.map(drop)
    }

    /// `GET /data/2.5/forecast`
    async fn forecast(&self, place: &Place, language: Option<&str>) -> Result<Forecast> {
        self.http
            .get("https://api.openweathermap.org/data/2.5/forecast")
            .query(&Query::new(place, language))
            .cached(self.keep)
            .json()
            .await
    }
}

fn sourced<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        source: Source::OpenWeather,
        notes: Vec::new(),
    }
}

pub(super) fn lacks(path: &str) -> Error {
    Error::Decode {
        provider: NAME,
        path: path.into(),
        reason: "it is missing".into(),
    }
}

/// ISO 639 to the provider's own codes; regions only where it knows them.
pub(super) fn provider_language(language: &str) -> String {
    let language = language.to_ascii_lowercase().replace('_', "-");
    let primary = language.split('-').next().unwrap_or_default();
    match (language.as_str(), primary) {
        ("pt-br", _) => "pt_br",
        ("zh-tw" | "zh-hk" | "zh-hant", _) => "zh_tw",
        (_, "zh") => "zh_cn",
        (_, "cs") => "cz",
        (_, "ko") => "kr",
        (_, "lv") => "la",
        (_, "uk") => "ua",
        (_, "nb" | "nn") => "no",
        (_, other) => other,
    }
    .into()
}

/// `{"cod": 401 or "401", "message": "..."}`, sometimes with status 200.
fn explain(status: u16, body: &[u8]) -> Option<Error> {
    #[derive(Deserialize)]
    struct Refusal {
        cod: Value,
        #[serde(default)]
        message: Value,
    }
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let code = match &refusal.cod {
        Value::String(code) => code.parse().ok()?,
        code => u16::try_from(code.as_u64()?).ok()?,
    };
    let status = if status == 200 { code } else { status };
    if status < 400 {
        return None;
    }
    Some(refused(
        status,
        refusal.message.as_str().unwrap_or_default(),
    ))
}

fn refused(status: u16, message: &str) -> Error {
    let attempts = Attempts {
        count: 1,
        elapsed: Duration::ZERO,
    };
    match status {
        401 if message.starts_with(NO_ONE_CALL) => Error::Rejected {
            provider: NAME,
            status,
            message:
                "the key has no subscription to One Call 3.0 (https://openweathermap.org/price)"
                    .into(),
        },
        401 | 403 => Error::Auth {
            provider: NAME,
            status,
            message: format!(
                "{} (a new key starts to work within two hours)",
                text::quote(message).trim_end_matches('.')
            ),
            env: KEY_ENV,
            get_it_at: GET_KEY_AT,
        },
        404 => Error::NotFound {
            what: "this place".into(),
            next: places::NEXT.into(),
        },
        400 if message == "Nothing to geocode" => {
            Error::invalid("city", "OpenWeatherMap sees no place in it")
        }
        429 => Error::RateLimited {
            provider: NAME,
            message: text::quote(message),
            retry_after: Some(Duration::from_secs(60)),
            attempts,
        },
        500.. => Error::Upstream {
            provider: NAME,
            status,
            message: text::quote(message),
            attempts,
            may_have_started: false,
        },
        _ => Error::Rejected {
            provider: NAME,
            status,
            message: text::quote(message),
        },
    }
}

/// Whether this is the refusal of a key that works, but not for One Call.
pub(super) fn lacks_one_call(error: &Error) -> bool {
    matches!(error, Error::Rejected { status: 401, .. })
}

#[cfg(test)]
#[path = "tests/open_weather.rs"]
mod tests;
