//! Open-Meteo: forecasts, the archive and air quality. No key.

mod air;
mod reply;

use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use shared::{
    Error, Result,
    error::Attempts,
    http::{Auth, Client, Http, Upstream},
    text,
};

use super::{AirQuality, Current, Day, Hour, Place, Source, Sourced};
use crate::config::Config;
use reply::Reply;

pub(super) const NAME: &str = "Open-Meteo";

/// Forecasts end after this many days.
const MOST_DAYS: usize = 16;

const CURRENT: &str = "temperature_2m,relative_humidity_2m,apparent_temperature,precipitation,weather_code,cloud_cover,pressure_msl,visibility,wind_speed_10m,wind_direction_10m,wind_gusts_10m";
const HOURLY: &str = "temperature_2m,relative_humidity_2m,apparent_temperature,precipitation_probability,precipitation,weather_code,cloud_cover,wind_speed_10m,wind_direction_10m,wind_gusts_10m";
const DAILY: &str = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,precipitation_probability_max,relative_humidity_2m_mean,wind_speed_10m_max,wind_gusts_10m_max,wind_direction_10m_dominant,sunrise,sunset";
const ARCHIVE: &str = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,relative_humidity_2m_mean,wind_speed_10m_max,wind_gusts_10m_max,wind_direction_10m_dominant,sunrise,sunset";

/// Without key the provider allows one running and five waiting requests per address.
pub(super) fn http(config: &Config, client: &Client) -> Http {
    Http::new(
        client,
        Upstream {
            provider: NAME,
            auth: Auth::None,
            key_env: "",
            get_it_at: "",
            base: config.open_meteo_base.clone(),
            in_flight: 4,
            per_minute: None,
            explain,
            retry: config.retry,
        },
    )
}

#[derive(Clone)]
pub(super) struct OpenMeteo {
    pub(super) http: Http,
    pub(super) keep: Duration,
}

#[derive(Serialize)]
struct Query {
    latitude: f64,
    longitude: f64,
    current: Option<&'static str>,
    hourly: Option<&'static str>,
    daily: Option<&'static str>,
    forecast_days: Option<usize>,
    forecast_hours: Option<usize>,
    start_date: Option<String>,
    end_date: Option<String>,
    timezone: &'static str,
    timeformat: &'static str,
    wind_speed_unit: &'static str,
}

impl Query {
    fn new(place: &Place) -> Self {
        Self {
            latitude: super::places::rounded(place.latitude),
            longitude: super::places::rounded(place.longitude),
            current: None,
            hourly: None,
            daily: None,
            forecast_days: None,
            forecast_hours: None,
            start_date: None,
            end_date: None,
            timezone: "auto",
            timeformat: "unixtime",
            wind_speed_unit: "ms",
        }
    }
}

impl OpenMeteo {
    pub(super) async fn current(&self, place: &Place) -> Result<Sourced<Current>> {
        let query = Query {
            current: Some(CURRENT),
            ..Query::new(place)
        };
        Ok(sourced(self.forecast(&query).await?.current()?))
    }

    pub(super) async fn daily(
        &self,
        place: &Place,
        days: usize,
        now: Timestamp,
    ) -> Result<Sourced<Vec<Day>>> {
        let query = Query {
            daily: Some(DAILY),
            // One more than asked for: an answer that was kept over midnight begins yesterday.
            forecast_days: Some((days + 1).min(MOST_DAYS)),
            ..Query::new(place)
        };
        let reply = self.forecast(&query).await?;
        let wanted = reply.dates(now, days);
        let mut all = reply.days(Source::OpenMeteo)?;
        all.retain(|day| wanted.contains(&day.date));
        Ok(sourced(all))
    }

    pub(super) async fn hourly(
        &self,
        place: &Place,
        hours: usize,
        now: Timestamp,
    ) -> Result<Sourced<Vec<Hour>>> {
        let query = Query {
            hourly: Some(HOURLY),
            // One more, as above.
            forecast_hours: Some(hours + 1),
            ..Query::new(place)
        };
        let mut all = self.forecast(&query).await?.hours(now)?;
        all.truncate(hours);
        Ok(sourced(all))
    }

