//! api.weather.gov: warnings for the United States. No key.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::{
    Error, Result,
    http::{Auth, Client, Http, Upstream},
    text,
};

use super::{Alert, Alerts, Place, Source, Sourced, alert_text, conditions, places};
use crate::config::Config;

const NAME: &str = "US National Weather Service";
const KEEP: Duration = Duration::from_secs(120);
/// The service wants to know which program asks.
const USER_AGENT: &str = concat!(
    env!("CARGO_PKG_NAME"),
    "/",
    env!("CARGO_PKG_VERSION"),
    " (MCP server)"
);
const COVERED: [&str; 6] = ["US", "PR", "GU", "VI", "AS", "MP"];

#[derive(Clone)]
pub(super) struct NationalWeather {
    http: Http,
}

#[derive(Serialize)]
struct Query {
    point: String,
}

#[derive(Deserialize)]
struct Reply {
    features: Option<Vec<Feature>>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    event: Option<String>,
    sender_name: Option<String>,
    severity: Option<String>,
    effective: Option<String>,
    onset: Option<String>,
    expires: Option<String>,
    ends: Option<String>,
    headline: Option<String>,
    description: Option<String>,
    instruction: Option<String>,
}

impl NationalWeather {
    pub(super) fn new(config: &Config, client: &Client) -> Self {
        let upstream = Upstream {
            provider: NAME,
            auth: Auth::None,
            key_env: "",
            get_it_at: "",
            base: config.nws_base.clone(),
            in_flight: 4,
            per_minute: None,
            explain,
            retry: config.retry,
        };
        Self {
            http: Http::new(client, upstream),
        }
    }

    /// `GET /alerts/active?point=lat,lon`. `None` when the point is not the service's.
    pub(super) async fn alerts(&self, place: &Place) -> Result<Option<Sourced<Alerts>>> {
        if !covers(place) {
            return Ok(None);
        }
        let (latitude, longitude) = (
            places::rounded(place.latitude),
            places::rounded(place.longitude),
        );
        let request = self
            .http
            .get("https://api.weather.gov/alerts/active")
            .query(&Query {
                point: format!("{latitude},{longitude}"),
            })
            .header("user-agent", USER_AGENT)
            .header("accept", "application/geo+json")
            .cached(KEEP);
        match request.json::<Reply>().await {
            Ok(reply) => Ok(Some(reply.alerts())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `GET /`, which answers that it is there.
    pub(super) async fn ping(&self) -> Result<()> {
        self.http
            .get("https://api.weather.gov/")
            .header("user-agent", USER_AGENT)
            .json::<serde::de::IgnoredAny>()
            .await
            .map(drop)
    }
}

impl Reply {
    fn alerts(self) -> Sourced<Alerts> {
        let alerts = self.features.into_iter().flatten().map(|feature| {
            let alert = feature.properties;
            let parts = [alert.headline, alert.description, alert.instruction];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            Alert {
                event: conditions::tidy(alert.event.as_deref())
                    .unwrap_or_else(|| "weather alert".into()),
                sender: conditions::tidy(alert.sender_name.as_deref()),
                severity: conditions::tidy(alert.severity.as_deref()),
                starts: conditions::tidy(alert.onset.or(alert.effective).as_deref()),
                ends: conditions::tidy(alert.ends.or(alert.expires).as_deref()),
                description: alert_text(&parts.join("\n")),
            }
        });
        Sourced {
            value: Alerts::Known(alerts.collect()),
            source: Source::NationalWeatherService,
            notes: Vec::new(),
        }
    }
}

/// Whether it is worth asking: by country, or by a box round the states and Puerto Rico when that is not known.
fn covers(place: &Place) -> bool {
    match place.country_code.as_deref() {
        Some(code) => COVERED.contains(&code),
        None => {
            (17.0..=72.0).contains(&place.latitude) && (-180.0..=-64.0).contains(&place.longitude)
        }
    }
}

/// `application/problem+json`. A point outside of the United States is 404, or 400 "out of bounds".
fn explain(status: u16, body: &[u8]) -> Option<Error> {
    #[derive(Deserialize)]
    struct Problem {
        detail: Option<String>,
        title: Option<String>,
    }
    if !(400..500).contains(&status) || status == 429 {
        return None;
    }
    let problem: Problem = serde_json::from_slice(body).ok()?;
    let message = problem.detail.or(problem.title).unwrap_or_default();
    if status == 404 || message.contains("out of bounds") {
        return Some(Error::NotFound {
            what: "a US forecast office for this point".into(),
            next: "Ask the national weather service of the place.".into(),
        });
    }
    Some(Error::Rejected {
        provider: NAME,
        status,
        message: text::quote(&message),
    })
}

#[cfg(test)]
#[path = "tests/nws.rs"]
mod tests;
