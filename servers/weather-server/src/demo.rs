//! What `--demo` asks instead of the providers: their routes with made-up weather, marked DEMO where people see it.

mod open_meteo;
mod openweather;
mod places;
mod sky;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::IntoResponse,
    routing::get,
};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use shared::Demo;

/// A demo never sends a real key anywhere, so it runs without one.
pub(crate) fn demo() -> Demo {
    Demo {
        routes: routes(Timestamp::now),
        env: |base| {
            vec![
                ("OPEN_METEO_BASE_URL", Some(base.to_owned())),
                ("OPENWEATHER_BASE_URL", Some(base.to_owned())),
                ("NWS_BASE_URL", Some(base.to_owned())),
                ("OPENWEATHER_API_KEY", None),
                ("OPENWEATHER_API_KEY_FILE", None),
                ("WEATHER_PROVIDER", None),
            ]
        },
    }
}

/// Tells the time; tests stop it.
type Clock = fn() -> Timestamp;
type Parameters = Query<BTreeMap<String, String>>;
type Refusal = (StatusCode, Json<Value>);
type Answer = Result<Json<Value>, Refusal>;

fn routes(clock: Clock) -> Router {
    Router::new()
        .merge(open_meteo::routes())
        .merge(openweather::routes())
        .route("/alerts/active", get(active_alerts))
        .fallback(unknown_route)
        .with_state(clock)
}

/// A number within `-limit..=limit`.
fn coordinate(parameters: &Parameters, name: &str, limit: f64) -> Option<f64> {
    let value: f64 = parameters.get(name)?.trim().parse().ok()?;
    (value.abs() <= limit).then_some(value)
}

async fn unknown_route(uri: Uri) -> impl IntoResponse {
    let body = match uri.path() {
        path if path.starts_with("/data/") || path.starts_with("/geo/") => {
            json!({"cod": "404", "message": "not found"})
        }
        path if path.starts_with("/v1/") => json!({"error": true, "reason": "Not Found"}),
        _ => problem(StatusCode::NOT_FOUND, "Not Found"),
    };
    (StatusCode::NOT_FOUND, Json(body))
}

/// `GET /alerts/active?point=latitude,longitude` of api.weather.gov.
async fn active_alerts(State(clock): State<Clock>, parameters: Parameters) -> Answer {
    let point = parameters.get("point").and_then(|point| {
        let (latitude, longitude) = point.split_once(',')?;
        Some((
            latitude.trim().parse().ok()?,
            longitude.trim().parse().ok()?,
        ))
    });
    let (latitude, longitude): (f64, f64) = point.ok_or_else(|| {
        let body = problem(StatusCode::BAD_REQUEST, "Parameter \"point\" is invalid");
        (StatusCode::BAD_REQUEST, Json(body))
    })?;
    let features = match is_windy(latitude, longitude) {
        true => vec![wind_advisory(clock())],
        false => vec![],
    };
    Ok(Json(json!({
        "type": "FeatureCollection",
        "title": "DEMO: current watches, warnings, and advisories",
        "updated": clock().to_string(),
        "features": features,
    })))
}

/// Some places have an alert and some have none, so that both can be seen: it blows in the north of the United States.
fn is_windy(latitude: f64, longitude: f64) -> bool {
    (40.0..50.0).contains(&latitude) && (-125.0..-66.0).contains(&longitude)
}

fn wind_advisory(now: Timestamp) -> Value {
    let later = |hours: i64| {
        now.saturating_add(hours.hours())
            .map(|time| time.to_string())
            .ok()
    };
    let id = "urn:oid:demo.wind-advisory";
    json!({
        "id": format!("https://api.weather.gov/alerts/{id}"),
        "type": "Feature",
        "geometry": null,
        "properties": {
            "id": id,
            "areaDesc": "DEMO County",
            "sent": now.to_string(),
            "effective": now.to_string(),
            "onset": now.to_string(),
            "expires": later(6),
            "ends": later(12),
            "status": "Actual",
            "messageType": "Alert",
            "category": "Met",
            "severity": "Moderate",
            "certainty": "Likely",
            "urgency": "Expected",
            "event": "DEMO: Wind Advisory",
            "senderName": "DEMO Weather Office",
            "headline": "DEMO: Wind Advisory, made up for a demonstration",
            "description": "DEMO: gusts that nobody will feel. This alert is made up.",
            "instruction": "DEMO: nothing to do.",
            "response": "None",
        },
    })
}

fn problem(status: StatusCode, detail: &str) -> Value {
    json!({
        "type": "https://api.weather.gov/problems/demo",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
        "correlationId": "demo",
    })
}
