//! Official warnings.

use std::fmt;

use rmcp::{handler::server::wrapper::Parameters, tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{Json, Result, schema};

use crate::{
    WeatherServer,
    api::{Alert, Alerts, Found, Sourced},
    tools::{
        City,
        output::{Origin, Resolved, page},
    },
};

const MOST_ALERTS: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertsInput {
    city: City,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlertsOutput {
    #[serde(flatten)]
    resolved: Resolved,
    /// False: no source covers this place, so nothing is known.
    covered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_covered_because: Option<String>,
    alerts: Vec<AlertOutput>,
    #[serde(flatten)]
    origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct AlertOutput {
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    description: String,
}

#[tool_router(router = "alert_tools", vis = "pub(crate)")]
impl WeatherServer {
    /// Official weather warnings in force at one place. `covered: false` means that no source covers the place, not that there are none.
    #[tool(
        title = "Weather alerts",
        input_schema = schema::input::<AlertsInput>(),
        output_schema = schema::output::<AlertsOutput>(),
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn get_weather_alerts(
        &self,
        Parameters(input): Parameters<AlertsInput>,
    ) -> Result<Json<AlertsOutput>> {
        let found = self.weather.resolve(input.city.as_str(), None).await?;
        let alerts = self.weather.alerts(&found.place, None).await?;
        Ok(Json(AlertsOutput::new(found, alerts)))
    }
}

impl AlertsOutput {
    pub(crate) fn new(found: Found, alerts: Sourced<Alerts>) -> Self {
        let resolved = Resolved::from(found);
        let mut notes = alerts.notes;
        match alerts.value {
            Alerts::NoSource(reason) => Self {
                resolved,
                covered: false,
                not_covered_because: Some(reason),
                alerts: Vec::new(),
                origin: Origin::new([], notes),
            },
            Alerts::Known(all) => {
                if all.len() > MOST_ALERTS {
                    let count = all.len();
                    notes.push(format!("The first {MOST_ALERTS} of {count} alerts"));
                }
                let shown = all.into_iter().take(MOST_ALERTS);
                Self {
                    resolved,
                    covered: true,
                    not_covered_because: None,
                    alerts: shown.map(AlertOutput::from).collect(),
                    origin: Origin::new([alerts.source], notes),
                }
            }
        }
    }

    fn body(&self) -> Vec<String> {
        if let Some(reason) = &self.not_covered_because {
            let reason = reason.trim_end_matches('.');
            return vec![format!("{reason}. Whether there are alerts is not known.")];
        }
        if self.alerts.is_empty() {
            return vec!["No weather alerts are in force.".into()];
        }
        self.alerts.iter().map(AlertOutput::text).collect()
    }
}

impl From<Alert> for AlertOutput {
    fn from(alert: Alert) -> Self {
        Self {
            event: alert.event,
            sender: alert.sender,
            severity: alert.severity,
            starts: alert.starts,
            ends: alert.ends,
            description: alert.description,
        }
    }
}

impl AlertOutput {
    fn text(&self) -> String {
        let severity = self
            .severity
            .as_ref()
            .map(|severity| format!(" ({severity})"));
        let starts = self
            .starts
            .as_ref()
            .map(|starts| format!(", from {starts}"));
        let ends = self.ends.as_ref().map(|ends| format!(", until {ends}"));
        let sender = self.sender.as_ref().map(|sender| format!(", by {sender}"));
        let parts = [severity, starts, ends, sender];
        let head: String = parts.into_iter().flatten().collect();
        let body = match self.description.as_str() {
            "" => "no description",
            description => description,
        };
        format!("ALERT {}{head}:\n{body}", self.event)
    }
}

impl fmt::Display for AlertsOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page(&self.resolved, self.body(), &self.origin))
    }
}