    /// `GET /v1/archive`: both ends included; days the archive does not have yet have no values.
    pub(super) async fn history(
        &self,
        place: &Place,
        start: Date,
        end: Date,
    ) -> Result<Sourced<Vec<Day>>> {
        let query = Query {
            daily: Some(ARCHIVE),
            start_date: Some(start.to_string()),
            end_date: Some(end.to_string()),
            ..Query::new(place)
        };
        let reply: Reply = self
            .http
            .get("https://archive-api.open-meteo.com/v1/archive")
            .query(&query)
            .cached(self.keep)
            .json()
            .await?;
        Ok(Sourced {
            value: reply.days(Source::OpenMeteoArchive)?,
            source: Source::OpenMeteoArchive,
            notes: Vec::new(),
        })
    }

    /// `GET /v1/air-quality`
    pub(super) async fn air_quality(&self, place: &Place) -> Result<Sourced<AirQuality>> {
        let query = Query {
            current: Some(air::CURRENT),
            ..Query::new(place)
        };
        let reply: air::Reply = self
            .http
            .get("https://air-quality-api.open-meteo.com/v1/air-quality")
            .query(&query)
            .cached(self.keep)
            .json()
            .await?;
        Ok(sourced(reply.air_quality()?))
    }

    /// The cheapest question there is, not from the cache.
    pub(super) async fn ping(&self) -> Result<()> {
        #[derive(Serialize)]
        struct Ping {
            latitude: f64,
            longitude: f64,
            current: &'static str,
        }
        let query = Ping {
            latitude: 51.5,
            longitude: 0.0,
            current: "temperature_2m",
        };
        let request = self.http.get("https://api.open-meteo.com/v1/forecast");
        request.query(&query).json::<Reply>().await.map(drop)
    }

    /// `GET /v1/forecast`
    async fn forecast(&self, query: &Query) -> Result<Reply> {
        self.http
            .get("https://api.open-meteo.com/v1/forecast")
            .query(query)
            .cached(self.keep)
            .json()
            .await
    }
}

fn sourced<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        source: Source::OpenMeteo,
        notes: Vec::new(),
    }
}

fn lacks(path: &str) -> Error {
    Error::Decode {
        provider: NAME,
        path: path.into(),
        reason: "it is missing".into(),
    }
}

/// `{"error": true, "reason": "..."}`, whatever the status.
fn explain(status: u16, body: &[u8]) -> Option<Error> {
    #[derive(Deserialize)]
    struct Refusal {
        error: bool,
        reason: Option<String>,
    }
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    if !refusal.error {
        return None;
    }
    let reason = refusal.reason.unwrap_or_default();
    let message = message(&reason);
    Some(match status {
        429 => Error::RateLimited {
            provider: NAME,
            retry_after: limit_ends(&reason),
            message,
            attempts: Attempts {
                count: 1,
                elapsed: Duration::ZERO,
            },
        },
        500.. => Error::Upstream {
            provider: NAME,
            status,
            message,
            attempts: Attempts {
                count: 1,
                elapsed: Duration::ZERO,
            },
            may_have_started: false,
        },
        _ => Error::Rejected {
            provider: NAME,
            status,
            message,
        },
    })
}

/// The provider names the type in its source that could not be read; the reader is told what that means.
fn message(reason: &str) -> String {
    if reason.contains("Cannot initialize") || reason.contains("Data corrupted") {
        return "it does not know a value that was asked for".into();
    }
    text::quote(reason)
}

/// The provider says which limit was hit, but not when it ends. Too many requests at once soon are fewer.
fn limit_ends(reason: &str) -> Option<Duration> {
    let seconds = match reason.split(' ').next()? {
        "Daily" => 86_400,
        "Hourly" => 3_600,
        "Minutely" => 60,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
#[path = "tests/open_meteo.rs"]
mod tests;
